"""What is said of the machine, and how busy it was."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from greenfix_verify.machine import busy_seconds, this_machine


def test_the_machine_is_described() -> None:
    machine = this_machine()
    assert machine.logical_cpus == os.cpu_count()
    assert machine.memory_bytes > 2**28
    assert machine.cpu_model
    assert machine.kernel.startswith("Linux ")


def test_gpus_are_those_of_nvidia_smi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'Tesla T4, 550.54'\necho 'Tesla T4, 550.54'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert this_machine().gpus == ("Tesla T4, 550.54", "Tesla T4, 550.54")


def test_work_makes_the_machine_busy() -> None:
    before, own = busy_seconds(), time.process_time()
    while time.process_time() < own + 0.2:
        pass
    assert busy_seconds() - before >= 0.1  # the kernel counts in ticks of 10 ms
