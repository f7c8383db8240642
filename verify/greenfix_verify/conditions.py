"""The state of the machine around a run: what a reviewer asks when two runs differ.

A value is read before each run and another one is the worst seen during it. A sensor that does not exist is None, never
0: a card without a thermometer is not a cold card.

Which of it disturbs a run (the block is then repeated, and the evidence says why):

- Clocks lowered by heat, by the board's own protection, or by an external power brake: state of the machine and not of
  the program.
- Another process on the GPU: its energy is on the same counter.
- A power limit that somebody changed between the first run and this one.
- A CPU that reached its thermal limit, a machine that slept.

Which does not: the *software power cap* by itself. A training step that fills the card runs at that cap from start to
end, on a T4 of 70 W nearly always. It is the card's normal ceiling, the same for every arm, and whether a run reaches
it is a consequence of the arm: leaving out blocks for what an arm did would bias the comparison. It is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

Number = TypeVar("Number", int, float)

DISTURBING_REASONS = (
    "hardware slowdown",
    "hardware thermal slowdown",
    "hardware power brake slowdown",
    "software thermal slowdown",
)
"""NVML's names of clock event reasons (``nvmlClocksEventReasons``) that are the machine's doing."""

SHORTEST_SLEEP_SECONDS = 0.5
"""The two clocks that tell of a suspended machine are read one after the other; a real sleep takes longer."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What sensors say of the watched GPUs and the CPU, at a moment or at worst over a run. None: no such sensor.

    Attributes:
        gpu_celsius: the hottest GPU's temperature (degrees Celsius).
        gpu_watts: power of all GPUs together (W), from the board's sensor.
        gpu_power_limit_watts: the limits in force, of all GPUs together (W).
        gpu_memory_bytes: memory in use on all GPUs together, by whomever.
        throttle_reasons: why clocks are lower than they could be, in NVML's words; empty when nothing lowers them.
        other_gpu_processes: process ids with a compute context that are not of the run.
        cpu_celsius: the hottest sensor of the CPU (degrees Celsius).
        cpu_watts: power of the CPU packages (W, RAPL) since the reading before.
        cpu_throttles: how often cores and packages reached their thermal limit: since boot, or during the run.
        suspended_seconds: how long the machine slept: since boot, or during the run.
    """

    gpu_celsius: float | None = None
    gpu_watts: float | None = None
    gpu_power_limit_watts: float | None = None
    gpu_memory_bytes: int | None = None
    throttle_reasons: tuple[str, ...] | None = None
    other_gpu_processes: tuple[int, ...] | None = None
    cpu_celsius: float | None = None
    cpu_watts: float | None = None
    cpu_throttles: int | None = None
    suspended_seconds: float | None = None

    @property
    def watts(self) -> float | None:
        """Power (W) of everything that has a sensor; None without any."""
        known = [watts for watts in (self.gpu_watts, self.cpu_watts) if watts is not None]
        return sum(known) if known else None

    @property
    def celsius(self) -> float | None:
        """The hotter of GPU and CPU; None without a thermometer."""
        return _of(max, self.gpu_celsius, self.cpu_celsius)


def worst(seen: Iterable[Conditions]) -> Conditions:
    """Return the hottest, the highest, the lowest power limit, every reason and every process of several readings."""
    total = Conditions()
    for each in seen:
        total = Conditions(
            gpu_celsius=_of(max, total.gpu_celsius, each.gpu_celsius),
            gpu_watts=_of(max, total.gpu_watts, each.gpu_watts),
            gpu_power_limit_watts=_of(min, total.gpu_power_limit_watts, each.gpu_power_limit_watts),
            gpu_memory_bytes=_of(max, total.gpu_memory_bytes, each.gpu_memory_bytes),
            throttle_reasons=_union(total.throttle_reasons, each.throttle_reasons),
            other_gpu_processes=_union(total.other_gpu_processes, each.other_gpu_processes),
            cpu_celsius=_of(max, total.cpu_celsius, each.cpu_celsius),
            cpu_watts=_of(max, total.cpu_watts, each.cpu_watts),
            cpu_throttles=_of(max, total.cpu_throttles, each.cpu_throttles),
            suspended_seconds=_of(max, total.suspended_seconds, each.suspended_seconds),
        )
    return total


def disturbances(during: Conditions, power_limit_watts: float | None = None) -> tuple[str, ...]:
    """Return what spoiled a run, in words; ``power_limit_watts`` is the limit before the first run, if known."""
    return tuple(
        filter(
            None,
            (
                _throttled(during),
                _shared(during),
                _limited(during.gpu_power_limit_watts, power_limit_watts),
                f"the CPU reached its thermal limit {during.cpu_throttles} times" if during.cpu_throttles else "",
                _slept(during),
            ),
        )
    )


def _throttled(during: Conditions) -> str:
    reasons = [reason for reason in during.throttle_reasons or () if reason in DISTURBING_REASONS]
    return f"the GPU slowed down ({', '.join(reasons)})" if reasons else ""


def _shared(during: Conditions) -> str:
    others = during.other_gpu_processes
    if not others:
        return ""
    return f"other processes were on the GPU (process {', '.join(map(str, others))})"


def _limited(now: float | None, first: float | None) -> str:
    if now is None or first is None or now == first:
        return ""
    return f"the GPU's power limit was {now:g} W, and {first:g} W before the first run"


def _slept(during: Conditions) -> str:
    seconds = during.suspended_seconds or 0.0
    return f"the machine slept for {seconds:.1f} s" if seconds > SHORTEST_SLEEP_SECONDS else ""


def _of(choose: Callable[[Number, Number], Number], one: Number | None, other: Number | None) -> Number | None:
    if one is None or other is None:
        return other if one is None else one
    return choose(one, other)


Item = TypeVar("Item", int, str)


def _union(one: tuple[Item, ...] | None, other: tuple[Item, ...] | None) -> tuple[Item, ...] | None:
    if one is None and other is None:
        return None
    return tuple(sorted(set(one or ()).union(other or ())))
