"""Following a detached experiment from another process, and what its journal adds up to."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from greenfix_codemods.finding import Choice, ScanResult
from greenfix_verify.events import RunStarted
from greenfix_verify.screening import Screening

from greenfix.detached.journal import Ended, Entry, JournalReader
from greenfix.detached.kept import Detached
from greenfix.events import (
    Belated,
    Committed,
    Event,
    Following,
    Listener,
    Planned,
    RaceEnded,
    RaceStarted,
    Scanned,
    TreeReady,
    TrialEnded,
    TrialStarted,
)
from greenfix.outcome import Commit, Outcome, Trial
from greenfix.workflow import Measured

FOLLOW_SECONDS = 0.25
"""The journal is looked at so often: a run takes longer."""


@dataclass
class Summary:
    """What a journal says, folded."""

    base: str = ""
    words: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    scan: ScanResult | None = None
    screening: Screening | None = None
    trials: list[Trial] = field(default_factory=list)
    commit: Commit | None = None
    ended: Ended | None = None

    def hear(self, event: Event | Ended) -> None:
        """Take in one more event."""
        match event:
            case TreeReady():
                self.base = event.commit
            case Scanned(result):
                self.scan = result
            case Planned(plan):
                self.words = plan.setup.words
            case RaceEnded(screening):
                self.screening = screening
            case TrialStarted():
                self.choices = event.choices
            case TrialEnded(trial):
                self.trials.append(trial)
            case Committed(commit):
                self.commit = commit
            case Ended():
                self.ended = event
            case _:
                pass

    @property
    def outcome(self) -> Outcome:
        """What the process ended with."""
        assert self.scan is not None  # noqa: S101  nothing ends well before the scan
        trial = self.trials[-1] if self.trials else None
        return Outcome(self.scan, self.screening, trial, self.commit)

    def measured(self, detached: Detached) -> Measured | None:
        """The verdict that waits for the person; None when there is none."""
        if not self.trials or self.commit is not None:
            return None
        asked = zip(self.trials, detached.told.decisions.more, strict=False)
        before = tuple(trial for trial, more in asked if more.fresh)
        assert self.scan is not None  # noqa: S101  a trial comes after the scan
        outcome = Outcome(self.scan, self.screening)
        return Measured(self.base, self.words, self.choices, outcome, self.trials[-1], before)


def follow(detached: Detached, tell: Listener, cancel: threading.Event) -> Summary:
    """Tell everything that ``detached`` told and tells, until it has ended or ``cancel`` is set.

    Raises:
        JournalError: the journal cannot be read.
    """
    summary = Summary()
    tell(Following(detached.process, detached.told.since, detached.folder, detached.runs))
    for entry in _entries(detached, cancel):
        summary.hear(entry.event)
        if isinstance(entry.event, Ended):
            continue
        if isinstance(entry.event, RunStarted | RaceStarted | TrialStarted | TrialEnded):
            tell(Belated(max(0.0, time.time() - entry.at)))
        tell(entry.event)
    return summary


def _entries(detached: Detached, cancel: threading.Event) -> Iterator[Entry]:
    reader = JournalReader(detached.journal)
    while not cancel.is_set():
        runs = detached.runs  # asked before reading: what it wrote last is not missed
        yield from reader.news()
        if not runs:
            return
        cancel.wait(FOLLOW_SECONDS)
