"""What is read of the machine around a run, and which of it spoils the run."""

from __future__ import annotations

import time
from itertools import count
from pathlib import Path

import pytest
from greenfix_verify.conditions import Conditions, disturbances, worst
from greenfix_verify.sensors import PackagePower, cpu_celsius, cpu_throttles, suspended_seconds


def put(folder: Path, **files: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(f"{content}\n")


def test_without_sensors_everything_is_unknown_and_nothing_is_zero(tmp_path: Path) -> None:
    assert (cpu_celsius(tmp_path), cpu_throttles(tmp_path), PackagePower(tmp_path).watts()) == (None, None, None)
    assert (Conditions().celsius, Conditions().watts) == (None, None)
    assert worst([Conditions(), Conditions()]) == Conditions()
    assert disturbances(Conditions()) == ()


def test_the_cpus_temperature_is_that_of_its_hottest_sensor(tmp_path: Path) -> None:
    put(tmp_path / "class/hwmon/hwmon0", name="nvme", temp1_input=81000)
    put(tmp_path / "class/hwmon/hwmon1", name="coretemp", temp1_input=45000, temp2_input=52000)
    put(tmp_path / "class/thermal/thermal_zone0", type="x86_pkg_temp", temp=70000)
    assert cpu_celsius(tmp_path) == 52.0


def test_thermal_zones_of_the_package_stand_in_for_a_missing_chip(tmp_path: Path) -> None:
    put(tmp_path / "class/thermal/thermal_zone0", type="acpitz", temp=20000)
    put(tmp_path / "class/thermal/thermal_zone1", type="x86_pkg_temp", temp=47000)
    assert cpu_celsius(tmp_path) == 47.0


def test_throttling_is_counted_over_cores_and_packages(tmp_path: Path) -> None:
    for cpu in (0, 1):
        folder = tmp_path / f"devices/system/cpu/cpu{cpu}/thermal_throttle"
        put(folder, core_throttle_count=cpu, package_throttle_count=7, core_throttle_total_time_ms=900)
    assert cpu_throttles(tmp_path) == 15


def test_package_power_is_the_mean_since_the_last_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = count(10.0, 2.0)
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    domain = tmp_path / "class/powercap/intel-rapl/intel-rapl:0"
    put(domain, name="package-0", energy_uj=1_000_000)
    put(tmp_path / "class/powercap/intel-rapl/intel-rapl:1", name="psys", energy_uj=5)
    power = PackagePower(tmp_path)
    assert power.watts() is None
    put(domain, energy_uj=61_000_000)
    assert power.watts() == pytest.approx(30.0)
    put(domain, energy_uj=0)
    assert power.watts() is None  # it wrapped around
    put(domain, energy_uj=20_000_000)
    assert power.watts() == pytest.approx(10.0)


def test_sleep_is_what_one_clock_counts_and_the_other_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = {time.CLOCK_BOOTTIME: 130.0, time.CLOCK_MONOTONIC: 100.0}
    monkeypatch.setattr(time, "clock_gettime", clocks.__getitem__)
    assert suspended_seconds() == 30.0


def test_the_worst_of_a_run_is_kept() -> None:
    first = Conditions(gpu_celsius=40.0, gpu_power_limit_watts=300.0, gpu_memory_bytes=5, throttle_reasons=())
    second = Conditions(
        gpu_celsius=60.0,
        gpu_power_limit_watts=250.0,
        gpu_memory_bytes=3,
        throttle_reasons=("software power cap",),
        other_gpu_processes=(4711,),
    )
    assert worst([first, second]) == Conditions(
        gpu_celsius=60.0,
        gpu_power_limit_watts=250.0,
        gpu_memory_bytes=5,
        throttle_reasons=("software power cap",),
        other_gpu_processes=(4711,),
    )


@pytest.mark.parametrize(
    ("during", "words"),
    [
        (
            Conditions(throttle_reasons=("hardware thermal slowdown", "software power cap")),
            "the GPU slowed down (hardware thermal slowdown)",
        ),
        (Conditions(throttle_reasons=("hardware power brake slowdown",)), "power brake"),
        (Conditions(other_gpu_processes=(7, 9)), r"other processes were on the GPU (process 7, 9)"),
        (Conditions(gpu_power_limit_watts=250.0), "the GPU's power limit was 250 W, and 300 W before the first run"),
        (Conditions(cpu_throttles=3), "the CPU reached its thermal limit 3 times"),
        (Conditions(suspended_seconds=61.0), "the machine slept for 61.0 s"),
    ],
)
def test_what_disturbs_a_run_is_said_in_words(during: Conditions, words: str) -> None:
    (said,) = disturbances(during, 300.0)
    assert words in said


def test_a_quiet_run_at_the_cards_own_ceiling_is_not_disturbed() -> None:
    quiet = Conditions(80.0, 300.0, 300.0, 2**30, ("software power cap",), (), 70.0, 40.0, 0, 0.1)
    assert disturbances(quiet, 300.0) == ()
