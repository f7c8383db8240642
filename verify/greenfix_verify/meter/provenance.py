"""Measured or estimated? CodeCarbon has no public field for it, so its hardware objects are asked.

The rules (CodeCarbon 3.3; attributes of ``tracker._hardware`` after ``start``):

- GPU with an energy counter (``_has_counter`` and not ``_use_power_fallback`` on every device): measured.
- GPU without, ``_use_power_fallback``: still measured. A sensor of the board reads its power once a second and the
  samples are averaged; that is coarser than the counter (and an A100 or H100 sensor sees a quarter of the time), but
  it is a reading of hardware and no model. ``source`` tells the two apart.
- A GPU whose own name says that it is simulated is read like any other, and ``source`` says it everywhere.
- CPU in mode ``intel_rapl``: measured. Every other mode multiplies a design power by a load: estimated.
- RAM: always a model of the number of slots: estimated.
- Anything else: estimated, until somebody has looked at it. Unknown hardware is never called measured.
"""

from __future__ import annotations

from typing import Any

from greenfix_verify.reading import SIMULATED, Component, Provenance

Origin = tuple[Provenance, str]


def origins(hardware: list[Any]) -> dict[Component, Origin]:
    """Return who says so for each component that CodeCarbon found on this machine."""
    found: dict[Component, Origin] = {}
    for item in hardware:
        kind = type(item).__name__
        if kind == "GPU":
            if devices(item):
                found[Component.GPU] = _gpu(item)
        elif kind == "CPU":
            found[Component.CPU] = _cpu(item)
        elif kind == "RAM":
            found[Component.RAM] = (Provenance.ESTIMATED, "CodeCarbon's model of memory slots")
        else:
            part = Component(str(getattr(item, "chip_part", "CPU")).lower())
            found[part] = (Provenance.ESTIMATED, f"CodeCarbon's {kind}, unknown to greenfix")
    return found


def devices(gpu: Any) -> list[Any]:
    """Return the GPUs that are watched, out of those present."""
    watched = gpu._get_gpu_ids()
    return [device for device in gpu.devices.devices if device.gpu_index in watched]


def thread_watts(hardware: list[Any], logical_cpus: int) -> tuple[float, str]:
    """Return the modelled power (W) of one busy thread and where the number comes from.

    CodeCarbon's design power of the machine's CPUs over their logical CPUs where it has one; for a CPU that is not in
    its table that is 4 W a thread, and the same number stands in when RAPL made a model unnecessary.
    """
    for item in hardware:
        power = getattr(item, "_tdp", None)
        if type(item).__name__ == "CPU" and power:
            watts = float(power) / logical_cpus
            return watts, f"CodeCarbon's CPU power model, {power:g} W over {logical_cpus} logical CPUs"
    return 4.0, "4 W a thread, CodeCarbon's figure for an unknown CPU"


def _gpu(item: Any) -> Origin:
    library = "NVML" if type(devices(item)[0]).__name__.startswith("Nvidia") else "AMD SMI"
    sampled = any(device._use_power_fallback or not device._has_counter for device in devices(item))
    simulated = any(SIMULATED in str(getattr(device, "_gpu_name", "")).lower() for device in devices(item))
    source = f"{library} power samples, 1 Hz" if sampled else f"{library} energy counter"
    return Provenance.MEASURED, f"{source} of a {SIMULATED} device" if simulated else source


def _cpu(item: Any) -> Origin:
    if item._mode == "intel_rapl":
        return Provenance.MEASURED, "RAPL package counters"
    return Provenance.ESTIMATED, f"CodeCarbon's CPU model ({item._mode}, {item._tdp} W)"
