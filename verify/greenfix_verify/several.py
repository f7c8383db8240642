"""Several patches in one experiment: the chance that any of them is wrongly said to save must stay at alpha."""

from __future__ import annotations

from collections.abc import Mapping


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Adjusted p-values by arm (Holm 1979, Scandinavian Journal of Statistics 6:65-70).

    Whatever the dependence between arms, rejecting those at or below alpha errs at all with probability at most alpha.
    The p of a verdict may go in: it is already adjusted for the looks. Not needed for a winner that is confirmed on
    fresh blocks of its own.
    """
    adjusted: dict[str, float] = {}
    largest = 0.0
    for rank, arm in enumerate(sorted(p_values, key=lambda arm: p_values[arm])):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[arm]))
        adjusted[arm] = largest
    return adjusted
