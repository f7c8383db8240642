"""Examples of rules that have too many to stand in the rule's own module."""
