"""The whole story on real programs: real TensorFlow, real CodeCarbon, a real commit."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repositories import MakeRepository, git
from tests.target import TARGET_PYTHON, needs_tensorflow

CORPUS = Path(__file__).parents[2] / "corpus"

FEWEST_RUNS = ("--max-blocks", "5", "--warmup", "0")
"""Five blocks are the fewest that can show a saving."""

pytestmark = [pytest.mark.experiment, needs_tensorflow]


def greenfix(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "greenfix", *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def test_a_real_leak_is_found_mended_measured_and_committed(make_repository: MakeRepository) -> None:
    program = (CORPUS / "imr-kfold-graph" / "train.py").read_text()
    folder = make_repository({"train.py": program})
    quick = ("--strategy", "clear-session", *FEWEST_RUNS)  # a race takes twice as long
    options = ("--yes", "--allow-estimated", *quick, "--format", "json")
    done = greenfix("fix", folder, *options, "--", TARGET_PYTHON, "train.py")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["verdict"], result["strategy"]) == ("saves", "clear-session")
    assert result["low"] > 0.2
    assert git(folder, "diff", "--numstat", "main", result["branch"]).split()[1:] == ["0", "train.py"]
    assert "clear_session()" in git(folder, "diff", "main", result["branch"])
    body = git(folder, "log", "-1", "--format=%B", result["commit"])
    assert f"Evidence-SHA256: {hashlib.sha256(Path(result['evidence']).read_bytes()).hexdigest()}" in body
    assert "Greenfix-Rule: IMR001" in body
    evidence = json.loads(Path(result["evidence"]).read_text())
    assert evidence["verdicts"]["clear-session"]["behaviour"] == "identical"
    losses = {tuple(run["behaviour"]["metrics"]["fit[0].loss"]) for run in evidence["runs"]}
    assert len(losses) == 1


def test_the_same_program_against_itself_is_not_called_a_saving(make_repository: MakeRepository) -> None:
    program = (CORPUS / "imr-kfold-eager" / "train.py").read_text()
    assert "n_splits=5" in program
    folder = make_repository({"train.py": program.replace("n_splits=5", "n_splits=2")})
    command = (*FEWEST_RUNS, "--min-saving", "0.2", "--format", "json", "--", TARGET_PYTHON, "train.py")
    done = greenfix("verify", folder, "--baseline", "HEAD", "--allow-estimated", *command)
    assert done.returncode in {1, 3}, done.stderr
    assert json.loads(done.stdout)["verdict"] in {"no saving", "inconclusive", "costs"}
    assert git(folder, "branch", "--list") == "* main"
