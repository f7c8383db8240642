"""The meter's process speaks line by line; a tracker that starts or stops into nothing never becomes 0 J."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from greenfix_verify.meter.server import serve


class CPU(SimpleNamespace):
    """Named as CodeCarbon's, which is how the provenance knows it."""


class Tracker:
    """CodeCarbon's tracker as far as it is used; ``broken`` says what goes wrong, after the warm-up."""

    broken = ""
    made = 0

    def __init__(self, **options: Any) -> None:
        self._hardware = [CPU(_mode="cpu_load", _tdp=8)]
        self._conf = {"codecarbon_version": "3"}
        type(self).made += 1

    def start(self) -> None:
        if not self._fails("start"):
            self._start_time = 1.0

    def stop(self) -> float | None:
        if self._fails("stop"):
            return None
        if not self._fails("data"):
            self.final_emissions_data = SimpleNamespace(cpu_energy=0.0 if self._fails("idle") else 1e-6)
        return 0.0  # kg of CO2: a small window is 0 and no failure

    def _fails(self, what: str) -> bool:
        if self.broken != what or self.made < 2:
            return False
        logging.getLogger("codecarbon").error("it swallowed an exception")
        return True


@pytest.fixture(autouse=True)
def quiet_logger() -> Iterator[None]:
    logger = logging.getLogger("codecarbon")
    before = logger.level, list(logger.handlers), logger.propagate
    logger.propagate = False
    yield
    logger.setLevel(before[0])
    logger.handlers[:], logger.propagate = before[1], before[2]


def answers(monkeypatch: pytest.MonkeyPatch, *requests: str, broken: str = "") -> list[dict[str, Any]]:
    codecarbon = ModuleType("codecarbon")
    codecarbon.OfflineEmissionsTracker = type("Fresh", (Tracker,), {"broken": broken, "made": 0})  # type: ignore[attr-defined]  # a module of our own
    monkeypatch.setitem(sys.modules, "codecarbon", codecarbon)
    replies = io.StringIO()
    serve(io.StringIO("".join(f"{request}\n" for request in requests)), replies, "/nowhere", None)
    return [json.loads(line) for line in replies.getvalue().splitlines()]


def test_a_window_says_energy_by_component(monkeypatch: pytest.MonkeyPatch) -> None:
    said, started, stopped = answers(monkeypatch, "start", "stop")
    assert said["description"]["provenance"] == {"cpu": "estimated"}
    assert started == {"started": True}
    assert [(part["component"], part["joules"]) for part in stopped["components"]] == [("cpu", pytest.approx(3.6))]


@pytest.mark.parametrize(
    ("broken", "reply"),
    [
        ("start", "CodeCarbon did not start: it swallowed an exception"),
        ("stop", "CodeCarbon returned nothing: it swallowed an exception"),
        ("data", "CodeCarbon returned nothing: it swallowed an exception"),
    ],
)
def test_a_start_or_stop_that_returns_nothing_is_an_error_and_never_0_joules(
    monkeypatch: pytest.MonkeyPatch, broken: str, reply: str
) -> None:
    said = answers(monkeypatch, "start", "stop", broken=broken)
    assert {"error": reply} in said
    assert not any(part["joules"] == 0 for each in said for part in each.get("components", ()))


def test_a_stop_without_a_start_that_worked_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    _, started, stopped = answers(monkeypatch, "start", "stop", broken="start")
    assert "error" in started
    assert "error" in stopped


def test_a_machine_without_gpus_has_no_gpu_conditions(monkeypatch: pytest.MonkeyPatch) -> None:
    _, now, _, _, watched = answers(monkeypatch, "sample", "start", "stop", "watched")
    assert set(now["conditions"].values()) == set(watched["conditions"].values()) == {None}
