"""The words for how long a container lives, seen from the statement that adds to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.tensors.loops import Loop


class Life(Enum):
    """How long a container lives, seen from the statement that adds to it."""

    RUN = auto()
    """Made before the loop and never emptied in it."""
    PASS = auto()
    """Made again or emptied in each pass or window."""
    CALL = auto()
    """Local to a short function."""
    BOUNDED = auto()
    """Cannot hold much: ``deque(maxlen=...)``, a loop of a few passes, a constant key."""


@dataclass(frozen=True, slots=True)
class Lifetime:
    """A container's life.

    Attributes:
        life: how long it lives.
        loop: the outermost loop that it outlives; None where that loop is in another function.
        certain: False where only the names of functions, or a single call, say so.
        caller: the file in which ``loop`` stands, when a caller made the container or keeps it.
        kept_by: the container, as it is written, that keeps this one or its items when its own life is over.
    """

    life: Life
    loop: Loop | None = None
    certain: bool = True
    caller: Module | None = None
    kept_by: str = ""
