"""The same ``tf.data`` source made again in every pass of a loop, from arrays that do not change."""

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

_SOURCES = frozenset({"from_tensor_slices", "from_tensors"})
"""Both copy their arrays. ``from_generator``, ``list_files`` and readers only open what they read afresh anyway."""
_CONDITIONS = (ast.If, ast.Try, ast.Match, ast.IfExp)


@dataclass(frozen=True, slots=True)
class RepeatedDataset:
    """``call`` makes the same dataset in each pass of ``place``."""

    place: ast.AST
    call: ast.Call
    confidence: Confidence
    reason: str


def repeated_datasets_of(module: Module) -> tuple[RepeatedDataset, ...]:
    """One for each loop."""
    found: dict[ast.AST, RepeatedDataset] = {}
    for call, place in _made_in_loops(module):
        if runs_once(place) or few_passes(place) or _changes(call, place) or _conditional(call, place, module):
            continue
        reason = f"each pass copies {ast.unparse(call.args[0])} into a new dataset, though it is the same in every pass"
        found.setdefault(place, RepeatedDataset(place, call, Confidence.MEDIUM, reason))
    return tuple(found.values())


def _made_in_loops(module: Module) -> Iterator[tuple[ast.Call, ast.AST]]:
    if not any(name in module.source.data for name in (b"from_tensor_slices", b"from_tensors")):
        return
    for call in module.once(index_of).all(ast.Call):
        home, _, name = (module.names.resolve(call.func) or "").rpartition(".")
        if name in _SOURCES and home.endswith("data.Dataset") and call.args:
            place = innermost_loop(call, module)
            if place is not None:
                yield call, place


def _changes(call: ast.Call, place: ast.AST) -> bool:
    """Whether what the dataset is made of is bound or changed in the pass, or computed afresh by a call."""
    if any(isinstance(node, ast.Call) for argument in call.args for node in ast.walk(argument)):
        return True
    names = {node.id for argument in call.args for node in ast.walk(argument) if isinstance(node, ast.Name)}
    changed = {
        root.id
        for node in ast.walk(place)
        if isinstance(node, ast.Name | ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store)
        for root in ast.walk(node)
        if isinstance(root, ast.Name)
    }
    methods = {
        node.func.value.id
        for node in ast.walk(place)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
    }
    return not names or bool(names & (changed | methods))


def _conditional(call: ast.Call, place: ast.AST, module: Module) -> bool:
    for around in module.ancestors(call):
        if around is place:
            return False
        if isinstance(around, _CONDITIONS):
            return True
    return False
