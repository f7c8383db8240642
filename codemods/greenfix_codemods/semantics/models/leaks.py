"""From what happens in a pass to the question of the IMR rules: does each pass leave a model behind?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from greenfix_codemods.finding import Confidence
from greenfix_codemods.semantics.models import searches
from greenfix_codemods.semantics.models.keras import Made
from greenfix_codemods.semantics.models.lookup import uses_keras
from greenfix_codemods.semantics.models.objectives import mentioning
from greenfix_codemods.semantics.models.passes import passes_of
from greenfix_codemods.semantics.models.trace import Kind, Pass, Step
from greenfix_codemods.semantics.module import Module

_WORK = {Kind.COMPILE: 3, Kind.TRAIN: 4, Kind.USE: 2, Kind.HAND: 1, Kind.CALL: 0}
"""How strongly something shows that a built model is put to work, and not a part of a larger one."""
_WORDS = {Kind.COMPILE: "compiles", Kind.TRAIN: "trains", Kind.USE: "uses", Kind.HAND: "passes on", Kind.CALL: "calls"}


@dataclass(frozen=True, slots=True)
class Leak:
    """A pass that makes a model and leaves it behind.

    Attributes:
        place: the loop, comprehension or ``def``.
        build: the step that makes the model.
        work: the strongest step that puts it to work.
        names: what the code calls the model, and the functions in between.
    """

    place: ast.AST
    build: Step
    work: Step
    names: tuple[str, ...]
    confidence: Confidence
    reason: str

    @property
    def made(self) -> Made:
        """How the model is made."""
        assert self.build.model is not None  # noqa: S101  # a BUILD always has its model
        return self.build.model.made


def leaks_of(module: Module) -> tuple[Leak, ...]:
    """One leak at most for each place of the module, the surest one."""
    passes = module.once(passes_of)
    releasing = {item.place: item for item in passes if item.releases}
    found: dict[ast.AST, Leak] = {}
    for item in passes:
        leak = _leak(item, module)
        if leak is None:
            continue
        around = [releasing[place] for place in module.ancestors(item.place) if place in releasing]
        if any(_releases_with(each, item.place, module) for each in around):
            leak = _weaker(leak, "the session is cleared by what is around the loop, once for all its passes")
        before = found.get(item.place)
        if before is None or _rank(leak) > _rank(before):
            found[item.place] = leak
    return tuple(sorted(found.values(), key=lambda leak: leak.place.lineno))  # type: ignore[attr-defined]  # loops and functions have lines


def _releases_with(around: Pass, place: ast.AST, module: Module) -> bool:
    """Whether a pass of ``around`` that goes through ``place`` releases too: not in the other branch of an ``if``."""
    releases = [step.node for step in around.steps if step.kind is Kind.RELEASE and not step.failing and not step.once]
    chosen = _branches(place, module).items()
    return any(all(_branches(node, module).get(fork, side) is side for fork, side in chosen) for node in releases)


def _branches(node: ast.AST, module: Module) -> dict[ast.AST, bool]:
    """The ``if`` statements that ``node`` stands in, and whether it stands in what runs when their test holds."""
    inside = node
    found: dict[ast.AST, bool] = {}
    for parent in module.ancestors(node):
        if isinstance(parent, ast.If):
            found[parent] = inside in parent.body
        inside = parent
    return found


_ORDER = {Confidence.LOW: 0, Confidence.MEDIUM: 1, Confidence.HIGH: 2}


def _rank(leak: Leak) -> int:
    return _ORDER[leak.confidence]


def _leak(item: Pass, module: Module) -> Leak | None:
    if item.releases:
        return None
    candidates = [(build, work) for build in _builds(item) if (work := _work_on(build, item)) is not None]
    candidates = [(build, work) for build, work in candidates if not (build.model and item.keeps(build.model))]
    if not candidates or _deleted_and_collected(item):
        return None
    build, work = max(candidates, key=lambda pair: (_certainty(*pair), _WORK[pair[1].kind]))
    confidence = _certainty(build, work)
    if build.model and build.model.made is Made.SUGGESTED and not _keras_here(item, work, module):
        return None
    leak = Leak(item.place, build, work, _names(candidates), _LEVELS[confidence], _reason(item, build, work))
    for by, reservation in searches.RESERVATIONS.items():
        if item.by.startswith(by):
            leak = replace(leak, confidence=_LEVELS[min(confidence, 1)], reason=f"{leak.reason}; {reservation}")
    for doubt in _doubts(item, build, module):
        leak = _weaker(leak, doubt)
    return leak


_LEVELS = (Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH)


def _builds(item: Pass) -> Iterator[Step]:
    for step in item.steps:
        if step.kind is Kind.BUILD and not (step.looped or step.once or step.failing):
            yield step


def _work_on(build: Step, item: Pass) -> Step | None:
    """The strongest thing that the pass does with the model."""
    assert build.model is not None  # noqa: S101  # a BUILD always has its model
    origin, suggested = build.model.origin, build.model.made is Made.SUGGESTED
    steps = [step for step in item.steps if step.kind in _WORK and step.model and step.model.origin is origin]
    if suggested and not any(step.certain and step.kind in (Kind.COMPILE, Kind.TRAIN, Kind.USE) for step in steps):
        return None
    return max(steps, key=lambda step: (_WORK[step.kind], step.certain), default=None)


def _certainty(build: Step, work: Step) -> int:
    """Index into the levels."""
    assert build.model is not None  # noqa: S101  # a BUILD always has its model
    if work.kind is Kind.CALL or (work.kind is Kind.HAND and not work.certain):
        return 0
    if build.model.made in (Made.SUGGESTED, Made.LOADED) or work.kind in (Kind.HAND, Kind.USE, Kind.COMPILE):
        return 1
    return 2


def _deleted_and_collected(item: Pass) -> bool:
    kinds = {step.kind for step in item.steps if not step.failing}
    return Kind.COLLECT in kinds and Kind.DELETE in kinds


def _keras_here(item: Pass, work: Step, module: Module) -> bool:
    """Whether the file, or one that it imports from or that calls the function around the loop, uses Keras."""
    if work.kind is Kind.COMPILE or uses_keras(module):
        return True
    if any(step.kind is Kind.COMPILE and step.certain and step.model == work.model for step in item.steps):
        return True
    function = module.enclosing_function(item.place)
    return function is not None and any(uses_keras(other) for other in mentioning(function.name, module))


def _doubts(item: Pass, build: Step, module: Module) -> Iterator[str]:
    kinds = {step.kind for step in item.steps if not step.failing}
    if Kind.COLLECT in kinds:
        yield "gc.collect() runs in each pass, which frees most of it in eager mode"
    if Kind.ASK in kinds:
        yield "each pass waits for a person"
    if build.model and item.keeps(build.model, guarded=True):
        yield "some of the models are kept on purpose"


def _weaker(leak: Leak, doubt: str) -> Leak:
    return Leak(leak.place, leak.build, leak.work, leak.names, Confidence.LOW, f"{leak.reason}; but {doubt}")


def _names(candidates: list[tuple[Step, Step]]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for build, work in candidates:
        if work.receiver and not work.path:
            names[work.receiver] = None
        elif build.path:
            names[build.path[0]] = None
        elif build.model:
            names[build.model.label] = None
    return tuple(names)


def _reason(item: Pass, build: Step, work: Step) -> str:
    assert build.model is not None  # noqa: S101  # a BUILD always has its model
    who = f"{item.by} calls this function again and again, and each call" if item.by else "each pass"
    chain = " -> ".join((*(f"{name}()" for name in build.path), build.model.label))
    verb = {Made.LOADED: "loads", Made.CLONED: "clones"}.get(build.model.made, "builds")
    through = f" in {' -> '.join(f'{name}()' for name in work.path)}" if work.path else ""
    guess = " (not followed: only its use says that it is a Keras model)" if build.model.made is Made.SUGGESTED else ""
    return f"{who} {verb} a model ({chain}){guess} and {_WORDS[work.kind]} it{through}; nothing releases the one before"
