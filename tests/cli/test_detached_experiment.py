"""An experiment that goes on without a person: a real process in the background, and those who come back to it."""

from __future__ import annotations

import fcntl
import os
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from greenfix_codemods.finding import Candidates, Choice
from greenfix_verify.errors import Interrupted
from greenfix_verify.events import BlockJudged, ExperimentStarted, RunFinished
from greenfix_verify.policy import Policy

from greenfix.detached import GoesOn
from greenfix.detached.kept import AlreadyDetached, Detached, find
from greenfix.detached.story import Story, detach
from greenfix.errors import GreenfixError
from greenfix.events import Committed, Event, Followed, Following, Paused, TrialEnded, TrialStarted
from greenfix.front import Answer, MeasureMore, Proposal
from greenfix.narrator import Unattended
from greenfix.outcome import Trial
from greenfix.workflow import Request
from tests.greenfix_command import LEAKING, Greenfix
from tests.repositories import MakeRepository, git

FAST = ("--allow-estimated", "--strategy", "clear-session", "--max-blocks", "5", "--warmup", "0")
PROGRAM = ("python", "train.py")
POLICY = Policy(allow_estimated=True, maximum_blocks=5, warmup_blocks=0)


class Person(Unattended):
    """Decides as ``--yes`` does, and remembers what was told; ``at`` is called with each event."""

    def __init__(self, at: Callable[[Event], object] = lambda event: None, answer: Any = None) -> None:
        super().__init__(lambda line: None)
        self.told: list[Event] = []
        self.asked: list[Trial] = []
        self.reviews = 0
        self._at = at
        self._answer = answer

    def tell(self, event: Event) -> None:
        self.told.append(event)
        self._at(event)

    def review(self, candidates: Sequence[Candidates]) -> Sequence[Choice]:
        self.reviews += 1
        return super().review(candidates)

    def conclude(self, trial: Trial, proposal: Proposal) -> Answer:
        self.asked.append(trial)
        answer, self._answer = self._answer, None
        given: Answer = answer(proposal) if callable(answer) else answer
        return given

    def of(self, *kinds: type[Any]) -> list[Any]:
        return [event for event in self.told if isinstance(event, kinds)]


def as_proposed(proposal: Proposal) -> Answer:
    return proposal


def wait(detached: Detached) -> None:
    """Until the process has ended: then the kernel lets go of its lock."""
    with detached.lock.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)


@pytest.fixture
def folder(leaking: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The leaking program, with the stand-in for Keras in reach of processes that this one starts."""
    monkeypatch.setenv("PYTHONPATH", environment["PYTHONPATH"])
    monkeypatch.setenv("FORGE_TOKEN", "a-secret-word")
    return leaking


def asked(folder: Path, **keywords: Any) -> Request:
    return Request(folder, PROGRAM, strategy="clear-session", **{"policy": POLICY, **keywords})


def detached_in(folder: Path) -> Detached:
    found = find(folder / ".git" / "greenfix")
    assert found is not None
    return found


def left(folder: Path, *, paused: bool = False, commits: bool = False, **keywords: Any) -> Detached:
    """An experiment in the background; ``paused`` holds it before its first block."""
    with pytest.raises(GoesOn, match="kill -INT"):
        detach(asked(folder, **keywords), Person(), threading.Event(), commits=commits)
    detached = detached_in(folder)
    detached.pause(paused)
    return detached


def come_back(folder: Path, person: Person, cancel: threading.Event | None = None, **keywords: Any) -> Any:
    return Story(lambda: asked(folder, **keywords))(person, cancel or threading.Event())


def test_it_stops_at_the_verdict_which_waits_for_the_person(greenfix: Greenfix, folder: Path) -> None:
    done = greenfix("fix", folder, *FAST, "--detach", "--", *PROGRAM)
    assert done.returncode == 0, done.stderr
    assert "The experiment goes on in the background." in done.stderr
    detached = detached_in(folder)
    wait(detached)
    assert git(folder, "branch", "--list") == "* main"
    assert "saves:" in detached.log.read_text()
    written = [file for file in detached.folder.iterdir() if file.is_file()]
    assert {"story.json", "journal.jsonl", "log"} <= {file.name for file in written}
    assert all(b"a-secret-word" not in file.read_bytes() for file in written)
    person = Person(answer=as_proposed)
    outcome = come_back(folder, person)
    assert outcome.commit is not None
    assert git(folder, "rev-parse", outcome.commit.branch) == outcome.commit.sha
    assert person.reviews == 0
    assert [event.runs for event in person.of(Following)] == [False]
    assert len(person.of(TrialEnded)) == 1
    assert find(folder / ".git" / "greenfix") is None
    assert git(folder, "worktree", "list").count("\n") == 0


def test_whoever_follows_sees_all_of_it_and_may_leave_it_running(folder: Path) -> None:
    detached = left(folder, paused=True)
    cancel = threading.Event()
    looking = Person(lambda event: cancel.set() if isinstance(event, Paused) else None)
    with pytest.raises(GoesOn, match=f"kill -INT {detached.process}"):
        come_back(folder, looking, cancel)
    assert detached.runs
    people = [Person(), Person()]
    threads = [threading.Thread(target=come_back, args=(folder, person)) for person in people]
    for thread in threads:
        thread.start()
    detached.pause(False)
    for thread in threads:
        thread.join()
    for person in people:
        assert len(person.of(RunFinished)) == len(person.asked[0].evidence.runs)
        assert person.of(BlockJudged)
    assert people[0].asked[0] == people[1].asked[0]


def test_an_early_end_gives_the_verdict_on_what_there_is(folder: Path) -> None:
    detached = left(folder, paused=True)
    detached.stop()
    person = Person()
    come_back(folder, person)
    assert [trial.verdict.blocks for trial in person.asked] == [1]


def test_who_comes_back_may_measure_more_and_detach_again(folder: Path) -> None:
    left(folder, paused=True).stop()
    leaving, cancel = threading.Event(), threading.Event()
    people: list[Person] = []

    def leave(event: Event) -> None:
        if isinstance(event, BlockJudged) and people[0].asked:
            leaving.set()
            cancel.set()

    people.append(Person(leave, answer=MeasureMore(POLICY, fresh=False)))
    with pytest.raises(GoesOn):
        Story(lambda: asked(folder), leaving)(people[0], cancel)
    detached = detached_in(folder)
    assert len(detached.told.decisions.more) == 1
    wait(detached)
    again = Person()
    come_back(folder, again)
    [trial] = again.asked
    assert trial.verdict.blocks >= 5


def test_a_verdict_is_kept_until_somebody_decides(folder: Path) -> None:
    wait(left(folder))
    cancel = threading.Event()
    person = Person(answer=lambda proposal: cancel.set())  # leaves without an answer
    come_back(folder, person, cancel)
    assert detached_in(folder)
    come_back(folder, Person(answer=lambda proposal: None))  # says no
    assert find(folder / ".git" / "greenfix") is None


def test_what_was_killed_goes_on_with_whoever_comes_next(folder: Path) -> None:
    detached = left(folder)

    def kill(event: Event) -> None:
        if isinstance(event, BlockJudged):
            os.kill(detached.process, signal.SIGKILL)

    watching = Person(kill)
    with pytest.raises(Interrupted):
        come_back(folder, watching)
    assert not detached.runs
    person = Person(answer=as_proposed)
    outcome = come_back(folder, person)
    assert outcome.commit is not None
    assert person.reviews == 0
    assert [event.unfinished for event in person.of(Followed)] == [True]
    assert person.of(ExperimentStarted)[-1].resumed_runs >= 2
    assert find(folder / ".git" / "greenfix") is None


@pytest.mark.parametrize(("number", "kept"), [(signal.SIGTERM, True), (signal.SIGINT, False), (signal.SIGKILL, True)])
def test_only_who_ends_it_by_hand_decides_anew(folder: Path, number: signal.Signals, kept: bool) -> None:
    detached = left(folder, paused=True)
    with pytest.raises(Interrupted):
        come_back(
            folder, Person(lambda event: os.kill(detached.process, number) if isinstance(event, Paused) else None)
        )
    assert (find(folder / ".git" / "greenfix") is not None) == kept


def test_another_process_with_the_number_of_a_dead_one_is_not_taken_for_it(folder: Path) -> None:
    detached = left(folder, paused=True)
    os.kill(detached.process, signal.SIGKILL)
    wait(detached)
    detached.lock.write_text(str(os.getpid()))
    assert not detached.runs
    detached.lock.unlink()  # somebody cleaned up
    assert (detached.runs, detached.process) == (False, 0)


def test_why_it_failed_is_told_once(folder: Path) -> None:
    wait(left(folder, policy=Policy(allow_estimated=True, metrics_file="nowhere.json")))
    with pytest.raises(GreenfixError, match=r"nowhere\.json"):
        come_back(folder, Person())
    assert "nowhere.json" in (folder / ".git/greenfix/detached/log").read_text()
    assert find(folder / ".git" / "greenfix") is None


def test_who_asks_for_something_else_gets_that(folder: Path) -> None:
    detached = left(folder, paused=True)
    os.kill(detached.process, signal.SIGKILL)
    wait(detached)
    cancel = threading.Event()
    person = Person(lambda event: cancel.set() if isinstance(event, TrialStarted) else None)
    with pytest.raises(Interrupted):
        Story(lambda: replace(asked(folder), command=(*PROGRAM, "--epochs", "3")))(person, cancel)
    assert person.reviews == 1
    assert person.of(Following) == []
    assert detached_in(folder) == detached


def test_nobody_measures_beside_it(greenfix: Greenfix, folder: Path) -> None:
    detached = left(folder, paused=True)
    done = greenfix("fix", folder, *FAST, "--yes", "--", *PROGRAM)
    assert done.returncode == 2
    assert f"kill -INT {detached.process}" in done.stderr
    with pytest.raises(AlreadyDetached):
        detach(asked(folder), Person(), threading.Event(), commits=False)
    assert greenfix("fix", folder, *FAST, "--dry-run", "--", *PROGRAM).returncode == 0
    detached.end()
    wait(detached)
    assert "so far" not in detached.log.read_text()


def test_with_yes_it_commits_by_itself(greenfix: Greenfix, folder: Path) -> None:
    greenfix("fix", folder, *FAST, "--yes", "--detach", "--branch", "mine", "--", *PROGRAM)
    wait(detached_in(folder))
    assert "Energy-Provenance: estimated" in git(folder, "log", "-1", "--format=%B", "mine")
    person = Person()
    outcome = come_back(folder, person)
    assert outcome.commit.branch == "mine"
    assert (len(person.of(Committed)), person.asked) == (1, [])


def test_what_is_measured_stays_the_commit_that_was_looked_at(folder: Path) -> None:
    base = git(folder, "rev-parse", "HEAD")
    detached = left(folder, paused=True)
    (folder / "train.py").write_text(LEAKING.replace("range(30)", "range(31)"))
    git(folder, "commit", "--all", "--message=second")
    detached.pause(False)
    person = Person(answer=as_proposed)
    outcome = come_back(folder, person)
    assert git(folder, "rev-parse", f"{outcome.commit.sha}^") == base
    assert [event.outdated for event in person.of(Followed)] == [base]


def test_without_findings_there_is_nothing_to_detach(greenfix: Greenfix, make_repository: MakeRepository) -> None:
    folder = make_repository({"train.py": "print('nothing')\n"})
    done = greenfix("fix", folder, "--detach", "--", *PROGRAM)
    assert done.returncode == 0
    assert "background" not in done.stderr


def test_what_comes_after_the_experiment_cannot_be_asked_for_before(greenfix: Greenfix, leaking: Path) -> None:
    done = greenfix("fix", leaking, *FAST, "--detach", "--pr", "--", *PROGRAM)
    assert done.returncode == 2
    assert "when you come back" in done.stderr
