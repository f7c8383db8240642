"""The journal of a detached experiment gives back every event as it was told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from greenfix_codemods.events import CacheUnusable, FileScanned, PatchesWritten, ScanStarted
from greenfix_codemods.finding import CellLine, Choice
from greenfix_verify.events import (
    BlockJudged,
    CandidatesScreened,
    CommandRan,
    CoolingDown,
    ExperimentStarted,
    RunFinished,
    RunOutput,
    RunStarted,
    ScreeningStarted,
)
from greenfix_verify.evidence import write_evidence
from greenfix_verify.run import Ending
from greenfix_verify.screening import Fate, Screening, Standing
from greenfix_verify.verdict import BehaviourKind

from greenfix.detached.journal import OUTPUT_BYTES, Ended, Journal, JournalError, JournalReader
from greenfix.diagnosis.value import Diagnosed, Diagnosis, State
from greenfix.events import (
    Belated,
    CannotPay,
    Committed,
    DirtyTree,
    Event,
    Followed,
    Following,
    LeftOut,
    NotRemembered,
    Paused,
    Planned,
    RaceEnded,
    RaceStarted,
    Remembered,
    Resumed,
    Reviewed,
    Scanned,
    TreeReady,
    TrialEnded,
    TrialStarted,
)
from greenfix.experiment_plan import Setup
from greenfix.history import OneRun
from greenfix.outcome import Commit, Share, Trial
from tests.evidences import SAVING, evidence_of
from tests.tui.scripted import RESULT, candidates, experiment_plan, finding, patch, run, verdict

FINDING = finding()
IN_A_CELL = replace(FINDING, path="train.ipynb", cell_line=CellLine(3, 5, 17))
PATCH = replace(patch(FINDING, "clear-session"), assumption="Keras 3")
RUN = run(1, "original", 412.0)
STANDING = Standing("clear-session", Fate.AHEAD, "", 0.3, 2)
DIAGNOSED = Diagnosed(FINDING.fingerprint, "IMR001", "train.py", 16, State.CONFIRMED, 4096, 0.5, "seen", 10)
DIAGNOSIS = Diagnosis(
    "c0ffee", ("python",), (DIAGNOSED,), (), (), ((0.5, 2**20),), 1, 1.0, 1.0, 0, 0.0, Ending.COMPLETED
)
SETUP = Setup(("python", "train.py"), 24)


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    evidence = evidence_of(SAVING, patch="clear-session")
    file = tmp_path / "evidence.json"
    digest = write_evidence(evidence, file)
    share = Share(FINDING, 0.2, None, 0.3)
    return Trial(PATCH, verdict(), evidence, file, digest, True, "it saves", (share,), (verdict(),))


@pytest.fixture
def told(trial: Trial) -> list[Event]:
    """One of each kind, with something in every field that may be empty."""
    return [
        ScanStarted(3),
        FileScanned("train.py", 1, (FINDING, IN_A_CELL), RESULT.errors),
        PatchesWritten("train.py"),
        CacheUnusable("read-only"),
        CommandRan(("git", "push", "https://***@host/x"), Path("/repository"), None, 0.5),
        ExperimentStarted(("original", "clear-session"), 24, 1, (RUN,)),
        CoolingDown("original"),
        RunStarted(0, 1, "original", True),
        RunOutput("an accent é, and bytes that are no text: \udcff"),
        RunFinished(run(1, "original", 412.0, ending=Ending.KILLED)),
        BlockJudged(1, replace(verdict(), behaviour=BehaviourKind.IDENTICAL), "clear-session"),
        ScreeningStarted(("clear-session", "hoist"), 2, 1, (RUN,)),
        CandidatesScreened(1, (STANDING,)),
        TreeReady(Path("/repository"), Path("/tree"), "c0ffee", Path("/baseline")),
        Remembered(DIAGNOSIS),
        Scanned(RESULT),
        DirtyTree(("a.py",), True),
        LeftOut((FINDING,)),
        CannotPay((FINDING,)),
        NotRemembered("read-only"),
        Reviewed(candidates(3), (Choice(FINDING, "clear-session"),)),
        Planned(experiment_plan(SETUP, OneRun(3.0, 40.0, trial.verdict.provenance, 2))),  # type: ignore[arg-type]
        RaceStarted((PATCH,), "python train.py"),
        RaceEnded(Screening("f" * 64, (STANDING,), (RUN,), 900.0, "the meter gave no reading")),
        TrialStarted(PATCH, "python train.py", (Choice(FINDING, "clear-session"),)),
        TrialEnded(trial),
        Committed(Commit("c0ffee", "greenfix/x", "Save")),
        Paused(),
        Resumed(),
        Following(7, 1.5, Path("/kept"), True),
        Belated(2.5),
        Followed(True, "c0ffee"),
    ]


def test_every_kind_of_event_comes_back_as_it_was(told: list[Event], tmp_path: Path) -> None:
    assert {type(event) for event in told} == set(get_args(Event))
    file = tmp_path / "journal.jsonl"
    with Journal(file, clock=lambda: 12.25) as journal:
        for event in told:
            journal.write(event)
        journal.write(Ended("out of memory", interrupted=True))
    entries = list(JournalReader(file).news())
    assert [entry.event for entry in entries] == [*told, Ended("out of memory", interrupted=True)]
    assert {entry.at for entry in entries} == {12.25}
    started = next(entry.event for entry in entries if isinstance(entry.event, ExperimentStarted))
    assert started.runs == (RUN,)  # no part of what makes two of these events equal


def test_a_line_that_is_half_written_is_read_when_it_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    with Journal(file) as journal:
        journal.write(CoolingDown("original"))
        journal.write(RunOutput("second"))
    whole = file.read_bytes()
    file.write_bytes(whole[:-5])
    reader = JournalReader(file)
    assert [entry.event for entry in reader.news()] == [CoolingDown("original")]
    assert list(reader.news()) == []
    file.write_bytes(whole)
    assert [entry.event for entry in reader.news()] == [RunOutput("second")]


def test_a_journal_that_is_not_there_yet_says_nothing(tmp_path: Path) -> None:
    assert list(JournalReader(tmp_path / "journal.jsonl").news()) == []


@pytest.mark.parametrize("line", ["{}", "no json", '{"at": 1.0, "kind": "Unheard", "event": {}}'])
def test_a_line_of_another_version_is_an_error_that_names_the_journal(tmp_path: Path, line: str) -> None:
    file = tmp_path / "journal.jsonl"
    file.write_text(f"{line}\n")
    with pytest.raises(JournalError, match=str(file)):
        list(JournalReader(file).news())


@pytest.mark.parametrize("left", [b"", None])
def test_a_trial_whose_evidence_changed_meanwhile_is_not_taken_for_it(
    trial: Trial, tmp_path: Path, left: bytes | None
) -> None:
    file = tmp_path / "journal.jsonl"
    with Journal(file) as journal:
        journal.write(TrialEnded(trial))
    trial.evidence_file.unlink() if left is None else trial.evidence_file.write_bytes(left)
    with pytest.raises(JournalError):
        list(JournalReader(file).news())


def test_a_program_that_says_too_much_does_not_fill_the_disk(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    lines = OUTPUT_BYTES // 1000 + 2
    with Journal(file) as journal:
        for number in range(2):
            journal.write(RunStarted(number, 0, "original", False))
            for _ in range(2 * lines):
                journal.write(RunOutput("x" * 999))
    kept = [entry.event for entry in JournalReader(file).news() if isinstance(entry.event, RunOutput)]
    assert lines < len(kept) < 3 * lines
    assert [event.line for event in kept].count("(the rest of what this run says is not kept)") == 2
