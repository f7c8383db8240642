"""Between caller and callee: which argument fills which parameter, and what of a call the caller sees."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Set

from greenfix_codemods.semantics.index import index_of
from greenfix_codemods.semantics.models.arguments import Arguments
from greenfix_codemods.semantics.models.frames import Frame
from greenfix_codemods.semantics.models.keras import Made
from greenfix_codemods.semantics.models.model_values import Callable, Object, Value, join, models_in
from greenfix_codemods.semantics.models.trace import Kind, Step
from greenfix_codemods.semantics.module import Module


def self_value(function: Callable) -> Value:
    """What the first parameter of a method is."""
    assert function.owner is not None  # noqa: S101  # the caller asked
    marks = {mark.id for mark in getattr(function.node, "decorator_list", ()) if isinstance(mark, ast.Name)}
    return frozenset({function.owner if "classmethod" in marks else Object(function.owner)})


def bind(
    function: Callable, given: Arguments, bound: bool, receiver: str | None
) -> tuple[dict[str, Value], dict[str, str | None]]:
    """The value of each parameter that the caller fills, and how the caller writes it."""
    arguments = function.node.args
    names = [parameter.arg for parameter in (*arguments.posonlyargs, *arguments.args)]
    texts: dict[str, str | None] = {}
    values: dict[str, Value] = {}
    if bound and names:
        texts[names[0]] = receiver
        names = names[1:]
    for index, (name, value) in enumerate(zip(names, given.positional, strict=False)):
        values[name], texts[name] = value, given.texts.get(index)
    for name, value in given.named.items():
        values[name], texts[name] = value, given.texts.get(name)
    return values, texts


def receiver_of(step: Step, function: Callable, texts: Mapping[str, str | None], frame: Frame) -> str | None:
    """The callee's text for something, in the caller's words; None when it is local to the callee."""
    if step.receiver is None:
        return None
    root, dot, rest = step.receiver.partition(".")
    if root in texts:
        text = texts[root]
        return None if text is None else f"{text}{dot}{rest}"
    local = root in function.module.names.bound.get(function.node, ()) and step.kind is not Kind.REBIND
    if isinstance(function.node, ast.Lambda) or function.closure is not None:
        return step.receiver
    return None if local or function.module is not frame.module else step.receiver


def relevant(frame: Frame) -> tuple[Step, ...]:
    """Drop unknown results that nothing treats as a model, and repetitions."""
    wanted = {model.origin for model in models_in(join(frame.returned, frame.escaped))}
    wanted |= {step.model.origin for step in frame.steps if step.model and step.kind is not Kind.BUILD}
    kept: dict[object, Step] = {}
    for step in frame.steps:
        unknown = step.kind is Kind.BUILD and step.model is not None and step.model.made is Made.SUGGESTED
        if unknown and step.model is not None and step.model.origin not in wanted:
            continue
        key = (step.kind, step.model, step.receiver, step.looped, step.guarded, step.failing, step.once, step.certain)
        kept.setdefault(key, step)
    return tuple(kept.values())


def stores_of(module: Module) -> Mapping[ast.AST, Set[str]]:
    """For each function the attributes of ``self`` that it stores, with those of functions in it."""
    found: dict[ast.AST, set[str]] = {}
    for node in module.once(index_of).all(ast.Attribute):
        if isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name) and node.value.id == "self":
            for around in module.ancestors(node):
                if isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef):
                    found.setdefault(around, set()).add(node.attr)
    return found


def is_property(node: ast.AST) -> bool:
    """Whether reading the attribute calls the function."""
    marks = getattr(node, "decorator_list", ())
    return any(ast.unparse(mark).rpartition(".")[2] in ("property", "cached_property") for mark in marks)


def cached(node: ast.AST) -> bool:
    """A function under ``lru_cache`` builds once."""
    marks = getattr(node, "decorator_list", ())
    return any("cache" in ast.unparse(mark) for mark in marks)
