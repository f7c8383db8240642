"""How an experiment was measured, as sections of its report: what a reviewer asks after the numbers."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import UTC, datetime

from greenfix_verify.evidence import Evidence
from greenfix_verify.run import Run

from greenfix.message import count, percent
from greenfix.report.document import Facts, Section, Table


def circumstances(evidence: Evidence) -> tuple[Section, ...]:
    """Machine and meter, what was fixed beforehand, what does not count, and every run."""
    return (
        _setting(evidence),
        _fixed(evidence),
        Section("Runs that do not count", (_excluded(evidence),), folded=True),
        Section("Every run", (_runs(evidence.runs),), folded=True),
    )


def mebibytes(amount: int) -> str:
    """``2**30`` is ``1,024 MiB``."""
    return f"{amount / 2**20:,.0f} MiB"


def _setting(evidence: Evidence) -> Section:
    site, meter = evidence.site, evidence.site.meter
    packages = {name.lower(): version for name, version in evidence.environment.packages.items()}
    shown = (name for name in ("tensorflow", "keras", "tf-keras", "numpy") if name in packages)
    sources = (f"{part}: {kind}, {meter.sources.get(part, '')}" for part, kind in meter.provenance.items())
    rows = (
        ("Command", shlex.join(evidence.command.argv)),
        ("Interpreter", f"Python {evidence.environment.python}, {evidence.command.how}"),
        ("Packages", ", ".join(f"{name} {packages[name]}" for name in shown)),
        (
            "Machine",
            f"{site.machine.cpu_model}, {site.machine.logical_cpus} CPUs, {mebibytes(site.machine.memory_bytes)}",
        ),
        ("GPUs", "; ".join(site.machine.gpus)),
        ("Kernel", site.machine.kernel),
        ("Driver", meter.driver),
        ("Meter", f"{meter.name} {meter.version}"),
        ("Readings", "; ".join(sources)),
        ("Idle", "" if site.idle_watts is None else f"{site.idle_watts:.1f} W before the first run; not subtracted"),
        ("Variables", ", ".join(f"{name}={value}" for name, value in site.variables.items())),
        ("Variables given", ", ".join(evidence.policy.environment)),
        ("Measured with", ", ".join(f"{name} {version}" for name, version in site.versions.items())),
        ("When", _when(evidence.runs)),
    )
    return Section("Where and how it was measured", (Facts(tuple(row for row in rows if row[1])),))


def _fixed(evidence: Evidence) -> Section:
    policy = evidence.policy
    cooldown = "until as idle as before" if policy.cooldown_seconds is None else f"{policy.cooldown_seconds:g} s"
    rows = (
        ("Error rate of a false saving, over all looks", f"{100 * policy.alpha:g} %"),
        ("A smaller saving is none", percent(policy.minimum_saving)),
        ("Blocks at most", f"{policy.maximum_blocks}, after {count(policy.warmup_blocks, 'warm-up block')}"),
        ("Order within a block", f"drawn before the first run, seed {policy.seed}"),
        ("The program's random numbers", "seeded" if policy.seed_program else "not seeded by greenfix"),
        ("Pause before each run", cooldown),
        (
            "Metrics are equivalent within",
            f"{percent(policy.metric_margin)}; {policy.accuracy_margin:g} between 0 and 1",
        ),
    )
    return Section("Fixed before the first run", (Facts(rows),))


def _excluded(evidence: Evidence) -> Table:
    rows = tuple((str(each.block), each.arm, each.reason) for each in evidence.exclusions)
    return Table(("Block", "Arm", "Why"), rows, words=3)


def _runs(runs: Sequence[Run]) -> Table:
    header = ("Block", "Arm", "Ending", "Energy", "Time", "CPU time", "Peak memory", "Other load")
    rows = tuple(
        (
            f"{run.block}.{run.position}{' (warm-up)' if run.warmup else ''}",
            run.arm,
            run.ending.value,
            f"{run.reading.joules:.2f} J" if run.reading else "-",
            f"{run.counters.wall_seconds:.2f} s",
            f"{run.counters.cpu_seconds:.2f} s",
            mebibytes(run.counters.peak_rss_bytes),
            f"{run.foreign_load:.2f} cores",
        )
        for run in runs
    )
    return Table(header, rows, words=3)


def _when(runs: Sequence[Run]) -> str:
    if not runs:
        return ""
    first, last = (datetime.fromtimestamp(moment, UTC) for moment in (runs[0].started_at, runs[-1].ended_at))
    return f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"
