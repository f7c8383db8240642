"""The pause before a run: until the machine is back in the state in which the first run found it.

A run that starts on a hot card pays for the run before it: leakage grows with temperature, and clocks come down sooner.
Random order makes that noise and no bias, but noise costs blocks. So each run waits until the devices are no warmer and
draw no more than before the first run. Cooler or hungry for less is fine: waiting would not bring warmth back.

Idle power scatters; a coefficient of variation of 3 % is asked for. A machine that was noisier than that before the
first run (a desktop's CPU package easily is) is held to its own noise: it would wait in vain for better.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev

from greenfix_verify.conditions import Conditions

SAMPLE_SECONDS = 0.5
SETTLED_SECONDS = 5.0
"""So long the devices must look idle: NVML's figures move every 100 ms, and windows of 5 s are stable."""

LONGEST_SECONDS = 120.0
IDLE_VARIATION = 0.03
WARMER_CELSIUS = 3.0
"""NVML and hwmon give whole degrees and scatter by one or two."""

Read = Callable[[], Conditions]
Pause = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Idle:
    """Devices with nothing of ours on them: means over the readings. None without a sensor.

    ``variation`` is the coefficient of variation of the power (standard deviation over mean).
    """

    celsius: float | None
    watts: float | None
    variation: float | None

    @property
    def known(self) -> bool:
        """Whether there is anything to come back to."""
        return self.celsius is not None or self.watts is not None


@dataclass(frozen=True, slots=True)
class Cooldown:
    """The pause before one run: how long (s), and how the devices looked at its end.

    ``settled`` is None when the pause had a fixed length or nothing could be read.
    """

    seconds: float
    settled: bool | None = None
    celsius: float | None = None
    watts: float | None = None
    variation: float | None = None


def idle(readings: Sequence[Conditions]) -> Idle:
    """Return the state that some readings describe."""
    temperatures = [each.celsius for each in readings if each.celsius is not None]
    powers = [each.watts for each in readings if each.watts is not None]
    watts = fmean(powers) if powers else None
    variation = pstdev(powers) / watts if watts else None
    return Idle(fmean(temperatures) if temperatures else None, watts, variation)


def read_idle(read: Read, pause: Pause, seconds: float) -> Idle:
    """Read the devices for ``seconds``, which nothing of ours disturbs."""
    read()  # a power that is a mean since the reading before must not reach back to what came before
    readings = []
    for _ in range(max(1, math.ceil(seconds / SAMPLE_SECONDS))):
        pause(min(SAMPLE_SECONDS, seconds))
        readings.append(read())
    return idle(readings)


def cool_down(before: Idle, read: Read, pause: Pause, clock: Callable[[], float] = time.monotonic) -> Cooldown:
    """Wait until the last 5 s look like ``before``, 120 s at most; not at all when ``before`` knows nothing."""
    if not before.known:
        return Cooldown(0.0)
    begin = clock()
    readings: deque[Conditions] = deque(maxlen=round(SETTLED_SECONDS / SAMPLE_SECONDS))
    read()  # as above: not back into the last run
    while True:
        pause(SAMPLE_SECONDS)
        readings.append(read())
        now, seconds = idle(readings), clock() - begin
        settled = len(readings) == readings.maxlen and _is_back(now, before)
        if settled or seconds >= LONGEST_SECONDS:
            return Cooldown(seconds, settled, now.celsius, now.watts, now.variation)


def _is_back(now: Idle, before: Idle) -> bool:
    tolerance = max(IDLE_VARIATION, before.variation or 0.0)
    too_warm = now.celsius is not None and before.celsius is not None and now.celsius > before.celsius + WARMER_CELSIUS
    too_hungry = now.watts is not None and before.watts is not None and now.watts > before.watts * (1 + tolerance)
    return not too_warm and not too_hungry and (now.variation or 0.0) <= tolerance
