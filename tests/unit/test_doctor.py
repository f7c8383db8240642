"""What ``doctor`` says of machines that this one is not."""

from __future__ import annotations

import ctypes
import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from greenfix_verify.errors import MeterError
from greenfix_verify.meter import MeterDescription
from greenfix_verify.reading import Component, Provenance

from greenfix import doctor as doctor_module
from greenfix.doctor import Check, Checkup, State, examine, no_gpu, no_rapl
from greenfix.report.doctor import checkup_text, doctor_json
from tests.measuring import FakeMeter
from tests.repositories import MakeRepository


class DeadMeter(FakeMeter):
    def describe(self) -> MeterDescription:
        raise MeterError("no module named codecarbon")


class SamplingMeter(FakeMeter):
    def describe(self) -> MeterDescription:
        return MeterDescription(
            "codecarbon",
            "3.3.2",
            {},
            {"gpu": Provenance.MEASURED, "cpu": Provenance.MEASURED, "ram": Provenance.ESTIMATED},
            {"gpu": "NVML power samples, 1 Hz", "cpu": "RAPL package counters", "ram": "a model"},
            4.0,
            "4 W a thread",
        )


def by_topic(checkup: Checkup) -> dict[str, Check]:
    return {check.topic: check for check in checkup.checks}


@pytest.fixture
def repository(make_repository: MakeRepository) -> Path:
    return make_repository({"train.py": "1\n"})


def test_without_counters_energy_is_estimated_and_the_gate_needs_a_word(repository: Path, tmp_path: Path) -> None:
    meter = FakeMeter(Provenance.ESTIMATED)
    found = examine(repository, meter, {"PATH": os.environ["PATH"]}, powercap=tmp_path)
    checks = by_topic(found)
    assert found.ready
    assert not found.measured
    assert "--allow-estimated" in found.gate
    assert checks["cpu"].text == (
        "estimated: a test; no RAPL counters: a virtual machine, or a kernel without powercap"
    )
    assert checks["outcome"].text.startswith("estimated: CPU seconds of the run's own processes x 4 W")
    assert checks["repository"].text.startswith(str(repository))
    assert (checks["interpreter"].state, checks["git"].state) == (State.LIMITED, State.GOOD)
    assert meter.closed


def test_with_counters_savings_are_measured_and_samples_are_called_coarse(repository: Path, tmp_path: Path) -> None:
    found = examine(repository, SamplingMeter(), powercap=tmp_path)
    checks = by_topic(found)
    assert found.measured
    assert found.gate.startswith("Savings are measured")
    assert (checks["gpu"].state, checks["cpu"].state, checks["ram"].state) == ("limited", "good", "good")
    assert "minute" in checks["gpu"].advice
    assert "outcome" not in checks


def test_a_meter_that_does_not_start_is_missing(repository: Path) -> None:
    found = examine(repository, DeadMeter())
    assert not found.ready
    assert found.checks[0].text == "CodeCarbon does not start: no module named codecarbon"
    assert found.gate == "Nothing can be measured here yet."


def nvidia_smi(folder: Path, code: int) -> dict[str, str]:
    program = folder / "nvidia-smi"
    program.write_text(f"#!/bin/sh\necho driver mismatch >&2\nexit {code}\n")
    program.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def absent(name: str) -> ctypes.CDLL:
    raise OSError(name)


def failing(code: int) -> object:
    return lambda name: SimpleNamespace(nvmlInit_v2=lambda: code)


def test_why_no_gpu_is_read(tmp_path: Path) -> None:
    assert no_gpu({"CUDA_VISIBLE_DEVICES": "-1"}) == "CUDA_VISIBLE_DEVICES=-1 hides it from the program"
    assert no_gpu({"PATH": str(tmp_path)}).startswith("no nvidia-smi on PATH")
    assert no_gpu(nvidia_smi(tmp_path, 9)) == "nvidia-smi fails: driver mismatch"
    environment = nvidia_smi(tmp_path, 0)
    assert "libnvidia-ml.so.1 cannot be loaded" in no_gpu(environment, absent)
    assert no_gpu(environment, failing(18)) == "NVML fails with error 18"  # type: ignore[arg-type]  # as far as needed
    assert "no GPU offers" in no_gpu(environment, failing(0))  # type: ignore[arg-type]


def test_why_rapl_is_not_read_and_how_to_make_it_readable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert no_rapl(tmp_path)[0].startswith("no RAPL counters")
    counter = tmp_path / "intel-rapl:0" / "energy_uj"
    counter.parent.mkdir()
    counter.write_text("1")
    assert no_rapl(tmp_path) == ("RAPL is readable, but CodeCarbon does not use it", "")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    why, advice = no_rapl(tmp_path)
    assert why == "RAPL is there but only root may read it"
    assert f"sudo chmod a+r {tmp_path}/intel-rapl*/energy_uj" in advice


def test_settings_of_codecarbon_are_named_as_ignored(repository: Path) -> None:
    (repository / ".codecarbon.config").write_text("[codecarbon]\n")
    environment = {"PATH": os.environ["PATH"], "CODECARBON_LOG_LEVEL": "debug", "HOME": "/nowhere"}
    text = by_topic(examine(repository, FakeMeter(), environment))["settings"].text
    assert text.startswith("ignored")
    assert str(repository / ".codecarbon.config") in text
    assert "CODECARBON_LOG_LEVEL" in text


def test_a_folder_without_git_and_a_machine_without_git_are_missing(tmp_path: Path) -> None:
    checks = by_topic(examine(tmp_path, FakeMeter(), {"PATH": os.environ["PATH"]}))
    assert checks["repository"].state is State.MISSING
    assert "git init" in checks["repository"].advice
    assert by_topic(examine(tmp_path, FakeMeter(), {"PATH": str(tmp_path)}))["git"].state is State.MISSING


def fake_python(repository: Path, packages: dict[str, str]) -> None:
    program = repository / ".venv" / "bin" / "python"
    program.parent.mkdir(parents=True)
    answer = json.dumps({"python": "3.11.9", "implementation": "cpython", "packages": packages})
    program.write_text(f"#!/bin/sh\necho '{answer}'\n")
    program.chmod(0o755)


def test_the_interpreter_of_the_repository_is_shown_with_its_tensorflow(repository: Path) -> None:
    fake_python(repository, {"tensorflow": "2.21.0", "Keras": "3.15.0", "tf_keras": "2.21.0", "numpy": "2"})
    check = by_topic(examine(repository, FakeMeter()))["interpreter"]
    assert check.state is State.GOOD
    assert check.text == (
        f"Python 3.11.9, {repository}/.venv/bin/python (the repository's .venv), "
        "tensorflow 2.21.0, Keras 3.15.0, tf_keras 2.21.0"
    )


def test_an_interpreter_that_does_not_run_is_missing(repository: Path) -> None:
    fake_python(repository, {})
    (repository / ".venv" / "bin" / "python").write_text("#!/bin/sh\nexit 3\n")
    assert by_topic(examine(repository, FakeMeter()))["interpreter"].state is State.MISSING


def test_uncommitted_changes_and_little_room_are_said(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "new.py").write_text("2\n")
    monkeypatch.setattr(doctor_module, "LITTLE_ROOM", 2**80)
    checks = by_topic(examine(repository / "train.py", FakeMeter()))
    assert "1 changed files that are measured only with --include-dirty" in checks["repository"].text
    assert checks["state"].state is State.LIMITED
    assert "Make room" in checks["state"].advice


def test_text_and_json_say_the_same() -> None:
    checks = (Check("meter", State.GOOD, "here"), Check("git", State.MISSING, "not found", "Install git."))
    checkup = Checkup(checks, measured=True)
    assert checkup_text(checkup) == (
        "ok  meter  here\n!!  git    not found\n           Install git.\n\nNothing can be measured here yet.\n"
    )
    document = json.loads(doctor_json(checkup, None))
    assert (document["version"], document["ready"], document["calibration"]) == (1, False, None)
    assert document["checks"][1] == {
        "topic": "git",
        "state": "missing",
        "text": "not found",
        "advice": "Install git.",
    }


def test_a_gpu_that_is_read_by_its_counter_is_good(repository: Path) -> None:
    checks = by_topic(examine(repository, FakeMeter(component=Component.GPU)))
    assert (checks["gpu"].state, checks["gpu"].text) == (State.GOOD, "measured: a test")
    assert "cpu" not in checks
