"""The evidence: one JSON file that answers each question a sceptical reviewer asks. ``docs/evidence.md`` explains it.

The file is a function of the experiment's values: written, read and written again it is the same bytes, so the SHA-256
in a commit's trailer stays true. Verdicts and statistics are functions of the runs: whoever doubts them judges
``judged_runs`` again.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from greenfix_verify.codec import CodecError, decode, encode
from greenfix_verify.command import Command, Environment
from greenfix_verify.errors import EvidenceError
from greenfix_verify.executor import Site
from greenfix_verify.policy import Policy
from greenfix_verify.run import ORIGINAL, Run
from greenfix_verify.schedule import PlannedBlock
from greenfix_verify.screening import Screening
from greenfix_verify.verdict import Verdict

VERSION = 2
READABLE = (1, 2)
"""Version 1 knew no conditions of a run, no notes, and only a fixed cool-down. What it says means the same."""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A run that no statistic rests on, and why."""

    block: int
    position: int
    arm: str
    reason: str


@dataclass(frozen=True, slots=True)
class ComparedArm:
    """What was compared, without the place where it was checked out."""

    name: str
    revision: str
    diff: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything recorded of an experiment.

    Attributes:
        version: of this layout; of a file that was read, its own.
        experiment: digest that identifies the experiment in the ledger.
        arms: what was compared; ``original`` first.
        command: as executed, with the interpreter and how it was found.
        environment: the lock of the target's environment.
        site: machine, meter with its settings and provenance, recorded variables, idle power.
        policy: the numbers fixed beforehand, the seed among them.
        schedule: the order of every block, written before the first run.
        runs: all of them, warm-up, failed, disturbed and interrupted ones included.
        exclusions: the runs that no statistic rests on.
        verdicts: by arm, without the original.
        spent_joules: energy of all runs together, in the outcome that arms are compared on.
        payback_runs: by arm, how many future runs earn ``spent_joules`` back; None when nothing is saved.
        statistics: by arm, the figures beside the verdict as the judge describes them (plain JSON; None without pairs).
        screening: the race that chose the arm, on blocks of its own; its energy is part of ``spent_joules``.
        notes: what a careful reader should know of the measurement (``quality``), in sentences.
    """

    experiment: str
    arms: tuple[ComparedArm, ...]
    command: Command
    environment: Environment
    site: Site
    policy: Policy
    schedule: tuple[PlannedBlock, ...]
    runs: tuple[Run, ...]
    exclusions: tuple[Exclusion, ...]
    verdicts: Mapping[str, Verdict]
    spent_joules: float
    payback_runs: Mapping[str, int | None]
    statistics: Mapping[str, Any] = field(default_factory=dict)
    screening: Screening | None = None
    version: int = VERSION
    notes: tuple[str, ...] = ()


def write_evidence(evidence: Evidence, path: Path) -> str:
    """Write the file and return the SHA-256 of its bytes, in hexadecimal."""
    text = json.dumps(encode(evidence), indent=1, sort_keys=True, allow_nan=False) + "\n"
    data = text.encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def read_evidence(path: Path) -> Evidence:
    """Read a file that ``write_evidence`` wrote.

    Raises:
        EvidenceError: no such file, no JSON, another version, or a field that is not what it should be.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        version = data.get("version") if isinstance(data, dict) else None
        if version not in READABLE:
            raise EvidenceError(f"{path}: version {version!r}; this greenfix reads {READABLE[0]} to {READABLE[-1]}")
        return decode(Evidence, data)
    except OSError as error:
        raise EvidenceError(f"{path} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, json.JSONDecodeError, CodecError) as error:
        raise EvidenceError(f"{path}: {error}") from error


def exclusions(runs: tuple[Run, ...], arms: int) -> tuple[Exclusion, ...]:
    """Return the runs that do not count, each with its reason. ``arms`` is how many runs a complete block has."""
    sizes = block_sizes(runs)
    return tuple(
        Exclusion(run.block, run.position, run.arm, reason)
        for run in runs
        if (reason := _why_excluded(run, sizes[run.block] < arms))
    )


def block_sizes(runs: tuple[Run, ...]) -> dict[int, int]:
    """Return how many runs each block has."""
    sizes: dict[int, int] = {}
    for run in runs:
        sizes[run.block] = sizes.get(run.block, 0) + 1
    return sizes


def judged_runs(runs: tuple[Run, ...], arms: int) -> tuple[Run, ...]:
    """Return the runs that the verdict is a function of: all but those of blocks that were left behind.

    Left behind is a block that was interrupted, or ended by a failure after which the experiment was started again.
    The last block always stays: if it holds a failure, that is the verdict.
    """
    usable = block_sizes(tuple(run for run in runs if run.usable))
    last = runs[-1].block if runs else None
    return tuple(run for run in runs if run.block == last or usable.get(run.block, 0) >= arms)


def spent_joules(runs: tuple[Run, ...]) -> float:
    """Return the energy (J) of all runs that have a reading, warm-up and discarded ones included."""
    return math.fsum(run.reading.joules for run in runs if run.reading is not None)


def payback(spent: float, runs: tuple[Run, ...], verdict: Verdict) -> int | None:
    """Return how many future runs of the program save as much as the experiment spent; None when nothing is saved."""
    original = [run.reading.joules for run in runs if run.arm == ORIGINAL and not run.warmup and run.reading]
    if not original or verdict.saving is None or verdict.saving <= 0:
        return None
    saved_per_run = math.fsum(original) / len(original) * verdict.saving
    return math.ceil(spent / saved_per_run) if saved_per_run > 0 else None


def _why_excluded(run: Run, incomplete: bool) -> str:
    if run.warmup:
        return "warm-up"
    if run.disturbed:
        return run.disturbed
    if not run.usable:
        return run.ending.value if run.reading is not None else "no reading"
    return "its block was not completed" if incomplete else ""
