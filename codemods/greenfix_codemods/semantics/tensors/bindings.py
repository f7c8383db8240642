"""Which assignments can reach a use of a name: reaching definitions on the syntax tree, one scope at a time.

A binding remembers the expression it takes its value from and the way into it: ``a, b = f()`` binds ``b`` to step 1
of ``f()``, ``for x in data`` binds ``x`` to an item of ``data``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import COMPREHENSIONS, LOOPS, Function, Scope

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


class Bindings:
    """The bindings of one scope, in source order, and the uses of its names inside and in nested scopes.

    Attributes:
        scope: the module, function or lambda.
        bound: name -> its bindings.
        loads: name -> reads in this scope itself (comprehensions included).
        captured: name -> reads in nested functions, lambdas and classes.
        shared: names declared ``global`` or ``nonlocal`` here.
    """

    def __init__(self, scope: Scope, registry: dict[ast.AST, Bindings]) -> None:
        self.scope = scope
        self._registry = registry
        registry[scope] = self
        self.bound: dict[str, list[Binding]] = {}
        self.loads: dict[str, list[ast.Name]] = {}
        self.captured: dict[str, list[ast.Name]] = {}
        self.shared: set[str] = set()
        self.nested_shared: set[str] = set()
        if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            self._parameters(scope.args)
        for node in _body(scope):
            self._visit(node)
        for found in self.bound.values():
            found.sort(key=lambda binding: (binding.node.lineno, binding.node.col_offset))  # type: ignore[attr-defined]  # names and statements are located

    def _parameters(self, arguments: ast.arguments) -> None:
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        for argument in [*every, *(one for one in (arguments.vararg, arguments.kwarg) if one)]:
            self._add(Binding(argument.arg, self.scope, None, (), How.PARAMETER, argument))

    def _add(self, binding: Binding) -> None:
        self.bound.setdefault(binding.name, []).append(binding)

    def _visit(self, node: ast.AST) -> None:  # noqa: C901, PLR0912 - one case for each kind of statement that binds
        if isinstance(node, ast.Name):  # half of all nodes, and they have no children but their context
            if isinstance(node.ctx, ast.Load):
                self.loads.setdefault(node.id, []).append(node)
            return
        if isinstance(node, ast.Constant):
            return
        if isinstance(node, ast.Attribute | ast.Call):  # most of the others, and they bind nothing
            for child in ast.iter_child_nodes(node):
                self._visit(child)
            return
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self._add(Binding(node.name, node, None, (), How.OTHER, node))
            for outer in (*node.decorator_list, *_defaults(node), *getattr(node, "bases", ())):
                self._visit(outer)
            self._nested(node)
            return
        if isinstance(node, ast.Lambda):
            self._nested(node)
            return
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._target(target, node, node.value, (), How.ASSIGN)
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                self._target(node.target, node, node.value, (), How.ASSIGN)
        elif isinstance(node, ast.NamedExpr):
            self._target(node.target, node, node.value, (), How.ASSIGN)
        elif isinstance(node, ast.AugAssign):
            self._target(node.target, node, node.value, (), How.AUGMENTED)
            if isinstance(node.target, ast.Name):
                self.loads.setdefault(node.target.id, []).append(node.target)
        elif isinstance(node, ast.For | ast.AsyncFor):
            self._target(node.target, node, node.iter, (ITEM,), How.FOR)
        elif isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                if item.optional_vars is not None:
                    self._target(item.optional_vars, node, item.context_expr, (CONTEXT,), How.WITH)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            self.shared.update(node.names)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                self._add(Binding(name, node, None, (), How.OTHER, node))
        elif isinstance(node, ast.ExceptHandler) and node.name:
            self._add(Binding(node.name, node, None, (), How.OTHER, node))
        elif isinstance(node, ast.Delete):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    self._add(Binding(target.id, node, None, (), How.OTHER, target))
        elif isinstance(node, ast.MatchAs | ast.MatchStar) and node.name:
            self._add(Binding(node.name, node, None, (), How.OTHER, node))
        hidden = comprehension_targets(node) if isinstance(node, COMPREHENSIONS) else frozenset()
        before = {name: len(self.loads.get(name, ())) for name in hidden}
        for child in ast.iter_child_nodes(node):
            self._visit(child)
        for name, count in before.items():  # the comprehension's own variables are not this scope's names
            del self.loads.setdefault(name, [])[count:]

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

    def _nested(self, node: Function | ast.Lambda | ast.ClassDef) -> None:
        inner = Bindings(node, self._registry)
        free = (set(inner.loads) | set(inner.captured)) - (set(inner.bound) - inner.shared)
        for name in free:
            self.captured.setdefault(name, []).extend((*inner.loads.get(name, ()), *inner.captured.get(name, ())))
        self.nested_shared |= inner.shared | inner.nested_shared


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


class Flow:
    """Reaching definitions for every scope of a module, built when asked for."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self._scopes: dict[ast.AST, Bindings] = {}
        self._reaching: dict[ast.Name, tuple[Binding, ...]] = {}

    def bindings(self, scope: Scope) -> Bindings:
        """The bindings of ``scope``."""
        if scope not in self._scopes:
            Bindings(scope, self._scopes)
        return self._scopes[scope]

    def scope(self, node: ast.AST) -> ast.Module | Function | ast.Lambda:
        """The function, lambda or module that ``node`` runs in (a class body counts as the code around it)."""
        kinds = (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
        return next(around for around in self.module.ancestors(node) if isinstance(around, kinds))

    def owner(self, node: ast.Name) -> ast.Module | Function | ast.Lambda | None:
        """The scope that binds the name ``node``; None when nothing in this file does."""
        scope: ast.AST = self.scope(node)
        while True:
            if not isinstance(scope, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                return None
            bindings = self.bindings(scope)
            if node.id in bindings.bound and node.id not in bindings.shared:
                return scope
            if isinstance(scope, ast.Module):
                return None
            scope = self.scope(scope)

    def comprehension(self, node: ast.Name) -> tuple[ast.expr, tuple[Step, ...]] | None:
        """Where a comprehension's own variable takes its value from."""
        for around in self.module.ancestors(node):
            if isinstance(around, ast.stmt):
                return None
            for each in getattr(around, "generators", ()):
                steps = _steps_to(each.target, node.id)
                if steps is not None:
                    return each.iter, (ITEM, *steps)
        return None

    def reaching(self, node: ast.Name) -> tuple[Binding, ...]:
        """The bindings whose value ``node`` may hold when it is read; empty when none is in this file."""
        if node not in self._reaching:
            self._reaching[node] = self._found(node)
        return self._reaching[node]

    def may_hold(self, binding: Binding, statement: ast.stmt) -> bool:
        """Whether the name may still hold what ``binding`` bound when ``statement`` starts."""
        every = self.bindings(self.scope(statement)).bound.get(binding.name, [])
        return binding in _Backwards(self.module, every).from_use(statement)

    def _found(self, node: ast.Name) -> tuple[Binding, ...]:
        owner = self.owner(node)
        if owner is None:
            return ()
        every = self.bindings(owner).bound[node.id]
        if len(every) == 1 or owner is not self.scope(node):
            return tuple(every)  # seen from a nested function: any of them
        found = _Backwards(self.module, every).from_use(node)
        return tuple(found)


def _steps_to(target: ast.expr, name: str) -> tuple[Step, ...] | None:
    if isinstance(target, ast.Name):
        return () if target.id == name else None
    if isinstance(target, ast.Tuple | ast.List):
        for position, element in enumerate(target.elts):
            steps = _steps_to(element, name)
            if steps is not None:
                return (position, *steps)
    return None


class _Backwards:
    """Walks from a use towards the start of its scope and stops where a binding must have happened."""

    def __init__(self, module: Module, bindings: Sequence[Binding]) -> None:
        self.module = module
        self.bindings = bindings
        self.at: dict[ast.AST, list[Binding]] = {}
        for binding in bindings:
            self.at.setdefault(binding.statement, []).append(binding)
        self.holders = set(self.at)
        for binding in bindings:
            self.holders.update(module.ancestors(binding.statement))

    def from_use(self, use: ast.AST) -> list[Binding]:
        found: list[Binding] = []
        node: ast.AST = use
        for parent in self.module.ancestors(use):
            if self._leave(node, parent, found):
                return found
            node = parent
            if isinstance(parent, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                found.extend(binding for binding in self.at.get(parent, ()) if binding.how is How.PARAMETER)
                return found
        return found

    def _leave(self, node: ast.AST, parent: ast.AST, found: list[Binding]) -> bool:
        """Collect what ran in ``parent`` before ``node``; True when it must have bound the name."""
        for block in _blocks(parent):
            if any(each is node for each in block):
                index = next(position for position, each in enumerate(block) if each is node)
                if not isinstance(node, ast.ExceptHandler | ast.match_case) and self._block(block[:index], found):
                    return True
                break
        else:
            return False
        if isinstance(parent, LOOPS):
            in_body = any(each is node for each in parent.body)
            if in_body and not isinstance(parent, ast.While) and parent in self.at:
                found.extend(self.at[parent])
                return True
            self._block(parent.body, found)  # the previous pass
        if isinstance(parent, ast.With | ast.AsyncWith) and parent in self.at:
            found.extend(self.at[parent])
            return True
        if isinstance(parent, ast.Try) and not any(each is node for each in parent.body):
            self._block(parent.body, found)
        return False

    def _block(self, block: Sequence[ast.AST], found: list[Binding]) -> bool:
        return any(self._after(statement, found) for statement in reversed(block))

    def _after(self, statement: ast.AST, found: list[Binding]) -> bool:  # noqa: PLR0911 - one case each
        """Collect the bindings that may hold after ``statement``; True when it always binds."""
        if statement not in self.holders:
            return False
        if isinstance(statement, ast.If):
            body = self._block(statement.body, found)
            return self._block(statement.orelse, found) and body
        if isinstance(statement, LOOPS):
            self._block(statement.orelse, found)
            self._block(statement.body, found)
            self._own(statement, found)
            return False
        if isinstance(statement, ast.With | ast.AsyncWith):
            return self._block(statement.body, found) or self._own(statement, found)
        if isinstance(statement, ast.Try):
            if self._block(statement.finalbody, found):
                return True
            handled = [self._block(handler.body, found) for handler in statement.handlers]
            tried = self._block(statement.orelse, found) or self._block(statement.body, found)
            return tried and all(handled)
        if isinstance(statement, ast.Match):
            for case in statement.cases:
                self._block(case.body, found)
            return False
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return self._own(statement, found)
        inner = [binding for binding in self.bindings if binding.statement is statement]
        inner = inner or [each for each in self.bindings if statement in self.module.ancestors(each.statement)]
        self._add(inner[-1:], found)  # of two targets with one name in a statement the last one wins
        return bool(inner)

    def _own(self, statement: ast.AST, found: list[Binding]) -> bool:
        own = self.at.get(statement, [])
        self._add(own, found)
        return bool(own)

    @staticmethod
    def _add(own: Sequence[Binding], found: list[Binding]) -> None:
        found.extend(binding for binding in own if binding not in found)


def _blocks(node: ast.AST) -> Iterator[Sequence[ast.AST]]:
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        block = getattr(node, name, None)
        if isinstance(block, list):
            yield block


def flow_of(module: Module) -> Flow:
    """The reaching definitions of ``module``; ask through ``module.once(flow_of)``."""
    return Flow(module)
