"""How many blocks, for how small a saving? For ``doctor``, the plan screen and inconclusive verdicts.

From the textbook formula of a one-sided test, n = ((z_alpha + z_power) sd / effect)^2 + z_alpha^2 / 2, whose second
term stands for Student's t in place of the normal (Guenther 1981, American Statistician 35:243-244), times the price
of looking after every block. The price was fitted to simulations of the plan with 6 to 96 blocks (within 7 %):
docs/statistics.md.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from greenfix_verify.policy import Policy

POWER = 0.8


def smallest_detectable_saving(sd: float, blocks: int, policy: Policy) -> float | None:
    """The saving that a plan of at most ``blocks`` blocks shows with 80 % probability; None if it can show none.

    ``sd`` is the standard deviation of the log ratio of a pair: about 1.4 times the relative noise of one run. Never
    below the policy's floor.
    """
    if blocks < _fewest_blocks(policy.alpha):
        return None
    quantiles, correction = _quantiles(policy.alpha)
    effects = quantiles / math.sqrt(blocks / _price_of_looks(blocks) - correction)
    if blocks == _fewest_blocks(policy.alpha):
        effects = max(effects, _effects_if_all_must_save(blocks))
    return max(-math.expm1(-effects * sd), policy.minimum_saving)


def blocks_needed(saving: float, sd: float, policy: Policy) -> int | None:
    """Blocks (at most) of a plan that shows this saving with 80 % probability; None for a saving not above 0.

    ``saving`` is a fraction (0.05 is 5 %), ``sd`` as above. Never fewer blocks than can show anything at all.
    """
    if not 0.0 < saving < 1.0:
        return None
    quantiles, correction = _quantiles(policy.alpha)
    single = (quantiles * sd / -math.log1p(-saving)) ** 2 + correction
    blocks = single
    for _ in range(10):  # the price grows with the logarithm of the blocks: converges at once
        blocks = single * _price_of_looks(blocks)
    return max(math.ceil(blocks), _fewest_blocks(policy.alpha))


def _effects_if_all_must_save(blocks: int) -> float:
    """The effect, in standard deviations, with which every one of so few blocks saves with 80 % probability.

    The fewest blocks that can pass only pass if none of them costs; the formula knows nothing of that and would promise
    a tenth too much (a power of .72 at 5 blocks, simulated).
    """
    return NormalDist().inv_cdf(POWER ** (1.0 / blocks))


def _price_of_looks(blocks: float) -> float:
    """Blocks of the sequential plan over blocks of a single test of the same power."""
    return 1.25 + 0.08 * math.log2(max(blocks, 6.0) / 6.0)


def _quantiles(alpha: float) -> tuple[float, float]:
    """z_alpha + z_power, and z_alpha^2 / 2."""
    normal = NormalDist()
    z = normal.inv_cdf(1.0 - alpha)
    return z + normal.inv_cdf(POWER), z * z / 2.0


def _fewest_blocks(alpha: float) -> int:
    """The exact test has no p-value below 2^-n."""
    return math.ceil(-math.log2(alpha))
