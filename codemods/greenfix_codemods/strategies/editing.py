"""Edits that the strategies share: find the site's node in the LibCST tree, insert statements, add an import once.

The place is found by its number among the nodes of its kind in document order, which LibCST and ``ast`` agree on;
LibCST's own positions would need a copy of the whole tree.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

import libcst as cst

from greenfix_codemods.errors import StrategyError
from greenfix_codemods.semantics.module import Module

_LOOPS_AND_FUNCTIONS = (ast.For, ast.AsyncFor, ast.While, ast.FunctionDef, ast.AsyncFunctionDef)
Place = cst.For | cst.While | cst.FunctionDef
Edited = cst.CSTNode | cst.FlattenSentinel[cst.BaseStatement]
Edit = Callable[[Place], Edited]


class _Edit(cst.CSTTransformer):
    def __init__(self, number: int, edit: Edit) -> None:
        super().__init__()
        self.number, self.edit = number, edit
        self.seen, self.done = 0, False
        self.wanted: cst.CSTNode | None = None

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.For | cst.While | cst.FunctionDef):
            if self.seen == self.number:
                self.wanted = node
            self.seen += 1
        return not isinstance(node, cst.SimpleStatementLine | cst.BaseExpression)

    def on_leave(self, original: cst.CSTNode, updated: cst.CSTNode) -> Edited:  # type: ignore[override]  # one or several
        if original is self.wanted and isinstance(updated, cst.For | cst.While | cst.FunctionDef):
            self.done = True
            return self.edit(updated)
        return updated


def edit_place(
    tree: cst.Module,
    module: Module,
    place: ast.AST,
    edit: Edit,
) -> cst.Module:
    """``tree`` with the loop or function at ``place`` replaced by what ``edit`` makes of it.

    Raises:
        StrategyError: there is no such node.
    """
    nodes = [node for node in module.parents if isinstance(node, _LOOPS_AND_FUNCTIONS)]
    nodes.sort(key=lambda node: (node.lineno, node.col_offset))
    if place not in nodes:
        raise StrategyError("the place is not a loop or a function")
    transformer = _Edit(nodes.index(place), edit)
    edited = tree.visit(transformer)
    if not transformer.done:
        raise StrategyError("the place is not in the file any more")
    return edited


def insert_first(place: Place, code: str) -> Place:
    """``place`` with the statement ``code`` first in its body, after a docstring."""
    body = place.body
    if isinstance(body, cst.SimpleStatementSuite):
        small = cst.ensure_type(cst.parse_statement(code), cst.SimpleStatementLine).body[0]
        return place.with_changes(body=body.with_changes(body=[small.with_changes(semicolon=_SEMICOLON), *body.body]))
    statements = list(body.body)
    at = 1 if isinstance(place, cst.FunctionDef) and place.get_docstring() is not None else 0
    return place.with_changes(body=body.with_changes(body=[*statements[:at], statement(code), *statements[at:]]))


_SEMICOLON = cst.Semicolon(whitespace_after=cst.SimpleWhitespace(" "))


def statement(code: str) -> cst.SimpleStatementLine:
    """One simple statement on its own line."""
    return cst.ensure_type(cst.parse_statement(code), cst.SimpleStatementLine)


def add_import(tree: cst.Module, module: Module, line: str, after: ast.stmt | None) -> cst.Module:
    """``tree`` with the import ``line`` after the top-level statement ``after``, or where imports may begin."""
    at = _number_of(module.tree.body, after) if after is not None else _beginning(module.tree.body)
    body = list(tree.body)
    # ``a; b`` is one statement line for LibCST and two statements for ast: count lines, not statements.
    lines = _lines(module.tree.body)
    index = next((number for number, group in enumerate(lines) if at <= group[-1]), len(body) - 1)
    place = 0 if at < 0 else index + 1
    return tree.with_changes(body=[*body[:place], statement(line), *body[place:]])


def _number_of(body: Sequence[ast.stmt], node: ast.stmt) -> int:
    return next(number for number, item in enumerate(body) if item is node)


def _beginning(body: Sequence[ast.stmt]) -> int:
    """The index of the docstring or last ``__future__`` import, -1 when there is neither."""
    last = -1
    for number, node in enumerate(body):
        docstring = number == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if docstring or (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
            last = number
        else:
            break
    return last


def _lines(body: Sequence[ast.stmt]) -> list[list[int]]:
    groups: list[list[int]] = []
    for number, node in enumerate(body):
        previous = body[number - 1] if number else None
        if previous is not None and previous.end_lineno == node.lineno:
            groups[-1].append(number)
        else:
            groups.append([number])
    return groups


def move_before(place: Place, index: int) -> cst.FlattenSentinel[cst.BaseStatement]:
    """The statement number ``index`` of the loop's body, moved before the loop.

    Raises:
        StrategyError: the body is not a block of statements.
    """
    if not isinstance(place.body, cst.IndentedBlock):
        raise StrategyError("the loop's body stands on one line")
    statements = list(place.body.body)
    moved = statements.pop(index)
    loop = place.with_changes(body=place.body.with_changes(body=statements))
    return _above(cst.ensure_type(moved, cst.SimpleStatementLine), loop)


def _above(first: cst.SimpleStatementLine, place: Place) -> cst.FlattenSentinel[cst.BaseStatement]:
    """``first`` right above ``place``: blank lines stay above both, comments on ``place`` stay with it."""
    lines = list(place.leading_lines)
    blank = next((number for number, line in enumerate(lines) if line.comment is not None), len(lines))
    first = first.with_changes(leading_lines=[*lines[:blank], *first.leading_lines])
    return cst.FlattenSentinel([first, place.with_changes(leading_lines=lines[blank:])])


def insert_before(place: Place, code: str) -> cst.FlattenSentinel[cst.BaseStatement]:
    """``place`` with the statement ``code`` before it; comments above the loop stay with the loop."""
    return _above(statement(code), place)


def append(place: Place, lines: Sequence[str]) -> Place:
    """``place`` with statements last in its body.

    Raises:
        StrategyError: the body stands on one line.
    """
    if not isinstance(place.body, cst.IndentedBlock):
        raise StrategyError("the loop's body stands on one line")
    body = [*place.body.body, *(statement(line) for line in lines)]
    return place.with_changes(body=place.body.with_changes(body=body))
