"""``tf.function``: where each pass of a loop makes a new one, or makes an old one trace again.

A ``tf.function`` traces once for each shape and dtype of its tensors, and once for each *value* of a Python number or
string among its arguments (TensorFlow's guide "Better performance with tf.function"): a step counter retraces forever.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from greenfix_codemods.finding import Confidence
from greenfix_codemods.semantics.index import index_of
from greenfix_codemods.semantics.models.repetition import (
    few_passes,
    innermost_loop,
    runs_once,
)
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import Function, enclosing_scopes

_TF_FUNCTION = ("tensorflow.function", "tensorflow.compat.v1.function")
_ONE_TRACE = {"input_signature", "reduce_retracing", "experimental_relax_shapes"}
_Loop = ast.For | ast.AsyncFor | ast.While


@dataclass(frozen=True, slots=True)
class Tracing:
    """Something in each pass of ``place`` traces ``name`` again."""

    place: ast.AST
    node: ast.AST
    name: str
    confidence: Confidence
    reason: str


def tracings_of(module: Module) -> tuple[Tracing, ...]:
    """One for each loop."""
    found: dict[ast.AST, Tracing] = {}
    if b"function" not in module.source.data:
        return ()
    for node in module.once(index_of).all(ast.FunctionDef, ast.Call):
        loop = innermost_loop(node, module)
        if loop is not None and not runs_once(loop):
            for tracing in _tracings(node, loop, module):
                found.setdefault(loop, tracing)
    return tuple(sorted(found.values(), key=lambda item: item.place.lineno))  # type: ignore[attr-defined]  # loops have lines


def _tracings(node: ast.AST, loop: _Loop, module: Module) -> Iterator[Tracing]:
    name = _made(node, module)
    if name is not None:
        reason = f"each pass makes a new tf.function ({name}), which traces again"
        yield Tracing(loop, node, name, Confidence.HIGH, reason)
    elif isinstance(node, ast.Call) and (changing := [each for each in _values(node) if _changes(each, loop)]):
        yield from _retracings(node, loop, changing, module)


def _retracings(node: ast.Call, loop: _Loop, changing: list[ast.expr], module: Module) -> Iterator[Tracing]:
    function = _traced(node.func, module)
    if function is None:
        return
    for value in changing:
        text, called = ast.unparse(value), ast.unparse(node.func)
        reason = f"{called} is a tf.function, and {text} is another Python value in each pass: each traces again"
        yield Tracing(loop, node, function, Confidence.HIGH, reason)


def _made(node: ast.AST, module: Module) -> str | None:
    """The name of the function, when ``node`` makes a tf.function that nothing keeps."""
    if isinstance(node, ast.FunctionDef):
        return node.name if _mark_of(node, module) is not None else None
    if isinstance(node, ast.Call) and _is_tf_function(node.func, module) and node.args:
        parent = module.parents[node]
        if isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Name):
            return ast.unparse(node.args[0])
    return None


def _mark_of(function: Function, module: Module) -> ast.expr | None:
    """The decorator that makes it a tf.function."""
    for mark in function.decorator_list:
        if _is_tf_function(mark.func if isinstance(mark, ast.Call) else mark, module):
            return mark
    return None


def _is_tf_function(node: ast.expr, module: Module) -> bool:
    return module.names.resolve(node) in _TF_FUNCTION


def _traced(called: ast.expr, module: Module) -> str | None:
    """The name of what ``called`` is, when it is a tf.function of the project that traces for each Python value."""
    found = _definition(called, module)
    if found is None:
        return None
    holder, function = found
    mark = _mark_of(function, holder)
    if mark is None or (isinstance(mark, ast.Call) and any(word.arg in _ONE_TRACE for word in mark.keywords)):
        return None
    return function.name


def _definition(called: ast.expr, module: Module) -> tuple[Module, Function] | None:
    """The function that ``called`` means: of the scopes around, of ``self``, or imported from the project."""
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "self":
        owner = module.enclosing_class(called)
        return _in_body(owner.body, called.attr, module) if owner is not None else None
    if isinstance(called, ast.Name):
        for scope in enclosing_scopes(called, module.parents):
            if called.id in module.names.bound[scope]:
                return None if isinstance(scope, ast.Lambda) else _in_body(scope.body, called.id, module)
    dotted = module.names.raw(called)
    found = module.project.definition(dotted, module) if dotted is not None else None
    return (found[0], found[1]) if found is not None and not isinstance(found[1], ast.ClassDef) else None


def _in_body(body: list[ast.stmt], name: str, module: Module) -> tuple[Module, Function] | None:
    """The last definition of ``name``, when it is a function."""
    definitions = [
        node
        for node in body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == name
    ]
    last = definitions[-1] if definitions else None
    return (module, last) if isinstance(last, ast.FunctionDef | ast.AsyncFunctionDef) else None


def _values(call: ast.Call) -> Iterator[ast.expr]:
    yield from call.args
    yield from (word.value for word in call.keywords)


def _changes(value: ast.expr, loop: _Loop) -> bool:
    """Whether ``value`` is certainly a Python number or string that differs from pass to pass."""
    counters = _counters(loop)
    if isinstance(value, ast.Name):
        return value.id in counters
    if isinstance(value, ast.BinOp):
        sides = (value.left, value.right)
        return any(_changes(side, loop) for side in sides) and all(
            isinstance(side, ast.Constant) or _changes(side, loop) for side in sides
        )
    if isinstance(value, ast.JoinedStr):
        return any(isinstance(node, ast.Name) and node.id in counters for node in ast.walk(value))
    return (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Name)
        and value.func.id in ("float", "int", "str")
        and len(value.args) == 1
        and _changes(value.args[0], loop)
    )


def _counters(loop: _Loop) -> set[str]:
    """The names that count the passes: the target of ``range``, the first of ``enumerate``, ``n += 1``."""
    found = {
        node.target.id
        for statement in loop.body
        for node in [statement]
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and _is_number(node.value)
    }
    if isinstance(loop, ast.While) or not isinstance(loop.iter, ast.Call) or not isinstance(loop.iter.func, ast.Name):
        return found
    called, target = loop.iter.func.id, loop.target
    if called in ("range", "trange") and isinstance(target, ast.Name) and not few_passes(loop):
        found.add(target.id)
    if called == "enumerate" and isinstance(target, ast.Tuple) and isinstance(target.elts[0], ast.Name):
        found.add(target.elts[0].id)
    return found


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)
