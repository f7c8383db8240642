"""One function (or module) while it is followed: what its names may be, what happened, under which conditions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from greenfix_codemods.semantics.models.model_values import UNKNOWN, Class, Value, join
from greenfix_codemods.semantics.models.trace import Condition, Pass, Step
from greenfix_codemods.semantics.module import Module


class Methods(dict[type[ast.AST], str]):
    """The name of the method for each kind of node: ``do_assign``. A large tree asks half a million times."""

    def __init__(self, beginning: str) -> None:
        self._beginning = beginning

    def __missing__(self, kind: type[ast.AST]) -> str:
        self[kind] = f"{self._beginning}{kind.__name__.lower()}"
        return self[kind]


@dataclass(eq=False)
class Frame:
    """A running function or module.

    ``passed`` holds the parameters that the caller gave a value, with the caller's text for each where it has one.
    ``escaped`` is what went into attributes. ``rebound`` is a stack: the names that each loop around the current
    statement has bound so far in its pass. ``called_home`` is what the scanned module does when a loop of another
    module calls it, with the number of loops around the call.
    """

    module: Module
    scope: ast.AST
    owner: Class | None = None
    closure: Frame | None = None
    passed: dict[str, str | None] = field(default_factory=dict)
    env: dict[str, Value] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    returned: Value = UNKNOWN
    escaped: Value = UNKNOWN
    rebound: list[set[str]] = field(default_factory=list)
    condition: Condition = field(default_factory=Condition)
    globals: set[str] = field(default_factory=set)
    called_home: list[tuple[int, Pass]] = field(default_factory=list)

    @property
    def bound(self) -> frozenset[str]:
        """The names that the scope binds."""
        return self.module.names.bound.get(self.scope, frozenset())

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the function's parameters, in order; none for a module."""
        arguments = getattr(self.scope, "args", None)
        return tuple(parameter.arg for parameter in all_parameters(arguments)) if arguments else ()

    def bind(self, name: str, value: Value) -> None:
        """``name = value``."""
        self.env[name] = value
        for names in self.rebound:
            names.add(name)

    @contextmanager
    def under(self, **changes: bool) -> Iterator[None]:
        """Run the body under a further condition."""
        before = self.condition
        new = {key: value for key, value in changes.items() if value}
        self.condition = replace(before, **new) if new else before
        try:
            yield
        finally:
            self.condition = before


def join_environments(first: dict[str, Value], second: dict[str, Value]) -> dict[str, Value]:
    """What the names may be after either of two branches."""
    joined = dict(second)
    for name, value in first.items():
        joined[name] = join(value, second[name]) if name in second else value
    return joined


def all_parameters(arguments: ast.arguments) -> list[ast.arg]:
    """Every named parameter, in the order in which positional arguments fill them."""
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]


def dotted_text(node: ast.AST) -> str | None:
    """``self.model`` for the syntax of ``self.model``; None for anything but names and attributes."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return ".".join([node.id, *reversed(parts)])
