"""What the bytes of a file say before it is parsed: the signs that rules look for, and the files that it imports.

Strings and comments are cut out first (100 MB a second): "for", "model" and "fit" stand in every docstring.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntFlag, auto

from greenfix_codemods.semantics.models.keras import KNOWN_ELSEWHERE
from greenfix_codemods.semantics.source import Source


class Sign(IntFlag):
    """Something that the code of a file has, or that a file which it imports has."""

    WORD = auto()
    """A word of Keras or of training, anywhere in the file. A file with none neither builds, trains nor keeps."""
    LOOP = auto()
    """A loop or a comprehension."""
    KERAS = auto()
    """Keras, TensorFlow or a library built on it is named."""
    MODEL = auto()
    """Something that makes a Keras model, or a call written as only Keras models are used."""
    TRAINING = auto()
    """A training step or a ``fit``."""
    EAGER = auto()
    """A word of training or data sets, anywhere in the file (what ``semantics.tensors.eagerness`` asks for)."""
    FOLDS = auto()
    """A scikit-learn splitter at work."""
    FUNCTION = auto()
    """``tf.function`` under a name of TensorFlow's."""
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

_TEXT = re.compile(
    rb'#[^\n]*|"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""'
    rb"|'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''"
    rb'|"[^"\\\n]*(?:\\.[^"\\\n]*)*"'
    rb"|'[^'\\\n]*(?:\\.[^'\\\n]*)*'",
    re.DOTALL,
)
"""Comments and strings, in the order in which they start."""
_COMPUTED = re.compile(rb"""\b[rR]?[fF][rR]?["']|\bgetattr\b""")
"""Strings may hold code (``f"{model.fit(x)}"``) or names (``getattr(models, "Sequential")``): then they count."""
_SIGNS = (
    (Sign.LOOP, (re.compile(rb"\b(?:for|while)\b"),)),
    (Sign.KERAS, (re.compile(rb"keras|tensorflow|deepxde|tflearn"),)),
    (
        Sign.MODEL,
        (
            re.compile(
                rb"\b(?:Sequential|Model|Functional|applications|load_model|model_from_\w+|clone_model|from_config|DNN"
                rb"|Keras(?:Classifier|Regressor)|SKLearn(?:Classifier|Regressor)"
                rb"|fit_generator|train_on_batch|evaluate_generator|predict_generator|test_on_batch)\b"
            ),
        ),
    ),
    (Sign.MODEL, (re.compile(rb"\.\s*compile\s*\("), re.compile(rb"\b(?:loss|optimizer|metrics|loss_weights)\s*="))),
    (
        Sign.MODEL,
        (
            re.compile(rb"\.\s*fit\s*\("),
            re.compile(rb"\b(?:n?b?_?epochs?|validation_data|validation_split|steps_per_epoch|batch_size)\s*=|\*\*"),
        ),
    ),
    (
        Sign.MODEL,
        (re.compile(rb"\.\s*(?:evaluate|predict)\s*\("), re.compile(rb"\b(?:batch_size|verbose|steps)\s*=")),
    ),
    (
        Sign.TRAINING,
        (re.compile(rb"\b(?:fit|fit_generator|apply_gradients|train_on_batch|minimize|assign_sub|GradientTape)\b"),),
    ),
    (Sign.FOLDS, (re.compile(rb"\.\s*split\s*\("), re.compile(rb"\bsklearn\b|import\s*\*"))),
    (
        Sign.FUNCTION,
        (re.compile(rb"\bfunction\b"), re.compile(rb"\bimport tensorflow|from tensorflow(?:\.compat\.v[12])? import")),
    ),
    (Sign.SET_UP, (re.compile(rb"\b(?:predict|from_tensor_slices|from_tensors)\b"),)),
    (Sign.STAR, (re.compile(rb"\bimport\s*\*"),)),
)
_EAGER = re.compile(
    rb"epoch|GradientTape|apply_gradients|minimize|train_on_batch|train_step|Dataset|tfds|\.result\(|\.fit\(|episode|loss"
)
_IMPORT = re.compile(rb"\bimport\b[ \t]*(\([^)]*\)|[^\n;\\]*(?:\\\r?\n[^\n;\\]*)*)")
_FROM = re.compile(rb"\bfrom\s*([.\w]+)\s*$")
_OUTSIDE = KNOWN_ELSEWHERE | {"keras", "tensorflow", "tf_keras"}
"""Packages that no analysis of models follows, even where the scanned tree holds them."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a file from its bytes alone: its signs, and the modules it may import, as written."""

    signs: Sign
    imports: tuple[str, ...] = ()


def facts_of(source: Source) -> Facts:
    """Look at the bytes of ``source`` (9 MB a second on a busy machine)."""
    data = source.data
    signs = Sign.WORD if any(word in data for word in _WORDS) else Sign(0)
    code = _TEXT.sub(b"", data)
    imports = () if source.notebook else tuple(sorted(set(_imported(code))))
    if _COMPUTED.search(data):
        code = data
    for sign, patterns in _SIGNS:
        if not signs & sign and all(pattern.search(code) for pattern in patterns):
            signs |= sign
    if b"greenfix:" in data:
        signs |= Sign.SUPPRESSION
    return Facts(signs | Sign.EAGER if _EAGER.search(data) else signs, imports)


def _imported(code: bytes) -> Iterator[str]:
    """The modules of the project that the import statements may mean."""
    for match in _IMPORT.finditer(code):
        start = match.start()
        line = code[max(code.rfind(b"\n", 0, start), 0) : start]
        before = _FROM.search(line) if b"from" in line else None
        module = before.group(1).decode(errors="replace") if before else ""
        names = match.group(1).decode(errors="replace").strip("()")
        if not module:
            names_read = [item.split()[0] for item in names.split(",") if item.strip()]
        else:
            dot = "" if module.endswith(".") else "."
            names_read = [module, *(f"{module}{dot}{item.split()[0]}" for item in names.split(",") if item.strip())]
        yield from (name for name in names_read if name.partition(".")[0] not in _OUTSIDE)
