"""What this machine can measure, and how well. Changes nothing; ``calibrate`` alone runs the user's program.

A checkup is a list of facts, each with what to do about it. A calibration is an A/A experiment: the same commit in both
arms, through the machinery of every other experiment. Its ratios hold nothing but noise, and the noise says how small a
saving could be shown. It promises no more than that.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from greenfix_verify.command import probe
from greenfix_verify.errors import CommandError, MeterError
from greenfix_verify.interpreter import find_interpreter
from greenfix_verify.landlock import can_protect
from greenfix_verify.meter import Meter, MeterDescription
from greenfix_verify.reading import Component, Provenance

from greenfix.errors import RepositoryError

if TYPE_CHECKING:
    from greenfix.repository import Repository

POWERCAP = Path("/sys/class/powercap")
NVIDIA_LIBRARY = "libnvidia-ml.so.1"
FRAMEWORKS = ("tensorflow", "tensorflow-cpu", "keras", "tf-keras")
LITTLE_ROOM = 2**30
"""Bytes. A checkout of every arm, copies of data and the evidence have to fit."""


class State(StrEnum):
    """How good a fact is."""

    GOOD = "good"
    LIMITED = "limited"
    MISSING = "missing"
    """greenfix cannot measure here before this is mended."""


@dataclass(frozen=True, slots=True)
class Check:
    """One fact. ``advice`` says what to do; empty where there is nothing to do."""

    topic: str
    state: State
    text: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Checkup:
    """All facts, whether a counter is read, and what the gate will therefore do."""

    checks: tuple[Check, ...]
    measured: bool

    @property
    def ready(self) -> bool:
        """Whether anything can be measured at all."""
        return all(check.state is not State.MISSING for check in self.checks)

    @property
    def gate(self) -> str:
        """What ``fix`` will commit on this machine."""
        if not self.ready:
            return "Nothing can be measured here yet."
        if self.measured:
            return "Savings are measured; what saves and computes the same is committed."
        return "Energy is estimated here: `fix` commits nothing unless you give --allow-estimated."


def examine(
    path: Path, meter: Meter, environment: Mapping[str, str] | None = None, *, powercap: Path = POWERCAP
) -> Checkup:
    """Look at this machine and at the repository that ``path`` lies in."""
    environment = os.environ if environment is None else environment
    others = (*_settings(path, environment), *_project(path, environment), *_machine())
    try:
        description = meter.describe()
    except MeterError as error:
        silent = Check("meter", State.MISSING, f"CodeCarbon does not start: {error}", "Look at `pip check`.")
        return Checkup((silent, *others), measured=False)
    finally:
        meter.close()
    return Checkup((*_energy(description, environment, powercap), *others), description.counts)


def _energy(meter: MeterDescription, environment: Mapping[str, str], powercap: Path) -> Iterator[Check]:
    yield Check("meter", State.GOOD, f"{meter.name} {meter.version}, in a process of its own")
    for part in Component:
        name = part.value
        if name not in meter.provenance:
            if part is Component.GPU:
                yield Check(name, State.LIMITED, f"none is measured: {no_gpu(environment)}")
            continue
        measured = meter.provenance[name] is Provenance.MEASURED
        coarse = "samples" in meter.sources[name]
        text = f"{meter.provenance[name]}: {meter.sources[name]}"
        if part is Component.CPU and not measured:
            why, advice = no_rapl(powercap)
            yield Check(name, State.LIMITED, f"{text}; {why}", advice)
        elif coarse:
            yield Check(name, State.LIMITED, text, "Let a run take a minute or more: samples are coarse.")
        else:
            yield Check(name, State.GOOD if measured or part is Component.RAM else State.LIMITED, text)
    if not meter.counts:
        watts = f"{meter.thread_watts:g} W ({meter.thread_watts_source})"
        yield Check("outcome", State.LIMITED, f"estimated: CPU seconds of the run's own processes x {watts}")


def no_gpu(environment: Mapping[str, str], load: Callable[[str], ctypes.CDLL] = ctypes.CDLL) -> str:
    """Why CodeCarbon reads no GPU, in a clause: it needs ``nvidia-smi`` on PATH besides the driver's library."""
    visible = environment.get("CUDA_VISIBLE_DEVICES")
    if visible is not None and visible.split(",")[0].strip() in {"", "-1"}:
        return f"CUDA_VISIBLE_DEVICES={visible} hides it from the program"
    if shutil.which("nvidia-smi", path=environment.get("PATH")) is None:
        return "no nvidia-smi on PATH, which CodeCarbon asks first"
    said = _answer("nvidia-smi", "-L", environment=environment)
    if said.returncode:
        return f"nvidia-smi fails: {(said.stderr or said.stdout).strip()[-200:]}"
    try:
        library = load(NVIDIA_LIBRARY)
    except OSError:
        return f"nvidia-smi answers, but {NVIDIA_LIBRARY} cannot be loaded"
    code = library.nvmlInit_v2()
    return f"NVML fails with error {code}" if code else "NVML answers, but no GPU offers a counter or its power"


def no_rapl(powercap: Path) -> tuple[str, str]:
    """Why the CPU's counters are not read, and how to make them readable."""
    counters = sorted(powercap.glob("intel-rapl*:*/energy_uj"))
    if not counters:
        return "no RAPL counters: a virtual machine, or a kernel without powercap", ""
    if any(not os.access(counter, os.R_OK) for counter in counters):
        advice = f"Until the next boot: `sudo chmod a+r {powercap}/intel-rapl*/energy_uj`."
        return "RAPL is there but only root may read it", advice
    return "RAPL is readable, but CodeCarbon does not use it", ""


def _settings(path: Path, environment: Mapping[str, str]) -> Iterator[Check]:
    folders = dict.fromkeys((Path.cwd(), path.resolve(), Path(environment.get("HOME", "/"))))
    files = [str(folder / ".codecarbon.config") for folder in folders if (folder / ".codecarbon.config").is_file()]
    found = [*files, *sorted(name for name in environment if name.upper().startswith("CODECARBON_"))]
    if found:
        yield Check("settings", State.GOOD, f"ignored, so that they cannot move a reading: {', '.join(found)}")


def _project(path: Path, environment: Mapping[str, str]) -> Iterator[Check]:
    if shutil.which("git", path=environment.get("PATH")) is None:
        yield Check("git", State.MISSING, "not found on PATH", "Install git.")
        return
    yield Check("git", State.GOOD, _answer("git", "--version", environment=environment).stdout.strip())
    from greenfix.repository import open_repository

    try:
        repository = open_repository(path)
        repository.check_identity()
    except RepositoryError as error:
        yield Check("repository", State.MISSING, error.what, error.do)
        root = path if path.is_dir() else path.parent
    else:
        root = repository.root
        yield from _repository(repository)
    yield _interpreter(root, environment)


def _repository(repository: Repository) -> Iterator[Check]:
    changed = len(repository.changed_files())
    dirty = f", {changed} changed files that are measured only with --include-dirty" if changed else ""
    yield Check("repository", State.GOOD, f"{repository.root} at {repository.head[:10]}{dirty}")
    yield _room("state", repository.state.resolve())


def _interpreter(root: Path, environment: Mapping[str, str]) -> Check:
    try:
        found = find_interpreter(root, environment)
        environment_of = probe(found.path)
    except CommandError as error:
        return Check("interpreter", State.MISSING, str(error), "Make the project's environment, e.g. in .venv.")
    text = f"Python {environment_of.python}, {found.path} ({found.how})"
    versions = [
        f"{name} {version}"
        for wanted in FRAMEWORKS
        for name, version in environment_of.packages.items()
        if name.lower().replace("_", "-") == wanted
    ]
    if not versions:
        advice = "Fine for programs without it; else activate the environment that trains."
        return Check("interpreter", State.LIMITED, f"{text}, without TensorFlow and Keras", advice)
    return Check("interpreter", State.GOOD, f"{text}, {', '.join(versions)}")


def _machine() -> Iterator[Check]:
    scratch = Path(tempfile.gettempdir())
    yield _room("checkouts", scratch)
    held = "links held by Landlock" if can_protect([]) else "copies: this kernel has no Landlock with TRUNCATE"
    yield Check("ignored data", State.GOOD, f"your own files are never written; large ones become clones or {held}")


def _room(topic: str, folder: Path) -> Check:
    free = shutil.disk_usage(folder).free
    text = f"{folder}, {free / 2**30:.1f} GiB free"
    if free < LITTLE_ROOM:
        return Check(topic, State.LIMITED, text, "Make room: runs are lost when the disk is full.")
    return Check(topic, State.GOOD, text)


def _answer(*argv: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60, env=dict(environment))
