"""One model compiled again in every pass of a loop: each ``compile`` throws the traced training function away."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from greenfix_codemods.finding import Confidence
from greenfix_codemods.semantics.models.keras import Made
from greenfix_codemods.semantics.models.lookup import uses_keras
from greenfix_codemods.semantics.models.passes import passes_of
from greenfix_codemods.semantics.models.trace import Kind, Pass, Step
from greenfix_codemods.semantics.module import Module


@dataclass(frozen=True, slots=True)
class Recompile:
    """``compile`` (the call, or the call of the function that compiles) in each pass of ``place`` on the same model."""

    place: ast.AST
    compile: Step
    receiver: str
    confidence: Confidence
    reason: str


def recompiles_of(module: Module) -> tuple[Recompile, ...]:
    """One for each loop and model."""
    found: dict[tuple[ast.AST, str], Recompile] = {}
    for item in module.once(passes_of):
        if not item.by:
            for recompile in _recompiles(item, module):
                found.setdefault((item.place, recompile.receiver), recompile)
    return tuple(found.values())


def _recompiles(item: Pass, module: Module) -> Iterator[Recompile]:
    built = {step.model.origin for step in item.steps if step.kind is Kind.BUILD and step.model and not step.once}
    for step in item.steps:
        if step.kind is not Kind.COMPILE or step.looped or step.failing or step.once or step.receiver is None:
            continue
        if rebound(step.receiver, item) or (step.model and step.model.origin in built):
            continue
        known = step.model is not None and step.model.made is not Made.SUGGESTED
        if known or (step.certain and uses_keras(module)):
            yield _recompile(item, step, step.receiver, module)


def rebound(receiver: str, item: Pass) -> bool:
    """Whether the pass gives ``receiver``, or the object that it is an attribute of, a new value."""
    parts = receiver.split(".")
    return any(".".join(parts[:end]) in item.rebound for end in range(1, len(parts) + 1))


def needs_compile(item: Pass, compile_step: Step) -> bool:
    """Whether the pass adds layers to the model or changes what trains: then a new ``compile`` is right."""
    return any(
        step.kind is Kind.FREEZE or (step.kind is Kind.GROW and (step.receiver == compile_step.receiver or _real(step)))
        for step in item.steps
    )


def _real(step: Step) -> bool:
    return step.model is not None and step.model.made is not Made.SUGGESTED


def _recompile(item: Pass, step: Step, receiver: str, module: Module) -> Recompile:
    through = f" in {' -> '.join(f'{name}()' for name in step.path)}" if step.path else ""
    reason = f"{receiver} is the same model in each pass, and each pass compiles it again{through}"
    confidence = Confidence.HIGH
    if changing := sorted(names_read(step.node) & item.rebound):
        confidence = Confidence.MEDIUM
        reason += f"; the arguments change with {', '.join(changing)}"
    if step.guarded:
        confidence, reason = Confidence.LOW, f"{reason}; but only under a condition"
    if needs_compile(item, step):
        confidence = Confidence.LOW
        reason += "; but the pass changes its layers or what trains, which needs a new compile"
    return Recompile(item.place, step, receiver, confidence, reason)


def names_read(node: ast.AST) -> set[str]:
    """The names that the arguments of the call ``node`` read."""
    if not isinstance(node, ast.Call):
        return set()
    arguments = (*node.args, *(keyword.value for keyword in node.keywords))
    return {name.id for argument in arguments for name in ast.walk(argument) if isinstance(name, ast.Name)}
