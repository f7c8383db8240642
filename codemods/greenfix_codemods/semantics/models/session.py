"""What ``clear_session`` would break in a program, beyond the models that it shall release (measured, Keras 3.15)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from greenfix_codemods.semantics.models.frames import dotted_text
from greenfix_codemods.semantics.models.grown import assembled_on, grown_from
from greenfix_codemods.semantics.models.keras import Made
from greenfix_codemods.semantics.models.passes import passes_of
from greenfix_codemods.semantics.models.process_state import (
    global_state,
    graph_mode,
    manages_sessions,
    names_matter,
    registers_objects,
)
from greenfix_codemods.semantics.models.run_by import run_by
from greenfix_codemods.semantics.models.trace import Kind, Pass
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import enclosing_scopes

_STATELESS = (
    "keras.datasets",
    "keras.utils",
    "keras.preprocessing",
    "keras.losses",
    "tensorflow.data",
    "tensorflow.io",
)


def what_clearing_breaks(module: Module, place: ast.AST) -> str | None:
    """The reason why ``clear_session`` in each pass of ``place`` could change the program, or None."""
    return next(_reasons(module, place), None)


def _reasons(module: Module, place: ast.AST) -> Iterator[str]:
    yield from global_state(module)
    if registers_objects(module):
        yield "custom objects are registered in a scope that clear_session drops"
    if names_matter(module):
        yield "names of layers or metrics matter here (weights by name, numbered metrics); clear_session restarts them"
    if (name := grown_from(module, place)) is not None:
        yield f"the pass builds on {name}, made outside of it, whose layers' names clear_session would give out again"
    if (name := assembled_on(module, place)) is not None:
        yield f"the pass puts layers on {name}, made by earlier passes, whose names clear_session gives out again"
    if _keeps_some(module, place):
        yield "some of the models are kept, and clear_session gives their names out again"
    if graph_mode(module):
        yield from _graph_mode(module, place)


def _graph_mode(module: Module, place: ast.AST) -> Iterator[str]:
    if manages_sessions(module):
        yield "the program manages TensorFlow sessions itself, and clear_session replaces the session"
    for item in module.once(passes_of):
        if item.place is place and (name := _outer_model(item)) is not None:
            yield f"in graph mode {name}, built outside the loop, would not survive clear_session"
    if (name := _made_outside(module, place)) is not None:
        yield f"in graph mode {name}, made outside the loop, lives in the graph that clear_session drops"
    if isinstance(place, ast.For | ast.AsyncFor | ast.While) and (name := _kept_best(place)) is not None:
        yield f"in graph mode the model kept in {name} would not survive clear_session"


def _keeps_some(module: Module, place: ast.AST) -> bool:
    """Whether some passes store their model: one made of several later must not have two layers of one name."""
    return any(
        step.kind is Kind.BUILD and step.model is not None and item.keeps(step.model, guarded=True)
        for item in module.once(passes_of)
        if item.place is place
        for step in item.steps
    )


def _outer_model(item: Pass) -> str | None:
    built = {step.model.origin for step in item.steps if step.kind is Kind.BUILD and step.model}
    for step in item.steps:
        work = step.kind in (Kind.TRAIN, Kind.USE, Kind.COMPILE)
        if work and step.model and step.model.made is not Made.SUGGESTED and step.model.origin not in built:
            return step.receiver or step.model.label
    return None


def _made_outside(module: Module, place: ast.AST) -> str | None:
    """A variable that a pass reads and that a Keras or TensorFlow call outside of it has bound."""
    run = run_by(module, place)
    inside = {node for part in run for node in ast.walk(part)}
    read = {_variable(node, module) for node in inside if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Assign) and node not in inside and isinstance(node.value, ast.Call):
            dotted = module.names.resolve(node.value.func) or ""
            if dotted.startswith(("keras.", "tensorflow.")) and not dotted.startswith(_STATELESS):
                for target in node.targets:
                    if isinstance(target, ast.Name) and _variable(target, module) in read:
                        return target.id
    return None


def _variable(node: ast.Name, module: Module) -> tuple[ast.AST | None, str]:
    """The scope that binds the name where it stands, and the name: a local of another function is another variable."""
    shared = module.once(_shared)
    for scope in enclosing_scopes(node, module.parents):
        if node.id in module.names.bound[scope] and (scope, node.id) not in shared:
            return scope, node.id
    return None, node.id


def _shared(module: Module) -> frozenset[tuple[ast.AST | None, str]]:
    """The names that functions declare ``global``, and every name of the module's own scope: those are one variable."""
    found: set[tuple[ast.AST | None, str]] = {(module.tree, name) for name in module.names.bound[module.tree]}
    for node in module.parents:
        if isinstance(node, ast.Global):
            found |= {(module.enclosing_function(node), name) for name in node.names}
    return frozenset(found)


def _kept_best(place: ast.For | ast.AsyncFor | ast.While) -> str | None:
    """``best = model`` in the loop."""
    for node in ast.walk(place):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and "model" in node.value.id.lower():
            return dotted_text(node.targets[0])
    return None
