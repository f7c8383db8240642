from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.greenfix_command import Greenfix
from tests.repositories import STATE, MakeRepository, git

WORK = "print(sum(number * number for number in range(300_000)))\n"


@pytest.fixture
def working(make_repository: MakeRepository) -> Path:
    return make_repository({"work.py": WORK})


def test_a_checkup_says_what_the_gate_will_do_and_changes_nothing(greenfix: Greenfix, working: Path) -> None:
    before = [git(working, *command.split()) for command in STATE]
    done = greenfix("doctor", working, "--format", "json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["ready"] is True
    assert ("--allow-estimated" in document["gate"]) is not document["measured"]
    assert {"meter", "ram", "git", "repository", "interpreter", "state"} <= {
        each["topic"] for each in document["checks"]
    }
    assert [git(working, *command.split()) for command in STATE] == before


def test_a_folder_without_git_is_exit_code_2_with_advice(greenfix: Greenfix, tmp_path: Path) -> None:
    done = greenfix("doctor", tmp_path)
    assert done.returncode == 2
    assert "git init" in done.stdout


def test_a_calibration_promises_what_its_noise_allows_and_is_kept(greenfix: Greenfix, working: Path) -> None:
    command = ("doctor", "--calibrate", working, "--blocks", "5", "--format", "json", "--", sys.executable, "work.py")
    done = greenfix(*command)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["calibration"]
    assert (found["blocks"], found["behaviour"]) == (5, "identical")
    assert 0 < found["noise_low"] < found["noise"] < found["noise_high"]
    assert [promise["blocks"] for promise in found["smallest_savings"]] == [5, 10, 20]
    assert "block 5" in done.stderr
    assert "so far" not in done.stderr
    again = greenfix(*command)
    assert json.loads(again.stdout)["calibration"] == found
    assert "12 runs are in the ledger already" in again.stderr


def test_a_program_that_fails_is_a_bad_measurement(greenfix: Greenfix, make_repository: MakeRepository) -> None:
    folder = make_repository({"work.py": "raise SystemExit(3)\n"})
    done = greenfix("doctor", "--calibrate", folder, "--", sys.executable, "work.py")
    assert done.returncode == 4
    assert "The measurement is bad: The original program fails" in done.stdout or "exit code 3" in done.stdout


@pytest.mark.parametrize("arguments", [("--calibrate", "."), (".", "--", "python", "work.py")])
def test_a_command_and_calibrate_belong_together(greenfix: Greenfix, arguments: tuple[str, ...]) -> None:
    done = greenfix("doctor", *arguments)
    assert done.returncode == 2
    assert "greenfix doctor --calibrate REPO -- " in done.stderr
