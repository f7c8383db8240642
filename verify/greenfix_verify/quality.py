"""What a careful reader should know of the measurement itself, in sentences. None of it changes a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from greenfix_verify.cooldown import IDLE_VARIATION, LONGEST_SECONDS
from greenfix_verify.reading import Component, Provenance
from greenfix_verify.run import Run

if TYPE_CHECKING:  # the narrator needs the numbers below, and not the machinery that runs programs
    from greenfix_verify.executor import Site

RECOMMENDED_GPU_SECONDS = 60.0
"""NVML's counter and sensors move every 100 ms, and on an A100 or H100 the sensor sees a quarter of the time."""


def notes(site: Site, runs: Sequence[Run]) -> tuple[str, ...]:
    """Return what to keep in mind, the weightiest first; empty when there is nothing to say."""
    found = (_short(runs), _sampled(site), _restless(site), _not_settled(runs), _capped(runs), _disturbed(runs))
    return tuple(filter(None, found))


def is_short_on_gpu(run: Run) -> bool:
    """Whether a GPU's energy was read over less than the recommended 60 s."""
    return _read_on_gpu(run) and run.counters.wall_seconds < RECOMMENDED_GPU_SECONDS


def _read_on_gpu(run: Run) -> bool:
    parts = run.reading.components if run.reading else ()
    return any(part.component is Component.GPU and part.provenance is Provenance.MEASURED for part in parts)


def _short(runs: Sequence[Run]) -> str:
    short = [run.counters.wall_seconds for run in runs if is_short_on_gpu(run)]
    if not short:
        return ""
    return (
        f"{len(short)} of {len(runs)} runs took less than the {RECOMMENDED_GPU_SECONDS:g} s that are recommended on a "
        f"GPU (the shortest {min(short):.1f} s): its counter moves every 100 ms and its sensor lags behind."
    )


def _sampled(site: Site) -> str:
    source = site.meter.sources.get(Component.GPU, "")
    return f"The GPU has no energy counter that can be read: {source} stand for it." if "samples" in source else ""


def _restless(site: Site) -> str:
    variation = site.idle.variation if site.idle else None
    if variation is None or variation <= IDLE_VARIATION:
        return ""
    return (
        f"Power varied by {100 * variation:.1f} % before the first run, with nothing of ours running; "
        f"an idle machine stays within {100 * IDLE_VARIATION:g} %."
    )


def _not_settled(runs: Sequence[Run]) -> str:
    early = sum(run.cooldown is not None and run.cooldown.settled is False for run in runs)
    if not early:
        return ""
    return (
        f"{early} of {len(runs)} runs began although the machine was not as cool and idle as before the first one: "
        f"{LONGEST_SECONDS:g} s of cool-down were not enough."
    )


def _capped(runs: Sequence[Run]) -> str:
    capped = sum(run.during is not None and "software power cap" in (run.during.throttle_reasons or ()) for run in runs)
    if not capped:
        return ""
    return f"The GPU ran at its power limit in {capped} of {len(runs)} runs: normal for a card that is full."


def _disturbed(runs: Sequence[Run]) -> str:
    reasons = {run.block: run.disturbed for run in runs if run.disturbed}
    if not reasons:
        return ""
    blocks = "1 block was" if len(reasons) == 1 else f"{len(reasons)} blocks were"
    return f"{blocks} disturbed and left out; for example, {next(iter(reasons.values()))}."
