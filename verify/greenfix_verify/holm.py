"""Several patches in one experiment: the chance that any useless one ``saves`` stays at alpha.

Holm's step-down (1979, Scandinavian Journal of Statistics 6:65-70), carried out with whole sequential plans. As long as
k patches wait, each is followed through a plan that spends alpha / k. The one that passes with the smallest p is taken
out, and the others start over with alpha / (k - 1): from their first block, for a plan is a function of its readings,
and what it spends at each look grows with its alpha. This is the closed test of weighted Bonferroni intersections,
which holds for group-sequential plans as it does for single tests (Maurer & Bretz 2013, Statistics in Biopharmaceutical
Research 5:311-320). That all patches share the runs of the original does no harm: Bonferroni asks for no independence.

This module imports numpy through ``sequential``: import it late.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from greenfix_verify.policy import Policy
from greenfix_verify.sequential import Stop, follow, plan


@dataclass(frozen=True, slots=True)
class Share:
    """What one of ``patches`` is judged with: ``policy`` holds its alpha, that of all divided by ``waiting``.

    ``least_p`` is the largest adjusted p-value of the patches that passed before it: adjusted p-values never fall.
    """

    policy: Policy
    patches: int
    waiting: int
    least_p: float

    def adjusted(self, p: float) -> float:
        """The p-value as it compares with the alpha of all patches together."""
        return min(1.0, max(self.least_p, self.waiting * p))


def shares(log_ratios: Mapping[str, Sequence[float]], policy: Policy) -> dict[str, Share]:
    """Return the share of each patch, given log(candidate / original) of its blocks in order of time.

    A patch without blocks waits for ever. Raises PolicyError if the blocks of the policy can never show anything at
    alpha / k.
    """
    waiting = dict(log_ratios)
    found: dict[str, Share] = {}
    least_p = 0.0
    while waiting:
        alone = replace(policy, alpha=policy.alpha / len(waiting))
        share = Share(alone, len(log_ratios), len(waiting), least_p)
        passed = _passed(waiting, share.policy)
        if not passed:
            return {**found, **dict.fromkeys(waiting, share)}
        p, first = min(passed)
        found[first] = share
        least_p = share.adjusted(p)
        del waiting[first]
    return found


def _passed(waiting: Mapping[str, Sequence[float]], policy: Policy) -> list[tuple[float, str]]:
    """The patches that pass at this alpha, each after its p-value."""
    looks = plan(policy)
    decisions = {arm: follow(looks, ratios) for arm, ratios in waiting.items() if ratios}
    return [(decision.p, arm) for arm, decision in decisions.items() if decision.stop is Stop.SUCCESS]
