"""Passes: what happens each time that a loop goes round, or that something calls a function again."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from greenfix_codemods.reach import leads_to
from greenfix_codemods.semantics.index import index_of
from greenfix_codemods.semantics.models import searches
from greenfix_codemods.semantics.models.execution import Execution
from greenfix_codemods.semantics.models.frames import dotted_text
from greenfix_codemods.semantics.models.keras import NEVER_FOLLOWED
from greenfix_codemods.semantics.models.leading import functions_to_follow
from greenfix_codemods.semantics.models.objectives import searched_elsewhere
from greenfix_codemods.semantics.models.outside_calls import Repeated
from greenfix_codemods.semantics.models.trace import Kind, Pass, Step
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import COMPREHENSIONS, LOOPS

_WORDS = re.compile(
    rb"Sequential|Model\b|load_model|model_from_|clone_model|applications|(?<!\bre)\.compile\(|\.fit\(|\.train\(|fit_generator"
    rb"|train_on_batch|GradientTape"
)
"""A file with none of these does nothing with a model itself; it may still call a file that does."""


def passes_of(module: Module) -> tuple[Pass, ...]:
    """Every pass of every loop of ``module``, and of its functions that something repeats."""
    if not _may_matter(module):
        return ()
    execution = Execution(module, module.once(functions_to_follow))
    execution.run()
    repeated = {node: by for item in execution.repeated for node, by in _defined_here(item, module)}
    for node in execution.functions:
        function = execution.callable_of(node, module)
        by = repeated.get(node) or ("itself" if node in execution.recursive else None)
        steps = execution.entry(function).steps
        if by is None and _builds_and_works(steps):
            by = searched_elsewhere(node, module)
        if by is not None:
            execution.passes.append(Pass(node, steps, module.names.bound.get(node, frozenset()), by))
    execution.forget()
    return tuple(execution.passes)


def _may_matter(module: Module) -> bool:
    """Whether the code of the file, or a file that its imports lead to, works with models: following it costs more."""
    if _WORDS.search(module.source.data) and module.once(_works_with_models):
        return True
    return module.once(_repeats_calls) and leads_to(_WORDS, module, NEVER_FOLLOWED)


def _works_with_models(module: Module) -> bool:
    """Whether a name of the code itself says so, and not only a docstring."""
    nodes = module.once(index_of)
    names = {node.id for node in nodes.all(ast.Name)} | {node.attr for node in nodes.all(ast.Attribute)}
    return _WORDS.search("".join(f".{name}(" for name in names).encode()) is not None


def _repeats_calls(module: Module) -> bool:
    """Whether a loop or comprehension calls something, or something is handed to a search."""
    nodes = module.once(index_of)
    loops = nodes.all(*LOOPS, *COMPREHENSIONS)
    if any(isinstance(node, ast.Call) for loop in loops for node in ast.walk(loop)):
        return True
    return any(searches.searcher(dotted_text(node.func) or "", node) for node in nodes.all(ast.Call))


def _defined_here(item: Repeated, module: Module) -> Iterator[tuple[ast.AST, str]]:
    """The function itself, or for ``lambda trial: objective(trial, data)`` the function that it calls."""
    if item.function.module is not module:
        return
    yield item.function.node, item.by
    if isinstance(item.function.node, ast.Lambda):
        for node in ast.walk(item.function.node.body):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in module.functions:
                yield module.functions[node.func.id], item.by


def _builds_and_works(steps: tuple[Step, ...]) -> bool:
    built = {step.model.origin for step in steps if step.kind is Kind.BUILD and step.model and not step.looped}
    works = (Kind.TRAIN, Kind.COMPILE)
    return any(step.kind in works and step.model and step.model.origin in built for step in steps)
