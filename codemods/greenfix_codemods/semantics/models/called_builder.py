"""A function that builds and trains in each pass of a comprehension, which itself has no place for a statement."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from greenfix_codemods.semantics.models.frames import all_parameters
from greenfix_codemods.semantics.models.leaks import leaks_of
from greenfix_codemods.semantics.models.objectives import mentioning
from greenfix_codemods.semantics.models.passes import passes_of
from greenfix_codemods.semantics.models.trace import Kind, Pass
from greenfix_codemods.semantics.module import Module

if TYPE_CHECKING:
    from greenfix_codemods.rule import Site

_WORK = (Kind.TRAIN, Kind.USE, Kind.COMPILE, Kind.CALL, Kind.RESET, Kind.HAND)


def called_builder(site: Site) -> tuple[ast.FunctionDef | None, str]:
    """The function of the site's module that is one pass of its comprehension, or None and why there is none.

    What is put first in that function happens in each pass and nowhere else: it is called there only, it both
    builds and works with its model, and it is given no model that was alive before.
    """
    module = site.module
    function = _called(site)
    if function is None:
        return None, "a comprehension has no place for a statement"
    if function.decorator_list or any(isinstance(node, ast.Yield | ast.YieldFrom) for node in ast.walk(function)):
        return None, f"a comprehension has no place for a statement, and {function.name} is no plain function"
    if _used_elsewhere(function.name, module):
        return None, f"a comprehension has no place for a statement, and {function.name} is used elsewhere as well"
    if any(item.place is site.place and _given_a_model(item, function) for item in module.once(passes_of)):
        return None, f"a comprehension has no place for a statement, and {function.name} is given a live model"
    return function, ""


def _called(site: Site) -> ast.FunctionDef | None:
    for leak in site.module.once(leaks_of):
        if leak.place is site.place and leak.build.node is leak.work.node:
            call = leak.build.node
            if leak.build.path and isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
                function = site.module.functions.get(call.func.id)
                return function if isinstance(function, ast.FunctionDef) else None
    return None


def _used_elsewhere(name: str, module: Module) -> bool:
    uses = [node for node in module.parents if isinstance(node, ast.Name) and node.id == name]
    return len(uses) != 1 or any(True for _ in mentioning(name, module))


def _given_a_model(item: Pass, function: ast.FunctionDef) -> bool:
    """Some step works with a model that the pass has not built, or calls a method of a parameter as if it were one."""
    built = {step.model.origin for step in item.steps if step.kind is Kind.BUILD and step.model and not step.once}
    parameters = {parameter.arg for parameter in all_parameters(function.args)}
    called = {
        node.func.value.id
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
        if node.func.attr in ("predict", "fit", "evaluate", "train_on_batch", "compile", "get_weights", "set_weights")
    }
    return bool(called & parameters) or any(
        step.kind in _WORK and (step.model is None or step.model.origin not in built) for step in item.steps
    )
