"""What kind of value an expression gives: an eager tensor, a NumPy array, a Python number, a metric, a data set ...

A kind is claimed only when imports and data flow say so; everything else is unknown, and unknown is never a leak.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from greenfix_codemods.semantics.tensors.scopes import CONTEXT, ITEM, Step

if TYPE_CHECKING:
    from greenfix_codemods.semantics.module import Module


class Kind(Enum):
    """The kinds that decide whether keeping a value keeps device memory."""

    UNKNOWN = auto()
    NONE = auto()
    TENSOR = auto()
    VARIABLE = auto()
    """A ``tf.Variable``: one object updated in place, so keeping it again costs nothing."""
    SYMBOLIC = auto()
    """A Keras input or a layer's output while a model is being built."""
    ARRAY = auto()
    """NumPy array or scalar, pandas frame."""
    NUMBER = auto()
    TEXT = auto()
    SEQUENCE = auto()
    """List, tuple, deque; ``item`` or ``parts`` say of what."""
    MAPPING = auto()
    HISTORY = auto()
    TAPE = auto()
    DATASET = auto()
    MODEL = auto()
    """A model or a layer: calling it gives a tensor."""
    LOSS = auto()
    METRIC = auto()
    OPTIMIZER = auto()
    DISTRIBUTION = auto()
    """A TensorFlow Probability distribution: sampling it gives a tensor."""
    STRATEGY = auto()
    """A ``tf.distribute`` strategy."""
    FUNCTION = auto()
    CLASS = auto()
    INSTANCE = auto()


class Size(Enum):
    """How much a tensor or an array holds."""

    SCALAR = auto()
    """One number: about 0.9 kB as an eager tensor."""
    SMALL = auto()
    """A vector of one number an example, or a short literal."""
    LARGE = auto()
    """Activations, gradients, batches, images."""
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Value:
    """What is known of a value.

    Attributes:
        kind: what it is.
        size: how much it holds (tensors and arrays).
        parts: the elements of a tuple or list written out; the values of a mapping written out; the functions among
            which a call chooses.
        item: what iterating it, or reading any element, gives.
        certain: False when another path gives something unknown, or when only the way it is used says so.
        definition: the function or class it is, or is an instance of, with its module.
        keys: the constant keys of a mapping, beside ``parts``.
    """

    kind: Kind
    size: Size = Size.UNKNOWN
    parts: tuple[Value, ...] = ()
    item: Value | None = None
    certain: bool = True
    definition: tuple[Module, ast.AST] | None = None
    keys: tuple[str, ...] = ()

    @property
    def tensor(self) -> bool:
        """Whether keeping it keeps an eager tensor (a tuple, list or dict with one counts)."""
        return bool(self.tensors)

    @property
    def tensors(self) -> tuple[Value, ...]:
        """The tensors in it: itself, its parts, its items."""
        if self.kind is Kind.TENSOR:
            return (self,)
        if self.kind in (Kind.SEQUENCE, Kind.MAPPING):
            inner = (*self.parts, *((self.item,) if self.item else ()))
            return tuple(tensor for part in inner for tensor in part.tensors)
        return ()

    def doubtful(self) -> Value:
        """The same value, less certain."""
        return replace(self, certain=False) if self.certain else self


UNKNOWN = Value(Kind.UNKNOWN)
NONE = Value(Kind.NONE, Size.SCALAR)
NUMBER = Value(Kind.NUMBER, Size.SCALAR)
TEXT = Value(Kind.TEXT, Size.SCALAR)
ARRAY = Value(Kind.ARRAY)
HISTORY = Value(Kind.HISTORY)
SCALAR_TENSOR = Value(Kind.TENSOR, Size.SCALAR)
VECTOR_TENSOR = Value(Kind.TENSOR, Size.SMALL)
TENSOR = Value(Kind.TENSOR)
LARGE_TENSOR = Value(Kind.TENSOR, Size.LARGE)
GRADIENTS = Value(Kind.SEQUENCE, Size.LARGE, item=LARGE_TENSOR)
VARIABLE = Value(Kind.VARIABLE)
SYMBOLIC = Value(Kind.SYMBOLIC)
TAPE = Value(Kind.TAPE)
MODEL = Value(Kind.MODEL)
LOSS = Value(Kind.LOSS)
METRIC = Value(Kind.METRIC)
OPTIMIZER = Value(Kind.OPTIMIZER)
DISTRIBUTION = Value(Kind.DISTRIBUTION)
STRATEGY = Value(Kind.STRATEGY)
MAPPING = Value(Kind.MAPPING)
SEQUENCE = Value(Kind.SEQUENCE)
DATASET = Value(Kind.DATASET, item=LARGE_TENSOR)
"""Iterating a ``tf.data.Dataset`` eagerly gives tensors (or structures of tensors)."""

MOST_FUNCTIONS = 8
"""Functions among which a call may choose; more are a table of a library."""
_PYTHON = frozenset({Kind.NUMBER, Kind.NONE})


def join(first: Value, second: Value) -> Value:  # noqa: PLR0911 - one case each
    """What a name holds that may be either: ``loss = 0`` before a loop and a tensor inside it is a tensor."""
    if first == second:
        return first
    if first.kind is Kind.FUNCTION and second.kind is Kind.FUNCTION:
        return _either(first, second)
    if first.kind is second.kind:
        size = first.size if first.size is second.size else larger(first.size, second.size)
        same_shape = len(first.parts) == len(second.parts) and first.keys == second.keys
        parts = tuple(map(join, first.parts, second.parts)) if same_shape else ()
        items = [*(() if same_shape else (*first.parts, *second.parts)), first.item, second.item]
        known = [item for item in items if item is not None]
        item = join_all(known) if known else None
        definition = first.definition if first.definition == second.definition else None
        certain = first.certain and second.certain
        return Value(first.kind, size, parts, item, certain, definition, first.keys if same_shape else ())
    if first.kind in _PYTHON:
        return second
    if second.kind in _PYTHON:
        return first
    if Kind.UNKNOWN in (first.kind, second.kind):
        return (second if first.kind is Kind.UNKNOWN else first).doubtful()
    return UNKNOWN


def functions_in(value: Value) -> tuple[Value, ...]:
    """The functions that ``value`` may be, where it is one of several: chosen by a name, by ``if``."""
    if value.definition is not None:
        return (value,)
    return value.parts if value.kind is Kind.FUNCTION else ()


def _either(first: Value, second: Value) -> Value:
    """One of several functions; of more than a few, nothing is known."""
    known = tuple(dict.fromkeys((*functions_in(first), *functions_in(second))))
    if len(known) == 1:
        return known[0]
    return Value(Kind.FUNCTION, parts=known if len(known) <= MOST_FUNCTIONS else ())


def join_all(values: list[Value]) -> Value:
    """The join of all; unknown when there is none."""
    if not values:
        return UNKNOWN
    result = values[0]
    for value in values[1:]:
        result = join(result, value)
    return result


def larger(*sizes: Size) -> Size:
    """The largest; unknown counts as larger than small."""
    order = (Size.SCALAR, Size.SMALL, Size.UNKNOWN, Size.LARGE)
    return max(sizes, key=order.index)


def operated(left: Value, right: Value) -> Value:
    """What ``left + right`` gives: tensors win over everything, with something unknown too."""
    both = (left, right)
    symbolic = [each for each in both if each.kind is Kind.SYMBOLIC]
    if symbolic:
        return SYMBOLIC
    tensors = [each for each in both if each.kind in (Kind.TENSOR, Kind.VARIABLE)]
    if tensors:
        sizes = [each.size for each in both if each.kind is not Kind.VARIABLE]
        size = larger(*sizes) if len(sizes) == 2 else Size.UNKNOWN
        return Value(Kind.TENSOR, size, certain=all(each.certain for each in tensors))
    if left.kind is Kind.TEXT:
        return left
    if Kind.ARRAY in (left.kind, right.kind) and Kind.UNKNOWN not in (left.kind, right.kind):
        return ARRAY
    return left if left.kind is right.kind else UNKNOWN


def contains(value: Value, kind: Kind) -> bool:
    """Whether ``value`` is of ``kind`` or holds one that is."""
    if value.kind is kind:
        return True
    inner = (*value.parts, *((value.item,) if value.item else ()))
    return any(contains(each, kind) for each in inner)


def as_tensors(value: Value) -> Value:
    """What a ``tf.function`` or a model gives back when its code computes ``value``: numbers become tensors."""
    if value.kind in (Kind.SEQUENCE, Kind.MAPPING):
        item = as_tensors(value.item) if value.item else None
        return replace(value, parts=tuple(map(as_tensors, value.parts)), item=item)
    if value.kind is Kind.TENSOR:
        return replace(value, certain=True)
    if value.kind is Kind.NUMBER:
        return SCALAR_TENSOR
    return TENSOR if value.kind in (Kind.UNKNOWN, Kind.SYMBOLIC, Kind.VARIABLE) else value


def step(value: Value, way: Step) -> Value:  # noqa: PLR0911 - one case for each kind that holds something
    """What one step into ``value`` gives: an element, an item of an iteration, what ``with`` gives."""
    if way == CONTEXT:
        return value if value.kind is Kind.TAPE else UNKNOWN
    match value.kind:
        case Kind.SEQUENCE | Kind.MAPPING:
            if isinstance(way, int) and value.parts:
                inside = -len(value.parts) <= way < len(value.parts)
                return value.parts[way] if inside else UNKNOWN
            return join_all([*value.parts, *((value.item,) if value.item else ())])
        case Kind.DATASET:
            return value.item or UNKNOWN if way == ITEM else value
        case Kind.TENSOR:
            small = value.size is Size.SMALL
            return Value(Kind.TENSOR, Size.SCALAR if small else Size.UNKNOWN, certain=value.certain)
        case Kind.VARIABLE:
            return TENSOR
        case Kind.ARRAY:
            return ARRAY
        case _:
            return UNKNOWN


def walk(value: Value, steps: Sequence[Step]) -> Value:
    """Take all ``steps`` into ``value``."""
    for way in steps:
        value = step(value, way)
    return value
