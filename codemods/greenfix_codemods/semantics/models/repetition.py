"""What repeats and what only looks like it: loops that run once, first-time guards, folds."""

from __future__ import annotations

import ast
import re

from greenfix_codemods.semantics.models.frames import Frame, dotted_text
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import LOOPS, last_name
from greenfix_codemods.semantics.progress import PROGRESS

_END = (ast.Return, ast.Raise, ast.Break)


def runs_once(loop: ast.AST) -> bool:
    """Whether at most one pass of ``loop`` can happen: its body ends it, or it iterates over a single thing."""
    if isinstance(loop, ast.For | ast.AsyncFor | ast.While):
        return ends(loop.body) or _one_of(loop) or (not isinstance(loop, ast.While) and _single(loop.iter))
    generators = getattr(loop, "generators", ())
    return bool(generators) and all(_single(generator.iter) for generator in generators)


def _one_of(loop: ast.For | ast.AsyncFor | ast.While) -> bool:
    """The body skips every pass but one (``if fold != 3: continue``) or ends after it (``if fold > 0: break``)."""
    for statement in loop.body:
        if not isinstance(statement, ast.If) or statement.orelse or not isinstance(statement.test, ast.Compare):
            continue
        test, leaves = statement.test, statement.body[-1]
        number = test.comparators[0]
        if len(test.ops) != 1 or not isinstance(test.left, ast.Name) or not isinstance(number, ast.Constant):
            continue
        if isinstance(test.ops[0], ast.NotEq) and isinstance(leaves, ast.Continue):
            return True
        after = (ast.Gt, 0), (ast.GtE, 1), (ast.Eq, 1)
        if isinstance(leaves, ast.Break) and statement is loop.body[0] and isinstance(loop, ast.For | ast.AsyncFor):
            counted = isinstance(loop.iter, ast.Call) and isinstance(loop.iter.func, ast.Name)
            return counted and any(isinstance(test.ops[0], kind) and number.value == value for kind, value in after)
    return False


def ends(body: list[ast.stmt]) -> bool:
    """Whether the block always leaves the loop around it (``return``, ``break``, ``raise``) when all goes well."""
    for statement in body:
        if isinstance(statement, ast.Continue):
            return False
        if isinstance(statement, _END) or _leaves(statement):
            return True
        if _may_continue(statement):
            return False
    return False


def _leaves(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.With | ast.AsyncWith):
        return ends(statement.body)
    if isinstance(statement, ast.Try):
        return ends(statement.finalbody) or ends(statement.orelse) or ends(statement.body)
    return isinstance(statement, ast.If) and ends(statement.body) and ends(statement.orelse)


def _may_continue(statement: ast.stmt) -> bool:
    """A ``continue`` of this loop somewhere inside: the end of the body is not always reached."""
    if isinstance(statement, ast.If):
        return any(
            isinstance(item, ast.Continue) or _may_continue(item) for item in (*statement.body, *statement.orelse)
        )
    return False


def _single(iterable: ast.expr) -> bool:
    if isinstance(iterable, ast.List | ast.Tuple | ast.Set):
        return len(iterable.elts) <= 1 and not any(isinstance(item, ast.Starred) for item in iterable.elts)
    if isinstance(iterable, ast.Call) and iterable.args:
        name = last_name(iterable.func)
        if name == "range" and not iterable.keywords:
            return _short_range(iterable.args)
        if name in (*PROGRESS, "enumerate", "reversed", "list"):
            return _single(iterable.args[0])
    return False


def _short_range(arguments: list[ast.expr]) -> bool:
    numbers = [item.value for item in arguments if isinstance(item, ast.Constant) and isinstance(item.value, int)]
    if len(numbers) == len(arguments) and numbers and not (len(numbers) == 3 and numbers[2] == 0):
        return len(range(*numbers)) <= 1
    if len(arguments) == 2 and isinstance(arguments[1], ast.BinOp) and isinstance(arguments[1].op, ast.Add):
        step = arguments[1].right  # range(k, k + 1)
        return (
            ast.dump(arguments[1].left) == ast.dump(arguments[0]) and isinstance(step, ast.Constant) and step.value == 1
        )
    return False


FEW = 5
"""Passes. A warm-up, a small grid, a look at some examples: what each costs is not worth a word."""


def few_passes(loop: ast.AST) -> bool:
    """Whether the loop says itself that it goes round at most ``FEW`` times: ``range(3)``, ``for x in (1, 2)``."""
    iterable = getattr(loop, "iter", None)
    if isinstance(iterable, ast.List | ast.Tuple | ast.Set):
        return len(iterable.elts) <= FEW and not any(isinstance(item, ast.Starred) for item in iterable.elts)
    if isinstance(iterable, ast.Call) and isinstance(iterable.func, ast.Name) and iterable.func.id == "range":
        numbers = [item.value for item in iterable.args if isinstance(item, ast.Constant)]
        integers = [number for number in numbers if isinstance(number, int)]
        return len(integers) == len(iterable.args) and integers[2:3] != [0] and len(range(*integers)) <= FEW
    return False


def innermost_loop(node: ast.AST, module: Module) -> ast.For | ast.AsyncFor | ast.While | None:
    """The innermost loop each of whose passes runs ``node``: not through a function that is only defined there.

    What a ``for`` iterates over is computed once, and its ``else`` runs once.
    """
    inside = node
    for around in module.ancestors(node):
        if isinstance(around, LOOPS) and inside not in (getattr(around, "iter", None), *around.orelse):
            return around
        if isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            return None
        inside = around
    return None


def compiled_by_tensorflow(node: ast.AST) -> bool:
    """Whether the function stands under ``@tf.function``: what it calls runs, and is no assembly of layers."""
    marks = getattr(node, "decorator_list", ())
    return any(ast.unparse(mark.func if isinstance(mark, ast.Call) else mark).endswith("function") for mark in marks)


def first_time_only(test: ast.expr, frame: Frame) -> bool:
    """Whether ``test`` lets only the first pass through: ``if model is None``, ``if i == 0``."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return any(first_time_only(value, frame) for value in test.values)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _outlives(test.operand, frame)
    if not isinstance(test, ast.Compare) or len(test.ops) != 1:
        return False
    right = test.comparators[0]
    if isinstance(right, ast.Constant) and right.value is None and isinstance(test.ops[0], ast.Is | ast.Eq):
        return _outlives(test.left, frame)
    zero = isinstance(right, ast.Constant) and right.value in (0, 1) and type(right.value) is int
    return zero and isinstance(test.ops[0], ast.Eq) and isinstance(test.left, ast.Name) and _counts(test.left, frame)


def _outlives(node: ast.expr, frame: Frame) -> bool:
    """The tested value was there before the pass: an attribute, a global, or a name that the pass has not bound."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "hasattr":
        return True
    text = dotted_text(node)
    if text is None:
        return False
    if "." in text:
        return not any(text in names for names in frame.rebound[-1:])
    if text in frame.parameters:
        return text in frame.passed
    if text in frame.globals or text not in frame.bound:
        return True
    return bool(frame.rebound) and text not in frame.rebound[-1]


def _counts(name: ast.Name, frame: Frame) -> bool:
    return (
        bool(frame.rebound)
        and re.fullmatch(r"_?(i|j|k|n|it|iteration|epoch|step|fold|idx|index|count(er)?|first\w*)", name.id) is not None
    )


def names_bound(place: ast.AST) -> set[str]:
    """The names that a pass of the loop or comprehension binds, its target included."""
    return {node.id for node in ast.walk(place) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
