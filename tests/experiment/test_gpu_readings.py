"""The real CodeCarbon on a stand-in for NVML: what is measured, what is refused, and by which name it goes."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from greenfix_verify.conditions import Conditions
from greenfix_verify.errors import MeterError
from greenfix_verify.meter.codecarbon_meter import CodeCarbonMeter
from greenfix_verify.reading import Component, ComponentEnergy, Provenance

pytestmark = [
    pytest.mark.experiment,
    pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc to build the stand-in for NVML"),
]

MakeMeter = Callable[..., CodeCarbonMeter]
WINDOW_SECONDS = 0.3


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nvml")
    source = Path(__file__).with_name("nvml_stand_in.c")
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-Wl,-soname,libnvidia-ml.so.1", "-o", folder / "libnvidia-ml.so.1", source],
        check=True,
    )
    (folder / "bin").mkdir()
    (folder / "bin" / "nvidia-smi").write_text("#!/bin/sh\n")
    (folder / "bin" / "nvidia-smi").chmod(0o755)
    return folder


@pytest.fixture
def make_meter(library: Path) -> Iterator[MakeMeter]:
    meters: list[CodeCarbonMeter] = []

    def make(*, smi: bool = True, **variables: str) -> CodeCarbonMeter:
        path = f"{library / 'bin'}:{os.environ['PATH']}" if smi else os.environ["PATH"]
        environment = {**os.environ, "PATH": path, "LD_LIBRARY_PATH": str(library), **variables}
        meters.append(CodeCarbonMeter(environment))
        return meters[-1]

    yield make
    for meter in meters:
        meter.close()


def wait_until(end: float) -> None:
    """Work until then: CodeCarbon drops up to 50 ms at the end of a window, so a window must have a length."""
    while time.monotonic() < end:
        sum(range(1000))


def measure_a_window(meter: CodeCarbonMeter) -> None:
    meter.start()
    wait_until(time.monotonic() + WINDOW_SECONDS)
    meter.stop()


def gpu_watts(meter: CodeCarbonMeter) -> tuple[float, ComponentEnergy]:
    """Read a window and return the GPUs' mean power in it; the window is the test's own clock."""
    meter.describe()
    begin = time.monotonic()
    meter.start()
    wait_until(begin + WINDOW_SECONDS)
    parts = meter.stop()
    seconds = time.monotonic() - begin
    part = next(part for part in parts if part.component is Component.GPU)
    return part.joules / seconds, part


def test_the_counter_is_read(make_meter: MakeMeter) -> None:
    meter = make_meter()
    watts, part = gpu_watts(meter)
    assert watts == pytest.approx(100, rel=0.2)
    assert (part.provenance, part.source) == (Provenance.MEASURED, "NVML energy counter of a simulated device")
    assert meter.describe().counts


def test_power_samples_are_read_where_there_is_no_counter_and_called_so(make_meter: MakeMeter) -> None:
    watts, part = gpu_watts(make_meter(NVML_COUNTER="0"))
    assert watts == pytest.approx(100, rel=0.2)
    assert (part.provenance, part.source) == (Provenance.MEASURED, "NVML power samples, 1 Hz of a simulated device")


def test_a_gpu_without_counter_and_sensor_gives_no_number_instead_of_0(make_meter: MakeMeter) -> None:
    with pytest.raises(MeterError, match=r"power usage of GPU 0|says 0 J"):
        gpu_watts(make_meter(NVML_COUNTER="0", NVML_POWER="0"))


def test_a_counter_that_starts_again_gives_no_number(make_meter: MakeMeter, tmp_path: Path) -> None:
    meter = make_meter(NVML_RESET=str(tmp_path / "reset"))
    meter.describe()
    meter.start()
    (tmp_path / "reset").touch()
    wait_until(time.monotonic() + WINDOW_SECONDS)
    with pytest.raises(MeterError, match="counter of GPU 0 went backwards"):
        meter.stop()


def test_a_counter_that_moves_in_stairs_is_read(make_meter: MakeMeter) -> None:
    watts, _ = gpu_watts(make_meter(NVML_STAIRS_MS="100"))
    assert 50 < watts < 150  # a window of 0.3 s is three stairs long: this is why 5 s are asked for


@pytest.mark.parametrize(("visible", "watts"), [(None, 600), ("1", 200), ("0,2", 400), ("2,-1,0", 300)])
def test_only_gpus_that_the_program_sees_are_read(make_meter: MakeMeter, visible: str | None, watts: float) -> None:
    variables = {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}
    meter = make_meter(NVML_CARDS="3", **variables)
    assert gpu_watts(meter)[0] == pytest.approx(watts, rel=0.2)
    assert gpu_watts(meter)[0] == pytest.approx(watts, rel=0.2)  # CodeCarbon caches what it found: the second differs


@pytest.mark.parametrize("visible", ["", "-1"])
def test_a_program_that_sees_no_gpu_has_no_gpu_energy(make_meter: MakeMeter, visible: str) -> None:
    meter = make_meter(NVML_CARDS="2", CUDA_VISIBLE_DEVICES=visible)
    for _ in range(2):
        meter.start()
        assert Component.GPU not in {part.component for part in meter.stop()}
    assert "gpu" not in meter.describe().provenance


def test_an_nvml_that_does_not_start_is_no_gpu_and_nothing_is_called_measured(make_meter: MakeMeter) -> None:
    meter = make_meter(NVML_FAILS="1")
    assert not meter.describe().counts
    assert "gpu" not in meter.describe().provenance
    assert meter.sample() == Conditions()


def test_a_gpu_that_is_lost_gives_no_number(make_meter: MakeMeter, tmp_path: Path) -> None:
    meter = make_meter(NVML_LOST=str(tmp_path / "lost"))
    meter.describe()
    meter.start()
    wait_until(time.monotonic() + WINDOW_SECONDS)
    (tmp_path / "lost").touch()
    with pytest.raises(MeterError, match="GPU"):
        meter.stop()


def test_without_nvidia_smi_a_gpu_is_not_seen_and_nothing_is_called_measured(make_meter: MakeMeter) -> None:
    meter = make_meter(smi=False)
    assert not meter.describe().counts


@pytest.fixture
def state(tmp_path: Path) -> Callable[..., None]:
    """Set what the stand-in's sensors say from now on."""

    def put(**numbers: int) -> None:
        for name, number in numbers.items():
            (tmp_path / f"{name}.part").write_text(str(number))
            (tmp_path / f"{name}.part").replace(tmp_path / name)

    return put


def test_how_a_gpu_is_stands_beside_its_energy(make_meter: MakeMeter) -> None:
    meter = make_meter()
    assert (meter.describe().driver, meter.describe().cuda) == ("550.54", "12.4")
    assert meter.sample() == Conditions(
        gpu_celsius=45.0,
        gpu_watts=100.0,
        gpu_power_limit_watts=300.0,
        gpu_memory_bytes=2**30,
        throttle_reasons=(),
        other_gpu_processes=(),
    )


def test_several_gpus_are_summed_and_only_those_that_are_read(make_meter: MakeMeter) -> None:
    seen = make_meter(NVML_CARDS="3", CUDA_VISIBLE_DEVICES="0,2").sample()
    assert (seen.gpu_watts, seen.gpu_power_limit_watts) == (400.0, 600.0)


@pytest.mark.parametrize("variables", [{"CUDA_VISIBLE_DEVICES": "-1"}, {"NVML_CARDS": "0"}])
def test_without_a_gpu_to_read_there_are_no_sensors(make_meter: MakeMeter, variables: dict[str, str]) -> None:
    assert make_meter(**variables).sample() == Conditions()


def test_a_sensor_that_a_card_lacks_is_unknown_and_never_0(make_meter: MakeMeter) -> None:
    seen = make_meter(NVML_SENSORS="0", NVML_POWER="0").sample()
    assert seen == Conditions(gpu_power_limit_watts=300.0, gpu_memory_bytes=2**30)


def test_throttling_heat_and_peak_memory_of_a_window_are_seen(
    make_meter: MakeMeter, state: Callable[..., None], tmp_path: Path
) -> None:
    meter = make_meter(NVML_STATE=str(tmp_path))
    meter.describe()
    meter.start()
    state(celsius=88, used=5 * 2**30, reasons=0x40 | 0x4 | 0x1, limit=250)
    wait_until(time.monotonic() + WINDOW_SECONDS)
    meter.stop()
    state(celsius=90)  # too late: the window is over
    seen = meter.watched()
    assert seen.throttle_reasons == ("hardware thermal slowdown", "software power cap")
    assert (seen.gpu_celsius, seen.gpu_memory_bytes, seen.gpu_power_limit_watts) == (88.0, 5 * 2**30, 250.0)


def test_a_window_knows_nothing_of_the_one_before(
    make_meter: MakeMeter, state: Callable[..., None], tmp_path: Path
) -> None:
    meter = make_meter(NVML_STATE=str(tmp_path))
    state(celsius=88)
    measure_a_window(meter)
    state(celsius=50)
    measure_a_window(meter)
    assert meter.watched().gpu_celsius == 50.0


def test_a_failed_window_still_says_what_was_seen(make_meter: MakeMeter, tmp_path: Path) -> None:
    meter = make_meter(NVML_LOST=str(tmp_path / "lost"))
    meter.describe()
    meter.start()
    wait_until(time.monotonic() + WINDOW_SECONDS)
    (tmp_path / "lost").touch()
    with pytest.raises(MeterError):
        meter.stop()
    assert meter.watched().gpu_celsius == 45.0


def test_another_process_on_the_gpu_is_seen_and_the_runs_own_is_not(
    make_meter: MakeMeter, state: Callable[..., None], tmp_path: Path
) -> None:
    meter = make_meter(NVML_STATE=str(tmp_path))
    meter.describe()

    def others_during(process: int) -> tuple[int, ...] | None:
        state(process=0)
        meter.start()
        state(process=process)
        wait_until(time.monotonic() + WINDOW_SECONDS)
        meter.stop()
        return meter.watched().other_gpu_processes

    assert others_during(1) == (1,)
    child = subprocess.Popen(["sleep", "600"])  # descends from us, as every run does
    try:
        assert others_during(child.pid) == ()
    finally:
        child.kill()
        child.wait()
    assert others_during(2**22 + 1) == ()  # a number of another process namespace: it may be the run itself


def test_a_process_that_was_there_before_the_run_is_another_one_whatever_its_number(
    make_meter: MakeMeter, state: Callable[..., None], tmp_path: Path
) -> None:
    meter = make_meter(NVML_STATE=str(tmp_path))
    state(process=2**22 + 1)
    assert meter.sample().other_gpu_processes == (2**22 + 1,)
    measure_a_window(meter)
    assert meter.watched().other_gpu_processes == (2**22 + 1,)
