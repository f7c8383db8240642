"""One execution of the entrypoint in a fresh process, as a value. The ledger is the list of these values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from greenfix_verify.conditions import Conditions
from greenfix_verify.cooldown import Cooldown
from greenfix_verify.reading import Reading

ORIGINAL = "original"
"""The name of the arm every other arm is compared with."""


@dataclass(frozen=True, slots=True)
class Arm:
    """A tree to measure: ``original`` or one patch.

    ``revision`` and ``diff`` identify what the tree holds. An arm that has neither cannot be recognised later, so an
    experiment with such an arm is never resumed.
    """

    name: str
    tree: Path
    revision: str = ""
    diff: str = ""


class Ending(StrEnum):
    """How a run ended."""

    COMPLETED = "completed"
    FAILED = "failed"
    KILLED = "killed"
    TIMED_OUT = "timed out"


@dataclass(frozen=True, slots=True)
class Counters:
    """What explains the energy, of the whole process tree (``execution`` says how it is summed). Seconds and bytes.

    ``cpu_seconds`` is user plus kernel time; ``kernel_seconds`` is the kernel's share of it. ``peak_rss_bytes`` is the
    largest peak of any single process of the tree, not their sum: that is what the operating system keeps.
    ``peak_gpu_bytes`` is by how much memory in use on the GPUs rose above what it was before the run, as the driver
    counts it once a second; TensorFlow by default takes nearly all of a card at once, and then this says so. None
    without a GPU. What TensorFlow's allocator really needed is the observer's event of the same name.
    """

    wall_seconds: float
    cpu_seconds: float
    kernel_seconds: float
    peak_rss_bytes: int
    minor_page_faults: int
    major_page_faults: int
    peak_gpu_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A declared output file as one run wrote it: the SHA-256 of its bytes, and its numbers where it holds any."""

    sha256: str
    numbers: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What the program computed, as the observer saw it.

    ``metrics`` maps a name such as ``fit[0].loss`` to its values in order (one per epoch). ``events`` counts what
    happened: ``fit_calls``, ``epochs``, ``retraces`` ... Both empty when there was nothing to see.
    ``stdout_sha256`` is of the bytes written to standard output; it speaks for programs without metrics.
    ``observer_error`` says what the observer could not do; what it saw until then stands.
    ``outputs`` are the declared output files by name; ``missing`` says of each declared result that the run did not
    give why not, one clause each.
    """

    metrics: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    events: Mapping[str, int] = field(default_factory=dict)
    stdout_sha256: str = ""
    observer_error: str = ""
    outputs: Mapping[str, OutputFile] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """One execution. ``block`` counts from 0, warm-up blocks first; every statistic discards those.

    ``started_at`` and ``ended_at`` are seconds since the epoch. ``detail`` says what a bad ending was (signal, exit
    code, last lines of stderr) or why there is no reading; empty when all went well. ``disturbed`` says what spoiled
    the measurement (foreign load, throttling); empty when nothing did. ``foreign_load`` is the mean number of cores
    that processes outside the run kept busy meanwhile. ``stratum`` names the place (node, device) where the block ran;
    empty when there is only one. ``cooldown`` is the pause before it, ``before`` what the sensors said at its end,
    ``during`` the worst from then to the end of the run.
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
    foreign_load: float = 0.0
    stratum: str = ""
    cooldown: Cooldown | None = None
    before: Conditions | None = None
    during: Conditions | None = None

    @property
    def usable(self) -> bool:
        """Whether it ended well and has a reading: the least that a comparison needs."""
        return self.ending is Ending.COMPLETED and self.reading is not None
