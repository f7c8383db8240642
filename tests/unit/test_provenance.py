"""What CodeCarbon's hardware objects say of themselves, and which of it may be called measured."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from greenfix_verify.meter.provenance import origins, thread_watts
from greenfix_verify.reading import Component, Provenance


def hardware(kind: str, **attributes: Any) -> Any:
    """Make an object whose class is called ``kind``, as CodeCarbon's are."""
    return type(kind, (SimpleNamespace,), {})(**attributes)


def gpu(*devices: tuple[bool, bool], vendor: str = "Nvidia", name: str = "Tesla T4") -> Any:
    made = [
        hardware(
            f"{vendor}GPUDevice", gpu_index=index, _has_counter=counter, _use_power_fallback=fallback, _gpu_name=name
        )
        for index, (counter, fallback) in enumerate(devices)
    ]
    return hardware("GPU", devices=SimpleNamespace(devices=made), _get_gpu_ids=lambda: list(range(len(made))))


MEASURED, ESTIMATED = Provenance.MEASURED, Provenance.ESTIMATED


@pytest.mark.parametrize(
    ("item", "component", "provenance", "source"),
    [
        (gpu((True, False)), Component.GPU, MEASURED, "NVML energy counter"),
        (gpu((True, False), (False, True)), Component.GPU, MEASURED, "NVML power samples, 1 Hz"),
        (gpu((True, True)), Component.GPU, MEASURED, "NVML power samples, 1 Hz"),
        (
            gpu((True, False), name="Simulated GPU 0"),
            Component.GPU,
            MEASURED,
            "NVML energy counter of a simulated device",
        ),
        (gpu((True, False), vendor="AMD"), Component.GPU, MEASURED, "AMD SMI energy counter"),
        (hardware("CPU", _mode="intel_rapl", _tdp=None), Component.CPU, MEASURED, "RAPL package counters"),
        (hardware("CPU", _mode="cpu_load", _tdp=8), Component.CPU, ESTIMATED, "CodeCarbon's CPU model (cpu_load, 8 W)"),
        (
            hardware("CPU", _mode="constant", _tdp=85),
            Component.CPU,
            ESTIMATED,
            "CodeCarbon's CPU model (constant, 85 W)",
        ),
        (hardware("RAM"), Component.RAM, ESTIMATED, "CodeCarbon's model of memory slots"),
        (hardware("Newcomer", chip_part="GPU"), Component.GPU, ESTIMATED, "CodeCarbon's Newcomer, unknown to greenfix"),
    ],
)
def test_each_kind_of_hardware(item: Any, component: Component, provenance: Provenance, source: str) -> None:
    assert origins([item]) == {component: (provenance, source)}


def test_a_machine_without_gpus_has_no_gpu() -> None:
    assert origins([gpu()]) == {}


def test_a_busy_thread_draws_its_share_of_the_cpus_design_power() -> None:
    watts, source = thread_watts([hardware("RAM"), hardware("CPU", _mode="cpu_load", _tdp=64)], 16)
    assert watts == 4.0
    assert source == "CodeCarbon's CPU power model, 64 W over 16 logical CPUs"


def test_without_a_design_power_a_thread_draws_what_codecarbon_assumes() -> None:
    assert thread_watts([hardware("CPU", _mode="intel_rapl", _tdp=None)], 16)[0] == 4.0
