"""The replicated experiment beside the published one, as Markdown and JSON."""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Sequence
from statistics import stdev
from typing import Any

from greenfix_verify.evidence import Evidence
from greenfix_verify.reading import JOULES_PER_KWH, SIMULATED, provenance_together
from greenfix_verify.sign_flips import p_value

from greenfix.message import percent
from greenfix.replication.experiment import Replication, Row
from greenfix.replication.variants import DATA, PUBLISHED

_COLUMNS = (
    *("program", "mean, kWh", "SD, kWh", "against clean", "95 % interval"),
    *("exact p", "t test p, df", "runs", "results"),
)


def replication_markdown(found: Sequence[Replication]) -> str:
    """Everything the reviewers of the paper missed: interval, exact p, degrees of freedom, runs, order, provenance."""
    return "\n\n".join((_published(), *(_series(each) for each in found))) + "\n"


def replication_json(found: Sequence[Replication]) -> str:
    """The same as one JSON object."""
    document = {
        "published": [{"condition": row.condition, "mean_kwh": row.mean_kwh, "more": row.more} for row in PUBLISHED],
        "series": [_series_fields(each) for each in found],
    }
    return json.dumps(document, ensure_ascii=False) + "\n"


def _published() -> str:
    rows = [
        f"| {row.condition} | {row.mean_kwh:.6f} | {'' if row.more is None else f'{100 * row.more:+.2f} %'} |"
        for row in PUBLISHED
    ]
    head = "Published (arXiv 2606.19799; one Tesla T4, 50 epochs; runs, spread, test and order are not reported):"
    return "\n".join((head, "", "| condition | mean, kWh | against clean |", "|---|---|---|", *rows))


def _series(found: Replication) -> str:
    clean = _clean_joules(found.evidence)
    mean = sum(clean) / len(clean)
    head = (f"{found.series.clean}", _kwh(mean), _kwh(stdev(clean)))
    lines = [
        f"| {' | '.join((*head, *('',) * 4, str(len(clean)), ''))} |",
        *(f"| {' | '.join(_cells(row))} |" for row in found.rows),
    ]
    table = (f"| {' | '.join(_COLUMNS)} |", "|---" * len(_COLUMNS) + "|", *lines)
    return "\n".join((_conditions(found), "", *table, *_not_mended(found)))


def _not_mended(found: Replication) -> list[str]:
    """Why a variant has no row of its own after a fix."""
    mended = {row.variant for row in found.rows if row.fix}
    raced = {variant for variant, _ in found.races}
    left = [variant for variant in found.series.variants if variant not in mended]
    why = {True: "no strategy saved in the race", False: "nothing is found in it"}
    said = [f"{each.program} is not mended: {why[each in raced]}." for each in left]
    return ["", " ".join(said)] if said else []


def _conditions(found: Replication) -> str:
    evidence, scale = found.evidence, found.scale
    day = datetime.datetime.fromtimestamp(evidence.runs[0].started_at, datetime.UTC).date()
    return (
        f"Here, {day}: {scale.epochs} epochs, {scale.images} images ({DATA[evidence.command.argv[-1]]}), {scale.width} "
        f"filters; {scale.blocks} blocks, every program once in each, order drawn for each block "
        f"(seed {evidence.policy.seed}), one warm-up block discarded. "
        f"Energy is **{_provenance(evidence)}** ({'; '.join(_sources(evidence))}){_warning(evidence)}. "
        f"{evidence.site.machine.cpu_model}, {evidence.site.machine.logical_cpus} CPUs, "
        f"{', '.join(evidence.site.machine.gpus) or 'no GPU'}."
    )


def _cells(row: Row) -> tuple[str, ...]:
    """More energy is positive here, as in the paper; a saving is negative. Both p are one-sided: it needs more."""
    figures = row.statistics
    saving = figures.saving
    name = f"{row.variant.program}: {row.variant.meaning}" if not row.fix else f"… mended with `{row.fix}`"
    t = "" if figures.paired_t_p is None else f"{1 - figures.paired_t_p:.3g}, {figures.blocks - 1}"
    return (
        name,
        _kwh(figures.candidate_mean),
        _kwh(figures.candidate_sd),
        f"{-100 * saving.estimate:+.2f} %",
        "" if saving.low is None or saving.high is None else f"{percent(-saving.high)} to {percent(-saving.low)}",
        f"{p_value(figures.log_ratios):.3g}",
        t,
        str(figures.blocks),
        row.behaviour.value,
    )


def _kwh(joules: float) -> str:
    """In kWh, to the millionth as published, or to three digits where that would show none."""
    kwh = joules / JOULES_PER_KWH
    digits = 6 if kwh >= 1e-4 or kwh <= 0 else 2 - math.floor(math.log10(kwh))
    return f"{kwh:.{digits}f}"


def _series_fields(found: Replication) -> dict[str, Any]:
    return {
        "clean": found.series.clean,
        "scale": found.scale.name,
        "provenance": _provenance(found.evidence),
        "sources": _sources(found.evidence),
        "gpus": list(found.evidence.site.machine.gpus),
        "cpu": found.evidence.site.machine.cpu_model,
        "data": DATA[found.evidence.command.argv[-1]],
        "order": f"drawn for each block, seed {found.evidence.policy.seed}",
        "confidence": found.evidence.policy.confidence,
        "rows": [
            {
                "program": row.variant.program,
                "smell": row.variant.smell,
                "meaning": row.variant.meaning,
                "fix": row.fix or None,
                "more": -row.statistics.saving.estimate,
                "low": None if row.statistics.saving.high is None else -row.statistics.saving.high,
                "high": None if row.statistics.saving.low is None else -row.statistics.saving.low,
                "p": p_value(row.statistics.log_ratios),
                "paired_t_p": None if row.statistics.paired_t_p is None else 1 - row.statistics.paired_t_p,
                "degrees_of_freedom": row.statistics.blocks - 1,
                "blocks": row.statistics.blocks,
                "mean_kwh": row.statistics.candidate_mean / JOULES_PER_KWH,
                "behaviour": row.behaviour.value,
            }
            for row in found.rows
        ],
    }


def _clean_joules(evidence: Evidence) -> list[float]:
    counted = (run for run in evidence.runs if run.arm == "original" and not run.warmup and run.usable)
    return [run.reading.joules for run in counted if run.reading is not None]


def _provenance(evidence: Evidence) -> str:
    return provenance_together(run.reading.provenance for run in evidence.runs if run.reading)


def _sources(evidence: Evidence) -> list[str]:
    return sorted({part.source for run in evidence.runs if run.reading for part in run.reading.components})


def _warning(evidence: Evidence) -> str:
    return ": no GPU ran here, and no number below is a measurement" if _provenance(evidence) == SIMULATED else ""
