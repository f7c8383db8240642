"""A diff on the screen: ``lines`` compares, ``rows`` lays out, ``colours`` paints, ``view`` is the widget."""
