"""From log ratios to a verdict in words: the same for runs measured here and for a table of readings.

``no saving`` means that the estimate is no saving worth the name and going on has little chance of showing one; the
interval in the sentence says which savings are not excluded. Where the plan gives up although the estimate is a
saving, the noise is to blame: ``inconclusive``, with what would settle it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from greenfix_verify.behaviour import BehaviourResult
from greenfix_verify.policy import Policy
from greenfix_verify.reading import Provenance
from greenfix_verify.sample_size import blocks_needed, smallest_detectable_saving
from greenfix_verify.sequential import SequentialPlan, Stop, follow
from greenfix_verify.statistics import Saving, deviation, estimate_saving
from greenfix_verify.verdict import BehaviourKind, Verdict, VerdictKind

NOISE_BLOCKS = 5
"""With fewer blocks the noise may be three times what it seems: nothing is said of what it lets one detect."""


@dataclass(frozen=True, slots=True)
class RatioJudgement:
    """What the log ratios alone say: where the plan stopped, and the estimate from the blocks up to there.

    ``sd`` is the standard deviation of the log ratios used. All None or 0 without blocks.
    """

    stop: Stop
    blocks: int
    p: float | None
    saving: Saving | None
    sd: float


def judge_ratios(
    log_ratios: Sequence[float], policy: Policy, looks: SequentialPlan, strata: Sequence[str] = ()
) -> RatioJudgement:
    """Follow the plan through log(candidate/original), one a block in order of time.

    ``strata`` says where each block ran; empty when all ran in one place.
    """
    if not log_ratios:
        return RatioJudgement(Stop.GOES_ON, 0, None, None, 0.0)
    decision = follow(looks, log_ratios)
    used = log_ratios[: decision.blocks]
    places = strata[: decision.blocks]
    saving = estimate_saving(used, policy.confidence, places)
    return RatioJudgement(decision.stop, decision.blocks, decision.p, saving, deviation(used, places))


def verdict_on(judged: RatioJudgement, policy: Policy, provenance: Provenance | None) -> Verdict:
    """Put the numbers into a word and a sentence. Behaviour is not looked at here."""
    kind = _kind(judged, policy)
    saving = judged.saving
    return Verdict(
        kind=kind,
        saving=saving.estimate if saving else None,
        low=saving.low if saving else None,
        high=saving.high if saving else None,
        p=judged.p,
        blocks=judged.blocks,
        provenance=provenance,
        reason=_reason(kind, judged, policy, provenance),
        settle=_settle(judged, policy) if kind is VerdictKind.INCONCLUSIVE else "",
    )


def with_behaviour(verdict: Verdict, behaviour: BehaviourResult) -> Verdict:
    """What the comparison of metrics changes in a verdict that rests on energy alone."""
    verdict = replace(verdict, behaviour=behaviour.kind)
    if behaviour.kind is BehaviourKind.DIFFERS:
        return replace(verdict, kind=VerdictKind.CHANGES_BEHAVIOUR, reason=behaviour.text, settle="")
    if behaviour.kind is BehaviourKind.UNDECIDED and verdict.kind is VerdictKind.SAVES:
        return replace(
            verdict,
            kind=VerdictKind.INCONCLUSIVE,
            reason=f"{verdict.reason} {behaviour.text}",
            settle=f"Fix the seeds of the program, so that its runs can be compared{_or_measure(behaviour.runs)}.",
        )
    return verdict


def _or_measure(runs: int | None) -> str:
    if runs is None:
        return ""
    return f", or measure about {_blocks(runs)} in all: if the results agree, that would show it at this scatter"


def _kind(judged: RatioJudgement, policy: Policy) -> VerdictKind:
    if judged.saving is None or judged.stop is Stop.GOES_ON:
        return VerdictKind.INCONCLUSIVE
    if judged.stop is Stop.HARM:
        return VerdictKind.COSTS
    if judged.saving.estimate < policy.minimum_saving:
        return VerdictKind.NO_SAVING
    return VerdictKind.SAVES if judged.stop is Stop.SUCCESS else VerdictKind.INCONCLUSIVE


def _reason(kind: VerdictKind, judged: RatioJudgement, policy: Policy, provenance: Provenance | None) -> str:
    saving = judged.saving
    if saving is None or saving.low is None or saving.high is None:
        return f"Only {_blocks(judged.blocks)} can be compared so far."
    energy = "energy" if provenance in {None, Provenance.MEASURED} else f"{provenance} energy"
    interval = (
        f"{100 * policy.confidence:g} % interval of the saving: {_percent(saving.low)} to {_percent(saving.high)}"
    )
    found = f"{_percent(abs(saving.estimate))} {'less' if saving.estimate >= 0 else 'more'} {energy} ({interval})"
    after = f"after {_blocks(judged.blocks)}"
    if kind is VerdictKind.SAVES:
        return f"The candidate needs {found}, shown {after} (p = {judged.p:.2g})."
    if kind is VerdictKind.COSTS:
        return f"The candidate needs {found}, shown {after}."
    if judged.stop is Stop.SUCCESS:
        return f"The candidate needs {found}, less than the {_percent(policy.minimum_saving)} that count as a saving."
    if kind is VerdictKind.NO_SAVING:
        hoped = "that it costs" if policy.guard else "a saving"
        return f"The candidate needs {found} {after}, and more blocks have little chance of showing {hoped}."
    return f"The candidate seems to need {found}, but {after} this may still be chance."


def _settle(judged: RatioJudgement, policy: Policy) -> str:
    left = policy.maximum_blocks - judged.blocks
    detectable = smallest_detectable_saving(judged.sd, policy.maximum_blocks, policy)
    hoped = "costs" if policy.guard else "savings"
    limit = f"At this noise {_blocks(policy.maximum_blocks)} show {hoped} from about {_percent(detectable or 1.0)}."
    if left > 0 and judged.stop is Stop.GOES_ON:
        planned = f"Up to {_blocks(left)} more {'are' if left > 1 else 'is'} planned."
        return f"{planned} {limit}" if judged.blocks >= NOISE_BLOCKS else planned
    needed = blocks_needed(judged.saving.estimate, judged.sd, policy) if judged.saving else None
    if needed is None or needed > 10 * policy.maximum_blocks:
        return f"No reasonable number of blocks would show so small a saving. {limit}"
    more = max(needed, policy.maximum_blocks + 1) - policy.maximum_blocks
    total = policy.maximum_blocks + more
    return f"A new experiment with {more} more blocks ({total} in all) would probably settle it. {limit}"


def _blocks(number: int) -> str:
    return f"{number} block" if number == 1 else f"{number} blocks"


def _percent(fraction: float) -> str:
    return f"{100 * fraction:z.1f} %"
