"""Which assignments can reach a use of a name: reaching definitions on the syntax tree, one scope at a time."""

from __future__ import annotations

import ast

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import Function, Scope
from greenfix_codemods.semantics.tensors.reaching import Backwards
from greenfix_codemods.semantics.tensors.scopes import ITEM, Binding, Bindings, How, Step


class Flow:
    """Reaching definitions for every scope of a module, built when asked for."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self._scopes: dict[ast.AST, Bindings] = {}
        self._reaching: dict[ast.Name, tuple[Binding, ...]] = {}
        self._owners: dict[ast.Name, ast.Module | Function | ast.Lambda | None] = {}
        self._comprehensions: dict[ast.Name, tuple[ast.expr, tuple[Step, ...]] | None] = {}

    def bindings(self, scope: Scope) -> Bindings:
        """The bindings of ``scope``."""
        if scope not in self._scopes:
            self._scopes[scope] = Bindings(scope, self.bindings)
        return self._scopes[scope]

    def scope(self, node: ast.AST) -> ast.Module | Function | ast.Lambda:
        """The function, lambda or module that ``node`` runs in (a class body counts as the code around it).

        A parameter's default belongs to the code around the function.
        """
        around = self.module.ancestors(node)
        below = node
        for each in around:
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                return each
            if isinstance(each, ast.arguments) and not isinstance(below, ast.arg):
                next(around)
            below = each
        return self.module.tree

    def owner(self, node: ast.Name) -> ast.Module | Function | ast.Lambda | None:
        """The scope that binds the name ``node``; None when nothing in this file does."""
        if node not in self._owners:  # asked again whenever a value is inferred anew
            self._owners[node] = self._owner(node)
        return self._owners[node]

    def _owner(self, node: ast.Name) -> ast.Module | Function | ast.Lambda | None:
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
        if node not in self._comprehensions:
            self._comprehensions[node] = self._comprehended(node)
        return self._comprehensions[node]

    def _comprehended(self, node: ast.Name) -> tuple[ast.expr, tuple[Step, ...]] | None:
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
        return binding in Backwards(self.module, every).from_use(statement)

    def number(self, node: ast.expr) -> int | None:
        """A written number, or the largest that a name is bound to, when it is bound to nothing else."""
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, int) else None
        if not isinstance(node, ast.Name):
            return None
        bound = self.reaching(node)
        values = [each.part for each in bound if each.how is How.ASSIGN]
        numbers = [each.value for each in values if isinstance(each, ast.Constant) and isinstance(each.value, int)]
        return max(numbers) if numbers and len(numbers) == len(bound) else None

    def _found(self, node: ast.Name) -> tuple[Binding, ...]:
        owner = self.owner(node)
        if owner is None:
            return ()
        every = self.bindings(owner).bound[node.id]
        if len(every) == 1 or owner is not self.scope(node):
            return tuple(every)  # seen from a nested function: any of them
        found = Backwards(self.module, every).from_use(node)
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


def flow_of(module: Module) -> Flow:
    """The reaching definitions of ``module``; ask through ``module.once(flow_of)``."""
    return Flow(module)
