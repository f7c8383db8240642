"""Edits are made where they are asked for, and refused where the syntax has no room for them."""

from __future__ import annotations

import ast
from pathlib import Path

import libcst
import pytest
from greenfix_codemods import editing
from greenfix_codemods.concrete import Concrete
from greenfix_codemods.edits import Edit, Insert, Move, Replace, ReplaceStatement, Where
from greenfix_codemods.errors import StrategyError
from greenfix_codemods.semantics.module import Module, Project
from greenfix_codemods.semantics.source import decode


def parsed(code: str) -> Module:
    return Project(Path("nowhere")).add(decode(code.encode(), "program.py"))


def edited(module: Module, *edits: Edit) -> str:
    return editing.make(edits, Concrete(libcst.parse_module(module.source.text)), module).code


def test_code_goes_above_a_decorated_function_and_under_its_docstring() -> None:
    module = parsed('@mark\ndef f():\n    """Say."""\n    pass\n')
    (function,) = module.tree.body
    after = edited(module, Insert(function, Where.FIRST, "a()"), Insert(function, Where.LAST, "b()"))
    assert after == '@mark\ndef f():\n    """Say."""\n    a()\n    pass\n    b()\n'


def test_comments_stay_with_their_statement_and_empty_lines_above_both() -> None:
    module = parsed("x = 1\n\n# the loop\nfor i in x:\n    pass\n")
    after = edited(module, Insert(module.tree.body[1], Where.BEFORE, "a()"))
    assert after == "x = 1\n\na()\n# the loop\nfor i in x:\n    pass\n"


def test_several_edits_at_one_place_keep_their_order() -> None:
    module = parsed("x = 1\n")
    (statement,) = module.tree.body
    asked = [Insert(statement, where, f"{where}{n}()") for where in (Where.AFTER, Where.BEFORE) for n in (1, 2)]
    assert edited(module, *asked) == "before1()\nbefore2()\nx = 1\nafter1()\nafter2()\n"


def test_a_statement_is_replaced_and_its_comment_stays() -> None:
    module = parsed("x = f(x)  # grows\n")
    (statement,) = module.tree.body
    assert edited(module, ReplaceStatement(statement, "x.append(1)")) == "x.append(1)  # grows\n"


def test_an_expression_gets_parentheses_only_where_the_syntax_needs_them() -> None:
    module = parsed("f(a + b, (a + b), c.d)\n")
    calls = [node for node in ast.walk(module.tree) if isinstance(node, ast.BinOp | ast.Attribute)]
    after = edited(module, *(Replace(each, "{}.numpy()") for each in calls))
    assert after == "f((a + b).numpy(), (a + b).numpy(), c.d.numpy())\n"


def test_statements_move_with_their_comments_and_code_takes_their_place() -> None:
    module = parsed("for i in x:\n    # one\n    a = 1\n    b = 2\n    print(i)\n")
    (loop,) = module.tree.body
    assert isinstance(loop, ast.For)
    moved = Move((loop.body[0], loop.body[1]), loop, Where.BEFORE)
    after = edited(module, moved, Insert(loop.body[0], Where.BEFORE, "reset()"))
    assert after == "# one\na = 1\nb = 2\nfor i in x:\n    reset()\n    print(i)\n"


LINES = "if a:\n    pass\nelif b:\n    pass\n"


@pytest.mark.parametrize("where", [Where.BEFORE, Where.AFTER])
def test_nothing_goes_beside_an_elif(where: Where) -> None:
    module = parsed(LINES)
    (outer,) = module.tree.body
    assert isinstance(outer, ast.If)
    with pytest.raises(StrategyError, match="elif in line 3"):
        edited(module, Insert(outer.orelse[0], where, "x()"))


def test_a_body_on_one_line_takes_nothing_but_a_first_statement() -> None:
    module = parsed("for i in x: print(i)\n")
    (loop,) = module.tree.body
    assert edited(module, Insert(loop, Where.FIRST, "a()")) == "for i in x: a(); print(i)\n"
    with pytest.raises(StrategyError, match="stands on one line"):
        edited(module, Insert(loop, Where.LAST, "a()"))


def test_a_loop_keeps_something_in_its_body() -> None:
    module = parsed("for i in x:\n    a = 1\n")
    (loop,) = module.tree.body
    assert isinstance(loop, ast.For)
    with pytest.raises(StrategyError, match="nothing would be left"):
        edited(module, Move((loop.body[0],), loop, Where.BEFORE))


def test_a_statement_that_shares_its_line_is_not_replaced() -> None:
    module = parsed("a = 1; b = 2\n")
    with pytest.raises(StrategyError, match="shares its line"):
        edited(module, ReplaceStatement(module.tree.body[0], "x()"))


@pytest.mark.parametrize("number", [0, 1])
def test_code_that_is_not_where_it_was_found_is_not_edited(number: int) -> None:
    module, other = parsed("a = 1\n# a\n# comment\n# here\n"), parsed("\n\nif b:\n    c(d)\n")
    (statement,) = other.tree.body
    assert isinstance(statement, ast.If)
    edits: list[Edit] = [Insert(statement, Where.AFTER, "x()"), Replace(statement.test, "float({})")]
    with pytest.raises(StrategyError, match="not where it was found"):
        edited(module, edits[number])
