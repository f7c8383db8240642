"""A file as LibCST sees it: every byte, and where each node stands. Made once for all patches of a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from greenfix_codemods.errors import StrategyError
from greenfix_codemods.semantics.module import Module

Range = tuple[int, int, int, int]
"""First line and column, last line and column; columns from 0 in characters."""
Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement


@dataclass(frozen=True, eq=False)
class Concrete:
    """The LibCST tree of a file."""

    tree: cst.Module

    @cached_property
    def places(self) -> Mapping[cst.CSTNode, Range]:
        """Where each statement and expression stands."""
        ranges = MetadataWrapper(self.tree, unsafe_skip_copy=True).resolve(PositionProvider)
        return {
            node: (at.start.line, at.start.column, at.end.line, at.end.column)
            for node, at in ranges.items()
            if isinstance(node, Statement | cst.BaseExpression)
        }


def concrete_of(module: Module) -> Concrete:
    """The LibCST tree of ``module``; ask through ``module.once(concrete_of)``.

    Raises:
        StrategyError: LibCST cannot parse the file, or cannot give back its every byte.
    """
    source = module.source
    text = source.text
    try:
        tree = cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        raise StrategyError(f"{source.path} cannot be rewritten: {error.message}") from error
    if tree.code != text:
        raise StrategyError(f"{source.path} cannot be rewritten without touching other lines")
    return Concrete(tree)
