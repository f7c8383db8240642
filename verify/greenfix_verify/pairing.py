"""From the list of runs to pairs: original and candidate of the same block, one after the other on the same device.

A block may have been tried more than once, because it was disturbed or interrupted: then an arm comes again, or the
position falls back, and a new attempt begins. What is left out is left out with its reason.

Leaving out disturbed blocks cannot favour an arm as long as what disturbs comes from outside (foreign load,
throttling): the whole pair goes, and nobody looks at the energy first.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from greenfix_verify.run import ORIGINAL, Run


@dataclass(frozen=True, slots=True)
class Pair:
    """Two completed, undisturbed runs of one attempt at a block, both with a reading and in one place."""

    block: int
    original_joules: float
    candidate_joules: float
    stratum: str = ""

    @property
    def log_ratio(self) -> float:
        """log(candidate / original): negative where the candidate needs less."""
        return math.log(self.candidate_joules / self.original_joules)


@dataclass(frozen=True, slots=True)
class Pairing:
    """The pairs in order of time, and why other blocks do not count (one clause each)."""

    pairs: tuple[Pair, ...]
    left_out: tuple[str, ...]

    @property
    def log_ratios(self) -> tuple[float, ...]:
        """One a pair."""
        return tuple(pair.log_ratio for pair in self.pairs)

    @property
    def strata(self) -> tuple[str, ...]:
        """Where each pair ran."""
        return tuple(pair.stratum for pair in self.pairs)


def pair(runs: Sequence[Run], arm: str) -> Pairing:
    """Pair ``arm`` with the original. ``runs`` stand in order of time; runs of other arms are ignored."""
    pairs: list[Pair] = []
    left_out: list[str] = []
    for attempt in _attempts([run for run in runs if run.arm in {ORIGINAL, arm}]):
        block = next(iter(attempt.values())).block
        reason = _why_left_out(attempt)
        if reason:
            left_out.append(f"block {block} {reason}")
        else:
            place = attempt[ORIGINAL].stratum
            pairs.append(Pair(block, _joules(attempt[ORIGINAL]), _joules(attempt[arm]), place))
    return Pairing(tuple(pairs), tuple(left_out))


def _attempts(runs: Sequence[Run]) -> list[dict[str, Run]]:
    attempts: list[dict[str, Run]] = []
    last: Run | None = None
    for run in runs:
        goes_on = (
            last is not None
            and last.block == run.block
            and last.position < run.position
            and run.arm not in attempts[-1]
        )
        if goes_on:
            attempts[-1][run.arm] = run
        else:
            attempts.append({run.arm: run})
        last = run
    return attempts


def _why_left_out(attempt: dict[str, Run]) -> str:
    runs = attempt.values()
    if any(run.warmup for run in runs):
        return "warmed up"
    disturbed = next((run for run in runs if run.disturbed), None)
    if disturbed is not None:
        return f"was disturbed: {disturbed.disturbed}"
    if len({run.stratum for run in runs}) > 1:
        return "ran in two places"
    return "" if len(attempt) == 2 else "is incomplete"


def _joules(run: Run) -> float:
    if run.reading is None:
        raise ValueError(f"block {run.block}: the {run.arm} has no reading")
    return run.reading.joules
