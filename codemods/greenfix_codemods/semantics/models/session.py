"""What ``clear_session`` would break in a program, beyond the models that it shall release (measured, Keras 3.15)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from greenfix_codemods.semantics.models.frames import all_parameters, dotted_text
from greenfix_codemods.semantics.models.keras import Made
from greenfix_codemods.semantics.models.passes import passes_of
from greenfix_codemods.semantics.models.process_state import (
    global_state,
    graph_mode,
    manages_sessions,
    names_matter,
    registers_objects,
)
from greenfix_codemods.semantics.models.trace import Kind, Pass
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import LOOPS, Function, enclosing_scopes

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
    if (name := _grown_from(module, place)) is not None:
        yield f"the pass builds on {name}, made outside of it, whose layers' names clear_session would give out again"
    if (name := _assembled_on(module, place)) is not None:
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


_ENDS = ("input", "inputs", "output", "outputs")


def _grown_from(module: Module, place: ast.AST) -> str | None:
    """A model from outside the pass whose graph the pass goes on with (``Dense(1)(base.output)``).

    A model with two layers of one name raises ValueError, in Keras 2 and 3: after ``clear_session`` the new ``dense``
    meets the one that ``base`` has.
    """
    run = run_by(module, place)
    for part in run:
        for node in ast.walk(part):
            root = _root(node) if isinstance(node, ast.Attribute) and node.attr in _ENDS else None
            if root is not None and _from_outside(root, part, run, module):
                return root
    return None


def _assembled_on(module: Module, place: ast.AST) -> str | None:
    """The tensor of one functional model that grows from pass to pass: ``x = Dense(8)(x)``."""
    if not isinstance(place, LOOPS):
        return None
    names = [node for node in ast.walk(place) if isinstance(node, ast.Name)]
    first: dict[str, int] = {}
    for name in sorted(names, key=lambda name: name.lineno):
        if isinstance(name.ctx, ast.Store):
            first.setdefault(name.id, name.lineno)
    for node in ast.walk(place):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Call):
            continue
        if not (module.names.resolve(node.func.func) or "").startswith("keras.layers."):
            continue
        for given in (name for argument in node.args for name in ast.walk(argument) if isinstance(name, ast.Name)):
            if first.get(given.id, 0) >= node.lineno:  # bound in the pass, and not before it is read
                return given.id
    return None


def _keeps_some(module: Module, place: ast.AST) -> bool:
    """Whether some passes store their model: one made of several later must not have two layers of one name."""
    return any(
        step.kind is Kind.BUILD and step.model is not None and item.keeps(step.model, guarded=True)
        for item in module.once(passes_of)
        if item.place is place
        for step in item.steps
    )


def _root(node: ast.expr) -> str | None:
    """``base`` of ``base.get_layer("pool").output``, ``self.base`` of ``self.base.output``."""
    text = ""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        text = f".{node.attr}" if isinstance(node, ast.Attribute) else text
        node = node.func if isinstance(node, ast.Call) else node.value
    if not isinstance(node, ast.Name):
        return None
    return f"self{text}" if node.id == "self" else node.id


def _from_outside(name: str, part: ast.AST, run: list[ast.AST], module: Module) -> bool:
    """Whether ``name`` in ``part`` is bound by none of what a pass runs; what a call gives a parameter is followed."""
    if name.startswith("self."):
        return name not in {text for each in run for text in _stored(each)}
    if name in module.names.imports or name in _stored(part):
        return False
    parameters = [each.arg for each in all_parameters(part.args)] if isinstance(part, Function) else []
    if name not in parameters:
        return True
    others = [each for each in run if each is not part]
    return any(
        isinstance(given, ast.Name) and _from_outside(given.id, caller, others, module)
        for caller in others
        for given in _given(name, parameters, getattr(part, "name", ""), caller)
    )


def _stored(part: ast.AST) -> set[str | None]:
    nodes = (node for node in ast.walk(part) if isinstance(node, ast.Name | ast.Attribute))
    return {dotted_text(node) for node in nodes if isinstance(node.ctx, ast.Store)}


def _given(name: str, parameters: list[str], function: str, caller: ast.AST) -> Iterator[ast.expr | None]:
    """What the calls of ``function`` in ``caller`` give to its parameter ``name``."""
    for call in ast.walk(caller):
        if isinstance(call, ast.Call) and (dotted_text(call.func) or "").rpartition(".")[2] == function:
            named = {word.arg: word.value for word in call.keywords if word.arg}
            yield named.get(name) or dict(zip(parameters, call.args, strict=False)).get(name)


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


def run_by(module: Module, place: ast.AST) -> list[ast.AST]:
    """The place, and the functions and methods of the module that it calls, by their names."""
    functions = module.once(_functions_by_name)
    run = [place]
    for part in run:  # grows while it is read
        for node in ast.walk(part):
            if isinstance(node, ast.Call):
                name = (dotted_text(node.func) or "").rpartition(".")[2]
                run += [function for function in functions.get(name, ()) if function not in run]
    return run


def _functions_by_name(module: Module) -> dict[str, list[ast.AST]]:
    found: dict[str, list[ast.AST]] = {}
    for node in module.parents:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.setdefault(node.name, []).append(node)
    return found


def _kept_best(place: ast.For | ast.AsyncFor | ast.While) -> str | None:
    """``best = model`` in the loop."""
    for node in ast.walk(place):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and "model" in node.value.id.lower():
            return dotted_text(node.targets[0])
    return None
