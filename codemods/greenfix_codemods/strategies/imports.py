"""Adding an import once, in the right place and in the file's own style."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from greenfix_codemods.semantics.module import Module

if TYPE_CHECKING:
    import libcst


def has_import(module: Module, name: str) -> bool:
    """Whether ``import name`` already stands at the top level of the module."""
    return any(
        isinstance(node, ast.Import) and any(item.name == name and item.asname in (None, name) for item in node.names)
        for node in module.tree.body
    )


def import_obstacle(module: Module, name: str) -> str | None:
    """Why ``import name`` cannot be added: the name already means something else here."""
    if any(name in bound for bound in module.names.bound.values()):
        return f"`{name}` is already another name in this file"
    if module.names.imports.get(name, name) != name:
        return f"`{name}` is already imported as something else"
    return None


def add_import(tree: libcst.Module, name: str) -> libcst.Module:
    """Add ``import name`` at the top level unless it is there.

    It joins the first run of plain imports in alphabetical order; without one it comes before the first import, and
    in a file without imports after the docstring and ``from __future__``.
    """
    import libcst

    body = list(tree.body)
    if any(name in _plain(statement) for statement in body):
        return tree
    line = libcst.parse_statement(f"import {name}", tree.config_for_parsing)
    first = next((index for index, each in enumerate(body) if _is_import(each) and not _is_future(each)), None)
    if first is None:
        start = _after_prologue(body)
        if start == 0:
            return _at_top(tree, line)
        return tree.with_changes(body=[*body[:start], line, *body[start:]])
    place = first
    while place < len(body) and (names := _plain(body[place])) and max(names) < name:
        place += 1
    if place == first and (first == 0 or body[first].leading_lines):
        return _take_lead(tree, body, first, line)
    return tree.with_changes(body=[*body[:place], line, *body[place:]])


def _at_top(tree: libcst.Module, line: object) -> libcst.Module:
    return tree.with_changes(body=[line, *tree.body])


def _take_lead(tree: libcst.Module, body: Sequence[object], first: int, line: object) -> libcst.Module:
    """Before the first import, under the comments and empty lines that stand above it."""
    old = body[first]
    new = line.with_changes(leading_lines=old.leading_lines)  # type: ignore[attr-defined]  # both are statement lines
    rest = old.with_changes(leading_lines=[])  # type: ignore[attr-defined]  # same
    return tree.with_changes(body=[*body[:first], new, rest, *body[first + 1 :]])


def _after_prologue(body: list[libcst.SimpleStatementLine | libcst.BaseCompoundStatement]) -> int:
    import libcst

    index = 0
    if body and isinstance(body[0], libcst.SimpleStatementLine) and isinstance(body[0].body[0], libcst.Expr):
        text = libcst.SimpleString | libcst.ConcatenatedString
        index = 1 if isinstance(body[0].body[0].value, text) else 0
    while index < len(body) and _is_future(body[index]):
        index += 1
    return index


def _is_import(statement: object) -> bool:
    import libcst

    return isinstance(statement, libcst.SimpleStatementLine) and isinstance(
        statement.body[0], libcst.Import | libcst.ImportFrom
    )


def _is_future(statement: object) -> bool:
    import libcst

    return (
        isinstance(statement, libcst.SimpleStatementLine)
        and isinstance(statement.body[0], libcst.ImportFrom)
        and isinstance(statement.body[0].module, libcst.Name)
        and statement.body[0].module.value == "__future__"
    )


def _plain(statement: object) -> set[str]:
    """The modules that a top-level ``import a, b`` line names."""
    import libcst

    if not isinstance(statement, libcst.SimpleStatementLine) or not isinstance(statement.body[0], libcst.Import):
        return set()
    return {alias.evaluated_name for alias in statement.body[0].names}
