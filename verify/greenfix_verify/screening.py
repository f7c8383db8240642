"""What a screening saw, as values. ``race`` makes them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from greenfix_verify.run import Run


class Fate(StrEnum):
    """Where a candidate stands."""

    RUNNING = "running"
    AHEAD = "ahead"
    """The last one left: it goes into the confirmation."""
    BEHIND = "behind"
    NO_SAVING = "no saving"
    """The last one left, and even it seems to save less than what counts as a saving."""
    CHANGES_BEHAVIOUR = "changes behaviour"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Standing:
    """What screening saw of one candidate.

    ``reason`` says why it is out; empty otherwise. ``saving`` is 1 - geometric mean of candidate/original over its
    ``blocks``; None without a block. It chose among candidates, so it is no estimate of what the best one saves.
    """

    arm: str
    fate: Fate
    reason: str
    saving: float | None
    blocks: int


@dataclass(frozen=True, slots=True)
class Screening:
    """A screening as it stands, or as it ended.

    Attributes:
        digest: identifies it in the ledger.
        standings: the candidates, the best one first.
        runs: all of them, in order of time.
        spent_joules: energy of all runs together.
        failure: why nothing can be compared (the original fails, the meter gives no reading); empty when all is well.
    """

    digest: str
    standings: tuple[Standing, ...]
    runs: tuple[Run, ...]
    spent_joules: float
    failure: str = ""

    @property
    def winner(self) -> str | None:
        """The candidate to confirm, or None when none looks worth it."""
        return next((each.arm for each in self.standings if each.fate is Fate.AHEAD), None)
