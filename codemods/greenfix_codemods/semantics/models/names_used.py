"""Whether a name may be deleted at the end of a loop's pass. Any doubt says no."""

from __future__ import annotations

import ast
from pathlib import PurePosixPath

from greenfix_codemods.semantics.models.objectives import mentioning
from greenfix_codemods.semantics.module import Module

_INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def used_outside(name: str, loop: ast.For | ast.AsyncFor | ast.While, module: Module) -> str | None:
    """Why ``name``, bound in the body of ``loop``, must live beyond a pass; None when nothing needs it."""
    function = module.enclosing_function(loop)
    scope = function or module.tree
    inside = {node for statement in loop.body for node in ast.walk(statement)}  # the test and ``else`` are not
    if isinstance(scope, ast.Module) and _exported(name, module):
        return f"{name} is a global that functions or other modules may read"
    for node in ast.walk(scope):
        if isinstance(node, ast.Global | ast.Nonlocal) and name in node.names:
            return f"{name} is shared with another scope"
        loaded = isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        if loaded and node not in inside and module.enclosing_function(node) is function:
            return f"{name} is used outside the loop"
        inner = isinstance(node, _INNER) and node is not scope
        if inner and _reads(node, name) and name not in module.names.bound.get(node, ()):
            return f"{name} is used in a nested function"
    return _in_loop(name, loop)


def _in_loop(name: str, loop: ast.For | ast.AsyncFor | ast.While) -> str | None:
    bindings = [statement for statement in loop.body if _binds(statement, name)]
    if not bindings or not isinstance(bindings[-1], ast.Assign):
        return f"{name} is not bound in each pass"
    first = loop.body.index(bindings[0])
    if any(_reads(statement, name) for statement in loop.body[:first]) or _reads(bindings[0], name):
        return f"the next pass reads {name} before it is bound"
    for statement in loop.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Delete) and any(
                isinstance(item, ast.Name) and item.id == name for item in node.targets
            ):
                return f"{name} is deleted already"
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id == name:
                return f"{name} has another name as well"
            if isinstance(node, ast.Return | ast.Yield | ast.YieldFrom) and _reads(node, name):
                return f"{name} leaves the function"
    last = loop.body[-1]
    return "the loop ends in the middle of a pass" if isinstance(last, ast.Return | ast.Raise | ast.Break) else None


def _binds(statement: ast.stmt, name: str) -> bool:
    targets = statement.targets if isinstance(statement, ast.Assign) else ()
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


def _reads(node: ast.AST, name: str) -> bool:
    return any(
        isinstance(item, ast.Name) and item.id == name and isinstance(item.ctx, ast.Load) for item in ast.walk(node)
    )


def _exported(name: str, module: Module) -> bool:
    """A function of the module reads the global, or another module imports it."""
    stem = PurePosixPath(module.path).stem
    if any(
        f".{stem}.{name}" in f".{dotted}"
        for other in mentioning(name, module)
        for dotted in other.names.imports.values()
    ):
        return True
    return any(
        isinstance(node, ast.FunctionDef | ast.Lambda)
        and _reads(node, name)
        and name not in module.names.bound.get(node, ())
        for node in ast.walk(module.tree)
    )
