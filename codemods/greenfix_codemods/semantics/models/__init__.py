"""Where models are made, trained, kept and released: an abstract run of the file, followed through calls.

``execution`` runs statements, ``evaluation`` expressions, ``calls`` what is called (``outside_calls`` beyond the
project); ``trace`` is what was seen. ``passes`` reads it loop by loop, and ``leaks``, ``recompiles``, ``folds`` and
``small_predictions`` answer the questions of the IMR rules. ``tracing`` and ``repeated_datasets`` need no run.
"""
