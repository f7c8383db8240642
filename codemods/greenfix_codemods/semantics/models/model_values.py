"""What an expression may be, seen through the eyes of the IMR rules: a set of possibilities, empty when unknown."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from greenfix_codemods.semantics.models.keras import Made
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import Function

if TYPE_CHECKING:
    from greenfix_codemods.semantics.models.frames import Frame


@dataclass(frozen=True, slots=True)
class Model:
    """A Keras model, known by the call in ``module`` that made it; ``label`` is the call's name (``Sequential``)."""

    origin: ast.AST
    made: Made
    label: str
    kind: Class | None = None
    module: Module | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Class:
    """A class of the project."""

    module: Module
    node: ast.ClassDef


@dataclass(frozen=True, slots=True)
class Object:
    """An object of a class of the project."""

    kind: Class


@dataclass(frozen=True, slots=True)
class Callable:
    """A function, method or lambda of the project; ``owner`` is what its first parameter is bound to."""

    module: Module
    node: Function | ast.Lambda
    owner: Class | None = None
    closure: Frame | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """The function's name, ``lambda`` for a lambda."""
        return "lambda" if isinstance(self.node, ast.Lambda) else self.node.name


@dataclass(frozen=True, slots=True)
class File:
    """A module of the project."""

    module: Module


@dataclass(frozen=True, slots=True)
class External:
    """Something outside the project, by its canonical dotted name."""

    dotted: str


@dataclass(frozen=True, slots=True)
class Several:
    """A tuple, place by place."""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Container:
    """A list, set, dict or generator of such values."""

    of: Value


@dataclass(frozen=True, slots=True)
class Holder:
    """Something opaque that keeps the models in ``of`` alive: a model's symbolic output, an object made of a model."""

    of: Value


Atom = Model | Class | Object | Callable | File | External | Several | Container | Holder
Value = frozenset[Atom]
UNKNOWN: Value = frozenset()
MOST = 16
"""More possibilities than this are as good as none; a dispatch table of 16 builders is still followed."""


def join(first: Value, second: Value) -> Value:
    """Either of both."""
    both = first | second
    return both if len(both) <= MOST else first


def in_order(value: Value) -> Sequence[Atom]:
    """The possibilities in the order of their source: that of a set depends on addresses in memory.

    What is followed in another order happens in another order, and of equals the first is reported.
    """
    return tuple(value) if len(value) < 2 else sorted(value, key=_place)


def _place(atom: Atom) -> tuple[str, str, int, int, tuple[Any, ...]]:
    """The kind of the atom, its file, line and column, and the places of what it holds."""
    kind = type(atom).__name__
    match atom:
        case External():
            return kind, atom.dotted, 0, 0, ()
        case File():
            return kind, atom.module.path, 0, 0, ()
        case Several():
            return kind, "", 0, 0, tuple(tuple(map(_place, in_order(item))) for item in atom.items)
        case Container() | Holder():
            return kind, "", 0, 0, tuple(map(_place, in_order(atom.of)))
        case Object():
            return kind, *_place(atom.kind)[1:]
    node = atom.origin if isinstance(atom, Model) else atom.node
    path = atom.module.path if atom.module is not None else ""
    return kind, path, getattr(node, "lineno", 0), getattr(node, "col_offset", 0), ()


def models_in(value: Value, deep: bool = True, held: bool = False) -> Iterator[Model]:
    """The models that ``value`` may be or contain; with ``held`` also those that something opaque keeps alive."""
    for atom in in_order(value):
        if isinstance(atom, Model):
            yield atom
        elif deep and isinstance(atom, Several):
            for item in atom.items:
                yield from models_in(item, held=held)
        elif (deep and isinstance(atom, Container)) or (held and isinstance(atom, Holder)):
            yield from models_in(atom.of, held=held)
