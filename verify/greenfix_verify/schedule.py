"""The order of arms, written before the first run.

Every block holds each arm once, in an order drawn for that block alone. Simulated with 15 runs an arm and no true
effect, AAAA BBBB is wrong in 99 % of sessions with a drift of 3 % and in 76 % with thermal warm-up, and a plain ABAB in
9 %; a random order within pairs stays at its 5 %.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from greenfix_verify.policy import Policy


@dataclass(frozen=True, slots=True)
class PlannedBlock:
    """One run of every arm, back to back: ``order`` holds their names. Blocks count from 0, warm-up first."""

    number: int
    warmup: bool
    order: tuple[str, ...]


def plan(arms: Sequence[str], policy: Policy) -> tuple[PlannedBlock, ...]:
    """Return every block that may run: warm-up, the counted ones, and spares for those that get disturbed.

    A function of the arms' names and the policy alone, so a resumed experiment keeps its schedule.
    """
    counted = policy.maximum_blocks + policy.maximum_disturbed_blocks
    return tuple(
        PlannedBlock(number, number < policy.warmup_blocks, shuffled(arms, policy.seed, number))
        for number in range(policy.warmup_blocks + counted)
    )


def shuffled(arms: Sequence[str], seed: int, block: int) -> tuple[str, ...]:
    """Return the arms in an order drawn for ``block``: the same seed, the same order."""
    order = list(arms)
    random.Random(f"{seed}:{block}").shuffle(order)  # noqa: S311  an experiment's order, not a secret
    return tuple(order)
