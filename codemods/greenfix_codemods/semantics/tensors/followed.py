"""What a file can have at all, training steps or data sets: asked of its bytes before anything is inferred."""

from __future__ import annotations

import re

from greenfix_codemods.reach import leads_to
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.tensors.eagerness import LIBRARIES

_STEPS = re.compile(rb"apply_gradients|minimize|train_on_batch|GradientTape|epochs|fit\(|fit_generator|assign_sub")
"""Words of which a module that takes training steps has at least one."""
_DATA = re.compile(
    rb"\.\s*data\b|\bimport\b(?:[^\n(]*\bdata\b|\s*\([^)]*\bdata\b|\s*\*)|_from_directory"
    rb"|tensorflow_datasets|as_numpy_iterator|from_generator"
)
"""What all data sets come from: ``tf.data`` under any name of TensorFlow, and the functions that give one."""
_OUTSIDE = frozenset(name.removesuffix(".") for name in LIBRARIES)


def may_train(module: Module) -> bool:
    """Whether the text of a module has a word of training steps: asked before its helpers are followed."""
    return _STEPS.search(module.source.data) is not None


def leads_to_training(module: Module) -> bool:
    """Whether the file, or one that its imports lead to, has such a word; ask through ``once``.

    Of 1,044 local containers filled in functions of TensorFlow and Keras themselves 630 fall away by it, before what
    they are filled with is inferred.
    """
    return may_train(module) or leads_to(_STEPS, module, _OUTSIDE)


def leads_to_data(module: Module) -> bool:
    """Whether the file, or one that its imports lead to, can make a data set; ask through ``once``.

    What a loop goes over is the dearest question of all: it leads to the callers of functions and into other files.
    """
    return _DATA.search(module.source.data) is not None or leads_to(_DATA, module, _OUTSIDE)
