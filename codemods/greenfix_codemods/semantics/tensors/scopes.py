"""What each scope binds and reads: one visit of a function, lambda or module.

A binding remembers the expression it takes its value from and the way into it: ``a, b = f()`` binds ``b`` to step 1
of ``f()``, ``for x in data`` binds ``x`` to an item of ``data``.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property

from greenfix_codemods.semantics.names import COMPREHENSIONS, Function, Scope, children

ITEM = "item"
"""The step from an iterable to what iterating it gives."""

CONTEXT = "context"
"""The step from a context manager to what its ``as`` name holds."""

Step = int | str


class How(Enum):
    """What kind of statement binds."""

    ASSIGN = auto()
    AUGMENTED = auto()
    FOR = auto()
    WITH = auto()
    PARAMETER = auto()
    OTHER = auto()
    """``import``, ``def``, ``class``, ``except ... as``, ``del``, a pattern: its value is not followed."""


@dataclass(frozen=True, eq=False, slots=True)
class Binding:
    """One place that binds a name.

    Attributes:
        name: the local name.
        statement: the statement (or function, for a parameter) that binds it.
        value: the expression the value comes from, None when there is none to follow.
        steps: the way from that expression's value to the name's.
        how: the kind of statement.
        node: the name itself, where the binding is written.
    """

    name: str
    statement: ast.AST
    value: ast.expr | None
    steps: tuple[Step, ...]
    how: How
    node: ast.AST

    @property
    def part(self) -> ast.expr | None:
        """The element that the name takes of a tuple or list that is written out, else the whole value."""
        value = self.value
        for each in self.steps:
            if not isinstance(value, ast.Tuple | ast.List) or not isinstance(each, int) or each >= len(value.elts):
                break
            value = value.elts[each]
        return value


class Bindings:
    """The bindings of one scope, in source order, and the uses of its names inside and in nested scopes.

    Attributes:
        scope: the module, function, lambda or class.
        bound: name -> its bindings.
        loads: name -> reads in this scope itself (comprehensions included).
        shared: names declared ``global`` or ``nonlocal`` here.
    """

    def __init__(self, scope: Scope, bindings_of: Callable[[Scope], Bindings]) -> None:
        self.scope = scope
        self.bound: dict[str, list[Binding]] = {}
        self.loads: dict[str, list[ast.Name]] = {}
        self.shared: set[str] = set()
        self._bindings_of = bindings_of
        self._nested: list[Function | ast.Lambda | ast.ClassDef] = []
        if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            self._parameters(scope.args)
        for node in _body(scope):
            self._visit(node)
        for found in self.bound.values():
            found.sort(key=lambda binding: (binding.node.lineno, binding.node.col_offset))  # type: ignore[attr-defined]  # names and statements are located

    @cached_property
    def captured(self) -> Mapping[str, Sequence[ast.Name]]:
        """Name -> reads in nested functions, lambdas and classes. Few ask, and it takes a visit of all of them."""
        captured: dict[str, list[ast.Name]] = {}
        for inner in map(self._bindings_of, self._nested):
            free = (set(inner.loads) | set(inner.captured)) - (set(inner.bound) - inner.shared)
            for name in free:
                captured.setdefault(name, []).extend((*inner.loads.get(name, ()), *inner.captured.get(name, ())))
        return captured

    @cached_property
    def nested_shared(self) -> Set[str]:
        """The names declared ``global`` or ``nonlocal`` in nested scopes."""
        return {name for inner in map(self._bindings_of, self._nested) for name in inner.shared | inner.nested_shared}

    def _parameters(self, arguments: ast.arguments) -> None:
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        for argument in [*every, *(one for one in (arguments.vararg, arguments.kwarg) if one)]:
            self._add(Binding(argument.arg, self.scope, None, (), How.PARAMETER, argument))

    def _add(self, binding: Binding) -> None:
        self.bound.setdefault(binding.name, []).append(binding)

    def _visit(self, node: ast.AST) -> None:
        kind = node.__class__
        if kind is ast.Name:
            self._name(node)  # type: ignore[arg-type]  # see the line above
        elif kind in _SCOPES:
            self._scope(node)  # type: ignore[arg-type]  # same
        elif kind in COMPREHENSIONS:
            self._comprehension(node)
        elif kind is not ast.Constant:
            if kind in _BINDING:
                self._bind(node)
            for child in children(node):
                self._visit(child)

    def _name(self, node: ast.Name) -> None:
        if node.ctx.__class__ is ast.Load:
            self.loads.setdefault(node.id, []).append(node)

    def _scope(self, node: Function | ast.Lambda | ast.ClassDef) -> None:
        self._nested.append(node)
        if isinstance(node, ast.Lambda):
            return
        self._add(Binding(node.name, node, None, (), How.OTHER, node))
        for outer in (*node.decorator_list, *_defaults(node), *getattr(node, "bases", ())):
            self._visit(outer)

    def _comprehension(self, node: ast.AST) -> None:
        """The comprehension's own variables are not this scope's names."""
        before = {name: len(self.loads.get(name, ())) for name in comprehension_targets(node)}
        for child in children(node):
            self._visit(child)
        for name, count in before.items():
            del self.loads.setdefault(name, [])[count:]

    def _bind(self, node: ast.AST) -> None:  # noqa: C901, PLR0912 - one case for each kind of statement that binds
        match node:
            case ast.Assign():
                for target in node.targets:
                    self._target(target, node, node.value, (), How.ASSIGN)
            case ast.AnnAssign() | ast.NamedExpr():
                if node.value is not None:
                    self._target(node.target, node, node.value, (), How.ASSIGN)
            case ast.AugAssign():
                self._target(node.target, node, node.value, (), How.AUGMENTED)
                if isinstance(node.target, ast.Name):
                    self.loads.setdefault(node.target.id, []).append(node.target)
            case ast.For() | ast.AsyncFor():
                self._target(node.target, node, node.iter, (ITEM,), How.FOR)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    if item.optional_vars is not None:
                        self._target(item.optional_vars, node, item.context_expr, (CONTEXT,), How.WITH)
            case ast.Global() | ast.Nonlocal():
                self.shared.update(node.names)
            case ast.Import() | ast.ImportFrom():
                for alias in node.names:
                    self._other(alias.asname or alias.name.partition(".")[0], node)
            case ast.Delete():
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        self._add(Binding(target.id, node, None, (), How.OTHER, target))
            case ast.ExceptHandler() | ast.MatchAs() | ast.MatchStar():
                self._other(node.name, node)

    def _other(self, name: str | None, node: ast.AST) -> None:
        if name:
            self._add(Binding(name, node, None, (), How.OTHER, node))

    def _target(self, target: ast.expr, statement: ast.AST, value: ast.expr, steps: tuple[Step, ...], how: How) -> None:
        if isinstance(target, ast.Name):
            self._add(Binding(target.id, statement, value, steps, how, target))
        elif isinstance(target, ast.Tuple | ast.List):
            starred = False
            for position, element in enumerate(target.elts):
                starred = starred or isinstance(element, ast.Starred)
                step: Step = ITEM if starred else position
                inner = element.value if isinstance(element, ast.Starred) else element
                self._target(inner, statement, value, (*steps, step), how)


_SCOPES = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda})
_BINDING = frozenset(
    {ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.AugAssign, ast.For, ast.AsyncFor, ast.With, ast.AsyncWith}
    | {ast.Global, ast.Nonlocal, ast.Import, ast.ImportFrom, ast.Delete}
    | {ast.ExceptHandler, ast.MatchAs, ast.MatchStar}
)


def _body(scope: Scope) -> Sequence[ast.AST]:
    return (scope.body,) if isinstance(scope, ast.Lambda) else scope.body


def _defaults(node: ast.AST) -> Iterator[ast.expr]:
    arguments = getattr(node, "args", None)
    if isinstance(arguments, ast.arguments):
        yield from arguments.defaults
        yield from (default for default in arguments.kw_defaults if default is not None)


def comprehension_targets(node: ast.AST) -> frozenset[str]:
    """The names that a comprehension binds for itself."""
    generators: list[ast.comprehension] = getattr(node, "generators", [])
    return frozenset(name.id for each in generators for name in ast.walk(each.target) if isinstance(name, ast.Name))
