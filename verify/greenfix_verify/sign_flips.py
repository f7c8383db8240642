"""The sign-flip test: how often would chance alone have favoured the candidate this much?

The order of the two runs of a block is random. If the patch does nothing, the log ratio of a block is therefore as
likely to be +x as -x, whatever drift, heat or neighbour made x: the coin was ours. Flipping the signs of the blocks
gives all outcomes that were equally likely; the share of them at least as favourable as the observed one is an exact
p-value (Fisher 1935, *The Design of Experiments*, ch. 3). No normality, no independence between blocks is assumed.

There are 2^n flips of n blocks. Two ways to count them:

* ``p_value`` counts all of them for one fixed n, by halves (Horowitz & Sahni 1974): about 2^(n/2) sums, sorted.
* ``flipped_sums`` follows all flips block by block up to 12 blocks, and from there on a subgroup of 4,096 of them. A
  test over a subgroup is exactly as valid as over the whole group (Hemerik & Goeman 2018, TEST 27:811-825; Koning &
  Hemerik 2024, Biometrika 111:423-437): only its p-values have steps of 1/4096. In our subgroup the sign of each
  block after the twelfth is the product of the signs 12, 11, 9, 5 and 1 blocks before. It was found by searching all
  recurrences of length 12 for the one that keeps any 5 signs independent longest: up to 39 blocks.

This module imports numpy: import it late.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

Sums = npt.NDArray[np.float64]

ENUMERATED_BLOCKS = 12
COUNTED_BLOCKS = 40
"""Beyond it ``p_value`` would need more than 2^20 sums a half; it then uses the subgroup."""
_BACK = (12, 11, 9, 5, 1)


def tie_tolerance(values: npt.NDArray[np.float64]) -> float:
    """Sums nearer than this are ties: far above rounding (2^-52 a term), far below any difference that matters."""
    return 1e-9 * float(np.abs(values).sum())


@cache
def _signs(block: int) -> Sums:
    """Signs (+1, -1) that the 4,096 flips give to a block, counted from 0. Flip 0 is the identity."""
    if block < ENUMERATED_BLOCKS:
        flipped = np.arange(1 << ENUMERATED_BLOCKS) >> block & 1
        return 1.0 - 2.0 * flipped.astype(np.float64)
    signs = np.ones(1 << ENUMERATED_BLOCKS)
    for back in _BACK:
        signs = signs * _signs(block - back)
    return signs


def flipped_sums(values: npt.NDArray[np.float64]) -> Iterator[Sums]:
    """After each value, the running sum under every flip; entry 0 is the sum as observed.

    Shape (2^k,) after k values up to 12, then (4096,). Entry i of one array continues the entries i modulo the length
    of the array before.
    """
    sums = np.zeros(1)
    for block, value in enumerate(values):
        if block < ENUMERATED_BLOCKS:
            sums = np.concatenate([sums + value, sums - value])
        else:
            sums = sums + _signs(block) * value
        yield sums


def p_value(log_savings: Sequence[float] | npt.NDArray[np.float64]) -> float:
    """Exact one-sided p-value of a fixed number of blocks: the share of flips with a sum at least the observed one.

    Between 2^-n and 1 (not below 1/4096 beyond 40 blocks). Raises ValueError without blocks.
    """
    values = np.asarray(log_savings, dtype=np.float64)
    if not values.size:
        raise ValueError("no blocks: there is nothing to test")
    reached = float(values.sum()) - tie_tolerance(values)
    if values.size > COUNTED_BLOCKS:
        *_, sums = flipped_sums(values)
        return float(np.mean(sums >= reached))
    half = values.size // 2
    left, right = _all_sums(values[:half]), np.sort(_all_sums(values[half:]))
    below = np.searchsorted(right, reached - left, side="left")
    return float((right.size - below).sum()) / 2.0**values.size


def _all_sums(values: npt.NDArray[np.float64]) -> Sums:
    sums = np.zeros(1)
    for value in values:
        sums = np.concatenate([sums + value, sums - value])
    return sums


def interval(log_savings: Sequence[float], confidence: float) -> tuple[float, float] | None:
    """The values of the mean log saving that the two-sided test does not reject: the interval that matches the test.

    None when so few blocks cannot reject anything at this confidence (fewer than 6 at 95 %).
    """
    values = np.asarray(log_savings, dtype=np.float64)
    tail = (1.0 - confidence) / 2.0
    if 2.0 ** -float(values.size) > tail:
        return None
    return _end(values, tail), -_end(-values, tail)


def _end(values: npt.NDArray[np.float64], tail: float) -> float:
    """The largest shift, by bisection, that the data still exceed with p <= tail."""
    inside, outside = float(values.mean()), float(values.min()) - tie_tolerance(values)
    for _ in range(40):
        middle = (inside + outside) / 2.0
        if p_value(values - middle) <= tail:
            outside = middle
        else:
            inside = middle
    return outside
