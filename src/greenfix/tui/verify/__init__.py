"""Watching an experiment: energy run by run, the saving block by block."""
