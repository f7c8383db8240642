"""A story that is told by hand: the test says what happens next, and sees what the screens answered."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from greenfix_codemods.events import FileScanned, ScanStarted
from greenfix_codemods.finding import (
    Candidates,
    Confidence,
    FileEdit,
    FileError,
    Finding,
    Funnel,
    Patch,
    Safety,
    ScanResult,
    Smell,
    Span,
    Withheld,
)
from greenfix_verify.command import Command, Environment
from greenfix_verify.events import (
    BlockJudged,
    CandidatesScreened,
    ExperimentStarted,
    RunFinished,
    RunOutput,
    RunStarted,
    ScreeningStarted,
)
from greenfix_verify.evidence import Evidence, Exclusion
from greenfix_verify.machine import Machine
from greenfix_verify.policy import Policy
from greenfix_verify.reading import Component, ComponentEnergy, Provenance, Reading
from greenfix_verify.run import Behaviour, Counters, Ending, Run
from greenfix_verify.screening import Fate, Screening, Standing
from greenfix_verify.variables import variables
from greenfix_verify.verdict import Verdict, VerdictKind
from textual.pilot import Pilot

from greenfix.entrypoint import Entrypoint
from greenfix.errors import EntrypointError, GreenfixError
from greenfix.events import Committed, Event, RaceEnded, RaceStarted, Scanned, TrialEnded, TrialStarted
from greenfix.experiment_plan import Bounds, ExperimentPlan, Setup
from greenfix.front import Front, Proposal
from greenfix.history import OneRun
from greenfix.outcome import Commit, Outcome, Trial
from greenfix.tui.app import ReviewApp
from greenfix.tui.findings.screen import FindingsScreen

BEFORE = b'''"""Trains one network per fold."""

import numpy as np
import tensorflow as tf
from sklearn.model_selection import KFold


def build(width):
    model = tf.keras.Sequential([tf.keras.layers.Dense(width, activation="relu"), tf.keras.layers.Dense(10)])
    model.compile("adam", tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True), ["accuracy"])
    return model


def train(x, y, folds=10):
    scores = []
    for train_rows, test_rows in KFold(folds).split(x):
        model = build(128)
        model.fit(x[train_rows], y[train_rows], epochs=5, verbose=0)
        scores.append(model.evaluate(x[test_rows], y[test_rows], verbose=0)[1])
    return np.mean(scores)
'''
AFTER = BEFORE.replace(
    b"        model = build(128)\n", b"        tf.keras.backend.clear_session()\n        model = build(128)\n"
)
COLLECTED = AFTER.replace(b"import numpy", b"import gc\n\nimport numpy").replace(
    b"clear_session()\n", b"clear_session()\n        gc.collect()\n"
)


def finding(number: int = 0, rule: str = "IMR001", path: str = "train.py", line: int = 16) -> Finding:
    reason = "build() makes a new model in every pass of the loop over folds, and nothing releases the last one."
    confidence = (Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW)[number % 3]
    span = Span(line, 5, line + 3, 80)
    return Finding(rule, Smell(rule[:3]), path, span, ("model",), confidence, reason, f"{number:016x}")


def patch(found: Finding, strategy: str, after: bytes = AFTER, safety: Safety = Safety.UNSAFE) -> Patch:
    return Patch(strategy, safety, (found,), (FileEdit(found.path, BEFORE, after),))


def candidates(count: int = 4) -> tuple[Candidates, ...]:
    """The first can be fixed in two ways, the second in one, the third in none; and so on."""
    made = []
    for number in range(count):
        found = finding(number, "IMR001" if number % 2 == 0 else "UTR001", f"src/fold_{number // 2}.py", 16 + number)
        clear = patch(found, "clear-session")
        collect = patch(found, "clear-session-and-collect", COLLECTED)
        hoist = Withheld("hoist-compile", "the model's width changes from pass to pass")
        offers = ((clear, collect), (clear,), ())
        made.append(Candidates(found, offers[number % 3], (hoist,)))
    return tuple(made)


def run(block: int, arm: str, joules: float, *, warmup: bool = False, ending: Ending = Ending.COMPLETED) -> Run:
    reading = Reading(
        (ComponentEnergy(Component.CPU, 3 * joules, Provenance.ESTIMATED, "TDP model"),), joules, "CPU seconds"
    )
    counters = Counters(joules / 10, joules / 12, 0.4, int(joules * 2**20), 1000, 0)
    done = ending is Ending.COMPLETED
    return Run(
        block, 0, arm, warmup, 0.0, joules / 10, ending, int(not done), reading if done else None, counters,
        Behaviour(), "" if done else "Traceback: MemoryError",
    )  # fmt: skip


def verdict(kind: VerdictKind = VerdictKind.SAVES, blocks: int = 6, saving: float = 0.241) -> Verdict:
    return Verdict(
        kind,
        saving,
        saving - 0.038 / blocks * 6,
        saving + 0.036 / blocks * 6,
        0.0156,
        blocks,
        Provenance.ESTIMATED,
        f"The patch needs {100 * saving:.1f} % less energy in {blocks} blocks.",
        "About 8 more blocks." if kind is VerdictKind.INCONCLUSIVE else "",
    )


def evidence(strategy: str, blocks: int = 6) -> Evidence:
    """Of an experiment that ended after ``blocks`` blocks, all that were planned."""
    runs = tuple(
        replace(run(block, arm, joules), position=position)
        for block in range(blocks)
        for position, (arm, joules) in enumerate((("original", 412.0), (strategy, 390.0 + 9 * (block % 4))))
    )
    return cast(
        Evidence,
        SimpleNamespace(
            spent_joules=4100.0,
            payback_runs={strategy: 31},
            notes=("Only estimated energy.",),
            exclusions=(Exclusion(0, 0, "original", "warm-up"), Exclusion(3, 1, strategy, "the GPU slowed down")),
            policy=Policy(maximum_blocks=blocks),
            runs=runs,
            schedule=tuple(range(blocks + 7)),
            arms=("original", strategy),
            statistics={strategy: {"log_ratio_sd": 0.02}},
        ),
    )


def trial(kind: VerdictKind = VerdictKind.SAVES, strategy: str = "clear-session", saving: float = 0.241) -> Trial:
    passes = kind is VerdictKind.SAVES
    return Trial(
        patch(finding(), strategy),
        verdict(kind, saving=saving),
        evidence(strategy),
        Path(".greenfix/evidence/0f3a.json"),
        "0f3a",
        passes,
        "it saves, and estimated energy is allowed" if passes else f"the verdict is {kind}",
    )


MESSAGE = "Release the Keras session in each fold\n\nIt was never released."
RESULT = ScanResult((finding(),), (FileError("old.py", "is not UTF-8"),), Funnel(3, 3, 1, 1))


def scanning(listed: Sequence[Candidates]) -> list[Event]:
    """The events of a scan that finds what ``listed`` holds, a file each."""
    found = tuple(each.finding for each in listed)
    events: list[Event] = [ScanStarted(len(found))]
    events += [FileScanned(each.path, number, (each,), ()) for number, each in enumerate(found, 1)]
    errors = (FileError("old.py", "is not UTF-8"),)
    return [*events, Scanned(ScanResult(found, errors, Funnel(len(found) + 1, len(found), len(found), len(found))))]


def measuring(blocks: int = 3, strategy: str = "clear-session") -> list[Event]:
    """The events of an experiment: a warm-up block and ``blocks`` that count."""
    events: list[Event] = [
        TrialStarted(patch(finding(), strategy), "python train.py --epochs 5"),
        ExperimentStarted(("original", strategy), 24, 0),
    ]
    for block in range(blocks + 1):
        for position, (arm, joules) in enumerate((("original", 412.0 + block), (strategy, 311.0 - block))):
            events += [
                RunStarted(block, position, arm, block == 0),
                RunOutput(f"fold {block}: accuracy 0.9{block}"),
                RunFinished(run(block, arm, joules, warmup=block == 0)),
            ]
        if block:
            events.append(
                BlockJudged(block, verdict(VerdictKind.INCONCLUSIVE if block < 5 else VerdictKind.SAVES, block))
            )
    return events


def racing(fate: Fate = Fate.AHEAD) -> list[Event]:
    """The events of a race of two patches, which the second one wins."""
    names = ("clear-session", "hoist")
    standings = (Standing("hoist", fate, "", 0.31, 2), Standing("clear-session", Fate.BEHIND, "", -0.12, 2))
    events: list[Event] = [
        RaceStarted(tuple(patch(finding(), name) for name in names), "python train.py --epochs 5"),
        ScreeningStarted(names, 2, 0),
    ]
    for block in range(3):
        for position, (arm, joules) in enumerate((("original", 400.0), (names[0], 448.0), (names[1], 276.0))):
            events += [
                RunStarted(block, position, arm, block == 0),
                RunFinished(run(block, arm, joules + block, warmup=block == 0)),
            ]
        events.append(CandidatesScreened(block, standings))
    return [*events, RaceEnded(Screening("f" * 64, standings, (), 900.0))]


@dataclass
class Scripted:
    """Steps of a story, one after the other: events are told, functions are called with the front.

    ``done`` holds a future per gate, so that a test can let the story go on when it has seen enough.
    """

    steps: Sequence[Any]
    outcome: Outcome = field(default_factory=lambda: Outcome(RESULT))
    answers: list[Any] = field(default_factory=list)
    cancel: threading.Event | None = None

    def __call__(self, front: Front, cancel: threading.Event) -> Outcome:
        self.cancel = cancel
        for step in self.steps:
            if callable(step):
                self.answers.append(step(front))
            else:
                front.tell(step)
        return self.outcome


def reviewing(listed: Sequence[Candidates]) -> Any:
    return lambda front: front.review(listed)


def concluding(asked: Trial, refused: str = "") -> Any:
    return lambda front: front.conclude(asked, Proposal("greenfix/imr001-clear-session", MESSAGE, refused=refused))


MACHINE = Machine("Some CPU", 2, 2**33, "Linux 6", ())


def experiment_plan(setup: Setup, one: OneRun | None = None) -> ExperimentPlan:
    python = Path("/home/ada/repository/.venv/bin/python")
    return ExperimentPlan(
        setup, Command((str(python), *setup.words[1:]), python, "the repository's .venv"),
        Environment("3.11.7", "CPython", {"keras": "3.15.0"}), ("clear-session", "hoist"), ("src/fold_0.py",), (),
        replace(Policy(), maximum_blocks=setup.maximum_blocks), 6, MACHINE, Bounds(28, 60), one,
    )  # fmt: skip


class FakePlanner:
    """Plans anything at once, except what it does not know."""

    maximum_blocks = 24
    files = ("src/fold_0.py", "src/model.py")

    def __init__(
        self,
        words: tuple[str, ...] = ("python", "train.py"),
        one: OneRun | None = None,
        environment: tuple[str, ...] = (),
    ) -> None:
        self.environment = environment
        self._words = words
        self._one = one
        self.entrypoints = (
            Entrypoint(("python", "train.py"), frozenset(self.files), "used before"),
            Entrypoint(("python", "sweep.py", "--folds", "3"), frozenset(self.files[:1]), "has a main"),
        )

    @property
    def first(self) -> Setup:
        if not self._words:
            raise EntrypointError("Which program shall be measured?")
        return Setup(self._words, self.maximum_blocks, self.environment)

    def describe(self, setup: Setup) -> ExperimentPlan:
        variables(setup.environment)
        if "nowhere.py" in setup.words:
            raise EntrypointError("This command runs none of the files with accepted findings.")
        return experiment_plan(setup, self._one)


def planning(planner: FakePlanner | None = None) -> Any:
    return lambda front: front.plan(planner or FakePlanner())


class Gate:
    """A place in the story that waits until the test opens it, or until the person leaves."""

    def __init__(self) -> None:
        self.reached: Future[None] = Future()
        self._go: Future[None] = Future()

    def open(self) -> None:
        self._go.set_result(None)

    def __call__(self, front: Front) -> None:
        self.reached.set_result(None)
        self._go.result(timeout=30)


def until_cancelled(front: Any) -> None:
    assert front.cancel.wait(timeout=30)


def failing(message: str) -> Any:
    def fail(front: Front) -> None:
        raise GreenfixError(message)

    return fail


COMMITTED = Committed(Commit("4f1c9a0d2b7e5566778899aabbccddeeff001122", "greenfix/imr001-clear-session", MESSAGE))


def whole_story(count: int = 4) -> list[Any]:
    """From the scan to the commit."""
    listed = candidates(count)
    ended = trial()
    return [
        *scanning(listed),
        reviewing(listed),
        planning(),
        *measuring(6),
        TrialEnded(ended),
        concluding(ended),
        COMMITTED,
    ]


async def drawn(pilot: Pilot[None]) -> None:
    """Let messages be handled until all is drawn: what is said of a finding follows the cursor."""
    await pilot.pause()
    for _ in range(20):  # an app that ends draws nothing any more
        if isinstance(pilot.app.screen, FindingsScreen) and pilot.app.screen.follows:
            await pilot.pause(0.01)
            await pilot.pause()


async def settle(pilot: Pilot[None], condition: Any) -> None:
    """Let messages be handled until ``condition()`` holds; the test's own timeout ends a wait in vain."""
    app = cast(ReviewApp, pilot.app)
    for _ in range(2_000):
        await drawn(pilot)
        if condition():
            await pilot.wait_for_scheduled_animations()  # a screen that has just come is laid out and drawn
            return
    raise AssertionError(f"never happened; shown is {app.screen}")
