"""Pausing and ending early, with a real experiment on programs that do nothing."""

from __future__ import annotations

import sys
from pathlib import Path
from threading import Event

import pytest
from greenfix_verify.events import BlockJudged, RunFinished
from greenfix_verify.policy import Policy
from greenfix_verify.reading import Provenance
from greenfix_verify.run import ORIGINAL

from greenfix import trial
from greenfix.repository import open_repository
from greenfix.trial import Bench, run_experiment
from greenfix.worktree import Worktree
from tests.measuring import FakeMeter, Heard, arms
from tests.repositories import MakeRepository

POLICY = Policy(maximum_blocks=6, warmup_blocks=1)


@pytest.fixture
def bench(make_repository: MakeRepository, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(trial, "CodeCarbonMeter", lambda: FakeMeter(Provenance.ESTIMATED))
    monkeypatch.setattr(Worktree, "reset", lambda tree: ())
    folder = make_repository({"program.py": "print(1)\n"})
    return Bench(open_repository(folder), Worktree(folder, folder), "", (sys.executable, "program.py"), observe=False)


def measured(bench: Bench, folder: Path, heard: Heard, **asked: object) -> int:
    """How many blocks counted."""
    compared = arms(folder, original="print(1)", patch="print(1)")
    bench = Bench(bench.repository, bench.original, bench.base, bench.words, bench.observe, **asked)  # type: ignore[arg-type]  # as given
    run_experiment(bench, {arm.name: (bench.original, arm) for arm in compared}, POLICY, heard, Event())
    return len(heard.of(BlockJudged))


def test_the_person_is_asked_before_each_block_and_never_inside_one(bench: Bench, tmp_path: Path) -> None:
    heard, runs_before = Heard(), []
    measured(bench, tmp_path, heard, hold=lambda: runs_before.append(len(heard.of(RunFinished))))
    assert {0, 2, 4} <= set(runs_before)
    assert all(number % 2 == 0 for number in runs_before)


def test_enough_ends_it_after_a_block_that_counts_and_more_goes_on_from_there(bench: Bench, tmp_path: Path) -> None:
    assert measured(bench, tmp_path, Heard(), enough=lambda: True) == 1
    heard = Heard()
    stopped_again = iter([False, True])
    assert measured(bench, tmp_path, heard, enough=lambda: next(stopped_again, True)) == 1
    assert {event.run.arm for event in heard.of(RunFinished) if isinstance(event, RunFinished)} == {ORIGINAL, "patch"}
    assert len(heard.of(RunFinished)) == 2
