"""greenfix: what a person touches. The story stands in ``workflow``."""

__version__ = "0.1.0"
