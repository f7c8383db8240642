"""What an experiment may spend at most, in time and energy: its own runs, nothing else of the machine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from greenfix_verify.policy import Policy
from greenfix_verify.run import Run


@dataclass(frozen=True, slots=True)
class Spent:
    """What runs took: seconds by the clock, and joules in the outcome that arms are compared on."""

    seconds: float
    joules: float


def spent(runs: Sequence[Run]) -> Spent:
    """Add up all runs, warm-up and discarded ones included."""
    return Spent(
        math.fsum(run.ended_at - run.started_at for run in runs),
        math.fsum(run.reading.joules for run in runs if run.reading is not None),
    )


def used_share(runs: Sequence[Run], policy: Policy) -> float:
    """Return which part of the budget ``runs`` used, the scarcer of time and energy; 0 without a budget."""
    used = spent(runs)
    pairs = ((used.seconds, policy.budget_seconds), (used.joules, policy.budget_joules))
    return max((amount / limit for amount, limit in pairs if limit is not None), default=0.0)


def left_after(runs: Sequence[Run], policy: Policy) -> Policy:
    """Return the policy with what ``runs`` left of the budget; never less than a millionth, so that it stays one."""
    used = spent(runs)
    seconds, joules = policy.budget_seconds, policy.budget_joules
    return replace(
        policy,
        budget_seconds=None if seconds is None else max(seconds - used.seconds, seconds / 1e6),
        budget_joules=None if joules is None else max(joules - used.joules, joules / 1e6),
    )
