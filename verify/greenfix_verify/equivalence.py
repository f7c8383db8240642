"""Are two samples of one number the same within a margin? Two one-sided tests, shown and not assumed.

TOST (Schuirmann 1987, J. Pharmacokinetics Biopharmaceutics 15:657-680) as a Welch interval at 1 - 2 alpha inside the
margin. A difference is shown only where the values of the arms do not overlap and the interval lies outside the margin
at a level divided by the number of comparisons and looks: with a hundred metrics something always looks different.
What is neither stays undecided.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from statistics import NormalDist, fmean, variance

from greenfix_verify.policy import Policy
from greenfix_verify.verdict import BehaviourKind

SMALLEST_MARGIN = 1e-6
SERIES_MARGIN = 1e-3
_NOT_A_RATE = re.compile(r"loss|error|mse|mae|learning_rate|\blr\b")


def margin_of_metric(
    name: str, values: Iterable[float], before: Sequence[float], after: Sequence[float], policy: Policy
) -> float:
    """The margin of a metric by its name; ``values`` are all that the original's series reached."""
    in_unit_range = all(0.0 <= value <= 1.0 for value in (*before, *after))
    if in_unit_range and not _NOT_A_RATE.search(name.lower()):
        return policy.accuracy_margin
    return relative_margin(before, largest(values), policy)


def relative_margin(before: Sequence[float], reached: float, policy: Policy) -> float:
    """The share of the original's mean that still counts as equal, but never less than its last digits."""
    return max(policy.metric_margin * abs(fmean(before)), SERIES_MARGIN * reached, SMALLEST_MARGIN)


def largest(values: Iterable[float]) -> float:
    """The largest absolute value among the finite ones; 0 without any."""
    return max((abs(value) for value in values if math.isfinite(value)), default=0.0)


def equivalence(
    before: Sequence[float], after: Sequence[float], margin: float, policy: Policy, comparisons: int
) -> BehaviourKind:
    """Equivalent, different, or undecided. All values are finite; one run of an arm decides nothing."""
    if min(len(before), len(after)) < 2:
        return BehaviourKind.UNDECIDED
    difference = abs(fmean(after) - fmean(before))
    if difference + _reach(before, after, policy.alpha) <= margin:
        return BehaviourKind.EQUIVALENT
    overlap = min(before) <= max(after) and min(after) <= max(before)
    strict = policy.alpha / 2.0 / (comparisons * policy.maximum_blocks)
    if not overlap and difference - _reach(before, after, strict) > margin:
        return BehaviourKind.DIFFERS
    return BehaviourKind.UNDECIDED


def runs_needed(before: Sequence[float], after: Sequence[float], margin: float, policy: Policy) -> int | None:
    """About how many runs of each arm show equivalence if difference and scatter stay as they are.

    From the normal approximation of the interval, n = z^2 (variance + variance) / (margin - difference)^2. None where
    the difference is as large as the margin, or one run of an arm says nothing of its scatter.
    """
    if min(len(before), len(after)) < 2:
        return None
    room = margin - abs(fmean(after) - fmean(before))
    if room <= 0.0:
        return None
    z = NormalDist().inv_cdf(1.0 - policy.alpha)
    return max(2, math.ceil((z / room) ** 2 * (variance(before) + variance(after))))


def _reach(before: Sequence[float], after: Sequence[float], tail: float) -> float:
    """Half the width of Welch's interval of the difference of means; 0 where neither arm scatters."""
    parts = [variance(values) / len(values) for values in (before, after)]
    error = sum(parts)
    if error == 0.0:
        return 0.0
    from greenfix_verify.statistics import t_quantile  # - costs numpy, and most runs do not scatter

    degrees = error**2 / sum(part**2 / (len(values) - 1) for part, values in zip(parts, (before, after), strict=True))
    return t_quantile(1.0 - tail, degrees) * math.sqrt(error)
