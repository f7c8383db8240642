"""The real command in a real terminal, with the keys of a person."""

from __future__ import annotations

import os
import select
import sys
from pathlib import Path

import pytest

from tests.e2e.terminal import Terminal, needs_tmux
from tests.repositories import MakeRepository, git
from tests.target import TARGET_PYTHON, needs_tensorflow

CORPUS = Path(__file__).parents[2] / "corpus"
EXPERIMENT_SECONDS = 900.0
"""Ten runs take some 80 s on a quiet machine with two cores."""


def fix(folder: Path, *options: str | Path) -> list[str]:
    return [sys.executable, "-m", "greenfix", "fix", str(folder), *map(str, options)]


@needs_tmux
@needs_tensorflow
@pytest.mark.experiment
def test_a_leak_is_accepted_measured_and_committed_by_keys(make_repository: MakeRepository, tmp_path: Path) -> None:
    program = (CORPUS / "imr-compile-epoch" / "train_digits.py").read_text()
    assert "EPOCHS = 22" in program
    folder = make_repository({"train.py": program.replace("EPOCHS = 22", "EPOCHS = 12")})
    # Five blocks are the fewest that can show a saving, and a race would take twice as long.
    quick = ("--strategy", "hoist-compile", "--max-blocks", "5", "--warmup", "0", "--allow-estimated")
    command = fix(folder, *quick, "--branch", "greener", "--", TARGET_PYTHON, "train.py")
    with Terminal(command, tmp_path, os.environ) as terminal:
        terminal.until("hoist-compile")
        terminal.press("Space")
        terminal.until("1 accepted")
        terminal.press("v")
        assert "train.py" in terminal.until("v Measure")
        terminal.press("v")
        terminal.until("of at most 5 blocks")
        terminal.until("c shows the commit to greener", EXPERIMENT_SECONDS)
        assert "saves" in terminal.screen
        assert "estimated" in terminal.screen
        terminal.press("@")
        assert "train.py" in terminal.until("escape closes")
        terminal.press("Escape")
        terminal.until("c shows the commit to greener")
        terminal.press("c")
        terminal.until("Energy-Provenance: estimated")
        terminal.press("c")
        terminal.until("on branch greener")
        terminal.press("q")
        assert terminal.ended() == 0
    assert git(folder, "diff", "--numstat", "main", "greener").endswith("train.py")
    assert "Energy-Provenance: estimated" in git(folder, "log", "-1", "--format=%B", "greener")
    assert git(folder, "status", "--porcelain") == ""


@needs_tmux
def test_a_dumb_terminal_gets_questions_in_plain_text(
    leaking: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    command = ["env", "TERM=dumb", *fix(leaking, "--strategy", "clear-session", "--", "python", "train.py")]
    with Terminal(command, tmp_path, environment) as terminal:
        screen = terminal.until("Try clear-session?")
        assert "train.py:3" in screen
        assert "+    keras.backend.clear_session()" in screen
        terminal.press("n", "Enter")
        assert terminal.ended() == 1


@needs_tmux
def test_a_detached_experiment_outlives_its_terminal_and_is_committed_from_another(
    leaking: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    quick = ("--strategy", "clear-session", "--max-blocks", "5", "--warmup", "0", "--allow-estimated")
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    with Terminal(fix(leaking, *quick, "--", "python", "train.py"), first, environment, (80, 24)) as terminal:
        terminal.until("hunk 1/1")
        terminal.press("Space", "v")
        terminal.until("v Measure")
        terminal.press("v")
        terminal.until("d Detach")
        terminal.press("p")  # it holds before a block, so that it cannot end before it is detached
        terminal.until("Paused: p goes on")
        terminal.press("d")
        terminal.until("goes on in the background")
        terminal.press("y")
        assert terminal.ended() == 0
        assert "kill -INT" in terminal.screen
    with Terminal(fix(leaking), second, environment, (80, 24)) as terminal:
        terminal.until("c Commit", 180.0)
        terminal.press("c")
        terminal.until("e Message")
        terminal.press("c")
        terminal.until("on branch")
        terminal.press("q")
        assert terminal.ended() == 0
    assert "Energy-Provenance: estimated" in git(leaking, "log", "-1", "--format=%B", "--branches=greenfix/*")
    assert git(leaking, "worktree", "list").count("\n") == 0


@needs_tmux
@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
def test_without_colours_every_state_has_its_symbol(
    leaking: Path, environment: dict[str, str], tmp_path: Path, size: tuple[int, int]
) -> None:
    with Terminal(["env", "NO_COLOR=1", *fix(leaking)], tmp_path, environment, size) as terminal:
        terminal.until("hunk 1/1")
        assert "· IMR001" in terminal.screen
        terminal.press("Space")
        terminal.until("✓ IMR001")
        terminal.press("x")
        terminal.until("✗ IMR001")
        terminal.press("q")
        assert terminal.ended() == 1


@needs_tmux
def test_a_terminal_that_is_closed_takes_greenfix_with_it(
    leaking: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    with Terminal(fix(leaking), tmp_path, environment) as terminal:
        terminal.until("hunk 1/1")
        running = os.pidfd_open(terminal.process)
    try:
        assert select.select([running], [], [], 60.0)[0]
    finally:
        os.close(running)
    assert git(leaking, "worktree", "list").count("\n") == 0
