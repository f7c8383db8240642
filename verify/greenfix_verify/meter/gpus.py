"""How the GPUs are, through NVML: temperature, power, clocks, memory, and who else is there.

Runs in the meter's process, where CodeCarbon has opened NVML. NVML may be called from several threads at once (NVML API
reference, "NVML is thread-safe"), so a second thread reads while CodeCarbon counts. What a card or a driver does not
support is None. Documentation: NVML API reference guide, "Device Queries".
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from greenfix_verify.conditions import Conditions, worst

WATCH_SECONDS = 1.0
"""Between two readings of a window, as CodeCarbon's own; one takes about a millisecond."""

REASONS = {
    "nvmlClocksThrottleReasonApplicationsClocksSetting": "application clocks setting",
    "nvmlClocksThrottleReasonSwPowerCap": "software power cap",
    "nvmlClocksThrottleReasonHwSlowdown": "hardware slowdown",
    "nvmlClocksThrottleReasonSyncBoost": "sync boost",
    "nvmlClocksThrottleReasonSwThermalSlowdown": "software thermal slowdown",
    "nvmlClocksThrottleReasonHwThermalSlowdown": "hardware thermal slowdown",
    "nvmlClocksThrottleReasonHwPowerBrakeSlowdown": "hardware power brake slowdown",
}
"""Bits of NVML's mask. Idleness and a display's clock setting say nothing about a training and are left out."""

Answer = TypeVar("Answer")


class Gpus:
    """Some GPUs of this machine.

    Args:
        handles: NVML's, of the GPUs that are read; none at all is fine.
        family: process id of greenfix: what descends from it is the run, and not somebody else.
    """

    def __init__(self, handles: list[Any], family: int) -> None:
        self._handles = handles
        self._family = family

    def __bool__(self) -> bool:
        return bool(self._handles)

    def versions(self) -> dict[str, str]:
        """Return the versions of the driver and of the CUDA it serves (NVML: 12040 is 12.4); empty without a GPU."""
        if not self._handles:
            return {"driver": "", "cuda": ""}
        nvml = _nvml()
        number = _ask(nvml.nvmlSystemGetCudaDriverVersion) or 0
        driver = _ask(nvml.nvmlSystemGetDriverVersion) or ""
        cuda = f"{number // 1000}.{number % 1000 // 10}" if number else ""
        return {"driver": driver if isinstance(driver, str) else driver.decode(), "cuda": cuda}

    def sample(self) -> Conditions:
        """Return how they are now. Nothing of ours is running: whoever is on them is somebody else."""
        return self._read(lambda pid: _is_of(self._family, pid) is not True)

    def sample_during(self, strangers: tuple[int, ...]) -> Conditions:
        """Return how they are while a run is under way; ``strangers`` were there before it.

        NVML may name a process by its number outside this container. Such a number means nothing here and may well be
        the run itself, so a process that our /proc does not know counts only if it was there before.
        """
        return self._read(lambda pid: pid in strangers or _is_of(self._family, pid) is False)

    def _read(self, is_other: Callable[[int], bool]) -> Conditions:
        if not self._handles:
            return Conditions()
        nvml = _nvml()
        pids = self._each(lambda card: [each.pid for each in nvml.nvmlDeviceGetComputeRunningProcesses(card)])
        celsius = self._each(lambda card: nvml.nvmlDeviceGetTemperature(card, nvml.NVML_TEMPERATURE_GPU))
        milliwatts = self._each(nvml.nvmlDeviceGetPowerUsage)
        limits = self._each(nvml.nvmlDeviceGetEnforcedPowerLimit)
        memory = self._each(lambda card: int(nvml.nvmlDeviceGetMemoryInfo(card).used))
        masks = self._each(nvml.nvmlDeviceGetCurrentClocksThrottleReasons)
        return Conditions(
            gpu_celsius=None if celsius is None else float(max(celsius)),
            gpu_watts=None if milliwatts is None else sum(milliwatts) / 1000,
            gpu_power_limit_watts=None if limits is None else sum(limits) / 1000,
            gpu_memory_bytes=None if memory is None else sum(memory),
            throttle_reasons=None if masks is None else _reasons(masks),
            other_gpu_processes=None if pids is None else tuple(sorted({p for on in pids for p in on if is_other(p)})),
        )

    def _each(self, ask: Callable[[Any], Answer]) -> list[Answer] | None:
        """Ask for every card; None when one of them does not answer: a sum over some of them would be a lie."""
        answers = [_ask(partial(ask, card)) for card in self._handles]
        known = [answer for answer in answers if answer is not None]
        return known if len(known) == len(answers) else None


class Watch:
    """A thread that reads the GPUs once a second until it is closed, and keeps the worst."""

    def __init__(self, gpus: Gpus) -> None:
        self._gpus = gpus
        self._worst = Conditions()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        if gpus:
            self._strangers = gpus.sample().other_gpu_processes or ()
            self._thread.start()

    def close(self) -> Conditions:
        """Take the last reading and return the worst of all. It may be called twice."""
        if self._thread.is_alive():
            self._end.set()
            self._thread.join()
        return self._worst

    def _watch(self) -> None:
        ended = False
        while True:
            self._worst = worst([self._worst, self._gpus.sample_during(self._strangers)])
            if ended:
                return
            ended = self._end.wait(WATCH_SECONDS)


def _reasons(masks: list[int]) -> tuple[str, ...]:
    nvml = _nvml()
    return tuple(sorted({words for name, words in REASONS.items() for mask in masks if mask & getattr(nvml, name)}))


def _ask(question: Callable[[], Answer]) -> Answer | None:
    """Return NVML's answer, None for "not supported" and everything else it may refuse with."""
    nvml = _nvml()
    try:
        return question()
    except (nvml.NVMLError, nvml.NVMLLibraryMismatchError):
        return None


def _nvml() -> Any:
    import pynvml  # type: ignore[import-untyped]  # NVIDIA ships no types

    return pynvml


def _is_of(family: int, pid: int) -> bool | None:
    """Whether ``pid`` descends from ``family``, by the parent column of /proc (``proc_pid_stat(5)``).

    None when it cannot be known: the process has ended, or its number is of another process namespace.
    """
    while pid != family:
        if pid <= 1:
            return False
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[1])
        except OSError:
            return None
    return True
