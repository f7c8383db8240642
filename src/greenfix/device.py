"""How the machine is right now: the idle check before an experiment, and its temperature and load while it runs.

It explains and decides nothing: what is recorded of a run comes from ``greenfix_verify.conditions``. One reading takes
about a millisecond and no process is started, so it can go on beside a measurement; both arms meet it alike.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Any

from greenfix_verify.machine import busy_seconds
from greenfix_verify.sensors import cpu_celsius


@dataclass(frozen=True, slots=True)
class DeviceState:
    """What the sensors say; None where there is no such sensor.

    Attributes:
        busy_cores: mean number of busy hardware threads since the reading before, of all processes together.
        cores: hardware threads of this machine.
        cpu_celsius: of the CPU's hottest sensor.
        gpu_celsius: of the hottest GPU.
        gpu_load: share (0 to 1) of the last second in which the busiest GPU worked.
        gpu_watts: of all GPUs together.
    """

    busy_cores: float
    cores: int
    cpu_celsius: float | None = None
    gpu_celsius: float | None = None
    gpu_load: float | None = None
    gpu_watts: float | None = None


class Device:
    """Reads the machine. The first reading is over the time since this object was made."""

    def __init__(self) -> None:
        self._cards = _cards()
        self._at, self._busy = time.monotonic(), busy_seconds()

    def read(self) -> DeviceState:
        """Return how it is now."""
        at, busy = time.monotonic(), busy_seconds()
        cores = (busy - self._busy) / max(at - self._at, 1e-3)
        self._at, self._busy = at, busy
        return DeviceState(cores, os.cpu_count() or 1, cpu_celsius(), *_gpus(self._cards))


def device_text(state: DeviceState) -> str:
    """``1.9 of 2 cores busy · CPU 54 °C · GPU 61 °C, 97 % busy, 65 W``: what has no sensor is not there."""
    gpu = [
        f"{state.gpu_celsius:.0f} °C" if state.gpu_celsius is not None else "",
        f"{100 * state.gpu_load:.0f} % busy" if state.gpu_load is not None else "",
        f"{state.gpu_watts:.0f} W" if state.gpu_watts is not None else "",
    ]
    parts = [
        f"{state.busy_cores:.1f} of {state.cores} cores busy",
        f"CPU {state.cpu_celsius:.0f} °C" if state.cpu_celsius is not None else "",
        f"GPU {', '.join(filter(None, gpu))}" if any(gpu) else "",
    ]
    return " · ".join(filter(None, parts))


def _cards() -> list[Any]:
    """NVML's handles of all GPUs; none where there is no driver."""
    import pynvml as nvml  # type: ignore[import-untyped]  # NVIDIA ships no types

    try:
        nvml.nvmlInit()
        return [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(nvml.nvmlDeviceGetCount())]
    except nvml.NVMLError:
        return []


def _gpus(cards: list[Any]) -> tuple[float | None, float | None, float | None]:
    """Temperature, load and power; all of them None where a card does not answer one."""
    import pynvml as nvml

    try:
        celsius = [float(nvml.nvmlDeviceGetTemperature(card, nvml.NVML_TEMPERATURE_GPU)) for card in cards]
        load = [nvml.nvmlDeviceGetUtilizationRates(card).gpu / 100 for card in cards]
        watts = [nvml.nvmlDeviceGetPowerUsage(card) / 1000 for card in cards]
    except nvml.NVMLError:
        return None, None, None
    return (max(celsius), max(load), sum(watts)) if cards else (None, None, None)
