"""Loops over the folds of a cross-validation, and models that are fitted on one fold after the other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from greenfix_codemods.finding import Confidence
from greenfix_codemods.semantics.models.keras import Made
from greenfix_codemods.semantics.models.passes import passes_of
from greenfix_codemods.semantics.models.recompiles import rebound
from greenfix_codemods.semantics.models.trace import Kind, Pass, Step
from greenfix_codemods.semantics.module import Module


@dataclass(frozen=True, slots=True)
class Refit:
    """``fit`` in each pass of the fold loop ``place`` on the same model."""

    place: ast.AST
    fit: Step
    receiver: str
    confidence: Confidence
    reason: str


def refits_of(module: Module) -> tuple[Refit, ...]:
    """One for each fold loop."""
    found: dict[ast.AST, Refit] = {}
    for item in module.once(passes_of):
        if isinstance(item.place, ast.For) and _over_folds(item.place.iter, module):
            for refit in _refits(item, module):
                found.setdefault(item.place, refit)
    return tuple(found.values())


def _over_folds(iterable: ast.expr, module: Module) -> bool:
    """``kf.split(x, y)``, bare or in ``enumerate``/``zip``, in a file that has a splitter of scikit-learn."""
    splits = any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "split"
        and node.args
        and not isinstance(node.args[0], ast.Constant)
        for node in ast.walk(iterable)
    )
    return splits and any(
        dotted.startswith("sklearn.")
        and dotted.endswith(("Fold", "KFold", "ShuffleSplit", "TimeSeriesSplit", "model_selection"))
        for dotted in module.names.imports.values()
    )


def _refits(item: Pass, module: Module) -> Iterator[Refit]:
    if any(step.kind in (Kind.BUILD, Kind.RESET) and _real(step) and not step.once for step in item.steps):
        return
    for step in item.steps:
        known = step.model is not None and step.model.made is not Made.SUGGESTED
        if step.kind is not Kind.TRAIN or step.receiver is None or not (known or step.certain):
            continue
        if not rebound(step.receiver, item):
            confidence = Confidence.HIGH if known else Confidence.MEDIUM
            reason = f"{step.receiver} is trained on each fold and keeps what it learned on the folds before"
            yield Refit(item.place, step, step.receiver, confidence, reason)


def _real(step: Step) -> bool:
    return step.kind is Kind.RESET or (step.model is not None and step.model.made is not Made.SUGGESTED)
