"""Where a container is emptied, shortened or replaced, and whether that happens again and again."""

from __future__ import annotations

import ast

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.tensors.analysis import Analysis
from greenfix_codemods.semantics.tensors.keeps import Keep, root_of
from greenfix_codemods.semantics.tensors.loops import Loop

_EMPTYING = frozenset({"clear", "pop", "popleft", "popitem", "remove"})


class Emptying(Analysis):
    """How the containers of one module are emptied."""

    def __init__(self, module: Module) -> None:
        super().__init__(module)
        self._loop_names: dict[Loop, frozenset[str]] = {}

    def emptied(self, within: ast.AST, name: str, keep: Keep) -> bool:
        """Whether the container is emptied, shortened or replaced anywhere in ``within``."""
        around = self.loops.around(keep.statement)
        return any(
            self._empties(node, name, keep) and self.regular(node, around)
            for node in ast.walk(within)
            if isinstance(node, ast.Call | ast.Delete | ast.Assign)
        )

    def _empties(self, node: ast.Call | ast.Delete | ast.Assign, name: str, keep: Keep) -> bool:
        if isinstance(node, ast.Call):
            emptying = isinstance(node.func, ast.Attribute) and node.func.attr in _EMPTYING
            return emptying and isinstance(node.func, ast.Attribute) and _written(root_of(node.func.value)) == name
        if isinstance(node, ast.Delete):
            return any(_written(root_of(target)) == name for target in node.targets)
        if node is keep.statement:
            return False
        for target in node.targets:
            if isinstance(target, ast.Subscript) and ast.unparse(target.value) == name:
                fresh = isinstance(target.slice, ast.Slice) or isinstance(node.value, ast.List | ast.Dict)
                if fresh and self._in_loop_of(node, keep):
                    return True
        return False

    def regular(self, node: ast.AST, around: tuple[Loop, ...]) -> bool:
        """Whether ``node`` runs again and again in the loops ``around``: not only on errors or under a fixed flag.

        ``if step % 100 == 0``, ``if done`` and ``if len(losses) > 10`` come true in their time: they ask for something
        that the loop changes. ``if args.debug`` and ``except KeyboardInterrupt`` are no release.
        """
        child = node
        for each in self.module.ancestors(node):
            if each in around and isinstance(each, ast.For | ast.AsyncFor | ast.While):
                return True
            if isinstance(each, ast.ExceptHandler):
                return False
            if isinstance(each, ast.If) and child is not each.test and not self._changes(each.test, around):
                return False
            child = each
        return True

    def _changes(self, test: ast.expr, around: tuple[Loop, ...]) -> bool:
        """Whether a condition may change from pass to pass: it reads what a loop binds, self, a call."""
        if not around:
            return True
        bound = self._bound_in(around[-1])
        for node in ast.walk(test):
            if isinstance(node, ast.Name) and (node.id in bound or node.id == "self"):
                return True
            if isinstance(node, ast.Call) and not isinstance(node.func, ast.Name):
                return True
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "len":
                return True
        return False

    def _bound_in(self, loop: Loop) -> frozenset[str]:
        if loop not in self._loop_names:
            names = (
                each.id for each in ast.walk(loop) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
            )
            self._loop_names[loop] = frozenset(names)
        return self._loop_names[loop]

    def _in_loop_of(self, node: ast.AST, keep: Keep) -> bool:
        loops = self.loops.around(keep.statement)
        return not loops or any(loop in loops for loop in self.loops.around(node))

    def bounded(self, value: ast.AST | None) -> bool:
        """Whether ``value`` makes a ``deque`` that holds no more than so many."""
        if not isinstance(value, ast.Call):
            return False
        last = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
        return last == "deque" and (len(value.args) > 1 or any(each.arg == "maxlen" for each in value.keywords))


def _written(root: ast.expr | None) -> str:
    return ast.unparse(root) if root is not None else ""


def emptying_of(module: Module) -> Emptying:
    """How the containers of ``module`` are emptied; ask through ``module.once(emptying_of)``."""
    return Emptying(module)
