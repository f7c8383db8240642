"""What a proven patch becomes."""
