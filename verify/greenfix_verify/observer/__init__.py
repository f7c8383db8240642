"""The observer: what the program computed, seen from inside its process.

It changes one thing, and only when asked (``Policy.seed_program``): the global random generators start from the same
seed in every run of every arm. Most programs seed nothing; their metrics then scatter from run to run, and no number of
runs that anybody can afford shows that a patch left them as they were. With a seed they are the same to the last digit.
A program that seeds itself overrides it.

This side prepares the run and reads what was seen. The other side, ``injected/``, runs under the target's own
interpreter: standard library only, Python 3.8 or newer, and not a module of this package there. It is found because
its folder comes first on PYTHONPATH; ``python -I`` or ``-E`` ignores that, and then nothing is seen.

Programs without Keras histories may write ``metrics.json`` into their working directory: numbers or lists of numbers by
name, nested as they like. It counts when this run wrote it. ``declared`` has more sources, for those who ask for them.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from greenfix_verify.numbers import read_metrics
from greenfix_verify.run import Behaviour

INJECTED = Path(__file__).with_name("injected")
METRICS_FILE = "metrics.json"


@dataclass(frozen=True, slots=True)
class Observation:
    """A run about to be observed: where its processes leave their notes, and the metrics file as it was before."""

    notes: Path
    metrics_file: Path
    stale: tuple[int, int] | None

    @staticmethod
    def of(notes: Path, tree: Path) -> Observation:
        """Prepare to observe one run in ``tree``; ``notes`` is an empty folder for this run alone."""
        return Observation(notes, tree / METRICS_FILE, _stamp(tree / METRICS_FILE))

    def environment(self, base: Mapping[str, str], seed: int | None = None) -> dict[str, str]:
        """Return ``base`` with the observer in it; ``seed`` is of the program's random generators, None leaves them."""
        path = os.pathsep.join(part for part in (str(INJECTED), base.get("PYTHONPATH", "")) if part)
        seeded = {} if seed is None else {"GREENFIX_SEED": str(seed % 2**32)}
        return {**base, "PYTHONPATH": path, "GREENFIX_OBSERVATION": str(self.notes), **seeded}

    def behaviour(self, stdout_sha256: str) -> Behaviour:
        """Return what was seen, processes of the run in the order they started."""
        metrics: dict[str, tuple[float, ...]] = {}
        events: Counter[str] = Counter()
        errors: list[str] = []
        peaks: list[int | None] = []
        for seen in _notes(self.notes, errors):
            for name, values in seen["metrics"].items():
                metrics[_shifted(name, events)] = tuple(map(float, values))
            peaks.append(seen["events"].pop("peak_gpu_bytes", None))  # a size and no count
            events.update(seen["events"])
            errors.append(seen["error"])
        if any(peaks):
            events["peak_gpu_bytes"] = max(peak or 0 for peak in peaks)
        if _stamp(self.metrics_file) not in (None, self.stale):
            metrics.update(_metrics_file(self.metrics_file, errors))
        return Behaviour(metrics, dict(sorted(events.items())), stdout_sha256, "; ".join(filter(None, errors)))


def _notes(folder: Path, errors: list[str]) -> list[dict[str, Any]]:
    notes: list[dict[str, Any]] = []
    for path in folder.glob("*.json"):
        try:
            notes.append(json.loads(path.read_text(encoding="utf-8")))
        except ValueError as error:
            errors.append(f"{path.name}: {error}")
    return sorted(notes, key=lambda seen: seen["started"])


def _shifted(name: str, before: Mapping[str, int]) -> str:
    """Return ``fit[0].loss`` of a second process as ``fit[3].loss`` after three fits of the first."""
    call, bracket, rest = name.partition("[")
    index, _, tail = rest.partition("]")
    return f"{call}{bracket}{int(index) + before.get(f'{call}_calls', 0)}]{tail}"


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:  # not there, which is the usual case
        return None
    return status.st_mtime_ns, status.st_ino


def _metrics_file(path: Path, errors: list[str]) -> dict[str, tuple[float, ...]]:
    try:
        return read_metrics(path)
    except (OSError, ValueError) as error:
        errors.append(f"{METRICS_FILE} cannot be read as metrics: {error}")
        return {}
