"""What happens to models while a piece of code runs once, in order, with calls followed."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from enum import StrEnum

from greenfix_codemods.semantics.models.model_values import Model


class Kind(StrEnum):
    """What can happen."""

    BUILD = "builds"
    COMPILE = "compiles"
    TRAIN = "trains"
    USE = "uses"
    HAND = "hands on"
    """The model is an argument of a call that could not be followed."""
    CALL = "calls"
    """``model(x)`` outside a gradient tape: running it, or assembling a larger model."""
    KEEP = "keeps"
    """The model is stored where it outlives the pass."""
    REBIND = "rebinds"
    """An attribute gets a new value."""
    RESET = "resets the weights of"
    GROW = "adds layers to"
    FREEZE = "changes what trains in"
    RELEASE = "releases"
    COLLECT = "collects garbage"
    DELETE = "deletes"
    ASK = "asks a person"


@dataclass(frozen=True, slots=True)
class Condition:
    """Under what a statement runs, as seen from the pass; see :class:`Step`. ``taped``: under a gradient tape."""

    guarded: bool = False
    failing: bool = False
    once: bool = False
    taped: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens.

    Attributes:
        kind: what.
        node: the syntax in the code that runs, which is the call when it happens inside a called function.
        model: the model concerned, when known.
        receiver: what the code calls it (``model``, ``self.model``); for KEEP the container.
        path: the functions in between, outermost first.
        looped: it happens in a loop further in, which answers for it.
        guarded: only if some condition holds.
        failing: only when something went wrong (an ``except`` handler).
        once: only the first time (``if model is None``).
        certain: written as only Keras models are used; matters when ``model`` is unknown.
    """

    kind: Kind
    node: ast.AST
    model: Model | None = None
    receiver: str | None = None
    path: tuple[str, ...] = ()
    looped: bool = False
    guarded: bool = False
    failing: bool = False
    once: bool = False
    certain: bool = True

    def inside(self, node: ast.AST, name: str, receiver: str | None, under: Condition) -> Step:
        """The same step as seen from the call ``node`` of the function ``name``."""
        return self._seen(node, receiver, (name, *self.path), self.looped, under)

    def around(self, repeats: bool, under: Condition) -> Step:
        """The same step as seen from around the loop that it happens in."""
        return self._seen(self.node, self.receiver, self.path, self.looped or repeats, under)

    def _seen(self, node: ast.AST, receiver: str | None, path: tuple[str, ...], looped: bool, under: Condition) -> Step:
        """Written out: ``dataclasses.replace`` takes four times as long, and a large tree has 140,000 steps."""
        return Step(
            *(self.kind, node, self.model, receiver, path, looped, self.guarded or under.guarded),
            *(self.failing or under.failing, self.once or under.once, self.certain),
        )


@dataclass(frozen=True, slots=True)
class Pass:
    """What happens in one pass of a loop, or in one call of a function that is called again and again.

    Attributes:
        place: the loop, comprehension or ``def``.
        steps: what happens, in order.
        rebound: the names that the pass binds anew.
        by: what repeats it, for a function; empty for a loop.
    """

    place: ast.AST
    steps: tuple[Step, ...]
    rebound: frozenset[str]
    by: str = ""

    @property
    def releases(self) -> bool:
        """Whether the pass drops the models of the passes before, not only when something fails or the first time."""
        return any(step.kind is Kind.RELEASE and not step.failing and not step.once for step in self.steps)

    def keeps(self, model: Model, guarded: bool = False) -> bool:
        """Whether the pass stores ``model`` in something that outlives it; with ``guarded`` only sometimes."""
        for step in self.steps:
            if step.kind is Kind.KEEP and step.model and step.model.origin is model.origin:
                root = (step.receiver or "").partition(".")[0]
                if step.guarded is guarded and root not in self.rebound and not (self.by and step.receiver is None):
                    return True
        return False
