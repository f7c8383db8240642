"""From the list of runs to a verdict: a pure function, the same for the screen, ``judge`` and ``--resume``.

Energy is read up to the block at which the plan stops: blocks measured after it change nothing. Failures, bad
readings and behaviour are read from all runs, for they do not get better by having come late.

This module imports numpy through ``sequential``: import it late.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from greenfix_verify.behaviour import BehaviourResult, compare_behaviour
from greenfix_verify.conclusion import judge_ratios, verdict_on, with_behaviour
from greenfix_verify.pairing import Pairing, pair
from greenfix_verify.policy import Policy
from greenfix_verify.reading import Component, Provenance
from greenfix_verify.run import ORIGINAL, Ending, Run
from greenfix_verify.sequential import Stop, plan
from greenfix_verify.statistics import Statistics, describe
from greenfix_verify.stopping import corrected_mean
from greenfix_verify.verdict import BehaviourKind, Verdict, VerdictKind


def judge(runs: Sequence[Run], arm: str, policy: Policy) -> Verdict:
    """Compare one arm with the original. ``runs`` are all runs of the experiment, all arms, in order of time.

    Raises PolicyError if the policy's blocks can never show a saving.
    """
    looks = plan(policy)
    compared = [run for run in runs if run.arm in {ORIGINAL, arm}]
    obstacle = _failure(compared) or _bad_reading(compared)
    if obstacle:
        return obstacle
    behaviour = _behaviour(compared, arm, policy)
    pairing = pair(compared, arm)
    verdict = verdict_on(judge_ratios(pairing.log_ratios, policy, looks), policy, _provenance(compared))
    return with_behaviour(_with_exclusions(verdict, pairing), behaviour)


def is_decided(runs: Sequence[Run], arm: str, policy: Policy) -> bool:
    """Whether more blocks can no longer change the verdict on this arm, or there are no more to come."""
    if judge(runs, arm, policy).kind is not VerdictKind.INCONCLUSIVE:
        return True
    log_ratios = pair(runs, arm).log_ratios
    if len(log_ratios) >= policy.maximum_blocks:
        return True
    return judge_ratios(log_ratios, policy, plan(policy)).stop is Stop.FUTILITY


def used_statistics(runs: Sequence[Run], arm: str, policy: Policy) -> Statistics | None:
    """The figures beside the verdict, from the same blocks; None where ``judge`` has no numbers either."""
    compared = [run for run in runs if run.arm in {ORIGINAL, arm}]
    pairing = pair(compared, arm) if not (_failure(compared) or _bad_reading(compared)) else Pairing((), ())
    if not pairing.pairs:
        return None
    looks = plan(policy)
    blocks = judge_ratios(pairing.log_ratios, policy, looks).blocks
    corrected = -math.expm1(corrected_mean(pairing.log_ratios[:blocks], looks))
    return replace(describe(pairing.pairs[:blocks], policy.confidence), corrected_saving=corrected)


def _failure(runs: Sequence[Run]) -> Verdict | None:
    failed = [run for run in runs if run.ending is not Ending.COMPLETED]
    run = next((run for run in failed if run.arm == ORIGINAL), next(iter(failed), None))
    if run is None:
        return None
    detail = f": {run.detail}" if run.detail else ""
    if run.arm == ORIGINAL:
        return _without_numbers(
            VerdictKind.INVALID,
            f"The original program {_ended(run)} in block {run.block}, so there is nothing to compare with{detail}",
        )
    return _without_numbers(
        VerdictKind.CHANGES_BEHAVIOUR,
        f"The patched program {_ended(run)} in block {run.block}, the original does not{detail}",
    )


def _ended(run: Run) -> str:
    return {Ending.FAILED: "fails", Ending.KILLED: "is killed", Ending.TIMED_OUT: "takes too long"}[run.ending]


def _without_numbers(kind: VerdictKind, reason: str) -> Verdict:
    behaviour = BehaviourKind.DIFFERS if kind is VerdictKind.CHANGES_BEHAVIOUR else BehaviourKind.UNKNOWN
    text = reason if reason.endswith(".") else f"{reason}."
    return Verdict(kind, None, None, None, None, 0, None, text, behaviour=behaviour)


def _bad_reading(runs: Sequence[Run]) -> Verdict | None:
    for run in runs:
        where = f"of block {run.block} ({run.arm})"
        if run.reading is None:
            return _without_numbers(VerdictKind.INVALID, f"The meter gave no reading for the run {where}")
        if not (math.isfinite(run.reading.joules) and run.reading.joules > 0.0):
            return _without_numbers(VerdictKind.INVALID, f"The meter read {run.reading.joules:g} J for the run {where}")
    if len({_measured(run) for run in runs}) > 1:
        return _without_numbers(
            VerdictKind.INVALID,
            "The readings do not come from the same counters in every run, so they cannot be compared",
        )
    return None


def _measured(run: Run) -> frozenset[Component]:
    parts = run.reading.components if run.reading else ()
    return frozenset(part.component for part in parts if part.provenance is Provenance.MEASURED)


def _provenance(runs: Sequence[Run]) -> Provenance | None:
    return next((run.reading.provenance for run in runs if run.reading), None)


def _behaviour(runs: Sequence[Run], arm: str, policy: Policy) -> BehaviourResult:
    original = [run.behaviour for run in runs if run.arm == ORIGINAL]
    return compare_behaviour(original, [run.behaviour for run in runs if run.arm == arm], policy)


def _with_exclusions(verdict: Verdict, pairing: Pairing) -> Verdict:
    left_out = [reason for reason in pairing.left_out if not reason.endswith("warmed up")]
    if not left_out:
        return verdict
    return replace(verdict, reason=f"{verdict.reason} Left out: {'; '.join(left_out)}.")
