"""Whether a file can take training steps at all: asked of the bytes of what it calls before anything is inferred."""

from __future__ import annotations

import re

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.tensors.eagerness import LIBRARIES

_STEPS = re.compile(rb"apply_gradients|minimize|train_on_batch|GradientTape|epochs|fit\(|fit_generator|assign_sub")
"""Words of which a module that takes training steps has at least one."""
_OUTSIDE = frozenset(name.removesuffix(".") for name in LIBRARIES)


def may_train(module: Module) -> bool:
    """Whether the text of a module has a word of training steps: asked before its helpers are followed."""
    return _STEPS.search(module.source.data) is not None


def leads_to_training(module: Module) -> bool:
    """Whether the file, or one that its imports lead to, has such a word; ask through ``once``.

    Of 1,044 local containers filled in functions of TensorFlow and Keras themselves 630 fall away by it, before what
    they are filled with is inferred.
    """
    return may_train(module) or module.project.leads_to(_STEPS, module, _OUTSIDE)
