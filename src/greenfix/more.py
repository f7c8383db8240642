"""What would settle an inconclusive experiment, and what measuring more means for its error rate.

An experiment that was ended early simply goes on: its looks were paid for beforehand. One that came to its end has
spent its whole error rate. More blocks on top of it would be a further look that nobody paid for, so what follows is a
new experiment on fresh blocks, with half the error rate of the one before: however often somebody asks again, a patch
that saves nothing passes with a probability of at most twice alpha, and every asking stands in the commit message.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from greenfix_verify.budget import used_share
from greenfix_verify.evidence import judged_runs
from greenfix_verify.policy import Policy
from greenfix_verify.sample_size import blocks_needed
from greenfix_verify.verdict import VerdictKind

from greenfix.outcome import Trial

MOST_BLOCKS = 100
"""As many as the option ``--max-blocks`` takes."""


@dataclass(frozen=True, slots=True)
class Further:
    """What measuring more would be: ``blocks`` more at most, with ``policy``, in a new experiment if ``fresh``."""

    policy: Policy
    blocks: int
    fresh: bool


def further(trial: Trial) -> Further | None:
    """What would probably settle ``trial``; None where it is settled, or where no reasonable number of blocks would.

    A budget that is used up is lifted: whoever asks for more grants it.
    """
    verdict, evidence = trial.verdict, trial.evidence
    if verdict.kind is not VerdictKind.INCONCLUSIVE:
        return None
    from greenfix_verify.judging import is_decided  # imports numpy

    policy = evidence.policy
    if used_share(evidence.runs, policy) >= 1.0:
        policy = replace(policy, budget_seconds=None, budget_joules=None)
    judged = judged_runs(evidence.runs, len(evidence.arms))
    if not is_decided(judged, trial.patch.strategy, policy):
        left = len(evidence.schedule) - 1 - max((run.block for run in evidence.runs), default=-1)
        blocks = min(policy.maximum_blocks - verdict.blocks, left)
        return Further(policy, blocks, fresh=False) if blocks > 0 else None
    policy = replace(policy, alpha=policy.alpha / 2)
    figures = evidence.statistics.get(trial.patch.strategy) or {}
    sd, saving = figures.get("log_ratio_sd"), verdict.saving
    needed = blocks_needed(saving, sd, policy) if sd is not None and saving is not None else None
    if needed is None or needed > MOST_BLOCKS:
        return None
    return Further(replace(policy, maximum_blocks=needed), needed, fresh=True)
