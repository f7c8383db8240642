"""The containers of a module: the statements that fill them, how long they live, who reads them."""

from __future__ import annotations

import ast
from functools import cached_property

from greenfix_codemods.semantics.index import index_of
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.tensors.container_life import ContainerLife, Life, Lifetime
from greenfix_codemods.semantics.tensors.keeps import Keep, keep_of
from greenfix_codemods.semantics.tensors.kinds import Kind, Value
from greenfix_codemods.semantics.tensors.readers import Readers

__all__ = ["Containers", "Keep", "Life", "Lifetime", "containers_of", "keep_of"]


class Containers(ContainerLife, Readers):
    """The containers of one module."""

    @cached_property
    def keeps(self) -> tuple[Keep, ...]:
        """Every statement of the file that adds to a container, in source order."""
        nodes = self.module.once(index_of).all(ast.Expr, ast.AugAssign, ast.Assign)
        found = [keep for node in nodes if (keep := keep_of(node)) is not None]
        return tuple(sorted(found, key=lambda keep: keep.statement.lineno))

    def kept(self, keep: Keep) -> Value:
        """What one pass adds: the value, or the items of what is spread."""
        value = self.inference.of(keep.value)
        if keep.how == "+=" and value.kind not in (Kind.SEQUENCE, Kind.MAPPING):
            holder = self.inference.of(keep.container)
            if holder.kind is not Kind.SEQUENCE:
                return Value(Kind.UNKNOWN)  # a number or a tensor grows in place: it is one object
        return value


def containers_of(module: Module) -> Containers:
    """The containers of ``module``; ask through ``module.once(containers_of)``."""
    return Containers(module)
