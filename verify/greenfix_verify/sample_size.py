"""How many blocks, for how small a saving? For ``doctor``, the plan screen and inconclusive verdicts.

From the textbook formula of a one-sided test, n = ((z_alpha + z_power) sd / effect)^2 + z_alpha^2 / 2, whose second
term stands for Student's t in place of the normal (Guenther 1981, American Statistician 35:243-244), times what the
looks cost. Checked against the plan itself by simulation: docs/statistics.md.
"""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import NormalDist

from greenfix_verify.errors import PolicyError
from greenfix_verify.policy import Policy
from greenfix_verify.sequential import plan

POWER = 0.8
PRICE_OF_LOOKS = 1.35
"""Blocks of the sequential plan over blocks of a single test of the same power (simulated, 6 to 96 blocks)."""


def smallest_detectable_saving(sd: float, blocks: int, policy: Policy) -> float | None:
    """The saving that a plan of at most ``blocks`` blocks shows with 80 % probability; None if it can show none.

    ``sd`` is the standard deviation of the log ratio of a pair: about 1.4 times the relative noise of one run.
    """
    single = _single_test_blocks(blocks)
    _, correction = _quantiles(policy.alpha)
    if not _can_pass(policy, blocks) or single <= correction:
        return None
    total, _ = _quantiles(policy.alpha)
    effect = total * sd / math.sqrt(single - correction)
    return max(-math.expm1(-effect), policy.minimum_saving)


def blocks_needed(saving: float, sd: float, policy: Policy) -> int | None:
    """Blocks (at most) of a plan that shows this saving with 80 % probability; None for a saving not above 0.

    A saving is a fraction (0.05 is 5 %). Never fewer than the plan's own first look.
    """
    if not 0.0 < saving < 1.0:
        return None
    total, correction = _quantiles(policy.alpha)
    single = (total * sd / -math.log1p(-saving)) ** 2 + correction
    blocks = math.ceil(single * PRICE_OF_LOOKS)
    while not _can_pass(policy, blocks):
        blocks += 1
    return blocks


def _single_test_blocks(blocks: int) -> float:
    return blocks / PRICE_OF_LOOKS


def _quantiles(alpha: float) -> tuple[float, float]:
    """z_alpha + z_power, and z_alpha^2 / 2."""
    normal = NormalDist()
    z = normal.inv_cdf(1.0 - alpha)
    return z + normal.inv_cdf(POWER), z * z / 2.0


def _can_pass(policy: Policy, blocks: int) -> bool:
    try:
        plan(replace(policy, maximum_blocks=blocks))
    except PolicyError:
        return False
    return True
