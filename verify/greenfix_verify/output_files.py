"""Do both arms write the same files? By hash, else number by number.

A file whose bytes are the same in every run of both arms is identical. Otherwise its numbers decide, each by TOST with
a margin of ``metric_margin`` of the original's mean, but never less than 0.1 % of the largest number of that array: the
weights near zero are rounding. All must be equivalent; one that is shown to differ suffices. A file without numbers
that we can read differs when each arm always writes the same, and not the same as the other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import fmean

from greenfix_verify.comparison import Comparison
from greenfix_verify.equivalence import equivalence, largest, relative_margin
from greenfix_verify.numbers import Series
from greenfix_verify.policy import Policy
from greenfix_verify.run import OutputFile
from greenfix_verify.verdict import BehaviourKind

SETTLED_RUNS = 3
"""So many equal outputs of an arm make it deterministic; two may be equal by chance."""

Outputs = Mapping[str, OutputFile]


def compare_outputs(original: Sequence[Outputs], candidate: Sequence[Outputs], policy: Policy) -> list[Comparison]:
    """Compare every output that all runs of both arms wrote."""
    names = sorted(set.intersection(*({*run} for run in (*original, *candidate))))
    return [
        comparison
        for name in names
        for comparison in _compare_file(name, [run[name] for run in original], [run[name] for run in candidate], policy)
    ]


def _compare_file(
    name: str, original: Sequence[OutputFile], candidate: Sequence[OutputFile], policy: Policy
) -> list[Comparison]:
    before, after = ({file.sha256 for file in arm} for arm in (original, candidate))
    if len(before | after) == 1:
        return [Comparison(BehaviourKind.IDENTICAL, name, f"{name} is identical")]
    arrays = set.intersection(*({*file.numbers} for file in original))
    if not arrays:
        return [_compare_bytes(name, before, after, min(len(original), len(candidate)))]
    lost = next((array for array in sorted(arrays) if any(array not in file.numbers for file in candidate)), None)
    if lost is not None:
        return [Comparison(BehaviourKind.DIFFERS, name, f"{name} lacks {lost} in the candidate")]
    return [
        _compare_array(
            f"{name}: {array}",
            [file.numbers[array] for file in original],
            [file.numbers[array] for file in candidate],
            policy,
        )
        for array in sorted(arrays)
    ]


def _compare_bytes(name: str, before: set[str], after: set[str], runs: int) -> Comparison:
    if len(before) == len(after) == 1:
        kind = BehaviourKind.DIFFERS if runs >= SETTLED_RUNS else BehaviourKind.UNDECIDED
        return Comparison(kind, name, f"{name} is the same in every run of an arm, but not the same in both arms")
    text = f"{name} is not the same in every run, and holds no numbers that can be compared"
    return Comparison(BehaviourKind.UNDECIDED, name, text)


def _compare_array(name: str, original: Sequence[Series], candidate: Sequence[Series], policy: Policy) -> Comparison:
    lengths = {len(series) for series in original}
    if len(lengths) == 1 and lengths != {len(series) for series in candidate}:
        return Comparison(BehaviourKind.DIFFERS, name, f"{name} does not have {lengths.pop()} numbers in the candidate")
    if len({len(series) for series in (*original, *candidate)}) > 1:
        return Comparison(BehaviourKind.UNDECIDED, name, f"{name} does not always have as many numbers")
    return _worst_number(name, original, candidate, policy)


def _worst_number(name: str, original: Sequence[Series], candidate: Sequence[Series], policy: Policy) -> Comparison:
    """Number by number; the first that differs, else the first that is undecided, speaks for the array."""
    reached = largest(value for series in original for value in series)
    columns = list(zip(zip(*original, strict=True), zip(*candidate, strict=True), strict=True))
    undecided: Comparison | None = None
    for place, (before, after) in enumerate(columns):
        kind, text = _compare_number(before, after, reached, policy, len(columns))
        said = Comparison(kind, name, f"{name}[{place}] {text}")
        if kind is BehaviourKind.DIFFERS:
            return said
        if kind is BehaviourKind.UNDECIDED:
            undecided = undecided or said
    return undecided or Comparison(BehaviourKind.EQUIVALENT, name, f"{name} agrees in all {len(columns)} numbers")


def _compare_number(
    before: Sequence[float], after: Sequence[float], reached: float, policy: Policy, numbers: int
) -> tuple[BehaviourKind, str]:
    if len({repr(value) for value in (*before, *after)}) == 1:
        return BehaviourKind.EQUIVALENT, "is the same"
    if not all(map(math.isfinite, (*before, *after))):
        settled = all(map(math.isfinite, before))
        return BehaviourKind.DIFFERS if settled else BehaviourKind.UNDECIDED, "is not always a finite number"
    margin = relative_margin(before, reached, policy)
    text = f"is {fmean(before):.6g} in the original and {fmean(after):.6g} in the candidate (margin {margin:.2g})"
    return equivalence(before, after, margin, policy, numbers), text
