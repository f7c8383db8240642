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
from greenfix_verify.conclusion import RatioJudgement, judge_ratios, verdict_on, with_behaviour
from greenfix_verify.holm import Share, shares
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

    Several candidates share the error rate (``holm``), so the verdict on one also depends on the others.

    Raises PolicyError if the policy's blocks can never show a saving.
    """
    plan(policy)  # what no experiment can show is refused before there is one
    compared = [run for run in runs if run.arm in {ORIGINAL, arm}]
    obstacle = _failure(compared) or _bad_reading(compared)
    if obstacle:
        return obstacle
    behaviour = _behaviour(compared, arm, policy)
    pairing, share = pair(compared, arm), _share(runs, arm, policy)
    verdict = verdict_on(_judged(pairing, share), share.policy, _provenance(compared))
    verdict = _with_exclusions(_with_others(verdict, share), pairing, policy)
    return replace(verdict, behaviour=behaviour.kind) if policy.guard else with_behaviour(verdict, behaviour)


def is_decided(runs: Sequence[Run], arm: str, policy: Policy) -> bool:
    """Whether more blocks can no longer change the verdict on this arm, or there are no more to come."""
    if judge(runs, arm, policy).kind is not VerdictKind.INCONCLUSIVE:
        return True
    pairing = pair(runs, arm)
    if len(pairing.pairs) >= policy.maximum_blocks:
        return True
    return _judged(pairing, _share(runs, arm, policy)).stop is Stop.FUTILITY  # readable: judged inconclusive above


def used_statistics(runs: Sequence[Run], arm: str, policy: Policy) -> Statistics | None:
    """The figures beside the verdict, from the same blocks; None where ``judge`` has no numbers either."""
    compared = [run for run in runs if run.arm in {ORIGINAL, arm}]
    pairing = pair(compared, arm) if not (_failure(compared) or _bad_reading(compared)) else Pairing((), ())
    if not pairing.pairs:
        return None
    share = _share(runs, arm, policy)
    blocks = _judged(pairing, share).blocks
    corrected = -math.expm1(corrected_mean(pairing.log_ratios[:blocks], plan(share.policy)))
    return replace(describe(pairing.pairs[:blocks], policy.confidence), corrected_saving=corrected)


def _share(runs: Sequence[Run], arm: str, policy: Policy) -> Share:
    """What ``arm`` is judged with, given how the other patches of the same experiment do.

    A patch that fails or cannot be read takes no share: it can no longer become a false ``saves``.
    """
    ratios = {arm: pair(runs, arm).log_ratios}
    for one in _candidates(runs) - {arm}:
        compared = [run for run in runs if run.arm in {ORIGINAL, one}]
        if not (_failure(compared) or _bad_reading(compared)):
            ratios[one] = pair(compared, one).log_ratios
    return shares(ratios, policy)[arm]


def _candidates(runs: Sequence[Run]) -> set[str]:
    return {run.arm for run in runs} - {ORIGINAL}


def _judged(pairing: Pairing, share: Share) -> RatioJudgement:
    judged = judge_ratios(pairing.log_ratios, share.policy, plan(share.policy), pairing.strata)
    return judged if judged.p is None else replace(judged, p=share.adjusted(judged.p))


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


def _with_others(verdict: Verdict, share: Share) -> Verdict:
    if share.patches < 2 or verdict.p is None:
        return verdict
    return replace(verdict, reason=f"{verdict.reason} Corrected for {share.patches} patches in one experiment (Holm).")


def _with_exclusions(verdict: Verdict, pairing: Pairing, policy: Policy) -> Verdict:
    left_out = [reason for reason in pairing.left_out if not reason.endswith("warmed up")]
    if not left_out:
        return verdict
    settle = verdict.settle
    if verdict.kind is VerdictKind.INCONCLUSIVE and len(left_out) > policy.maximum_disturbed_blocks:
        settle = (
            f"No block is left: {len(left_out)} blocks were spoiled, more than the {policy.maximum_disturbed_blocks} "
            "that may be repeated. Quiet the machine and start a new experiment with another --seed."
        )
    return replace(verdict, reason=f"{verdict.reason} Left out: {'; '.join(left_out)}.", settle=settle)
