"""Sensors of the CPU and the kernel, read from /sys without any library. What is missing is None.

The GPUs' sensors are read in the meter's process (``meter.gpus``), which has NVML open anyway.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

SYS = Path("/sys")

CPU_CHIPS = frozenset({"coretemp", "k10temp", "zenpower", "cpu_thermal"})
"""Drivers whose hwmon temperatures are the CPU's own: Intel, AMD (two of them), device-tree boards."""

CPU_ZONES = frozenset({"x86_pkg_temp", "cpu-thermal", "cpu_thermal"})
"""Types of thermal zones that are the CPU's package, where there is no hwmon chip."""


def cpu_celsius(sys: Path = SYS) -> float | None:
    """Return the temperature of the CPU's hottest sensor (hwmon, else thermal zones), None without one."""
    chips = [chip for chip in sys.glob("class/hwmon/hwmon*") if _text(chip / "name") in CPU_CHIPS]
    files = [file for chip in chips for file in chip.glob("temp*_input")]
    if not files:
        zones = sys.glob("class/thermal/thermal_zone*")
        files = [zone / "temp" for zone in zones if _text(zone / "type") in CPU_ZONES]
    millidegrees = _numbers(files)
    return max(millidegrees) / 1000 if millidegrees else None


def cpu_throttles(sys: Path = SYS) -> int | None:
    """Return how often cores and packages reached their thermal limit since boot, None where nobody counts.

    Intel's counters; every CPU of a package counts the package's events, so only their growth has a meaning.
    """
    folders = list(sys.glob("devices/system/cpu/cpu[0-9]*/thermal_throttle"))
    counts = _numbers(folder / f"{part}_throttle_count" for folder in folders for part in ("core", "package"))
    return sum(counts) if counts else None


def suspended_seconds() -> float:
    """Return how long (s) this machine slept since boot: CLOCK_BOOTTIME goes on meanwhile, CLOCK_MONOTONIC does not."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)


class PackagePower:
    """Power of the CPU packages from RAPL's energy counters, between one reading and the next."""

    def __init__(self, sys: Path = SYS) -> None:
        self._sys = sys
        self._last: tuple[float, int] | None = None

    def watts(self) -> float | None:
        """Return the mean power (W) since the last call; None the first time, or without a counter to read.

        A counter that went back has wrapped around (once in some hours): that reading is None as well.
        """
        now, microjoules = time.monotonic(), self._microjoules()
        last, self._last = self._last, None if microjoules is None else (now, microjoules)
        if last is None or microjoules is None or now <= last[0] or microjoules < last[1]:
            return None
        return (microjoules - last[1]) / 1e6 / (now - last[0])

    def _microjoules(self) -> int | None:
        domains = self._sys.glob("class/powercap/intel-rapl/intel-rapl:*")
        packages = [domain for domain in domains if _text(domain / "name").startswith("package")]
        counts = _numbers(domain / "energy_uj" for domain in packages)
        return sum(counts) if counts and len(counts) == len(packages) else None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):  # not there, or not ours to read
        return ""


def _numbers(files: Iterable[Path]) -> list[int]:
    return [int(text) for file in files if (text := _text(file)).lstrip("-").isdigit()]
