"""The pause before a run ends when the devices look as before the first one, or after 120 s. Time is the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, cycle, repeat

import pytest
from greenfix_verify.conditions import Conditions
from greenfix_verify.cooldown import Cooldown, Idle, cool_down, idle, read_idle

COLD = Idle(40.0, 50.0, 0.01)


class Time:
    """A clock that only pauses move."""

    def __init__(self) -> None:
        self.now = 0.0

    def pause(self, seconds: float) -> None:
        self.now += seconds


def reader(readings: Iterator[Conditions]) -> Callable[[], Conditions]:
    return lambda: next(readings)


def cooled(before: Idle, readings: Iterator[Conditions]) -> Cooldown:
    time = Time()
    return cool_down(before, reader(readings), time.pause, lambda: time.now)


def at(celsius: float | None, watts: float | None) -> Conditions:
    return Conditions(gpu_celsius=celsius, gpu_watts=watts)


def test_devices_that_are_idle_already_cost_five_seconds() -> None:
    assert cooled(COLD, repeat(at(41.0, 50.5))) == Cooldown(5.0, True, 41.0, 50.5, 0.0)


def test_it_waits_until_the_last_five_seconds_are_cool_and_idle() -> None:
    hot = [at(70.0, 50.0)] * 21
    assert cooled(COLD, chain(hot, repeat(at(42.0, 50.0)))).seconds == 15.0
    busy = [at(40.0, 90.0)] * 21
    assert cooled(COLD, chain(busy, repeat(at(40.0, 50.0)))) == Cooldown(15.0, True, 40.0, 50.0, 0.0)


def test_cooler_and_less_power_than_before_is_no_reason_to_wait() -> None:
    assert cooled(COLD, repeat(at(30.0, 20.0))).settled


@pytest.mark.parametrize("stuck", [at(60.0, 50.0), at(40.0, 60.0)])
def test_it_gives_up_after_120_seconds_and_says_how_it_stood(stuck: Conditions) -> None:
    assert cooled(COLD, repeat(stuck)) == Cooldown(120.0, False, stuck.celsius, stuck.watts, 0.0)


def test_power_that_scatters_by_more_than_three_percent_is_not_idle() -> None:
    scattering = [at(40.0, 45.0), at(40.0, 50.0)]
    assert not cooled(COLD, cycle(scattering)).settled
    assert cooled(Idle(40.0, 50.0, 0.1), cycle(scattering)).settled  # no noisier than before the first run


def test_without_a_sensor_nothing_is_waited_for() -> None:
    assert cooled(Idle(None, None, None), iter(())) == Cooldown(0.0)


def test_a_thermometer_alone_is_enough() -> None:
    assert cooled(Idle(40.0, None, None), chain([at(60.0, None)] * 5, repeat(at(40.0, None)))).settled


def test_idle_is_the_mean_of_what_was_read_and_its_scatter() -> None:
    read = idle([at(40.0, 90.0), at(42.0, 110.0)])
    assert (read.celsius, read.watts) == (41.0, 100.0)
    assert read.variation == pytest.approx(0.1)
    assert idle([Conditions()]) == Idle(None, None, None)


def test_the_first_reading_is_not_part_of_idle_because_its_mean_reaches_back() -> None:
    time = Time()
    assert read_idle(reader(chain([at(80.0, 300.0)], repeat(at(40.0, 50.0)))), time.pause, 5.0) == Idle(40.0, 50.0, 0.0)
    assert time.now == 5.0
