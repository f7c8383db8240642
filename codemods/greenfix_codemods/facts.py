"""What the bytes of a file say before it is parsed: the signs that rules look for, and the files that it imports.

Strings and comments are cut out first (100 MB a second): "for", "model" and "fit" stand in every docstring.
"""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass
from enum import IntFlag, auto

from greenfix_codemods.semantics.code_bytes import code_of, imported_by, naming
from greenfix_codemods.semantics.models.keras import MAKERS, NEVER_FOLLOWED
from greenfix_codemods.semantics.names import is_inside
from greenfix_codemods.semantics.source import Source


class Sign(IntFlag):
    """Something that the code of a file has, or that a file which it imports has."""

    WORD = auto()
    """A word of Keras or of training, anywhere in the file. A file with none neither builds, trains nor keeps."""
    LOOP = auto()
    """A loop or a comprehension."""
    KERAS = auto()
    """An import of Keras, TensorFlow or a library built on it."""
    API = auto()
    """An import of what TensorFlow or Keras give their users, and not only of the inside of TensorFlow."""
    MODEL = auto()
    """The name of something that makes a Keras model."""
    WORK = auto()
    """A call written as only Keras models are used: what it is called on may be one, whoever made it."""
    TRAINING = auto()
    """A training step or a ``fit``."""
    EAGER = auto()
    """A word of training or data sets (what ``semantics.tensors.eagerness`` asks for)."""
    TAPE = auto()
    """A gradient tape."""
    FOLDS = auto()
    """A scikit-learn splitter at work."""
    FUNCTION = auto()
    """``tf.function`` under a name of TensorFlow's."""
    TENSOR = auto()
    """What a tensor can be known by: the API, or a use that says that something is one."""
    DEFINITION = auto()
    """A function or a lambda."""
    STAR = auto()
    """``from ... import *``: names may come from anywhere."""
    SET_UP = auto()
    """``predict``, or a data set made from tensors: work that a loop may set up in every pass."""
    SUPPRESSION = auto()
    """A comment that means to suppress a finding: whether it does is said, found or not."""


_WORDS = (
    *(b"keras", b"tensorflow", b"deepxde", b".fit(", b".compile(", b"load_model", b"GradientTape"),
    *(b"train_on_batch", b"suggest_"),
)
"""``.fit(`` is here because a training script may take its models from the project's other modules and never name
Keras itself."""

_APART = bytes(code if chr(code).isalnum() or code == ord("_") else ord(" ") for code in range(128)) + b" " * 128
"""Leaves nothing but names and keywords. Their set takes a fifth of the time of looking for 40 words one by one."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """What shows a sign: one of ``names``, and each of ``patterns``, which few files are searched for.

    A pattern begins with a plain word: with a dot or a boundary before it the search takes six times as long.
    """

    sign: int
    names: frozenset[bytes]
    patterns: tuple[re.Pattern[bytes], ...] = ()

    def on(self, names: Set[bytes], code: bytes) -> bool:
        """Whether ``code``, in which ``names`` stand, shows the sign."""
        return not self.names.isdisjoint(names) and all(pattern.search(code) for pattern in self.patterns)


def _mark(sign: Sign, names: str, *patterns: bytes) -> _Mark:
    return _Mark(int(sign), frozenset(names.encode().split()), tuple(map(re.compile, patterns)))


_RUN_WORDS = rb"\b(?:batch_size|verbose|steps)\s*="

_MARKS = (
    _mark(Sign.LOOP, "for while"),
    _mark(Sign.MODEL, " ".join(MAKERS)),
    _mark(Sign.WORK, "fit_generator train_on_batch evaluate_generator predict_generator test_on_batch"),
    _mark(Sign.WORK, "compile", rb"compile\b(?<=[.\s]compile)\s*\(", rb"\b(?:loss|optimizer|metrics|loss_weights)\s*="),
    _mark(
        Sign.WORK,
        "fit",
        rb"fit\b(?<=[.\s]fit)\s*\(",
        rb"\b(?:n?b?_?epochs?|validation_data|validation_split|steps_per_epoch|batch_size)\s*=|\*\*",
    ),
    _mark(Sign.WORK, "evaluate", rb"evaluate\b(?<=[.\s]evaluate)\s*\(", _RUN_WORDS),
    _mark(Sign.WORK, "predict", rb"predict\b(?<=[.\s]predict)\s*\(", _RUN_WORDS),
    _mark(Sign.WORK, "trainable_variables trainable_weights", rb"\.\s*trainable_(?:variables|weights)\b"),
    _mark(Sign.TRAINING, "fit fit_generator apply_gradients train_on_batch minimize assign_sub GradientTape"),
    _mark(Sign.TENSOR, "numpy", rb"numpy\b(?:(?<=\.numpy)|(?<=\.\snumpy))"),
    _mark(Sign.TENSOR, "training", rb"training\b\s*="),
    _mark(Sign.TENSOR, "trainable_variables trainable_weights"),
    _mark(Sign.TAPE, "GradientTape"),
    _mark(Sign.DEFINITION, "def lambda"),
    _mark(Sign.FOLDS, "sklearn *", rb"split\b(?<=[.\s]split)\s*\("),
    _mark(Sign.FUNCTION, "function", rb"import tensorflow"),
    _mark(Sign.FUNCTION, "function", rb"tensorflow(?:\.compat\.v[12])? import"),
    _mark(Sign.SET_UP, "predict from_tensor_slices from_tensors"),
)
_EAGER = (
    *(b"epoch", b"GradientTape", b"apply_gradients", b"minimize", b"train_on_batch", b"train_step", b"Dataset"),
    *(b"tfds", b"episode", b"loss"),
)
"""Parts of names; and ``.result(`` and ``.fit(``."""
_LIBRARIES = frozenset({"keras", "tensorflow", "tf_keras", "tensorflow_probability", "deepxde", "tflearn", "scikeras"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a file from its bytes alone: its signs, and the modules it may import, as written."""

    signs: Sign
    imports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the bytes of a file, and of those that its imports lead to, say: a rule judges by it whether to look.

    Attributes:
        own: the signs of the file.
        reached: those of the file and of the files that it imports, directly or not. ``MODEL`` counts only where the
            name can come from Keras.
        near: whether a file in the same folder or in the one above imports Keras.
    """

    own: Sign
    reached: Sign
    near: bool

    @property
    def keras(self) -> bool:
        """Whether the file, or one that it imports, has to do with TensorFlow or Keras."""
        return Sign.KERAS in self.reached or Sign.STAR in self.own

    @property
    def api(self) -> bool:
        """Whether a name in the file can mean something that TensorFlow or Keras give their users."""
        return Sign.API in self.reached or Sign.STAR in self.own

    @property
    def models(self) -> bool:
        """Whether a Keras model can be made or at work in what is followed from the file."""
        keras = Sign.KERAS in self.reached or self.near or Sign.FOLDS in self.own
        made = Sign.MODEL in self.reached or (Sign.WORK in self.reached and keras)
        return made and bool((Sign.LOOP | Sign.DEFINITION) & self.own)

    @property
    def tensors(self) -> bool:
        """Whether something in the file can be known as a tensor that is made again and again."""
        return self.eager and bool(Sign.TENSOR in self.reached or Sign.STAR in self.own)

    @property
    def eager(self) -> bool:
        """Whether the file can make tensors in eager mode, again and again."""
        repeats = Sign.LOOP in self.own or Sign.TRAINING in self.reached
        return self.keras and Sign.EAGER in self.own and repeats


def facts_of(source: Source) -> Facts:
    """Look at the bytes of ``source`` (30 MB a second on a busy machine)."""
    data = source.data
    code = code_of(data)
    imported = {(dotted.partition(".")[0], dotted) for dotted in imported_by(code)}
    signs = _of_imports(imported)
    if any(word in data for word in _WORDS):
        signs |= Sign.WORD
    if b"greenfix:" in data:
        signs |= Sign.SUPPRESSION
    signs = _of_code(naming(data, code), int(signs), starred=any(dotted.endswith(".*") for _, dotted in imported))
    followed = sorted(dotted for top, dotted in imported if top not in NEVER_FOLLOWED)
    return Facts(signs, tuple(followed))


def _of_imports(imported: Set[tuple[str, str]]) -> Sign:
    libraries = [dotted for top, dotted in imported if top in _LIBRARIES]
    signs = Sign.KERAS if libraries else Sign(0)
    if not all(map(is_inside, libraries)):
        signs |= Sign.API | Sign.TENSOR
    if any(dotted.endswith(".*") and not is_inside(dotted) for _, dotted in imported):
        signs |= Sign.STAR
    return signs


def _of_code(code: bytes, signs: int, *, starred: bool) -> Sign:
    """``signs`` and those that ``code`` shows; plain numbers, for an operation on a flag takes a microsecond."""
    names = set(code.translate(_APART).split())
    if starred:
        names.add(b"*")
    for mark in _MARKS:
        if not signs & mark.sign and mark.on(names, code):
            signs |= mark.sign
    together = b" ".join(names)
    if any(part in together for part in _EAGER) or b".result(" in code or b".fit(" in code:
        signs |= int(Sign.EAGER)
    return Sign(signs)
