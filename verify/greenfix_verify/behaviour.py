"""Do both arms still compute the same? Identical metrics, else equivalence within a margin fixed beforehand.

Equivalence is shown, not assumed (``equivalence``), on the last value of each metric. Every metric must pass, so no
correction is due (intersection-union: Berger 1982, Technometrics 24:295-300).

The margin of a metric:

* a rate between 0 and 1 (accuracy, AUC ...): ``accuracy_margin``, absolute;
* any other: ``metric_margin`` of the original's mean, but never less than 0.1 % of the largest value that the
  original's series reached (a loss that fell from 2.3 to 1e-4 is not changed by a last digit) nor than 1e-6 (float32
  sums of the order of one).

Counts such as epochs and steps must agree. Counts that describe the leak itself (retraces, live models) are what a
patch is meant to change, so only ``COUNTS`` are compared. Metric names that differ only in the number Keras appends
(``auc_1``) are the same metric: ``clear_session`` restarts that numbering.

Declared output files are compared by their hash, and where that is not the same in every run, number by number
(``output_files``). A declared result that only the candidate does not give is a difference.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from greenfix_verify.comparison import Comparison
from greenfix_verify.equivalence import equivalence, margin_of_metric, runs_needed
from greenfix_verify.numbers import Series
from greenfix_verify.output_files import SETTLED_RUNS, compare_outputs
from greenfix_verify.policy import Policy
from greenfix_verify.run import Behaviour
from greenfix_verify.verdict import BehaviourKind

COUNTS = ("fit_calls", "epochs", "steps")
_KERAS_NUMBER = re.compile(r"_\d+$")
_SEVERITY = (BehaviourKind.IDENTICAL, BehaviourKind.EQUIVALENT, BehaviourKind.UNDECIDED, BehaviourKind.DIFFERS)


@dataclass(frozen=True, slots=True)
class BehaviourResult:
    """The kind, the metrics or counts it rests on (the deviating ones, else all), and a sentence.

    ``runs`` is how many runs of each arm would probably settle an undecided one; None where nothing can be said.
    """

    kind: BehaviourKind
    metrics: tuple[str, ...]
    text: str
    runs: int | None = None


def compare_behaviour(original: Sequence[Behaviour], candidate: Sequence[Behaviour], policy: Policy) -> BehaviourResult:
    """Compare all completed runs of both arms, warm-up and disturbed ones included: they spoil energy, not metrics."""
    if not original or not candidate:
        return BehaviourResult(BehaviourKind.UNKNOWN, (), "No run of both arms has finished yet.")
    counts = _compare_counts(original, candidate)
    results = [
        *_compare_missing(candidate),
        *_compare_metrics(original, candidate, policy),
        *compare_outputs([run.outputs for run in original], [run.outputs for run in candidate], policy),
    ]
    if not results and all(count.kind is not BehaviourKind.DIFFERS for count in counts):
        return _compare_output(original, candidate)  # equal counts alone do not show that the results are equal
    return _summary([*counts, *results])


def _summary(comparisons: Sequence[Comparison]) -> BehaviourResult:
    worst = max((comparison.kind for comparison in comparisons), key=_SEVERITY.index)
    of_kind = [comparison for comparison in comparisons if comparison.kind is worst]
    names = tuple(comparison.name for comparison in of_kind)
    if worst is BehaviourKind.IDENTICAL:
        return BehaviourResult(worst, names, f"All {len(names)} results and counts are identical in every run.")
    if worst is BehaviourKind.EQUIVALENT:
        return BehaviourResult(worst, names, f"All results agree within the margin; {of_kind[0].text}.")
    more = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
    differs = worst is BehaviourKind.DIFFERS
    opening = "The results differ" if differs else "The runs do not yet show whether the results are the same"
    return BehaviourResult(worst, names, f"{opening}: {of_kind[0].text}{more}.", _runs(of_kind))


def _runs(comparisons: Sequence[Comparison]) -> int | None:
    """What the most demanding one needs, if every one of them says what it needs."""
    runs = [comparison.runs for comparison in comparisons if comparison.runs is not None]
    return max(runs) if len(runs) == len(comparisons) else None


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


def _compare_missing(candidate: Sequence[Behaviour]) -> list[Comparison]:
    """What the candidate did not give; that the original gives it was made sure of when it ran."""
    clauses = dict.fromkeys(clause for run in candidate for clause in run.missing)
    return [Comparison(BehaviourKind.DIFFERS, clause, f"in the candidate {clause}") for clause in clauses]


def _compare_counts(original: Sequence[Behaviour], candidate: Sequence[Behaviour]) -> list[Comparison]:
    names = [name for name in COUNTS if any(name in run.events for run in (*original, *candidate))]
    return [
        _compare_count(
            name, [run.events.get(name, 0) for run in original], [run.events.get(name, 0) for run in candidate]
        )
        for name in names
    ]


def _compare_count(name: str, original: Sequence[int], candidate: Sequence[int]) -> Comparison:
    label = name.replace("_", " ")
    text = f"{label}: {_span(original)} in the original, {_span(candidate)} in the candidate"
    if {*original} == {*candidate} and len({*original}) == 1:
        return Comparison(BehaviourKind.IDENTICAL, name, text)
    if len({*original}) == 1:
        return Comparison(BehaviourKind.DIFFERS, name, text)
    inside = min(original) <= min(candidate) and max(candidate) <= max(original)
    return Comparison(BehaviourKind.EQUIVALENT if inside else BehaviourKind.UNDECIDED, name, text)


def _span(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    return f"{low}" if low == high else f"{low} to {high}"


def _compare_metrics(original: Sequence[Behaviour], candidate: Sequence[Behaviour], policy: Policy) -> list[Comparison]:
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
) -> Comparison:
    present = [series for series in candidate if series is not None]
    if len(present) < len(candidate):
        return Comparison(BehaviourKind.DIFFERS, name, f"{name} is missing in the candidate")
    if _alike(original, present):
        return Comparison(BehaviourKind.IDENTICAL, name, f"{name} is identical")
    lengths, new_lengths = {len(series) for series in original}, {len(series) for series in present}
    if len(lengths) == 1 and lengths != new_lengths:
        text = f"{name} has {_span([*new_lengths])} values in the candidate instead of {_span([*lengths])}"
        return Comparison(BehaviourKind.DIFFERS, name, text)
    return _compare_last(name, original, present, policy, metrics)


def _alike(original: Sequence[Series], candidate: Sequence[Series]) -> bool:
    """Every value of every run the same, not-a-number included."""
    return len({repr(series) for series in (*original, *candidate)}) == 1


def _compare_last(
    name: str, original: Sequence[Series], candidate: Sequence[Series], policy: Policy, metrics: int
) -> Comparison:
    before, after = [series[-1] for series in original if series], [series[-1] for series in candidate if series]
    if not before or not after or not all(map(math.isfinite, (*before, *after))):
        return _compare_unusual(name, before, after)
    reached = [value for series in original for value in series]
    margin = margin_of_metric(name, reached, before, after, policy)
    text = (
        f"{name} is {fmean(before):.6g} in the original and {fmean(after):.6g} in the candidate (margin {margin:.2g})"
    )
    kind = equivalence(before, after, margin, policy, metrics)
    return Comparison(kind, name, text, runs_needed(before, after, margin, policy))


def _compare_unusual(name: str, before: Sequence[float], after: Sequence[float]) -> Comparison:
    """Not-a-number, infinite or missing last values: the same in every run, or a difference."""
    same = len({repr(value) for value in (*before, *after)}) == 1 and bool(before) == bool(after)
    text = f"{name} ends with {_listed(before)} in the original and {_listed(after)} in the candidate"
    if same:
        return Comparison(BehaviourKind.EQUIVALENT, name, text)
    original_is_finite = bool(before) and all(map(math.isfinite, before))
    return Comparison(BehaviourKind.DIFFERS if original_is_finite else BehaviourKind.UNDECIDED, name, text)


def _listed(values: Sequence[float]) -> str:
    return ", ".join(sorted({f"{value:.6g}" for value in values})) or "nothing"
