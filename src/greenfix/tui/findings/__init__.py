"""Reviewing findings: the list, the diff of the highlighted one, and the decisions with their history."""
