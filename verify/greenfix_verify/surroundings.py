"""Everything around a run that a sensor can see: asked before it, watched during it, waited for between two of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from greenfix_verify.conditions import Conditions, Number, disturbances, worst
from greenfix_verify.cooldown import Cooldown, Idle, Pause, cool_down, read_idle
from greenfix_verify.errors import MeterError
from greenfix_verify.meter import Meter
from greenfix_verify.reading import Component, Provenance
from greenfix_verify.sensors import PackagePower, cpu_celsius, cpu_throttles, suspended_seconds

UNKNOWN = Idle(None, None, None)


class Surroundings:
    """The GPUs' sensors through the meter, those of the CPU and the kernel directly."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._packages: PackagePower | None = None
        self._idle = UNKNOWN
        self._power_limit: float | None = None

    def survey(self, pause: Pause, seconds: float) -> Idle:
        """Read for ``seconds`` how the machine is before the first run: every later one starts from there.

        CPU power belongs to it only where a counter of it is part of what is compared.
        """
        if self._meter.describe().provenance.get(Component.CPU) is Provenance.MEASURED:
            self._packages = PackagePower()
        self._idle = read_idle(self.now, pause, seconds)
        self._power_limit = self.now().gpu_power_limit_watts
        return self._idle

    def waits(self, seconds: float | None) -> bool:
        """Whether ``cool_down`` would take time."""
        return self._idle.known if seconds is None else seconds > 0

    def cool_down(self, seconds: float | None, pause: Pause) -> Cooldown:
        """Wait ``seconds``; None: until the machine is as it was at the survey, not at all without one."""
        if seconds is None:
            return cool_down(self._idle, self.now, pause)
        pause(seconds)
        return Cooldown(seconds)

    def now(self) -> Conditions:
        """Return what all sensors say, with nothing of ours running."""
        return worst([self._of_the_gpus(self._meter.sample), self._of_the_machine()])

    def during(self, before: Conditions) -> Conditions:
        """Return the worst since ``before``, which was read when the run began; counts and seconds are the run's."""
        after = self._of_the_machine()
        return replace(
            self._of_the_gpus(self._meter.watched),
            cpu_celsius=worst([before, after]).cpu_celsius,
            cpu_watts=after.cpu_watts,
            cpu_throttles=_grown(before.cpu_throttles, after.cpu_throttles),
            suspended_seconds=_grown(before.suspended_seconds, after.suspended_seconds),
        )

    def disturbances(self, during: Conditions) -> tuple[str, ...]:
        """Return what spoiled a run, in words."""
        return disturbances(during, self._power_limit)

    def _of_the_machine(self) -> Conditions:
        return Conditions(
            cpu_celsius=cpu_celsius(),
            cpu_watts=self._packages.watts() if self._packages else None,
            cpu_throttles=cpu_throttles(),
            suspended_seconds=suspended_seconds(),
        )

    def _of_the_gpus(self, ask: Callable[[], Conditions]) -> Conditions:
        try:
            return ask()
        except MeterError:  # the window next to it fails as well, and that one says why there is no reading
            return Conditions()


def _grown(before: Number | None, after: Number | None) -> Number | None:
    return None if before is None or after is None else after - before
