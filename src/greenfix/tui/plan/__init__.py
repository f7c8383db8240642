"""What will be measured, before it is."""
