"""One run of the entrypoint that says which findings really hold memory or retrace, by line.

``value`` is what a diagnosis is, ``kept`` remembers it for ``fix``, ``tying`` ties facts of the run to findings, and
``running`` is the run itself. ``words`` says bytes and counts.
"""
