"""Which bindings reach a use: a walk on the syntax tree, from the use towards the start of its scope."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import LOOPS
from greenfix_codemods.semantics.tensors.scopes import Binding, How


class Backwards:
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
        """The bindings that ``use`` may see."""
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
