"""What the experiment showed, and the commit it may become."""
