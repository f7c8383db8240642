"""Layers that a pass puts on a graph which was there before: ``clear_session`` gives their names out again.

A functional model with two layers of one name raises ValueError, in Keras 2 and 3: after ``clear_session`` the new
``dense`` meets the one of the graph that it stands on.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from math import inf

from greenfix_codemods.semantics.models.frames import all_parameters, dotted_text
from greenfix_codemods.semantics.models.run_by import functions_by_name, run_by
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import LOOPS, Function

_BUILTINS = frozenset(dir(builtins))
_ENDS = ("input", "inputs", "output", "outputs")


def grown_from(module: Module, place: ast.AST) -> str | None:
    """A model, symbolic tensor or layer from outside the pass that the pass goes on with: ``Dense(1)(base.output)``."""
    run = run_by(module, place)
    for part in run:
        for end in _ends(part, module):
            if (root := _root(end)) is not None and _from_outside(root, end, part, run, module):
                return root
    return None


def _ends(part: ast.AST, module: Module) -> Iterator[ast.expr]:
    """What a pass may go on with: ``base.output``, what a new layer is put on, what is put on something of the pass."""
    made = _symbolic(part, module)
    for node in ast.walk(part):
        if isinstance(node, ast.Attribute) and node.attr in _ENDS:
            yield node
        elif isinstance(node, ast.Call) and _is_layer(node.func, module):
            yield from (one for one in _given_to(node) if not isinstance(one, ast.Call))  # what a call gives is new
        elif isinstance(node, ast.Call) and _may_be_a_layer(node.func, module) and made & _names(node):
            yield node.func


def _given_to(call: ast.Call) -> Iterator[ast.expr]:
    """The arguments, and those in a list: ``x, y`` of ``Concatenate()([x, y])``."""
    for given in call.args:
        yield from given.elts if isinstance(given, ast.List | ast.Tuple) else (given,)


def _names(call: ast.Call) -> set[str]:
    return {given.id for given in _given_to(call) if isinstance(given, ast.Name)}


def _symbolic(part: ast.AST, module: Module) -> set[str]:
    """The names that the part binds to an input or to the output of a layer."""
    return {
        target.id
        for node in ast.walk(part)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        if _is_layer(node.value.func, module) or _is_input(node.value.func, module)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _is_input(node: ast.expr, module: Module) -> bool:
    return module.names.resolve(node) in ("keras.Input", "keras.layers.Input")


def _may_be_a_layer(node: ast.expr, module: Module) -> bool:
    """``layer``, ``layers[2]`` and ``self.layer``, where no method is called so."""
    if isinstance(node, ast.Attribute):
        return dotted_text(node) == f"self.{node.attr}" and node.attr not in module.once(functions_by_name)
    return isinstance(node, ast.Name | ast.Subscript)


def _is_layer(node: ast.expr, module: Module) -> bool:
    """``Dense(1)`` in ``Dense(1)(x)``, and functions like ``keras.layers.add``."""
    if isinstance(node, ast.Call):
        return (module.names.resolve(node.func) or "").startswith("keras.layers.")
    dotted = module.names.resolve(node) or ""
    return dotted.startswith("keras.layers.") and dotted.rpartition(".")[2].islower()


def assembled_on(module: Module, place: ast.AST) -> str | None:
    """The tensor of one functional model that grows from pass to pass: ``x = Dense(8)(x)``."""
    if not isinstance(place, LOOPS):
        return None
    names = [node for node in ast.walk(place) if isinstance(node, ast.Name)]
    first: dict[str, int] = {}
    for name in sorted(names, key=lambda name: name.lineno):
        if isinstance(name.ctx, ast.Store):
            first.setdefault(name.id, name.lineno)
    for node in ast.walk(place):
        if not isinstance(node, ast.Call) or not _is_layer(node.func, module):
            continue
        for given in (name for argument in node.args for name in ast.walk(argument) if isinstance(name, ast.Name)):
            if first.get(given.id, 0) >= node.lineno:  # bound in the pass, and not before it is read
                return given.id
    return None


def _root(node: ast.expr) -> str | None:
    """``base`` of ``base.get_layer("pool").output``, ``self.base`` of ``self.base.output``."""
    text = ""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        text = f".{node.attr}" if isinstance(node, ast.Attribute) else text
        node = node.func if isinstance(node, ast.Call) else node.value
    if not isinstance(node, ast.Name):
        return None
    return f"self{text}" if node.id == "self" else node.id


def _from_outside(root: str, end: ast.expr, part: ast.AST, run: list[ast.AST], module: Module) -> bool:
    """Whether ``root`` of ``end`` is bound by none of what a pass runs; what calls give a parameter is followed."""
    if root.startswith("self."):
        return root not in {text for each in run for text in _stored(each)}
    parameters = [each.arg for each in all_parameters(part.args)] if isinstance(part, Function) else []
    if root not in parameters:
        return root not in _stored(part) and _is_variable(root, module)
    if root in _stored(part, before=end.lineno):
        return False
    others = [each for each in run if each is not part]
    return any(
        (outer := _root(given)) is not None and _from_outside(outer, given, caller, others, module)
        for caller in others
        for given in _given(root, parameters, getattr(part, "name", ""), caller)
    )


def _is_variable(name: str, module: Module) -> bool:
    """Whether the name is one of no function or class, nor of an import but of a variable that a file makes."""
    if name not in module.names.imports:
        return not (name in module.once(functions_by_name) or name in module.classes or name in _BUILTINS)
    home, _, variable = module.names.imports[name].rpartition(".")
    other = module.project.imported(home, module)
    return other is not None and variable in other.names.bound[other.tree] - {*other.functions, *other.classes}


def _stored(part: ast.AST, before: float = inf) -> set[str | None]:
    """The names and attributes that the part binds above the line ``before``."""
    nodes = (node for node in ast.walk(part) if isinstance(node, ast.Name | ast.Attribute))
    return {dotted_text(node) for node in nodes if isinstance(node.ctx, ast.Store) and node.lineno < before}


def _given(name: str, parameters: list[str], function: str, caller: ast.AST) -> Iterator[ast.expr]:
    """What the calls of ``function`` in ``caller`` give to its parameter ``name``."""
    for call in ast.walk(caller):
        if isinstance(call, ast.Call) and (dotted_text(call.func) or "").rpartition(".")[2] == function:
            named = {word.arg: word.value for word in call.keywords if word.arg}
            bound = isinstance(call.func, ast.Attribute) and parameters[0] == "self"
            given = named.get(name) or dict(zip(parameters[bound:], call.args, strict=False)).get(name)
            if given is not None:
                yield given
