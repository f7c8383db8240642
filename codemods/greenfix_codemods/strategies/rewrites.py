"""Edits of a LibCST tree at places that ``ast`` found: by position, touching nothing else."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from greenfix_codemods.errors import StrategyError
from greenfix_codemods.rule import span_of
from greenfix_codemods.semantics.module import Module

if TYPE_CHECKING:
    import libcst

Change = Callable[["libcst.BaseExpression"], "libcst.BaseExpression"]


def replace_expressions(tree: libcst.Module, module: Module, changes: Mapping[ast.expr, Change]) -> libcst.Module:
    """Replace each ``ast`` expression by what its change makes of the LibCST one at the same place.

    Raises:
        StrategyError: an expression is not where ``ast`` saw it.
    """
    import libcst

    wanted = {_place(node, module): change for node, change in changes.items()}
    positions = _positions(tree)

    class Replace(libcst.CSTTransformer):
        def __init__(self) -> None:
            super().__init__()
            self.done = 0

        def on_leave(self, original_node, updated_node):  # type: ignore[no-untyped-def]
            updated = super().on_leave(original_node, updated_node)
            if isinstance(original_node, libcst.BaseExpression):
                change = wanted.get(positions.get(original_node, (0, 0, 0, 0)))
                if change is not None and isinstance(updated, libcst.BaseExpression):
                    self.done += 1
                    return change(updated)
            return updated

    transformer = Replace()
    changed = tree.visit(transformer)
    if transformer.done != len(wanted):
        raise StrategyError(f"{module.path}: the expression to rewrite is not where it was found")
    return changed


def insert_after(tree: libcst.Module, module: Module, insertions: Sequence[tuple[ast.stmt, str]]) -> libcst.Module:
    """Insert a line of code after each statement, at its indentation; several after one statement keep their order.

    Raises:
        StrategyError: a statement is not where ``ast`` saw it.
    """
    return _insert(tree, module, insertions, before=False)


def insert_before(tree: libcst.Module, module: Module, insertions: Sequence[tuple[ast.stmt, str]]) -> libcst.Module:
    """Insert a line of code before each statement; comments above the statement stay with it.

    Raises:
        StrategyError: a statement is not where ``ast`` saw it.
    """
    return _insert(tree, module, insertions, before=True)


def _insert(
    tree: libcst.Module, module: Module, insertions: Sequence[tuple[ast.stmt, str]], *, before: bool
) -> libcst.Module:
    import libcst

    lines: dict[tuple[int, int], list[str]] = {}
    for statement, code in insertions:
        lines.setdefault(_start(statement), []).append(code)
    positions = _positions(tree)

    class Insert(libcst.CSTTransformer):
        def __init__(self) -> None:
            super().__init__()
            self.done = 0

        def on_leave(self, original_node, updated_node):  # type: ignore[no-untyped-def]
            updated = super().on_leave(original_node, updated_node)
            start = positions.get(original_node, (0, 0, 0, 0))[:2]
            statement = isinstance(original_node, libcst.SimpleStatementLine | libcst.BaseCompoundStatement)
            code = lines.get(start) if statement else None
            if code is None:
                return updated
            self.done += 1
            new = [libcst.parse_statement(each, tree.config_for_parsing) for each in code]
            return libcst.FlattenSentinel([*new, updated] if before else [updated, *new])

    transformer = Insert()
    changed = tree.visit(transformer)
    if transformer.done != len(lines):
        raise StrategyError(f"{module.path}: the statement to edit is not where it was found")
    return changed


def wrap(function: str) -> Change:
    """``x`` becomes ``function(x)``."""

    def change(expression: libcst.BaseExpression) -> libcst.BaseExpression:
        import libcst

        return libcst.Call(libcst.Name(function), [libcst.Arg(expression)])

    return change


def call_method(method: str) -> Change:
    """``x`` becomes ``x.method()``, in parentheses where the syntax needs them."""

    def change(expression: libcst.BaseExpression) -> libcst.BaseExpression:
        import libcst

        simple = libcst.Name | libcst.Attribute | libcst.Subscript | libcst.Call
        if not isinstance(expression, simple) and not expression.lpar:
            expression = expression.with_changes(lpar=[libcst.LeftParen()], rpar=[libcst.RightParen()])
        return libcst.Call(libcst.Attribute(expression, libcst.Name(method)))

    return change


def to_name(name: str) -> Change:
    """The expression becomes a name or constant such as ``None``."""

    def change(expression: libcst.BaseExpression) -> libcst.BaseExpression:
        import libcst

        del expression
        return libcst.Name(name)

    return change


def _positions(tree: libcst.Module) -> Mapping[libcst.CSTNode, tuple[int, int, int, int]]:
    """The place of every node: lines from 1, columns from 0 in characters, parentheses left out as in ``ast``."""
    from libcst.metadata import MetadataWrapper, PositionProvider

    ranges = MetadataWrapper(tree, unsafe_skip_copy=True).resolve(PositionProvider)
    return {
        node: (where.start.line, where.start.column, where.end.line, where.end.column) for node, where in ranges.items()
    }


def _place(node: ast.expr, module: Module) -> tuple[int, int, int, int]:
    span = span_of(node, module)
    return span.line, span.column - 1, span.end_line, span.end_column - 1


def _start(statement: ast.stmt) -> tuple[int, int]:
    """Where a statement starts, decorators included; indentation is one character a column in both trees."""
    decorators = getattr(statement, "decorator_list", [])
    return (min([statement.lineno, *(each.lineno for each in decorators)]), statement.col_offset)
