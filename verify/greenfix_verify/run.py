"""One execution of the entrypoint in a fresh process, as a value. The ledger is the list of these values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from greenfix_verify.reading import Reading

ORIGINAL = "original"
"""The name of the arm every other arm is compared with."""


@dataclass(frozen=True, slots=True)
class Arm:
    """A tree to measure: ``original`` or one patch."""

    name: str
    tree: Path
    revision: str = ""


class Ending(StrEnum):
    """How a run ended."""

    COMPLETED = "completed"
    FAILED = "failed"
    KILLED = "killed"
    TIMED_OUT = "timed out"


@dataclass(frozen=True, slots=True)
class Counters:
    """What explains the energy: of the whole process tree, from ``wait4``. Seconds and bytes."""

    wall_seconds: float
    cpu_seconds: float
    kernel_seconds: float
    peak_rss_bytes: int
    minor_page_faults: int
    major_page_faults: int


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What the program computed, as the observer saw it.

    ``metrics`` maps a name such as ``fit[0].loss`` to its values in order (one per epoch). ``events`` counts what
    happened: ``fit_calls``, ``epochs``, ``retraces`` ... Both empty when there was nothing to see.
    ``stdout_sha256`` is the hash of all that the run wrote to stdout: it speaks for programs without metrics.
    """

    metrics: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    events: Mapping[str, int] = field(default_factory=dict)
    stdout_sha256: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One execution. ``block`` counts from 0; warm-up blocks are discarded by every statistic.

    ``detail`` says what a bad ending was (signal, exit code, last lines of stderr); empty when completed.
    ``disturbed`` says what spoiled the measurement (foreign load, throttling); empty when nothing did.
    """

    block: int
    position: int
    arm: str
    warmup: bool
    started_at: float
    ended_at: float
    ending: Ending
    exit_code: int
    reading: Reading | None
    counters: Counters
    behaviour: Behaviour
    detail: str = ""
    disturbed: str = ""
