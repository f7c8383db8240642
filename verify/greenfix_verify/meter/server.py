"""The meter's own process: CodeCarbon, kept warm, answering ``start``, ``stop``, ``sample``, ``watched`` on a pipe.

Run as ``python -P -m greenfix_verify.meter.server GPUS``; ``codecarbon_meter`` is the other end. One line in, one
JSON line out. It ends when its input ends, so it cannot outlive greenfix, and its home and working directory are a
temporary folder of its own, so no ``.codecarbon.config`` of anybody is in sight. Standard error is closed by the
parent; what CodeCarbon logs is kept and sent along when a window has no trustworthy number.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import tempfile
from typing import Any, TextIO

from greenfix_verify.codec import encode
from greenfix_verify.conditions import Conditions
from greenfix_verify.meter.gpus import Gpus, Watch
from greenfix_verify.meter.provenance import devices, origins, thread_watts
from greenfix_verify.reading import JOULES_PER_KWH, Component, Provenance

SAMPLE_SECONDS = 1

NO_ENERGY_COUNTER = "does not provide a total energy consumption counter"
"""CodeCarbon's warning that it will sample power instead: expected, because the provenance says so."""


def settings(output_dir: str, gpu_ids: list[str] | None) -> dict[str, Any]:
    """Return every option of the tracker, so that no file and no variable can fill a gap.

    ``save_to_*`` and ``co2_signal_api_token`` are left out because CodeCarbon deprecated them; ``output_methods`` and
    ``electricitymaps_api_token`` rule them. The country only turns energy into CO2, which greenfix does not use.
    """
    return {
        "allow_multiple_runs": True,  # False would replace the signal handlers
        "api_call_interval": -1,
        "api_endpoint": "",
        "api_key": "",
        "cloud_provider": None,
        "cloud_region": None,
        "country_2letter_iso_code": None,
        "country_iso_code": "USA",
        "electricitymaps_api_token": "",
        "emissions_endpoint": None,
        "experiment_id": "",
        "experiment_name": "",
        "force_carbon_intensity_g_co2e_kwh": None,
        "force_cpu_power": None,
        "force_mode_cpu_load": False,
        "force_ram_power": None,
        "gpu_ids": gpu_ids,
        "log_level": "warning",
        "logger_preamble": "",
        "logging_logger": None,
        "measure_power_secs": SAMPLE_SECONDS,
        "metadata": None,
        "on_csv_write": "append",
        "output_dir": output_dir,
        "output_file": "",
        "output_handlers": [],
        "output_methods": [],
        "project_name": "greenfix",
        "prometheus_url": "",
        "pue": 1.0,
        "rapl_include_dram": False,
        "rapl_prefer_psys": False,
        "region": None,
        "tracking_mode": "machine",
        "wue": 0.0,
    }


class Complaints(logging.Handler):
    """Keeps what CodeCarbon logs of warnings and worse since the window opened."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one message, and what was raised but not where."""
        cause = f" ({record.exc_info[1]})" if record.exc_info else ""
        self.messages.append(record.getMessage().strip() + cause)

    def of_the_gpu(self) -> list[str]:
        """Return the complaints that make a GPU reading worthless: counter gone or reset, no power."""
        return [message for message in self.messages if "GPU " in message and NO_ENERGY_COUNTER not in message]


class Window:
    """One tracker from start to stop."""

    def __init__(self, options: dict[str, Any], complaints: Complaints) -> None:
        from codecarbon import OfflineEmissionsTracker  # after its logger is ours

        self._complaints = complaints
        self._tracker = OfflineEmissionsTracker(**options)
        self._sees_gpus = options["gpu_ids"] != []

    def open(self) -> None:
        """Start; CodeCarbon swallows its exceptions, so whether it runs is looked up."""
        self._tracker.start()
        if getattr(self._tracker, "_start_time", None) is None:
            raise RuntimeError(f"CodeCarbon did not start: {self._last_words()}")
        self._complaints.messages.clear()

    def close(self) -> list[dict[str, Any]]:
        """Stop and return the components, or raise RuntimeError with the reason why they cannot be trusted."""
        before = self.origins()
        if self._tracker.stop() is None or getattr(self._tracker, "final_emissions_data", None) is None:
            raise RuntimeError(f"CodeCarbon returned nothing: {self._last_words()}")
        after = self.origins()
        return [self._component(part, before[part], after[part]) for part in before]

    def origins(self) -> dict[Component, tuple[Provenance, str]]:
        """Return who says so by component; a GPU that the program cannot see is left out."""
        found = origins(self._tracker._hardware)
        if not self._sees_gpus:
            found.pop(Component.GPU, None)
        return found

    def gpus(self) -> Gpus:
        """Return the sensors of the GPUs that are read: NVIDIA's; greenfix knows no other vendor's library."""
        found = [device for item in self._tracker._hardware if type(item).__name__ == "GPU" for device in devices(item)]
        handles = [device.handle for device in found if type(device).__name__.startswith("Nvidia")]
        return Gpus(handles if self._sees_gpus else [], os.getppid())

    def describe(self) -> dict[str, Any]:
        """Return what the evidence says of this meter."""
        watts, source = thread_watts(self._tracker._hardware, os.cpu_count() or 1)
        found = self.origins()
        return {
            "provenance": {part.value: provenance.value for part, (provenance, _) in found.items()},
            "sources": {part.value: words for part, (_, words) in found.items()},
            "thread_watts": watts,
            "thread_watts_source": source,
            "version": self._tracker._conf["codecarbon_version"],
        }

    def _component(
        self, part: Component, before: tuple[Provenance, str], after: tuple[Provenance, str]
    ) -> dict[str, Any]:
        provenance, source = max(before, after, key=lambda origin: "samples" in origin[1])
        joules = getattr(self._tracker.final_emissions_data, f"{part.value}_energy") * JOULES_PER_KWH
        complaints = self._complaints.of_the_gpu() if part is Component.GPU else []
        if complaints:
            raise RuntimeError(f"the GPU cannot be read: {complaints[-1]}")
        if provenance is Provenance.MEASURED and not joules > 0:
            raise RuntimeError(f"{source} says {joules:g} J, which no running {part.value.upper()} needs")
        return {"component": part.value, "joules": joules, "provenance": provenance.value, "source": source}

    def _last_words(self) -> str:
        return "; ".join(self._complaints.messages[-3:]) or "it gave no reason"


class Service:
    """What can be asked of this process: each public method is a request, and returns its answer.

    Args:
        output_dir: where CodeCarbon would write if it were to write anything.
        gpu_ids: those that are read; None for all.
    """

    def __init__(self, output_dir: str, gpu_ids: list[str] | None) -> None:
        self._complaints = Complaints()
        logger = logging.getLogger("codecarbon")
        logger.setLevel(logging.WARNING)
        logger.addHandler(self._complaints)
        self._options = settings(output_dir, gpu_ids)
        self._warm = _warm_up(self._options, self._complaints)
        self._gpus = self._warm.gpus()
        self._window: Window | None = None
        self._watch: Watch | None = None

    def describe(self) -> dict[str, Any]:
        """Say what can be read and how."""
        # The folder is new each time: an experiment that goes on tomorrow must find the same settings.
        told = {key: str(self._options[key]) for key in sorted(self._options) if key != "output_dir"}
        return {"description": {**self._warm.describe(), **self._gpus.versions(), "settings": told}}

    def start(self) -> dict[str, Any]:
        """Open a window and watch the GPUs."""
        self._end_watch()
        self._window = None
        window, self._watch = Window(self._options, self._complaints), Watch(self._gpus)
        window.open()
        self._window = window
        return {"started": True}

    def stop(self) -> dict[str, Any]:
        """Close the window, then the watch: what counts comes first."""
        window, self._window = self._window, None
        try:
            if window is None:
                raise RuntimeError("no window is open")
            return {"components": window.close()}
        finally:
            self._end_watch()

    def watched(self) -> dict[str, Any]:
        """Say the worst of the last window."""
        return {"conditions": encode(self._end_watch())}

    def sample(self) -> dict[str, Any]:
        """Say how the GPUs are now."""
        return {"conditions": encode(self._gpus.sample())}

    def _end_watch(self) -> Conditions:
        return self._watch.close() if self._watch else Conditions()


def serve(requests: TextIO, replies: TextIO, output_dir: str, gpu_ids: list[str] | None) -> None:
    """Warm up, say what can be read, then answer until the requests end."""

    def answer(reply: dict[str, Any]) -> None:
        replies.write(json.dumps(reply) + "\n")
        replies.flush()

    service = Service(output_dir, gpu_ids)
    answer(service.describe())
    known = {method.__name__: method for method in (service.start, service.stop, service.watched, service.sample)}
    for request in requests:
        try:
            answer(known[request.strip()]())
        except Exception as error:  # whatever CodeCarbon does, the reason reaches the run
            answer({"error": str(error) or type(error).__name__})


def _warm_up(options: dict[str, Any], complaints: Complaints) -> Window:
    """The first start of a process takes 1.3 s (imports, hardware probes); later ones 5 ms."""
    window = Window(options, complaints)
    window.open()
    window._tracker.stop()
    return window


def main() -> None:
    """Serve on standard input and output, from an empty home of our own."""
    gpu_ids = json.loads(sys.argv[1])
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints must not look like a reply
    with tempfile.TemporaryDirectory(prefix="greenfix-meter-") as home:
        os.environ["HOME"] = home
        os.chdir(home)
        try:
            serve(sys.stdin, replies, home, gpu_ids)
        except Exception as error:  # the parent turns it into a MeterError
            replies.write(json.dumps({"error": f"{type(error).__name__}: {error}"}) + "\n")
            replies.flush()


if __name__ == "__main__":
    main()
