"""The real CodeCarbon on a stand-in for NVML: what is measured, what is refused, and by which name it goes."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
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
    assert (part.provenance, part.source) == (Provenance.MEASURED, "NVML energy counter")
    assert meter.describe().counts


def test_power_samples_are_read_where_there_is_no_counter_and_called_so(make_meter: MakeMeter) -> None:
    watts, part = gpu_watts(make_meter(NVML_COUNTER="0"))
    assert watts == pytest.approx(100, rel=0.2)
    assert (part.provenance, part.source) == (Provenance.MEASURED, "NVML power samples, 1 Hz")


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


def test_without_nvidia_smi_a_gpu_is_not_seen_and_nothing_is_called_measured(make_meter: MakeMeter) -> None:
    meter = make_meter(smi=False)
    assert not meter.describe().counts
