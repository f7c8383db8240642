"""A verdict and its evidence, for people (text) and for programs (JSON)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from greenfix_verify.evidence import Evidence
from greenfix_verify.reading import Provenance, Reading
from greenfix_verify.run import Run
from greenfix_verify.screening import Screening, Standing
from greenfix_verify.verdict import Verdict

from greenfix.message import count, percent, share_text
from greenfix.outcome import Outcome
from greenfix.report.experiment_plan import plan_line, plan_text
from greenfix.report.quantities import energy as energy  # noqa: PLC0414  # other reports take it from here


def reading_line(run: Run) -> str:
    """One run in one line: energy with its provenance, and the counters that explain it."""
    counters = run.counters
    used = f"{counters.wall_seconds:.1f} s, CPU {counters.cpu_seconds:.1f} s, {counters.peak_rss_bytes / 2**20:.0f} MiB"
    return f"{_reading(run.reading)} ({used})"


def verdict_line(verdict: Verdict) -> str:
    """The word and the numbers, in one line."""
    if verdict.saving is None:
        return f"{verdict.kind}"
    p = "" if verdict.p is None else f", p = {verdict.p:.4g}"
    interval = "" if verdict.low is None else f" ({percent(verdict.low)} to {percent(verdict.high)})"
    return (
        f"{verdict.kind}: {percent(verdict.saving)}{interval}{p}, {count(verdict.blocks, 'block')}, {source(verdict)}"
    )


def source(verdict: Verdict) -> str:
    """Whether the energy was measured or estimated, in one word."""
    return verdict.provenance.value if verdict.provenance else "no reading"


def verdict_text(verdict: Verdict, evidence: Evidence, arm: str) -> str:
    """What a person needs to judge the verdict, in a few lines."""
    lines = [verdict_line(verdict), verdict.reason]
    if verdict.settle:
        lines.append(verdict.settle)
    corrected = (evidence.statistics.get(arm) or {}).get("corrected_saving")
    if corrected is not None and verdict.saving is not None and abs(corrected - verdict.saving) >= 0.001:
        lines.append(f"Corrected for having stopped there: {percent(corrected)}.")
    lines.append(f"Behaviour: {verdict.behaviour}.")
    payback = evidence.payback_runs.get(arm)
    earned = f"; it pays for itself after {payback} further runs" if payback else ""
    lines.append(f"The experiment itself used {energy(evidence.spent_joules)} ({source(verdict)}){earned}.")
    if verdict.provenance is Provenance.ESTIMATED:
        lines.append(
            "Estimated: this machine has no energy counter that greenfix can read; see `sources` in the evidence."
        )
    if verdict.provenance is Provenance.SIMULATED:
        lines.append("Simulated: a device that only plays one answered; no number here is a measurement.")
    return "".join(f"{line}\n" for line in lines)


def verdict_fields(verdict: Verdict | None) -> dict[str, Any]:
    """The numbers of a verdict for JSON; null where there is none."""
    names = ("saving", "low", "high", "p", "blocks")
    numbers = {name: getattr(verdict, name, None) for name in names}
    provenance = verdict.provenance.value if verdict and verdict.provenance else None
    return {"verdict": verdict.kind.value if verdict else None, **numbers, "provenance": provenance}


def outcome_json(outcome: Outcome, pull_request: str | None = None) -> str:
    """The one object that ``fix --format json`` ends with; ``pull_request`` is its address."""
    trial = outcome.trial
    fields = verdict_fields(trial.verdict if trial else None)
    document = {
        "verdict": outcome.verdict.value if outcome.verdict else None,
        "strategy": trial.patch.strategy if trial else None,
        **fields,
        "commit": outcome.commit.sha if outcome.commit else None,
        "branch": outcome.commit.branch if outcome.commit else None,
        "pull_request": pull_request,
        "evidence": str(trial.evidence_file) if trial else None,
        "reason": _reason(outcome),
        "tried": _tried(outcome),
        "shares": [
            {"path": share.finding.path, "line": share.finding.span.line, "rule": share.finding.rule}
            | {"saving": share.saving, "low": share.low, "high": share.high}
            for share in (trial.shares if trial else ())
        ],
    }
    return json.dumps(document, ensure_ascii=False) + "\n"


def evidence_json(verdict: Verdict, file: Path) -> str:
    """The one object that ``verify --format json`` ends with."""
    return json.dumps({**verdict_fields(verdict), "reason": verdict.reason, "evidence": str(file)}) + "\n"


def outcome_text(outcome: Outcome) -> str:
    """What ``fix`` ends with on stdout: what came of it, and each patch that was measured."""
    if outcome.plan is not None:
        return plan_text(outcome.plan)
    table = screening_text(outcome.screening) + "\n" if outcome.screening else ""
    if outcome.trial is not None:
        table += f"{outcome.trial.patch.strategy}, on fresh blocks: {verdict_line(outcome.trial.verdict)}\n"
    for share in outcome.trial.shares if outcome.trial else ():
        table += f"  {share.finding.rule} at {share.finding.place} {share_text(share)}\n"
    if outcome.commit:
        return f"{table}Committed to {outcome.commit.branch}.\n"
    why = f": {outcome.trial.why}" if outcome.trial and not outcome.declined else ""
    return f"{table}Nothing is committed{why}.\n"


def screening_text(screening: Screening) -> str:
    """The race as a table, the best candidate first."""
    if screening.failure:
        return f"The race could not be run: {screening.failure}"
    width = max(len(each.arm) for each in screening.standings)
    rows = (f"  {each.arm:<{width}}  {standing_line(each)}" for each in screening.standings)
    return "\n".join(("In the race (few blocks, only to choose):", *rows))


def standing_line(standing: Standing) -> str:
    """One candidate of the race in one line."""
    reason = f": {standing.reason.splitlines()[0]}" if standing.reason else ""
    return f"{percent(standing.saving):>8}  {count(standing.blocks, 'block'):<9} {standing.fate}{reason}"


def _reason(outcome: Outcome) -> str:
    trial = outcome.trial
    if not outcome.scan.findings:
        return "Nothing found."
    if outcome.plan is not None:
        return f"A dry run. {plan_line(outcome.plan)}"
    if outcome.declined:
        return "The commit was declined." if trial else "Nothing was accepted."
    if trial is not None:
        return trial.verdict.reason if outcome.commit else f"{trial.verdict.reason} Not committed: {trial.why}."
    if outcome.screening is None or not outcome.screening.failure:
        return "No candidate of the race was worth an experiment."
    return f"The race could not be run: {outcome.screening.failure}."


def _tried(outcome: Outcome) -> list[dict[str, Any]]:
    """Every candidate with what the race saw of it; the one that was proven says so."""
    if outcome.screening is None:
        return [{"strategy": outcome.trial.patch.strategy, "fate": None, "confirmed": True}] if outcome.trial else []
    return [
        {
            "strategy": each.arm,
            "fate": each.fate.value,
            "saving": each.saving,
            "blocks": each.blocks,
            "reason": each.reason,
            "confirmed": outcome.trial is not None and outcome.trial.patch.strategy == each.arm,
        }
        for each in outcome.screening.standings
    ]


def _reading(reading: Reading | None) -> str:
    if reading is None:
        return "no reading"
    return f"{energy(reading.joules)} {reading.provenance}"
