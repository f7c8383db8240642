"""CodeCarbon as a meter: machine mode, in a warm process of our own beside the measured one.

Why a process and not a thread of greenfix:

- CodeCarbon reads ``.codecarbon.config`` from the working directory and from HOME, and every ``CODECARBON_*``
  variable. In a process of its own it can have an empty folder as both and none of the variables, besides every
  option being given. In greenfix's process the working directory is the user's.
- It brings pandas and two timer threads. Here they cost the screen no GIL time and greenfix no memory (87 MB there).
- A crash in a vendor's library (NVML through ctypes) ends that process and one run, not the experiment.

Measured here: 1.9 s until it is warm, once; then 6 ms for a start, 2 ms for a stop. Never CodeCarbon's process mode: it
loses what a child did after the last sample (0.00 to 0.87 of the truth came back).
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from greenfix_verify.codec import decode
from greenfix_verify.conditions import Conditions
from greenfix_verify.errors import MeterError
from greenfix_verify.meter import MeterDescription
from greenfix_verify.reading import Component, ComponentEnergy, Provenance

WARM_UP_SECONDS = 60.0
ANSWER_SECONDS = 20.0


class CodeCarbonMeter:
    """CodeCarbon's ``OfflineEmissionsTracker``, a fresh one for every window.

    Args:
        environment: what the measured program inherits; default ``os.environ``. The meter's process gets it without
            what could change a reading. Its CUDA_VISIBLE_DEVICES says which GPUs are read, all if it is not set.
            ``""`` and ``"-1"`` hide every GPU from the program, so none is read: idle power that no arm can change
            would only dilute the ratio. Indices are NVML's, which are CUDA's when the GPUs are alike or
            CUDA_DEVICE_ORDER is PCI_BUS_ID.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        environment = os.environ if environment is None else environment
        self._gpu_ids = _gpu_ids(environment.get("CUDA_VISIBLE_DEVICES"))
        self._environment = _scrubbed(environment)
        self._process: subprocess.Popen[bytes] | None = None
        self._description: MeterDescription | None = None

    def describe(self) -> MeterDescription:
        """Start the process if need be and return what it said of itself."""
        self._running()
        assert self._description is not None  # noqa: S101  set by _launch, for the type checker
        return self._description

    def start(self) -> None:
        """Open a window; a process that died is replaced."""
        self._running()
        self._ask("start")

    def stop(self) -> tuple[ComponentEnergy, ...]:
        """Close the window; MeterError with CodeCarbon's reason when there is no number to trust."""
        if self._process is None:
            raise MeterError("the meter's process is gone")
        return tuple(
            ComponentEnergy(
                Component(part["component"]), part["joules"], Provenance(part["provenance"]), part["source"]
            )
            for part in self._ask("stop")["components"]
        )

    def sample(self) -> Conditions:
        """Return how the GPUs are now."""
        self._running()
        return decode(Conditions, self._ask("sample")["conditions"])

    def watched(self) -> Conditions:
        """Return the worst of the last window, read once a second."""
        if self._process is None:
            raise MeterError("the meter's process is gone")
        return decode(Conditions, self._ask("watched")["conditions"])

    def close(self) -> None:
        """End the process; it removes its own folder when its input ends."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None  # noqa: S101  both are pipes, for the type checker
        assert process.stdout is not None  # noqa: S101
        process.stdin.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()

    def _running(self) -> None:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._launch()

    def _launch(self) -> None:
        # -P keeps the working directory off sys.path: a codecarbon.py or json.py of the user would be imported.
        argv = [sys.executable, "-P", "-m", "greenfix_verify.meter.server", json.dumps(self._gpu_ids)]
        self._process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self._environment,
            start_new_session=True,  # Ctrl-C is for greenfix, which then closes the meter in order
            bufsize=0,
        )
        said = self._answer(WARM_UP_SECONDS)["description"]
        self._description = MeterDescription(
            name="codecarbon",
            version=said["version"],
            settings=said["settings"],
            provenance={part: Provenance(word) for part, word in said["provenance"].items()},
            sources=said["sources"],
            thread_watts=said["thread_watts"],
            thread_watts_source=said["thread_watts_source"],
            driver=said["driver"],
            cuda=said["cuda"],
        )

    def _ask(self, request: str) -> dict[str, Any]:
        assert self._process is not None  # noqa: S101  callers have looked
        assert self._process.stdin is not None  # noqa: S101
        try:
            self._process.stdin.write(f"{request}\n".encode())
        except OSError:
            raise self._dead() from None
        return self._answer(ANSWER_SECONDS)

    def _answer(self, seconds: float) -> dict[str, Any]:
        assert self._process is not None  # noqa: S101  callers have looked
        assert self._process.stdout is not None  # noqa: S101
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            if not selector.select(seconds):
                self._process.kill()
                raise MeterError(f"the meter gave no answer within {seconds:g} s")
        line = self._process.stdout.readline()
        if not line.endswith(b"\n"):
            raise self._dead()
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise MeterError(answer["error"])
        return answer

    def _dead(self) -> MeterError:
        code = self._process.wait() if self._process is not None else 0
        return MeterError(f"the meter's process ended with code {code}")


def _gpu_ids(visible: str | None) -> list[str] | None:
    if visible is None:
        return None
    ids = [part.strip() for part in visible.split(",")]
    hidden = next((index for index, part in enumerate(ids) if part in ("", "-1")), len(ids))
    return ids[:hidden]  # CUDA ignores what follows an invalid index


def _scrubbed(environment: Mapping[str, str]) -> dict[str, str]:
    """Our environment without CodeCarbon's variables, and without CUDA_VISIBLE_DEVICES, which it reads as a default."""
    banned = ("codecarbon_", "cuda_visible_devices", "rocr_visible_devices")
    return {key: value for key, value in environment.items() if not key.lower().startswith(banned)}
