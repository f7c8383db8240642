"""Making edits in a LibCST tree, so that every byte of the lines that they do not touch stays as it was.

Nodes are found by their place, which ``ast`` and LibCST agree on; where they do not, nothing is edited.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import TypeVar

import libcst as cst

from greenfix_codemods.concrete import Concrete, Statement
from greenfix_codemods.edits import Edits, Insert, Move, Replace, ReplaceStatement, Where
from greenfix_codemods.errors import StrategyError
from greenfix_codemods.rule import span_of
from greenfix_codemods.semantics.module import Module

T = TypeVar("T", Insert, Move)
Place = tuple[int, ...]
"""Of a statement its first line and column, of an expression also its end; columns from 0 in characters."""


def make(edits: Edits, concrete: Concrete, module: Module) -> cst.Module:
    """The tree of ``concrete``, which is ``module``, with all ``edits`` made.

    Raises:
        StrategyError: a node is not where ``ast`` saw it, or has no room for what shall go there.
    """
    for each in edits:
        if isinstance(each, Insert | Move) and _is_elif(each.anchor, module):
            raise StrategyError(f"there is no line beside the elif in line {each.anchor.lineno}")
    editor = _Editor(edits, concrete, module)
    changed = concrete.tree.visit(editor)
    if editor.waiting:
        raise StrategyError(f"{module.path}: the code to edit is not where it was found")
    return changed


class _Editor(cst.CSTTransformer):
    """Makes every edit in one walk of the statements that hold one."""

    def __init__(self, edits: Edits, concrete: Concrete, module: Module) -> None:
        super().__init__()
        self.parse = _parser(concrete.tree)
        self.places = concrete.places
        self.inserts = _by_place(edits, Insert)
        self.moves = _by_place(edits, Move)
        self.statements = {_start(each.statement): each for each in edits if isinstance(each, ReplaceStatement)}
        self.expressions = {_place(each.expression, module): each for each in edits if isinstance(each, Replace)}
        self.moving = {_start(each) for moves in self.moves.values() for move in moves for each in move.statements}
        self.moved: dict[Place, Statement] = {}
        self.waiting = {*self.inserts, *self.moves, *self.statements, *self.expressions, *self.moving}
        self.lines = {place[0] for place in self.waiting}

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Whether to look inside: not in a statement that no edit speaks of. Decorators stand above their range."""
        if not isinstance(node, Statement) or (isinstance(node, cst.FunctionDef | cst.ClassDef) and node.decorators):
            return True
        first, _, last, _ = self.places[node]
        return any(first <= line <= last for line in self.lines)

    def on_leave(self, original_node, updated_node):  # type: ignore[no-untyped-def]  # LibCST's own is a wide overload
        place = self.places.get(original_node)
        if place is None:
            return updated_node
        if isinstance(updated_node, Statement):
            return self._statement(place[:2], updated_node)
        replace = self.expressions.get(place)
        if replace is None:
            return updated_node
        self.waiting.discard(place)
        return _filled(replace.template, updated_node)

    def _statement(
        self, place: Place, node: Statement
    ) -> Statement | cst.FlattenSentinel[cst.BaseStatement] | cst.RemovalSentinel:
        self.waiting.discard(place)
        if place in self.statements:
            node = _replaced(node, self.parse(self.statements[place].code))
        before: list[Statement] = []
        first: list[Statement] = []
        for move in self.moves.get(place, ()):
            # A statement to move was left before its anchor: it stands above it or in it.
            (before if move.where is Where.BEFORE else first).extend(
                self.moved.pop(_start(each)) for each in move.statements if _start(each) in self.moved
            )
        codes = {where: self._codes(place, where) for where in Where}
        before += codes[Where.BEFORE]
        node = _with_body(node, [*codes[Where.FIRST], *_without_blank(first)], codes[Where.LAST])
        if place in self.moving:
            self.moved[place] = node
            left = [*before, *codes[Where.AFTER]]
            return cst.FlattenSentinel(left) if left else cst.RemoveFromParent()
        if before:
            before, node = _above(before, node)
        if codes[Where.HEAD]:
            before = [codes[Where.HEAD][0].with_changes(leading_lines=node.leading_lines), *codes[Where.HEAD][1:]]
            node = node.with_changes(leading_lines=[])
        around = [*before, *codes[Where.AFTER]]
        return cst.FlattenSentinel([*before, node, *codes[Where.AFTER]]) if around else node

    def _codes(self, place: Place, where: Where) -> list[Statement]:
        return [self.parse(each.code) for each in self.inserts.get(place, ()) if each.where is where]


def _parser(tree: cst.Module) -> Callable[[str], cst.SimpleStatementLine]:
    def parse(code: str) -> cst.SimpleStatementLine:
        return cst.ensure_type(cst.parse_statement(code, tree.config_for_parsing), cst.SimpleStatementLine)

    return parse


def _by_place(edits: Edits, kind: type[T]) -> dict[Place, list[T]]:
    found: dict[Place, list[T]] = {}
    for each in edits:
        if isinstance(each, kind):
            found.setdefault(_start(each.anchor), []).append(each)
    return found


def _start(statement: ast.stmt) -> Place:
    """Where a statement starts, of a decorated one its ``def``; indentation is one character a column in both trees."""
    return statement.lineno, statement.col_offset


def _is_elif(statement: ast.stmt, module: Module) -> bool:
    line = module.lines[statement.lineno - 1][statement.col_offset :]
    return isinstance(statement, ast.If) and line.startswith(b"elif")


def _place(node: ast.expr, module: Module) -> Place:
    span = span_of(node, module)
    return span.line, span.column - 1, span.end_line, span.end_column - 1


_SIMPLE = cst.Name | cst.Attribute | cst.Subscript | cst.Call


def _filled(template: str, expression: cst.BaseExpression) -> cst.BaseExpression:
    """``template`` with the expression in its hole, in parentheses where the syntax needs them."""
    whole = cst.parse_expression(template.replace("{}", "hole"))
    if template.startswith("{}") and not isinstance(expression, _SIMPLE) and not expression.lpar:
        expression = expression.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])

    class Fill(cst.CSTTransformer):
        def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:  # noqa: N802  # LibCST's name
            return expression if original_node.value == "hole" else updated_node

    filled = whole.visit(Fill())
    assert isinstance(filled, cst.BaseExpression)  # noqa: S101  # an expression stays one
    return filled


def _replaced(node: Statement, new: cst.SimpleStatementLine) -> Statement:
    if not isinstance(node, cst.SimpleStatementLine) or len(node.body) != 1:
        raise StrategyError("the statement to replace shares its line with another one")
    return node.with_changes(body=new.body)


def _with_body(node: Statement, first: Sequence[Statement], last: Sequence[Statement]) -> Statement:
    """``node`` with statements first and last in its body.

    Raises:
        StrategyError: nothing is left in the body, or it stands on one line and has no room.
    """
    if not isinstance(node, cst.BaseCompoundStatement):
        return node
    body = node.body
    if isinstance(body, cst.SimpleStatementSuite):
        return node.with_changes(body=_with_first(body, first, last)) if first or last else node
    statements = list(cst.ensure_type(body, cst.IndentedBlock).body)
    if not statements and not first and not last:
        raise StrategyError("nothing would be left in the body of a loop")
    if not first and not last:
        return node
    at = 1 if isinstance(node, cst.FunctionDef) and node.get_docstring() is not None else 0
    return node.with_changes(body=body.with_changes(body=[*statements[:at], *first, *statements[at:], *last]))


_SEMICOLON = cst.Semicolon(whitespace_after=cst.SimpleWhitespace(" "))


def _with_first(
    suite: cst.SimpleStatementSuite, first: Sequence[Statement], last: Sequence[Statement]
) -> cst.SimpleStatementSuite:
    if last or any(not isinstance(each, cst.SimpleStatementLine) or each.leading_lines for each in first):
        raise StrategyError("the loop's body stands on one line")
    new = [small for each in first for small in cst.ensure_type(each, cst.SimpleStatementLine).body]
    return suite.with_changes(body=[*(small.with_changes(semicolon=_SEMICOLON) for small in new), *suite.body])


def _above(new: list[Statement], node: Statement) -> tuple[list[Statement], Statement]:
    """``new`` right above ``node``: empty lines stay above both, comments on ``node`` stay with it."""
    lines = list(node.leading_lines)
    blank = next((number for number, line in enumerate(lines) if line.comment is not None), len(lines))
    new = _without_blank(new)
    first = new[0].with_changes(leading_lines=[*lines[:blank], *new[0].leading_lines])
    return [first, *new[1:]], node.with_changes(leading_lines=lines[blank:])


def _without_blank(moved: list[Statement]) -> list[Statement]:
    """Without the empty lines above the first statement."""
    if not moved:
        return []
    lines = list(moved[0].leading_lines)
    comment = next((number for number, line in enumerate(lines) if line.comment is not None), len(lines))
    return [moved[0].with_changes(leading_lines=lines[comment:]), *moved[1:]]
