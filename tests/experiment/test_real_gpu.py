"""The meter on a real NVIDIA GPU: ``pytest -m gpu``. Everything else about GPUs is shown on a stand-in for NVML.

The load is CUDA's driver API through ctypes (libcuda comes with the driver), so neither TensorFlow nor a compiler is
needed: it holds 1 GiB and either writes it over and over, which keeps the memory busy, or sleeps with its context open.
Runs take 6 s because NVML's counter moves about every 100 ms; bounds are wide because cards differ, and each says why.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from greenfix_verify.command import Command
from greenfix_verify.events import silence
from greenfix_verify.executor import LocalExecutor
from greenfix_verify.meter.codecarbon_meter import CodeCarbonMeter
from greenfix_verify.policy import Policy
from greenfix_verify.reading import Component, ComponentEnergy, Provenance
from greenfix_verify.run import Arm, Ending, Run
from greenfix_verify.schedule import PlannedBlock


def _has_gpu() -> bool:
    tool = shutil.which("nvidia-smi")
    listed = tool and subprocess.run([tool, "--list-gpus"], capture_output=True, text=True, check=False).stdout
    return bool(listed and listed.startswith("GPU 0"))


pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not _has_gpu(), reason="no NVIDIA GPU: nvidia-smi --list-gpus names none"),
]

GIB = 2**30
SECONDS = 6
POLICY = Policy(cooldown_seconds=5.0, maximum_foreign_load=None)

# "cuMemsetD32: sets the memory range of N 32-bit values"; it returns before the card is done, cuCtxSynchronize waits.
LOAD = f"""
import ctypes, sys, time

cuda = ctypes.CDLL("libcuda.so.1")

def call(name, *arguments):
    code = getattr(cuda, name)(*arguments)
    if code:
        raise SystemExit(f"{{name}} failed with {{code}}")

device, context, memory = ctypes.c_int(), ctypes.c_void_p(), ctypes.c_uint64()
call("cuInit", 0)
call("cuDeviceGet", ctypes.byref(device), 0)
call("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
call("cuCtxSetCurrent", context)
call("cuMemAlloc_v2", ctypes.byref(memory), ctypes.c_size_t({GIB}))
print("ready", flush=True)
end = time.monotonic() + float(sys.argv[2])
while time.monotonic() < end:
    if sys.argv[1] == "sleep":
        time.sleep(0.1)
        continue
    for _ in range(20):
        call("cuMemsetD32_v2", memory, 7, ctypes.c_size_t({GIB // 4}))
    call("cuCtxSynchronize")
"""

FIRST_GPU = {**os.environ, "CUDA_VISIBLE_DEVICES": "0", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
"""NVML numbers cards by PCI bus, so both sides mean the same card."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "load.py").write_text(LOAD)
    return tmp_path


@pytest.fixture
def meter() -> Iterator[CodeCarbonMeter]:
    meter = CodeCarbonMeter(FIRST_GPU)
    yield meter
    meter.close()


def measured(meter: CodeCarbonMeter, folder: Path, how: str, seconds: float = SECONDS) -> Run:
    command = Command((sys.executable, "load.py", how, str(seconds)), None, "")
    executor = LocalExecutor(command, POLICY, meter, observe=False, base=FIRST_GPU)
    block = PlannedBlock(0, False, ("original",))
    (run,) = executor.run_block(block, {"original": Arm("original", folder)}, silence, Event())
    assert run.ending is Ending.COMPLETED, run.detail
    return run


@contextlib.contextmanager
def stranger(folder: Path) -> Iterator[None]:
    """A load that does not descend from us: its parent ends at once, so it belongs to somebody further up."""
    orphan = (
        "import subprocess, sys\n"
        "argv = [sys.executable, 'load.py', 'sleep', '600']\n"
        "load = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)\n"
        "load.stdout.readline()\n"
        "print(load.pid)\n"
    )
    argv = [sys.executable, "-c", orphan]
    said = subprocess.run(argv, cwd=folder, env=FIRST_GPU, capture_output=True, text=True, check=True)
    try:
        yield
    finally:
        os.kill(int(said.stdout), signal.SIGKILL)


def gpu(run: Run) -> ComponentEnergy:
    assert run.reading is not None, run.detail
    return next(part for part in run.reading.components if part.component is Component.GPU)


def test_a_counter_measures_it_and_work_costs_more_than_waiting(meter: CodeCarbonMeter, folder: Path) -> None:
    waiting, working = (measured(meter, folder, how) for how in ("sleep", "write"))
    for part in (gpu(waiting), gpu(working)):
        # nvmlDeviceGetTotalEnergyConsumption: "for Volta or newer"; before, CodeCarbon samples nvmlDeviceGetPowerUsage.
        assert (part.provenance, part.source[:4]) == (Provenance.MEASURED, "NVML")
    assert waiting.reading is not None
    assert waiting.reading.provenance is Provenance.MEASURED
    # A context keeps the clocks up, so waiting is dear; writing at full bandwidth still draws far more than 1.2 times.
    assert gpu(working).joules > 1.2 * gpu(waiting).joules


def test_idle_power_is_not_subtracted(meter: CodeCarbonMeter) -> None:
    meter.describe()
    meter.start()
    time.sleep(SECONDS)  # the window is the fact under test: a card with nothing on it for so long
    watts = next(part.joules for part in meter.stop() if part.component is Component.GPU) / SECONDS
    sensor = meter.sample().gpu_watts
    assert sensor is not None
    # nvmlDeviceGetPowerUsage: "accurate to within +/- 5 %", and from Ampere on "averaged over 1 sec interval"; the
    # bound is wide because an idle card lowers its clocks some seconds after the last question.
    assert watts == pytest.approx(sensor, rel=0.5, abs=5)
    assert watts > 1


def test_the_same_program_twice_reads_the_same(meter: CodeCarbonMeter, folder: Path) -> None:
    measured(meter, folder, "write")  # warm-up: a cold card leaks less
    first, second = (gpu(measured(meter, folder, "write")).joules for _ in range(2))
    assert second == pytest.approx(first, rel=0.15)


def test_the_peak_memory_of_a_run_is_seen(meter: CodeCarbonMeter, folder: Path) -> None:
    peak = measured(meter, folder, "sleep").counters.peak_gpu_bytes
    assert peak is not None
    # nvmlDeviceGetMemoryInfo counts the context as well: some hundred MiB, less than 2 GiB on every card so far.
    assert GIB <= peak < 3 * GIB


def test_what_the_sensors_say_of_a_run_is_plausible(meter: CodeCarbonMeter, folder: Path) -> None:
    run = measured(meter, folder, "write")
    assert run.during is not None
    assert run.during.gpu_celsius is not None
    assert 10 < run.during.gpu_celsius < 110  # cards shut down at about 100
    assert run.during.gpu_watts is not None
    assert run.during.gpu_power_limit_watts is not None
    assert run.during.gpu_watts < 1.5 * run.during.gpu_power_limit_watts  # peaks go above a limit that holds on average
    assert run.during.throttle_reasons is not None
    described = meter.describe()
    assert described.driver
    assert described.cuda


def test_another_process_on_the_gpu_disturbs_a_run_and_its_own_does_not(meter: CodeCarbonMeter, folder: Path) -> None:
    alone = meter.sample().other_gpu_processes
    if alone is None or alone:
        pytest.skip(f"somebody is on the GPU already, or its processes are not listed: {alone}")
    assert "other processes" not in measured(meter, folder, "sleep").disturbed
    with stranger(folder):
        if not meter.sample().other_gpu_processes:
            pytest.skip("NVML lists no processes here, as in some containers")
        assert "other processes were on the GPU" in measured(meter, folder, "sleep").disturbed
