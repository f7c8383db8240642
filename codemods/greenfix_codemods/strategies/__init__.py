"""One module a strategy."""
