"""When to stop: a group-sequential plan for the sign-flip test, fixed before the first run.

Looking after every block and stopping at the first p <= 0.05 is wrong in about a fifth of all experiments without an
effect. Here each look may only use its share of alpha. What may be spent up to block k of N is alpha ln(1 + (e - 1) k
/ N), the Pocock-type spending function of Lan & DeMets (1983, Biometrika 70:659-663). O'Brien-Fleming spending saves
its alpha for the end: an exact test, whose smallest p is 2^-k, could not stop before block 14 of 24. The first look
is the first block at which 2^-k fits into its share: block 6 of 24.

Why the error rate holds exactly, not asymptotically. Given the sizes of the log ratios, all flips of their signs are
equally likely if the patch does nothing. We follow every flip as a path of its own: at each look those paths cross
that have the largest sums among the paths that have not crossed before, as many as the spent share of alpha allows.
Which paths cross depends on the sizes only, so the observed path, one of them by a fair draw, crosses at any look
with probability at most alpha (conditional sequential randomisation test: Plamadeala & Rosenberger 2012, Annals of
Statistics 40:30-44). Share that the discrete sums left unspent carries over by itself.

Two more reasons to stop; neither can raise the rate of false ``saves``, for they only end experiments without one:

* harm: the same plan, mirrored, with an alpha of its own. A false ``costs`` has probability at most alpha as well.
* futility: given the blocks so far, a test at the end that pays nothing for the looks would be passed with a
  probability below 10 % (predictive power with a flat prior, which knows how uncertain an early trend is:
  Spiegelhalter, Freedman & Blackburn 1986, Controlled Clinical Trials 7:8-17). Not binding: an experiment that goes
  on in spite of it keeps its error rate. Where a change is guarded against costs, it asks for the harm instead: else a
  small cost would end as a hopeless saving before it could be shown.

This module imports numpy: import it late.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from greenfix_verify.errors import PolicyError
from greenfix_verify.policy import Policy
from greenfix_verify.sign_flips import Sums, flipped_sums, tie_tolerance

HOPELESS = 0.1
"""Predictive power below which going on is futile. By simulation (24 blocks; saving and noise 5 %): 5 % would give 0.7
points more power for 1.4 blocks more at no effect, 20 % would save 1.5 blocks at no effect and lose 2.2 points."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look, after ``blocks`` blocks.

    ``alpha_spent`` is the probability of a false ``saves`` up to and including this look. ``futile_below`` is the
    standardised sum (sum / root of the sum of squares) at or below which going on is hopeless; None at the last look.
    """

    blocks: int
    alpha_spent: float
    futile_below: float | None


@dataclass(frozen=True, slots=True)
class SequentialPlan:
    """All looks of an experiment; stored with the evidence before the first run.

    With ``guard`` futility means that a cost is unlikely to be shown, else a saving.
    """

    alpha: float
    maximum_blocks: int
    looks: tuple[Look, ...]
    guard: bool = False


class Stop(StrEnum):
    """Why the plan stops, if it does."""

    SUCCESS = "success"
    HARM = "harm"
    FUTILITY = "futility"
    GOES_ON = "goes on"


@dataclass(frozen=True, slots=True)
class Decision:
    """What the plan says: why it stopped, after how many blocks, and the p-value adjusted for the looks.

    ``p`` is the share of paths that crossed at an earlier look or lie at or above the observed one at the last look
    taken (stagewise ordering: Armitage 1957, Biometrika 44:9-26). At success it is at most the alpha spent.
    """

    stop: Stop
    blocks: int
    p: float


def plan(policy: Policy) -> SequentialPlan:
    """Looks after every block from the first at which the exact test can pass.

    Raises PolicyError if no number of blocks up to the maximum can pass (fewer than 5 blocks at alpha 0.05).
    """
    blocks = range(1, policy.maximum_blocks + 1)
    spent = {k: policy.alpha * math.log1p((math.e - 1.0) * k / policy.maximum_blocks) for k in blocks}
    first = next((k for k in blocks if 2.0**-k <= spent[k]), None)
    if first is None:
        needed = math.ceil(-math.log2(policy.alpha))
        raise PolicyError(
            f"{policy.maximum_blocks} blocks can never show a saving at alpha {policy.alpha:g}: "
            f"the exact test needs at least {needed}"
        )
    looks = tuple(
        Look(k, spent[k], _futile_below(k / policy.maximum_blocks, policy.alpha)) for k in blocks[first - 1 :]
    )
    return SequentialPlan(policy.alpha, policy.maximum_blocks, looks, policy.guard)


def _futile_below(information: float, alpha: float) -> float | None:
    """Predictive power is ``HOPELESS`` at Z(t) = z_alpha sqrt(t) - z_hopeless sqrt(1 - t), t the share of blocks."""
    if information >= 1.0:
        return None
    normal = NormalDist()
    end, hope = normal.inv_cdf(1.0 - alpha), normal.inv_cdf(1.0 - HOPELESS)
    return end * math.sqrt(information) - hope * math.sqrt(1.0 - information)


def follow(looks: SequentialPlan, log_ratios: Sequence[float]) -> Decision:
    """Walk through the blocks in order of time and stop at the first look that says so; later blocks are not read.

    ``log_ratios`` are log(candidate energy / original energy), one a block. Raises ValueError without blocks.
    """
    savings = -np.asarray(log_ratios[: looks.maximum_blocks], dtype=np.float64)
    if not savings.size:
        raise ValueError("no blocks: there is nothing to decide")
    success, harm = _Crossings(), _Crossings()
    pending = {look.blocks: look for look in looks.looks}
    for blocks, sums in enumerate(flipped_sums(savings), start=1):
        seen = savings[:blocks]
        success.grow(sums.size)
        harm.grow(sums.size)
        p = success.p_value(sums, seen)
        look = pending.get(blocks)
        if look is None:
            continue
        success.cross(sums, look.alpha_spent, seen)
        harm.cross(-sums, look.alpha_spent, seen)
        stop = _stop(success, harm, look, -seen if looks.guard else seen)
        if stop is not Stop.GOES_ON:
            return Decision(stop, blocks, p)
    return Decision(Stop.GOES_ON, blocks, p)


def _stop(success: _Crossings, harm: _Crossings, look: Look, hoped: npt.NDArray[np.float64]) -> Stop:
    """``hoped`` are the log ratios so far, positive where they show what the experiment is there to show."""
    if success.observed:
        return Stop.SUCCESS
    if harm.observed:
        return Stop.HARM
    if look.futile_below is not None and _standardised(hoped) <= look.futile_below:
        return Stop.FUTILITY
    return Stop.GOES_ON


def _standardised(seen: npt.NDArray[np.float64]) -> float:
    """Sum over root of the sum of squares: its variance over the flips is 1. Readings that never differ give -inf."""
    size = float(np.sqrt(seen @ seen))
    return float(seen.sum()) / size if size else -math.inf


class _Crossings:
    """Which paths have crossed the boundary of one side so far. Path 0 is the observed one."""

    def __init__(self) -> None:
        self._crossed = np.zeros(1, dtype=np.bool_)

    @property
    def observed(self) -> bool:
        return bool(self._crossed[0])

    def grow(self, paths: int) -> None:
        if paths > self._crossed.size:
            self._crossed = np.tile(self._crossed, 2)

    def p_value(self, sums: Sums, seen: npt.NDArray[np.float64]) -> float:
        return float(np.mean(self._crossed | (sums >= sums[0] - tie_tolerance(seen))))

    def cross(self, sums: Sums, alpha_spent: float, seen: npt.NDArray[np.float64]) -> None:
        """Let the largest sums cross, ties all or none, so that at most the spent share of all paths has crossed."""
        allowed = math.floor(alpha_spent * sums.size) - int(self._crossed.sum())
        if allowed <= 0:
            return
        waiting = np.where(self._crossed, -np.inf, sums)
        kept_out = np.partition(waiting, sums.size - allowed - 1)[sums.size - allowed - 1]
        self._crossed |= waiting > kept_out + tie_tolerance(seen)
