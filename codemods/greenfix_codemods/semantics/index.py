"""The nodes of a module by their type: one walk that all analyses share."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from greenfix_codemods.semantics.module import Module

Node = TypeVar("Node", bound=ast.AST)


class Index:
    """Nodes by type, in the order in which they are given (breadth first for those of a module)."""

    def __init__(self, nodes: Iterable[ast.AST]) -> None:
        found: dict[type[ast.AST], list[ast.AST]] = {}
        for node in nodes:
            found.setdefault(type(node), []).append(node)
        self._found: Mapping[type[ast.AST], list[ast.AST]] = found

    def all(self, *kinds: type[Node]) -> list[Node]:
        """The nodes of exactly these types."""
        return [node for kind in kinds for node in self._found.get(kind, ())]  # type: ignore[misc]  # filed under its type


def index_of(module: Module) -> Index:
    """The nodes of ``module``; ask through ``module.once(index_of)``."""
    return module.syntax.index
