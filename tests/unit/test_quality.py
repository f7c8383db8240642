"""What the evidence says of the measurement itself, in sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from greenfix_verify.conditions import Conditions
from greenfix_verify.cooldown import Cooldown, Idle
from greenfix_verify.events import RunFinished
from greenfix_verify.executor import Site
from greenfix_verify.machine import Machine
from greenfix_verify.quality import notes
from greenfix_verify.reading import Component
from greenfix_verify.run import Run

from greenfix.narrator import Narrator
from tests.measuring import FakeMeter, run

MACHINE = Machine("a CPU", 2, 2**32, "Linux", ())
GPU = Site(MACHINE, FakeMeter(component=Component.GPU).describe(), {}, 50.0, Idle(40.0, 50.0, 0.01))


def lasting(seconds: float, **fields: Any) -> Run:
    made = run()
    return replace(made, counters=replace(made.counters, wall_seconds=seconds), **fields)


def test_a_quiet_experiment_has_no_notes() -> None:
    assert notes(GPU, [lasting(61.0, cooldown=Cooldown(7.0, True), during=Conditions(throttle_reasons=()))]) == ()


def test_sixty_seconds_are_recommended_on_a_gpu_and_only_there() -> None:
    runs = [lasting(59.0), lasting(6.0), lasting(60.0)]
    (note,) = notes(GPU, runs)
    assert note.startswith("2 of 3 runs took less than the 60 s that are recommended on a GPU (the shortest 6.0 s)")
    reading = runs[0].reading
    assert reading is not None
    other = replace(reading, components=(replace(reading.components[0], component=Component.CPU),))
    assert notes(GPU, [replace(run, reading=other) for run in runs]) == ()


def test_a_person_is_told_once_that_a_gpu_wants_longer_runs_and_how_long_one_waited() -> None:
    said: list[str] = []
    narrator = Narrator(said.append)
    for waited in (Cooldown(7.2, True), Cooldown(120.0, False), None):
        narrator.tell(RunFinished(lasting(6.0, cooldown=waited)))
    assert sum("should take 60 s or more" in line for line in said) == 1
    assert said[0].endswith(" after 7 s of cool-down")
    assert said[2].endswith(" after 120 s of cool-down, still not as idle as before the first run")
    assert "cool-down" not in said[3]


def test_power_samples_are_named_as_such() -> None:
    sampled = replace(GPU.meter, sources={"gpu": "NVML power samples, 1 Hz"})
    assert notes(replace(GPU, meter=sampled), []) == (
        "The GPU has no energy counter that can be read: NVML power samples, 1 Hz stand for it.",
    )


def test_a_restless_machine_is_named_as_such() -> None:
    (note,) = notes(replace(GPU, idle=Idle(40.0, 50.0, 0.082)), [])
    assert note.startswith("Power varied by 8.2 % before the first run")


@pytest.mark.parametrize(
    ("fields", "start"),
    [
        ({"cooldown": Cooldown(120.0, False)}, "1 of 2 runs began although the machine was not as cool and idle"),
        ({"during": Conditions(throttle_reasons=("software power cap",))}, "The GPU ran at its power limit in 1 of 2"),
        ({"disturbed": "a neighbour"}, "1 block was disturbed and left out; for example, a neighbour."),
    ],
)
def test_runs_that_met_something_are_counted(fields: dict[str, Any], start: str) -> None:
    (note,) = notes(GPU, [lasting(61.0), lasting(61.0, **fields)])
    assert note.startswith(start)
