"""One run under the witness, from a repository to a diagnosis. The user's files stay as they are, as with ``fix``."""

from __future__ import annotations

import shlex
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from greenfix_codemods.finding import Finding
from greenfix_verify.command import resolve_command
from greenfix_verify.environment import measured_environment
from greenfix_verify.events import RunOutput
from greenfix_verify.execution import Execution, execute
from greenfix_verify.run import Ending
from greenfix_verify.variables import variables
from greenfix_verify.witness import Facts, Place, Witnessing

from greenfix.diagnosis.kept import remember
from greenfix.diagnosis.tying import place_of, retraced, tie
from greenfix.diagnosis.value import Diagnosis
from greenfix.entrypoint import guessed_command, known_command
from greenfix.errors import EntrypointError, UsageError
from greenfix.events import Event
from greenfix.repository import Repository, open_repository
from greenfix.scanned import base_commit, scan_below
from greenfix.worktree import Worktree

PROGRESS_SECONDS = 2.0
SEED = 0


@dataclass(frozen=True, slots=True)
class DiagnosisStarted:
    """The program starts, with the witness in it; ``places`` will be looked at."""

    command: str
    places: int


@dataclass(frozen=True, slots=True)
class DiagnosisProgress:
    """What has been seen so far; the program still runs. Seconds since its start, bytes resident."""

    seconds: float
    resident_bytes: int
    models: int
    traces: int


DiagnosisEvent = Event | DiagnosisStarted | DiagnosisProgress
Tell = Callable[[DiagnosisEvent], None]


@dataclass(frozen=True, slots=True)
class Question:
    """What a person asks ``diagnose`` for: as ``fix``; ``timeout`` in s, ``environment`` as ``KEY=VALUE``."""

    path: Path
    command: tuple[str, ...] = ()
    include_dirty: bool = False
    timeout: float = 3600.0
    environment: tuple[str, ...] = ()


def diagnose(question: Question, tell: Tell, cancel: threading.Event) -> Diagnosis:
    """Run the program once and say of each finding whether it leaks. The answer is remembered unless the run failed.

    Raises:
        GreenfixError: something a person has to put right first; the message says what.
        VerifyError: the program could not be started, or the person stopped it.
    """
    repository = open_repository(question.path)
    base = base_commit(repository, question.include_dirty, tell)
    with repository.worktree(base) as tree:
        findings = scan_below(question.path, tree, repository, tell).findings
        words = known_command(question.command, tree.path) or _guessed(findings, tree.path)
        tree.reset()
        places = [place_of(finding, _line(tree.path, finding)) for finding in findings]
        tell(DiagnosisStarted(shlex.join(words), len(places)))
        execution, facts = _run(repository, tree, words, places, question, tell, cancel)
    if not facts.processes and execution.ending is Ending.COMPLETED:
        raise UsageError(
            f"`{shlex.join(words)}` ran no Python that greenfix could look into.",
            "Name the training program itself: `greenfix diagnose REPO -- python train.py`.",
        )
    diagnosis = replace(_diagnosis(base, words, findings, facts, execution), environment=question.environment)
    if diagnosis.ending in (Ending.COMPLETED, Ending.TIMED_OUT):
        remember(diagnosis, repository.state)
    return diagnosis


def _guessed(findings: Sequence[Finding], tree: Path) -> tuple[str, ...]:
    if not findings:
        raise EntrypointError(
            "Nothing was found, and no program was named.",
            "`greenfix diagnose REPO -- python train.py` runs it anyway.",
        )
    return guessed_command([finding.path for finding in findings], tree)


def _line(tree: Path, finding: Finding) -> str:
    """The line that a finding stands on; of a notebook nothing, since its lines are not the file's."""
    if finding.path.endswith(".ipynb"):
        return ""
    lines = (tree / finding.path).read_bytes().splitlines()
    return lines[finding.span.line - 1].decode(errors="replace")


def _run(
    repository: Repository,
    tree: Worktree,
    words: Sequence[str],
    places: Sequence[Place],
    question: Question,
    tell: Tell,
    cancel: threading.Event,
) -> tuple[Execution, Facts]:
    command = resolve_command(words, repository.root)
    with tempfile.TemporaryDirectory(prefix="greenfix-notes-") as folder:
        witnessing = Witnessing.of(Path(folder), tree.path, places)
        environment = witnessing.environment(measured_environment(command, SEED) | variables(question.environment))
        with _progress(witnessing, tell):
            execution = execute(
                command.argv,
                tree.path,
                environment,
                timeout=question.timeout,
                tell_line=lambda line: tell(RunOutput(line)),
                cancel=cancel,
            )
        return execution, witnessing.facts()


@contextmanager
def _progress(witnessing: Witnessing, tell: Tell) -> Iterator[None]:
    """Tell now and then what the witness has written down, from a thread of its own."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(PROGRESS_SECONDS):
            facts = witnessing.facts()
            if facts.memory:
                counts = [each.kind for each in facts.occurrences]
                tell(DiagnosisProgress(*facts.memory[-1], counts.count("build"), counts.count("trace")))

    thread = threading.Thread(target=watch, name="greenfix-diagnosis-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _diagnosis(
    base: str, words: Sequence[str], findings: Sequence[Finding], facts: Facts, execution: Execution
) -> Diagnosis:
    counters = execution.counters
    limits = facts.limits
    if execution.ending is Ending.COMPLETED and not facts.complete:
        limits += ("a process of the run ended without a last word: what it did in its last second is not known",)
    return Diagnosis(
        commit=base,
        command=tuple(words),
        findings=tuple(tie(finding, facts) for finding in findings),
        retraced=retraced(facts),
        holders=facts.holders,
        memory=facts.memory,
        peak_rss_bytes=counters.peak_rss_bytes,
        cpu_seconds=counters.cpu_seconds,
        wall_seconds=counters.wall_seconds,
        collections=facts.collections,
        collection_seconds=facts.collection_seconds,
        ending=execution.ending,
        detail=execution.detail,
        limits=limits,
    )
