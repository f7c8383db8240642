"""``python -m greenfix.detached.process FOLDER LOCK``: the process that a detached experiment runs in.

Nobody answers it and nobody sees it: what it tells goes into the journal, and in words into its standard output,
which is the log. SIGINT and SIGTERM end it in order. SIGINT is a person's, whose next ``fix`` begins with the findings;
SIGTERM is that of a machine that is shut down, and the next ``fix`` goes on.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from greenfix_codemods.errors import CodemodsError
from greenfix_verify.errors import Interrupted, VerifyError

from greenfix.detached.control import Control
from greenfix.detached.decisions import Decided
from greenfix.detached.journal import Ended, Journal
from greenfix.detached.kept import Detached, read
from greenfix.errors import GreenfixError
from greenfix.events import Event, Paused, Resumed
from greenfix.front import Answer, Proposal
from greenfix.narrator import Unattended
from greenfix.outcome import Trial
from greenfix.workflow import fix

PAUSE_SECONDS = 0.5
"""A pause is looked at so often; waiting for a person costs the machine nothing."""


class Absent(Unattended):
    """The front of a person who is not there. It commits only if they said so beforehand."""

    def __init__(self, journal: Journal, control: Control, cancel: threading.Event, *, commits: bool) -> None:
        super().__init__(_say)
        self._journal = journal
        self._control = control
        self._cancel = cancel
        self._commits = commits

    def tell(self, event: Event) -> None:
        """Write it down, then say it."""
        self._journal.write(event)
        super().tell(event)

    def hold(self) -> None:
        """Wait while a pause is wished."""
        if not self._control.paused:
            return
        self.tell(Paused())
        while self._control.paused and not self._cancel.wait(PAUSE_SECONDS):
            pass
        self.tell(Resumed())

    def enough(self) -> bool:
        """Whether the verdict is wished."""
        return self._control.enough

    def conclude(self, trial: Trial, proposal: Proposal) -> Answer:
        """The verdict waits for the person."""
        return super().conclude(trial, proposal) if self._commits else None


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def run(detached: Detached, journal: Journal, cancel: threading.Event) -> Ended:
    """Tell the story to its end, and say how it ended."""
    told = detached.told
    front = Decided(Absent(journal, detached, cancel, commits=told.commits), told.decisions)
    try:
        fix(told.request, front, cancel)
    except Interrupted:
        return Ended(interrupted=True)
    except (GreenfixError, VerifyError, CodemodsError) as error:
        return Ended(str(error))
    return Ended()


def main() -> None:
    """What ``kept.start`` started."""
    folder, lock = Path(sys.argv[1]), int(sys.argv[2])
    os.set_inheritable(lock, False)
    cancel = threading.Event()
    heard: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        heard.append(number)
        cancel.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    detached = read(folder)
    ended = Ended("it broke off; its log says how")
    with Journal(detached.journal) as journal:
        try:
            ended = run(detached, journal, cancel)
        finally:
            if ended.problem:
                _say(f"greenfix: {ended.problem}")
            journal.write(ended)
    if ended.interrupted and signal.SIGINT in heard:
        detached.forget()


if __name__ == "__main__":
    main()
