"""Do both arms still compute the same? Identical metrics, else equivalence within a margin fixed beforehand.

Equivalence is shown, not assumed: two one-sided tests (TOST; Schuirmann 1987, J. Pharmacokinetics Biopharmaceutics
15:657-680), as a Welch interval at 1 - 2 alpha inside the margin, on the last value of each metric. Every metric must
pass, so no correction is due (intersection-union: Berger 1982, Technometrics 24:295-300). A difference is shown only
where the values of the arms do not overlap and the interval lies outside the margin at a level divided by the number
of metrics and looks: with a hundred metrics something always looks different. What is neither stays undecided.

The margin of a metric:

* a rate between 0 and 1 (accuracy, AUC ...): ``accuracy_margin``, absolute;
* any other: ``metric_margin`` of the original's mean, but never less than 0.1 % of the largest value that the
  original's series reached (a loss that fell from 2.3 to 1e-4 is not changed by a last digit) nor than 1e-6 (float32
  sums of the order of one).

Counts such as epochs and steps must agree. Counts that describe the leak itself (retraces, live models) are what a
patch is meant to change, so only ``COUNTS`` are compared. Metric names that differ only in the number Keras appends
(``auc_1``) are the same metric: ``clear_session`` restarts that numbering.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, variance

from greenfix_verify.policy import Policy
from greenfix_verify.run import Behaviour
from greenfix_verify.verdict import BehaviourKind

COUNTS = ("fit_calls", "epochs", "steps")
SMALLEST_MARGIN = 1e-6
SERIES_MARGIN = 1e-3
_NOT_A_RATE = re.compile(r"loss|error|mse|mae|learning_rate|\blr\b")
_KERAS_NUMBER = re.compile(r"_\d+$")
_SEVERITY = (BehaviourKind.IDENTICAL, BehaviourKind.EQUIVALENT, BehaviourKind.UNDECIDED, BehaviourKind.DIFFERS)

Series = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class BehaviourResult:
    """The kind, the metrics or counts it rests on (the deviating ones, else all), and a sentence."""

    kind: BehaviourKind
    metrics: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class _Comparison:
    kind: BehaviourKind
    name: str
    text: str


SETTLED_RUNS = 3
"""So many equal outputs of an arm make it deterministic; two may be equal by chance."""


def compare_behaviour(original: Sequence[Behaviour], candidate: Sequence[Behaviour], policy: Policy) -> BehaviourResult:
    """Compare all completed runs of both arms, warm-up and disturbed ones included: they spoil energy, not metrics."""
    if not original or not candidate:
        return BehaviourResult(BehaviourKind.UNKNOWN, (), "No run of both arms has finished yet.")
    counts = _compare_counts(original, candidate)
    metrics = _compare_metrics(original, candidate, policy)
    if not metrics and all(count.kind is not BehaviourKind.DIFFERS for count in counts):
        return _compare_output(original, candidate)  # equal counts alone do not show that the results are equal
    return _summary([*counts, *metrics])


def _summary(comparisons: Sequence[_Comparison]) -> BehaviourResult:
    worst = max((comparison.kind for comparison in comparisons), key=_SEVERITY.index)
    of_kind = [comparison for comparison in comparisons if comparison.kind is worst]
    names = tuple(comparison.name for comparison in of_kind)
    if worst is BehaviourKind.IDENTICAL:
        return BehaviourResult(worst, names, f"All {len(names)} metrics and counts are identical in every run.")
    if worst is BehaviourKind.EQUIVALENT:
        return BehaviourResult(worst, names, f"All metrics agree within the margin; {of_kind[0].text}.")
    more = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
    differs = worst is BehaviourKind.DIFFERS
    opening = "The results differ" if differs else "The runs do not yet show whether the results are the same"
    return BehaviourResult(worst, names, f"{opening}: {of_kind[0].text}{more}.")


def _compare_output(original: Sequence[Behaviour], candidate: Sequence[Behaviour]) -> BehaviourResult:
    before, after = ({run.stdout_sha256 for run in arm} for arm in (original, candidate))
    settled = len(before) == len(after) == 1 and "" not in before | after
    if settled and before == after:
        return BehaviourResult(BehaviourKind.IDENTICAL, ("stdout",), "Every run of both arms wrote the same output.")
    if settled and min(len(original), len(candidate)) >= SETTLED_RUNS:
        text = "The output differs: it is the same in every run of an arm, but not the same in both arms."
        return BehaviourResult(BehaviourKind.DIFFERS, ("stdout",), text)
    return BehaviourResult(
        BehaviourKind.UNKNOWN, (), "The program reports no metrics and its output is not the same in every run."
    )


def _compare_counts(original: Sequence[Behaviour], candidate: Sequence[Behaviour]) -> list[_Comparison]:
    names = [name for name in COUNTS if any(name in run.events for run in (*original, *candidate))]
    return [
        _compare_count(
            name, [run.events.get(name, 0) for run in original], [run.events.get(name, 0) for run in candidate]
        )
        for name in names
    ]


def _compare_count(name: str, original: Sequence[int], candidate: Sequence[int]) -> _Comparison:
    label = name.replace("_", " ")
    text = f"{label}: {_span(original)} in the original, {_span(candidate)} in the candidate"
    if {*original} == {*candidate} and len({*original}) == 1:
        return _Comparison(BehaviourKind.IDENTICAL, name, text)
    if len({*original}) == 1:
        return _Comparison(BehaviourKind.DIFFERS, name, text)
    inside = min(original) <= min(candidate) and max(candidate) <= max(original)
    return _Comparison(BehaviourKind.EQUIVALENT if inside else BehaviourKind.UNDECIDED, name, text)


def _span(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    return f"{low}" if low == high else f"{low} to {high}"


def _compare_metrics(
    original: Sequence[Behaviour], candidate: Sequence[Behaviour], policy: Policy
) -> list[_Comparison]:
    before, after = [_named(run.metrics) for run in original], [_named(run.metrics) for run in candidate]
    names = sorted(set.intersection(*({*run} for run in before)))
    return [
        _compare_metric(name, [run[name] for run in before], [run.get(name) for run in after], policy, len(names))
        for name in names
    ]


def _named(metrics: Mapping[str, Series]) -> dict[str, Series]:
    """Metrics under their names without Keras's numbers, unless two of them would then share a name."""
    short = {_KERAS_NUMBER.sub("", name): series for name, series in metrics.items()}
    return short if len(short) == len(metrics) else dict(metrics)


def _compare_metric(
    name: str, original: Sequence[Series], candidate: Sequence[Series | None], policy: Policy, metrics: int
) -> _Comparison:
    present = [series for series in candidate if series is not None]
    if len(present) < len(candidate):
        return _Comparison(BehaviourKind.DIFFERS, name, f"{name} is missing in the candidate")
    if _alike(original, present):
        return _Comparison(BehaviourKind.IDENTICAL, name, f"{name} is identical")
    lengths, new_lengths = {len(series) for series in original}, {len(series) for series in present}
    if len(lengths) == 1 and lengths != new_lengths:
        text = f"{name} has {_span([*new_lengths])} values in the candidate instead of {_span([*lengths])}"
        return _Comparison(BehaviourKind.DIFFERS, name, text)
    return _compare_last(name, original, present, policy, metrics)


def _alike(original: Sequence[Series], candidate: Sequence[Series]) -> bool:
    """Every value of every run the same, not-a-number included."""
    return len({repr(series) for series in (*original, *candidate)}) == 1


def _compare_last(
    name: str, original: Sequence[Series], candidate: Sequence[Series], policy: Policy, metrics: int
) -> _Comparison:
    before, after = [series[-1] for series in original if series], [series[-1] for series in candidate if series]
    if not before or not after or not all(map(math.isfinite, (*before, *after))):
        return _compare_unusual(name, before, after)
    margin = _margin(name, original, before, after, policy)
    text = (
        f"{name} is {fmean(before):.6g} in the original and {fmean(after):.6g} in the candidate (margin {margin:.2g})"
    )
    return _Comparison(_equivalence(before, after, margin, policy, metrics), name, text)


def _compare_unusual(name: str, before: Sequence[float], after: Sequence[float]) -> _Comparison:
    """Not-a-number, infinite or missing last values: the same in every run, or a difference."""
    same = len({repr(value) for value in (*before, *after)}) == 1 and bool(before) == bool(after)
    text = f"{name} ends with {_listed(before)} in the original and {_listed(after)} in the candidate"
    if same:
        return _Comparison(BehaviourKind.EQUIVALENT, name, text)
    original_is_finite = bool(before) and all(map(math.isfinite, before))
    return _Comparison(BehaviourKind.DIFFERS if original_is_finite else BehaviourKind.UNDECIDED, name, text)


def _listed(values: Sequence[float]) -> str:
    return ", ".join(sorted({f"{value:.6g}" for value in values})) or "nothing"


def _margin(
    name: str, series: Sequence[Series], before: Sequence[float], after: Sequence[float], policy: Policy
) -> float:
    in_unit_range = all(0.0 <= value <= 1.0 for value in (*before, *after))
    if in_unit_range and not _NOT_A_RATE.search(name.lower()):
        return policy.accuracy_margin
    largest = max(abs(value) for one in series for value in one if math.isfinite(value))
    return max(policy.metric_margin * abs(fmean(before)), SERIES_MARGIN * largest, SMALLEST_MARGIN)


def _equivalence(
    before: Sequence[float], after: Sequence[float], margin: float, policy: Policy, metrics: int
) -> BehaviourKind:
    if min(len(before), len(after)) < 2:
        return BehaviourKind.UNDECIDED
    difference = abs(fmean(after) - fmean(before))
    if difference + _reach(before, after, policy.alpha) <= margin:
        return BehaviourKind.EQUIVALENT
    overlap = min(before) <= max(after) and min(after) <= max(before)
    strict = policy.alpha / 2.0 / (metrics * policy.maximum_blocks)
    if not overlap and difference - _reach(before, after, strict) > margin:
        return BehaviourKind.DIFFERS
    return BehaviourKind.UNDECIDED


def _reach(before: Sequence[float], after: Sequence[float], tail: float) -> float:
    """Half the width of Welch's interval of the difference of means; 0 where neither arm scatters."""
    parts = [variance(values) / len(values) for values in (before, after)]
    error = sum(parts)
    if error == 0.0:
        return 0.0
    from greenfix_verify.statistics import t_quantile  # - costs numpy, and most runs do not scatter

    degrees = error**2 / sum(part**2 / (len(values) - 1) for part, values in zip(parts, (before, after), strict=True))
    return t_quantile(1.0 - tail, degrees) * math.sqrt(error)
