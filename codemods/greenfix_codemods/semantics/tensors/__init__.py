"""Which values are tensors or large arrays, what holds them, and until when: data flow inside one scope at a time.

``kinds`` and ``inference`` say what a value is, ``bindings`` and ``lifetimes`` which names hold it and until when;
``containers``, ``attributes``, ``tapes``, ``growth`` and ``arrays`` answer the questions of the UTR rules. This is not
the abstract run of ``semantics.models``: models travel through calls, so they are followed there; tensors are kept
where they are made, so the flow inside one function decides, and it has to be exact before a ``del`` is written.
"""
