"""What the machine is, for the evidence, and how busy the rest of it was."""

from __future__ import annotations

import contextlib
import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Machine:
    """The hardware and kernel that measured. ``memory_bytes`` is what the kernel calls total."""

    cpu_model: str
    logical_cpus: int
    memory_bytes: int
    kernel: str
    gpus: tuple[str, ...]


def this_machine() -> Machine:
    """Describe the machine this process runs on; ``gpus`` holds "name, driver version" a card, empty without any."""
    return Machine(
        cpu_model=_cpu_model(),
        logical_cpus=os.cpu_count() or 1,
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        kernel=f"{platform.system()} {platform.release()}",
        gpus=_gpus(),
    )


def busy_seconds() -> float:
    """Return the CPU seconds (s) that all processes of this machine have used since boot.

    User, nice, system, irq and softirq of the first line of /proc/stat (``proc_stat(5)``); guests are part of user,
    and stolen time is work of other machines.
    """
    first = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()
    user, nice, system, _idle, _iowait, irq, softirq = map(int, first[1:8])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def versions() -> dict[str, str]:
    """Return the versions of the software that measures and judges; what is not installed is absent."""
    from importlib import metadata  # 20 ms, needed once an experiment

    found = {"python": platform.python_version()}
    for name in ("greenfix", "codecarbon", "nvidia-ml-py", "scipy"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def _cpu_model() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, platform.processor() or platform.machine())


def _gpus() -> tuple[str, ...]:
    query = ["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"]
    try:
        found = subprocess.run(query, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):  # no driver, no card: the usual case
        return ()
    return tuple(line.strip() for line in found.stdout.splitlines() if line.strip())
