"""The counters that explain a saving, in one line: what the patch does less of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean

from greenfix_verify.run import ORIGINAL, Run

from greenfix.tui.words import memory

Number = Callable[[Run], float | None]

_COUNTERS: tuple[tuple[str, Number, Callable[[float], str]], ...] = (
    ("CPU", lambda run: run.counters.cpu_seconds, lambda value: f"{value:.1f} s"),
    ("in the kernel", lambda run: run.counters.kernel_seconds, lambda value: f"{value:.1f} s"),
    ("peak memory", lambda run: run.counters.peak_rss_bytes, lambda value: memory(round(value))),
    ("page faults", lambda run: run.counters.minor_page_faults, lambda value: f"{value:,.0f}"),
    ("GPU memory", lambda run: run.counters.peak_gpu_bytes, lambda value: memory(round(value))),
    ("retraces", lambda run: run.behaviour.events.get("retraces"), lambda value: f"{value:,.0f}"),
    ("models alive", lambda run: run.behaviour.events.get("live_models"), lambda value: f"{value:,.0f}"),
)


def explained(runs: Sequence[Run], candidate: str) -> str:
    """``CPU 34.5 s → 25.8 s (-25 %) · peak memory ...``, means over ``runs``; what nobody counted is left out."""
    parts = (_compared(name, number, told, runs, candidate) for name, number, told in _COUNTERS)
    return " · ".join(filter(None, parts))


def _compared(name: str, number: Number, told: Callable[[float], str], runs: Sequence[Run], candidate: str) -> str:
    original, patch = (
        [value for run in runs if run.arm == arm and (value := number(run)) is not None]
        for arm in (ORIGINAL, candidate)
    )
    if not original or not patch or not (any(original) or any(patch)):
        return ""
    before, after = fmean(original), fmean(patch)
    change = f" ({100 * (after / before - 1):+.0f} %)" if before else ""
    return f"{name} {told(before)} → {told(after)}{change}"
