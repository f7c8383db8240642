"""What an experiment says, in one of six words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from greenfix_verify.reading import Provenance


class VerdictKind(StrEnum):
    """The words of a verdict; only the first one can pass the gate."""

    SAVES = "saves"
    NO_SAVING = "no saving"
    COSTS = "costs"
    CHANGES_BEHAVIOUR = "changes behaviour"
    INCONCLUSIVE = "inconclusive"
    INVALID = "invalid"


class BehaviourKind(StrEnum):
    """Whether the candidate still computes what the original computes."""

    IDENTICAL = "identical"
    EQUIVALENT = "equivalent"
    DIFFERS = "differs"
    UNDECIDED = "undecided"
    """There are metrics, but they scatter too much to tell after so few runs."""
    UNKNOWN = "unknown"
    """There is nothing to compare."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of comparing one arm with the original.

    Attributes:
        kind: the word.
        saving: 1 - geometric mean of candidate/original energy; 0.24 saves 24 %, negative costs. None without data.
        low: lower end of the interval of the saving, at the policy's confidence.
        high: upper end.
        p: one-sided p-value of the exact sign-flip test for "the candidate needs less"; adjusted for the looks taken.
        blocks: complete, undisturbed blocks the statistics rest on.
        provenance: of the energy compared; None when no run finished.
        reason: one sentence in plain words that says why this kind.
        settle: what would settle an inconclusive verdict; empty otherwise.
        behaviour: whether both arms compute the same.
    """

    kind: VerdictKind
    saving: float | None
    low: float | None
    high: float | None
    p: float | None
    blocks: int
    provenance: Provenance | None
    reason: str
    settle: str = ""
    behaviour: BehaviourKind = BehaviourKind.UNKNOWN
