"""Where models are made, trained, kept and released: an abstract run of the file, followed through calls.

``execution`` runs statements, ``evaluation`` expressions, ``calls`` what is called; ``trace`` is what was seen.
``passes`` reads it loop by loop, and ``leaks``, ``recompiles`` and ``folds`` answer the questions of the IMR rules.
"""
