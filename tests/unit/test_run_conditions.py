"""Each run waits for an idle machine, says what it met, and a run that was disturbed does not count."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from greenfix_verify import cooldown, executor
from greenfix_verify.conditions import Conditions
from greenfix_verify.errors import Interrupted, MeterError
from greenfix_verify.events import CoolingDown, RunFinished, VerifyEvent
from greenfix_verify.evidence import Evidence
from greenfix_verify.policy import Policy
from greenfix_verify.reading import Provenance
from typer.testing import CliRunner

from greenfix.cli.measuring import Cooldown, policy_of
from tests.measuring import FakeMeter, Heard, arms, experiment

ONE = Policy(maximum_blocks=1, warmup_blocks=0, maximum_foreign_load=None)
IDLE = Conditions(
    gpu_celsius=40.0,
    gpu_watts=50.0,
    gpu_power_limit_watts=300.0,
    gpu_memory_bytes=2**30,
    throttle_reasons=(),
    other_gpu_processes=(),
)
BUSY = replace(IDLE, gpu_celsius=70.0, gpu_watts=290.0, gpu_memory_bytes=3 * 2**30)


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "IDLE_SECONDS", 0.01)
    monkeypatch.setattr(cooldown, "SAMPLE_SECONDS", 0.005)
    monkeypatch.setattr(cooldown, "SETTLED_SECONDS", 0.02)


def measured(folder: Path, meter: FakeMeter, policy: Policy = ONE, heard: Heard | None = None) -> Evidence:
    compared = arms(folder, original="", patch="")
    return experiment(folder, compared, policy, meter=meter, tell=heard or Heard())


def test_runs_of_a_counter_wait_until_its_devices_are_idle_again(tmp_path: Path) -> None:
    meter = FakeMeter(sensors=IDLE, seen=BUSY)
    heard = Heard()
    evidence = measured(tmp_path, meter, heard=heard)
    assert [run.cooldown.settled if run.cooldown else None for run in evidence.runs] == [True, True]
    assert [event.arm for event in heard.of(CoolingDown) if isinstance(event, CoolingDown)] == list(
        evidence.schedule[0].order
    )
    assert evidence.site.idle is not None
    assert (evidence.site.idle.celsius, evidence.site.idle.watts) == (40.0, 50.0)


def test_a_device_that_stays_warm_is_waited_for_and_the_run_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cooldown, "LONGEST_SECONDS", 0.05)
    meter = FakeMeter(sensors=IDLE)

    def tell(event: VerifyEvent) -> None:
        if isinstance(event, RunFinished):
            meter.sensors = replace(IDLE, gpu_celsius=60.0)

    evidence = experiment(tmp_path, arms(tmp_path, original="", patch=""), ONE, meter=meter, tell=tell)
    second = evidence.runs[1].cooldown
    assert second is not None
    assert (second.settled, second.celsius) == (False, 60.0)
    assert second.seconds >= 0.05


def test_estimated_energy_waits_for_nothing(tmp_path: Path) -> None:
    heard = Heard()
    evidence = measured(tmp_path, FakeMeter(Provenance.ESTIMATED, sensors=IDLE), heard=heard)
    assert {run.cooldown for run in evidence.runs} == {cooldown.Cooldown(0.0)}
    assert heard.of(CoolingDown) == []


def test_a_fixed_cool_down_is_just_that(tmp_path: Path) -> None:
    policy = replace(ONE, cooldown_seconds=0.01)
    assert {run.cooldown for run in measured(tmp_path, FakeMeter(sensors=IDLE), policy).runs} == {
        cooldown.Cooldown(0.01)
    }


def test_a_cool_down_can_be_stopped(tmp_path: Path) -> None:
    cancel = threading.Event()
    heard = Heard()

    def tell(event: VerifyEvent) -> None:
        heard(event)
        if isinstance(event, CoolingDown):
            cancel.set()

    compared = arms(tmp_path, original="", patch="")
    with pytest.raises(Interrupted):
        experiment(tmp_path, compared, ONE, meter=FakeMeter(sensors=IDLE), tell=tell, cancel=cancel)
    assert heard.of(RunFinished) == []


class Mute(FakeMeter):
    """Reads energy, but its sensors give no answer."""

    def sample(self) -> Conditions:
        raise MeterError("no answer")

    def watched(self) -> Conditions:
        raise MeterError("no answer")


def test_sensors_that_fail_are_unknown_and_the_energy_stands(tmp_path: Path) -> None:
    for run in measured(tmp_path, Mute()).runs:
        assert run.usable
        assert run.before is not None
        assert run.during is not None
        assert (run.before.gpu_celsius, run.during.throttle_reasons) == (None, None)


def test_what_the_sensors_said_before_and_during_a_run_is_recorded(tmp_path: Path) -> None:
    for run in measured(tmp_path, FakeMeter(sensors=IDLE, seen=BUSY)).runs:
        assert run.before is not None
        assert run.during is not None
        assert (run.before.gpu_celsius, run.during.gpu_celsius) == (40.0, 70.0)
        assert run.counters.peak_gpu_bytes == 2 * 2**30
        assert (run.during.suspended_seconds or 0.0) < 0.5


def test_without_a_gpu_there_is_no_gpu_memory(tmp_path: Path) -> None:
    assert {run.counters.peak_gpu_bytes for run in measured(tmp_path, FakeMeter(Provenance.ESTIMATED)).runs} == {None}


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (replace(BUSY, throttle_reasons=("hardware thermal slowdown",)), "the GPU slowed down (hardware thermal slow"),
        (replace(BUSY, other_gpu_processes=(4711,)), "other processes were on the GPU (process 4711)"),
        (replace(BUSY, gpu_power_limit_watts=200.0), "the GPU's power limit was 200 W, and 300 W before the first run"),
    ],
)
def test_a_disturbed_block_is_repeated_up_to_the_limit_and_reported(
    tmp_path: Path, seen: Conditions, reason: str
) -> None:
    meter = FakeMeter(sensors=IDLE, seen=seen)
    evidence = measured(tmp_path, meter, replace(ONE, maximum_disturbed_blocks=2))
    assert len(evidence.runs) == 2 * 3
    assert all(reason in run.disturbed for run in evidence.runs)
    assert {exclusion.reason for exclusion in evidence.exclusions} == {run.disturbed for run in evidence.runs}


def test_a_card_at_its_power_cap_is_recorded_and_not_disturbed(tmp_path: Path) -> None:
    meter = FakeMeter(sensors=IDLE, seen=replace(BUSY, throttle_reasons=("software power cap",)))
    runs = measured(tmp_path, meter).runs
    assert [run.disturbed for run in runs] == ["", ""]
    assert all(run.during and run.during.throttle_reasons == ("software power cap",) for run in runs)


def test_the_software_that_measures_is_named_with_its_versions(tmp_path: Path) -> None:
    assert {"python", "codecarbon", "scipy"} <= set(measured(tmp_path, FakeMeter()).site.versions)


def show(cooldown: Cooldown = None) -> None:
    print(f"cool-down {cooldown}")  # noqa: T201  the command under test prints


@pytest.mark.parametrize(
    ("given", "understood"),
    [((), "None"), (("--cooldown", "auto"), "None"), (("--cooldown", "0"), "0.0"), (("--cooldown", "2.5"), "2.5")],
)
def test_a_cool_down_is_automatic_or_a_number_of_seconds(given: tuple[str, ...], understood: str) -> None:
    app = typer.Typer()
    app.command()(show)
    assert CliRunner().invoke(app, given).output == f"cool-down {understood}\n"


@pytest.mark.parametrize("wrong", ["soon", "-1", "inf", "nan"])
def test_another_cool_down_is_a_usage_error(wrong: str) -> None:
    app = typer.Typer()
    app.command()(show)
    assert CliRunner().invoke(app, ("--cooldown", wrong)).exit_code == 2


def test_the_policy_waits_as_told() -> None:
    policies = [policy_of(False, 1.0, 2, 1, seconds, 0.01, 1, (), seeded=True) for seconds in (None, 3.0)]
    assert [policy.cooldown_seconds for policy in policies] == [None, 3.0]
