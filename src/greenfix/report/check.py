"""Whether an evidence file says what follows from its own runs.

Nothing is computed in a second way here: the functions are those that wrote the file. So a difference means that the
file was changed afterwards, or that another version of greenfix wrote it. Numbers are compared always; sentences, and
fields that the file lacks, only where this very version wrote it: words improve, and fields are added.

This module imports numpy and scipy through the judge: import it late.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from greenfix_verify.codec import encode
from greenfix_verify.errors import PolicyError
from greenfix_verify.evidence import VERSION, Evidence, exclusions, judged_runs, payback, spent_joules
from greenfix_verify.experiment import explained
from greenfix_verify.judging import judge, used_statistics
from greenfix_verify.machine import versions
from greenfix_verify.quality import notes
from greenfix_verify.race import standings
from greenfix_verify.run import ORIGINAL, Run
from greenfix_verify.schedule import plan

RELATIVE = 1e-9
"""Sums of other versions of numpy and scipy, or on another processor, differ in their last digits."""
_WORDS = frozenset({"reason", "settle", "notes"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of the file that does not follow from its runs; both values as JSON has them."""

    field: str
    recorded: Any
    recomputed: Any


def differences(evidence: Evidence) -> tuple[Difference, ...]:
    """Compute everything again that follows from the runs and the policy; return what the file says otherwise."""
    try:
        recomputed = _recomputed(evidence)
    except PolicyError as error:
        return (Difference("policy", encode(evidence.policy), str(error)),)
    recorded = {name: value for name, value in encode(evidence).items() if name in recomputed}
    if evidence.screening is not None:
        recorded["screening"] = _screening(evidence.screening.standings, evidence.screening.spent_joules)
    ours = evidence.version == VERSION and evidence.site.versions.get("greenfix") == versions().get("greenfix")
    return (*_compared("", recorded, recomputed, strict=ours), *_out_of_order(evidence))


def _recomputed(evidence: Evidence) -> dict[str, Any]:
    policy, runs = evidence.policy, judged_runs(evidence.runs, len(evidence.arms))
    candidates = [arm.name for arm in evidence.arms if arm.name != ORIGINAL]
    verdicts = {arm: explained(judge(runs, arm, policy), evidence.runs, policy) for arm in candidates}
    raced = evidence.screening.runs if evidence.screening else ()
    spent = spent_joules(evidence.runs) + spent_joules(raced)
    again = {
        "schedule": plan([arm.name for arm in evidence.arms], policy),
        "exclusions": exclusions(evidence.runs, len(evidence.arms)),
        "verdicts": verdicts,
        "statistics": {arm: used_statistics(runs, arm, policy) for arm in candidates},
        "spent_joules": spent,
        "payback_runs": {arm: payback(spent, runs, verdict) for arm, verdict in verdicts.items()},
        "notes": notes(evidence.site, evidence.runs),
    }
    encoded: dict[str, Any] = encode(again)
    if evidence.screening is not None:
        names = [standing.arm for standing in evidence.screening.standings]
        encoded["screening"] = _screening(standings(raced, names, policy), spent_joules(raced))
    return encoded


def _screening(ranked: Any, spent: float) -> dict[str, Any]:
    """What of a race follows from its runs alone: how it ended also depends on the budget that it had."""
    return {"spent_joules": spent, **{each.arm: {"saving": each.saving, "blocks": each.blocks} for each in ranked}}


def _compared(where: str, recorded: Any, recomputed: Any, *, strict: bool) -> Iterator[Difference]:
    if isinstance(recorded, Mapping) and isinstance(recomputed, Mapping):
        names = {*recorded, *recomputed} if strict else {*recorded} - _WORDS
        for name in sorted(names):
            inner = f"{where}.{name}".lstrip(".")
            yield from _compared(inner, recorded.get(name), recomputed.get(name), strict=strict)
    elif isinstance(recorded, list) and isinstance(recomputed, list) and len(recorded) == len(recomputed):
        for number, (first, second) in enumerate(zip(recorded, recomputed, strict=True)):
            yield from _compared(f"{where}[{number}]", first, second, strict=strict)
    elif not _same(recorded, recomputed):
        yield Difference(where, recorded, recomputed)


def _same(recorded: Any, recomputed: Any) -> bool:
    if isinstance(recorded, int | float) and isinstance(recomputed, int | float):
        return math.isclose(recorded, recomputed, rel_tol=RELATIVE, abs_tol=1e-12)
    return bool(recorded == recomputed)


def _out_of_order(evidence: Evidence) -> Iterator[Difference]:
    """Runs that did not take the place that was drawn for them before the first one."""
    orders = {block.number: block.order for block in evidence.schedule}
    for number, run in enumerate(evidence.runs):
        planned = _planned(orders, run)
        if planned != run.arm:
            yield Difference(f"runs[{number}].arm", run.arm, planned)


def _planned(orders: Mapping[int, tuple[str, ...]], run: Run) -> str | None:
    order = orders.get(run.block, ())
    return order[run.position] if 0 <= run.position < len(order) else None
