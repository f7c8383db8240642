"""What the pairs say, in numbers: the saving with its interval, and the figures a reviewer asks for beside it.

The decision rests on the sign-flip plan alone (``sequential``). Paired t, Wilcoxon and Cohen's d stand beside it
because the paper behind greenfix (arXiv 2606.19799) reports paired tests; they are not corrected for the looks and
decide nothing.

The interval is Student's t on the log ratios. Bootstrap BCa covers .71 to .87 of a nominal .90 at 5 to 10 pairs (own
simulation), t .89 to .93. What it covers after early stopping is in docs/statistics.md.

This module imports numpy: import it late. scipy.stats costs 0.8 s and is imported only by ``describe``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from greenfix_verify import sign_flips
from greenfix_verify.pairing import Pair


@dataclass(frozen=True, slots=True)
class Saving:
    """1 - geometric mean of candidate/original, with its t interval. The ends are None for a single pair."""

    estimate: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Stratum:
    """The blocks of one place (node, device) and what they say; the saving is a fraction."""

    name: str
    blocks: int
    saving: float


@dataclass(frozen=True, slots=True)
class Statistics:
    """Everything beside the verdict; for the evidence. Savings are fractions, energies J, p-values one-sided.

    Attributes:
        blocks: pairs used.
        log_ratios: log(candidate / original), one a pair, in order of time.
        log_ratio_sd: their standard deviation: the noise of a pair.
        saving: geometric mean with t interval.
        corrected_saving: the same, corrected for having stopped early (``stopping``); None if nobody corrected it.
        sign_flip_low: lower end of the interval that matches the sign-flip test; None below 6 blocks at 95 %.
        sign_flip_high: its upper end.
        hodges_lehmann_saving: from the median of all pairwise means of log ratios: an outlier hardly moves it.
        sign_flip_p: exact p-value as if the number of blocks had been fixed beforehand.
        paired_t_p: of the paired t test on log ratios.
        wilcoxon_p: of the exact Wilcoxon signed-rank test on log ratios.
        cohens_d: mean over standard deviation of the log savings; None where the pairs do not differ.
        original_mean: arithmetic mean, J.
        original_sd: J.
        candidate_mean: J.
        candidate_sd: J.
        strata: the blocks of each place where they ran in more than one; empty else.
    """

    blocks: int
    log_ratios: tuple[float, ...]
    log_ratio_sd: float
    saving: Saving
    sign_flip_low: float | None
    sign_flip_high: float | None
    hodges_lehmann_saving: float
    sign_flip_p: float
    paired_t_p: float | None
    wilcoxon_p: float | None
    cohens_d: float | None
    original_mean: float
    original_sd: float
    candidate_mean: float
    candidate_sd: float
    strata: tuple[Stratum, ...] = ()
    corrected_saving: float | None = None


def estimate_saving(log_ratios: Sequence[float], confidence: float, strata: Sequence[str] = ()) -> Saving:
    """Geometric mean and t interval. Raises ValueError without pairs.

    With ``strata`` (where each pair ran) the mean is that of the places, each with the weight of its blocks, and the
    interval rests on the scatter within places: that two nodes do not save the same is no noise.
    """
    if not log_ratios:
        raise ValueError("no pairs: there is nothing to estimate")
    values = np.asarray(log_ratios, dtype=np.float64)
    mean = float(values.mean())
    if values.size < 2:
        return Saving(0.0 - math.expm1(mean), None, None)  # 0.0 -, so that no saving is 0.0 and not -0.0
    scatter = deviation(log_ratios, strata) / math.sqrt(values.size)
    reach = t_quantile((1.0 + confidence) / 2.0, _degrees(log_ratios, strata)) * scatter
    return Saving(0.0 - math.expm1(mean), 0.0 - math.expm1(mean + reach), 0.0 - math.expm1(mean - reach))


def deviation(values: Sequence[float], strata: Sequence[str] = ()) -> float:
    """Standard deviation of a sample (n - 1), within ``strata`` where there are several; 0 for a single value."""
    if len(values) < 2:
        return 0.0
    if _degrees(values, strata) == len(values) - 1:
        return float(np.std(values, ddof=1))
    squares = math.fsum(float(np.var(part)) * len(part) for part in by_stratum(values, strata).values())
    return math.sqrt(squares / _degrees(values, strata))


def by_stratum(values: Sequence[float], strata: Sequence[str]) -> dict[str, list[float]]:
    """The values of each place, places in the order in which they first appear."""
    parts: dict[str, list[float]] = {}
    for name, value in zip(strata, values, strict=True):
        parts.setdefault(name, []).append(value)
    return parts


def _degrees(values: Sequence[float], strata: Sequence[str]) -> int:
    """Values less one mean a place. Where no place has two blocks, the places are the sample: less one mean in all."""
    within = len(values) - len({*strata})
    return within if strata and within > 0 else len(values) - 1


@lru_cache(maxsize=1024)
def t_quantile(probability: float, degrees_of_freedom: float) -> float:
    """Quantile of Student's t. scipy.special alone: its import costs a third of that of scipy.stats."""
    from scipy.special import stdtrit  # - 0.3 s, for runs that reach a verdict only

    return float(stdtrit(degrees_of_freedom, probability))


def describe(pairs: Sequence[Pair], confidence: float) -> Statistics:
    """All figures of these pairs. Raises ValueError without pairs."""
    log_ratios = tuple(pair.log_ratio for pair in pairs)
    places = tuple(pair.stratum for pair in pairs)
    saving = estimate_saving(log_ratios, confidence, places)
    savings = [-value for value in log_ratios]
    matching = sign_flips.interval(savings, confidence)
    scatter = deviation(log_ratios, places)
    parts = by_stratum(log_ratios, places)
    original = [pair.original_joules for pair in pairs]
    candidate = [pair.candidate_joules for pair in pairs]
    return Statistics(
        blocks=len(pairs),
        log_ratios=log_ratios,
        log_ratio_sd=scatter,
        saving=saving,
        sign_flip_low=-math.expm1(-matching[0]) if matching else None,
        sign_flip_high=-math.expm1(-matching[1]) if matching else None,
        hodges_lehmann_saving=-math.expm1(_hodges_lehmann(log_ratios)),
        sign_flip_p=sign_flips.p_value(savings),
        paired_t_p=_paired_t(savings) if scatter else None,
        wilcoxon_p=_wilcoxon(savings),
        cohens_d=float(np.mean(savings)) / scatter if scatter else None,
        original_mean=float(np.mean(original)),
        original_sd=deviation(original),
        candidate_mean=float(np.mean(candidate)),
        candidate_sd=deviation(candidate),
        strata=tuple(Stratum(name, len(part), -math.expm1(float(np.mean(part)))) for name, part in parts.items())
        if len(parts) > 1
        else (),
    )


def _hodges_lehmann(values: Sequence[float]) -> float:
    """Median of the means of all pairs of values, each with itself too (Hodges & Lehmann 1963)."""
    array = np.asarray(values)
    first, second = np.triu_indices(array.size)
    return float(np.median((array[first] + array[second]) / 2.0))


def _paired_t(savings: Sequence[float]) -> float:
    from scipy.stats import ttest_1samp  # - 0.8 s

    return float(ttest_1samp(savings, 0.0, alternative="greater").pvalue)


def _wilcoxon(savings: Sequence[float]) -> float | None:
    """None where no pair differs: there is nothing to rank."""
    from scipy.stats import wilcoxon  # - 0.8 s

    if not any(savings):
        return None
    return float(wilcoxon(savings, alternative="greater", method="auto").pvalue)
