"""Original and patched side by side, as a Markdown table."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from statistics import fmean, stdev

from greenfix_verify.run import Run

from greenfix.report.markdown import code, table
from greenfix.report.verdict import energy

_METRICS = 3


def comparison(before: Sequence[Run], after: Sequence[Run]) -> str:
    """A table of the runs that count: how many, energy, time, memory, and the last metrics; mean and spread."""
    if not before or not after:
        return "No run of both programs can be compared."
    rows: list[tuple[str, ...]] = [("runs (n)", str(len(before)), str(len(after)), "")]
    for name, show, value in _ROWS:
        arms = [[found for run in runs if (found := value(run)) is not None] for runs in (before, after)]
        if all(arms):
            rows.append((name, _spread(arms[0], show), _spread(arms[1], show), _change(*map(fmean, arms))))
    rows += [(code(name), *(_spread(values, _number) for values in arms), "") for name, arms in _metrics(before, after)]
    return table(("mean ± SD", "original", "patched", "change"), rows)


def _spread(values: Sequence[float], show: Callable[[float], str]) -> str:
    return show(fmean(values)) + (f" ± {show(stdev(values))}" if len(values) > 1 and stdev(values) > 0 else "")


def _change(before: float, after: float) -> str:
    return f"{100 * (after / before - 1):+.1f} %" if before > 0 else ""


def _seconds(value: float) -> str:
    return f"{value:.1f} s"


def _mebibytes(value: float) -> str:
    return f"{value / 2**20:,.0f} MiB"


def _number(value: float) -> str:
    return f"{value:.6g}"


_ROWS: tuple[tuple[str, Callable[[float], str], Callable[[Run], float | None]], ...] = (
    ("energy of a run", energy, lambda run: run.reading.joules if run.reading else None),
    ("time", _seconds, lambda run: run.counters.wall_seconds),
    ("CPU time", _seconds, lambda run: run.counters.cpu_seconds),
    ("peak memory of a process", _mebibytes, lambda run: run.counters.peak_rss_bytes),
    ("peak GPU memory", _mebibytes, lambda run: run.counters.peak_gpu_bytes),
)


def _metrics(before: Sequence[Run], after: Sequence[Run]) -> list[tuple[str, tuple[list[float], list[float]]]]:
    """The last value of the last few finite metrics that every run has; the behaviour check looks at all of them."""
    found = []
    for name in sorted(before[0].behaviour.metrics, key=_natural):
        values = tuple([run.behaviour.metrics.get(name, ())[-1:] for run in runs] for runs in (before, after))
        lasts = [[each[0] for each in arm if each and math.isfinite(each[0])] for arm in values]
        if len(lasts[0]) == len(before) and len(lasts[1]) == len(after):
            found.append((name, (lasts[0], lasts[1])))
    return found[-_METRICS:]


def _natural(name: str) -> list[tuple[int, str]]:
    """``fit[10]`` comes after ``fit[9]``."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]
