"""What the story tells while it happens: the events of both libraries and its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from greenfix_codemods.events import ScanEvent
from greenfix_verify.events import VerifyEvent

if TYPE_CHECKING:  # what events hold draws in all that scans and measures: the first screen need not wait for it
    from pathlib import Path

    from greenfix_codemods.finding import Candidates, Choice, Finding, Patch, ScanResult
    from greenfix_verify.screening import Screening

    from greenfix.diagnosis.value import Diagnosis
    from greenfix.experiment_plan import ExperimentPlan
    from greenfix.outcome import Commit, Trial


@dataclass(frozen=True, slots=True)
class Scanned:
    """The scan is over."""

    result: ScanResult


@dataclass(frozen=True, slots=True)
class TreeReady:
    """The checkout of ``commit`` that is scanned and measured lies at ``tree``; ``root`` is the user's own.

    ``baseline`` is the file that knows findings of old, whether it is there or not.
    """

    root: Path
    tree: Path
    commit: str
    baseline: Path


@dataclass(frozen=True, slots=True)
class Remembered:
    """What ``diagnose`` saw of this commit and command, in an earlier run."""

    diagnosis: Diagnosis


@dataclass(frozen=True, slots=True)
class DirtyTree:
    """The working tree holds changes that are not committed; ``included`` says whether they are measured."""

    files: tuple[str, ...]
    included: bool


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Findings in files that the command never imports: it cannot measure them, so they are not offered."""

    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class CannotPay:
    """Findings that ``diagnose`` did not see leak with this commit and command, or too little: they are not offered."""

    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class NotRemembered:
    """What was measured before could not be read, or what is measured now not be written: only an order suffers."""

    problem: str


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What could be tried, and the ``choices`` that were taken before this story was told again: nobody is asked."""

    candidates: tuple[Candidates, ...]
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """What will be measured is decided."""

    plan: ExperimentPlan


@dataclass(frozen=True, slots=True)
class RaceStarted:
    """Several patches race on few blocks; the best one goes into the experiment."""

    patches: tuple[Patch, ...]
    command: str


@dataclass(frozen=True, slots=True)
class RaceEnded:
    """The race is over."""

    screening: Screening


@dataclass(frozen=True, slots=True)
class TrialStarted:
    """A patch goes into the experiment: the only one, or the winner of the race on fresh blocks.

    ``choices`` are what it was made of.
    """

    patch: Patch
    command: str
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class TrialEnded:
    """The experiment of one patch is over."""

    trial: Trial


@dataclass(frozen=True, slots=True)
class Committed:
    """The patch is on its branch."""

    commit: Commit


@dataclass(frozen=True, slots=True)
class Paused:
    """The block is over, and the next one waits for the person."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The pause is over."""


@dataclass(frozen=True, slots=True)
class Following:
    """An experiment that was detached is shown: what follows is what it told, from its beginning on.

    ``process`` is its number, ``since`` when it was detached (s since the epoch), ``folder`` where it is kept; ``runs``
    says whether it still goes on.
    """

    process: int
    since: float
    folder: Path
    runs: bool


@dataclass(frozen=True, slots=True)
class Belated:
    """The next event happened ``seconds`` (s) ago."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Followed:
    """The detached experiment has told everything.

    ``unfinished``: it was ended from outside, and goes on here. ``outdated`` is the commit that it measures where HEAD
    is another one by now, else empty.
    """

    unfinished: bool = False
    outdated: str = ""


Event = (
    ScanEvent
    | VerifyEvent
    | TreeReady
    | Remembered
    | Scanned
    | DirtyTree
    | LeftOut
    | CannotPay
    | NotRemembered
    | Reviewed
    | Planned
    | RaceStarted
    | RaceEnded
    | TrialStarted
    | TrialEnded
    | Committed
    | Paused
    | Resumed
    | Following
    | Belated
    | Followed
)
Listener = Callable[[Event], None]
