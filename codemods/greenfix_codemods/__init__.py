"""From source text to findings and patches. No TensorFlow, no git, no measuring."""
