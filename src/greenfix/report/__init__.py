"""What people and programs read: one module a subject, each from values to text."""
