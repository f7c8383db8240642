"""From what a race and an experiment showed to observations.

What the race saw of the winner chose it and is too good on average: where it was confirmed on fresh blocks, only those
count. The others keep what the race saw of them.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Sequence

from greenfix_verify.evidence import judged_runs
from greenfix_verify.pairing import pair
from greenfix_verify.run import Run
from greenfix_verify.screening import Fate, Screening, Standing
from greenfix_verify.verdict import VerdictKind

from greenfix.cost_model.observation import Observation, Situation, Stage
from greenfix.outcome import Outcome, Trial

Mending = Callable[[str], Situation]
"""The situation in which an arm was measured, by the arm's name."""
UNKNOWN_NOISE = 0.1
"""Standard deviation of a block's log ratio where too few blocks tell it."""
MINIMUM_DEGREES = 3


def observations_of(outcome: Outcome, mending: Mending, program: str) -> tuple[Observation, ...]:
    """What ``outcome`` showed of each arm; nothing of a measurement that failed as a whole."""
    found = {} if outcome.screening is None else _screened(outcome.screening, mending, program)
    if outcome.trial is not None and outcome.trial.verdict.kind is not VerdictKind.INVALID:
        found[outcome.trial.patch.strategy] = _confirmed(outcome.trial, mending, program)
    return tuple(found.values())


def _screened(screening: Screening, mending: Mending, program: str) -> dict[str, Observation]:
    if screening.failure:
        return {}
    out = (Fate.FAILED, Fate.CHANGES_BEHAVIOUR)
    ratios = {
        each.arm: () if each.fate in out else pair(screening.runs, each.arm).log_ratios for each in screening.standings
    }
    noise = _noise(list(ratios.values()))

    def observed(each: Standing) -> Observation:
        return _observation(
            mending(each.arm), Stage.SCREENING, each.fate.value, ratios[each.arm], noise, screening.runs, program,
            screening.digest,
        )  # fmt: skip

    return {each.arm: observed(each) for each in screening.standings}


def _confirmed(trial: Trial, mending: Mending, program: str) -> Observation:
    evidence, arm = trial.evidence, trial.patch.strategy
    runs = judged_runs(evidence.runs, len(evidence.arms))
    ratios = pair(runs, arm).log_ratios if trial.verdict.saving is not None else ()
    return _observation(
        mending(arm), Stage.CONFIRMATION, trial.verdict.kind.value, ratios, _noise([ratios]), runs, program,
        evidence.experiment,
    )  # fmt: skip


def _observation(
    situation: Situation,
    stage: Stage,
    fate: str,
    ratios: Sequence[float],
    noise: float,
    runs: Sequence[Run],
    program: str,
    experiment: str,
) -> Observation:
    readings = [run.reading for run in runs if run.reading is not None]
    day = datetime.datetime.fromtimestamp(max(run.ended_at for run in runs), datetime.UTC).date() if runs else None
    return Observation(
        situation,
        stage,
        fate,
        log_ratio=math.fsum(ratios) / len(ratios) if ratios else None,
        standard_error=noise / math.sqrt(len(ratios)) if ratios else None,
        blocks=len(ratios),
        provenance=readings[0].provenance.value if readings else "none",
        program=program,
        experiment=experiment,
        day=day.isoformat() if day else "",
    )


def _noise(groups: Sequence[Sequence[float]]) -> float:
    """Standard deviation within groups, pooled: two blocks of one candidate say little of it."""
    residuals = [value - math.fsum(group) / len(group) for group in groups for value in group]
    degrees = len(residuals) - sum(bool(group) for group in groups)
    if degrees < MINIMUM_DEGREES:
        return UNKNOWN_NOISE
    return math.sqrt(math.fsum(value**2 for value in residuals) / degrees)
