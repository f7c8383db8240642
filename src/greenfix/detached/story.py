"""The story of ``greenfix fix`` as one person meets it: their own, or the one that goes on without them already."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from greenfix_verify.errors import Interrupted

from greenfix.detached import GoesOn
from greenfix.detached.decisions import Decided
from greenfix.detached.following import Summary, follow
from greenfix.detached.journal import JournalError
from greenfix.detached.kept import AlreadyDetached, Detached, find, start, ways
from greenfix.errors import GreenfixError
from greenfix.events import Event, Followed, Planned
from greenfix.front import Front
from greenfix.outcome import Outcome
from greenfix.repository import open_repository
from greenfix.workflow import Request, conclude, fix


class Story:
    """One call of ``greenfix fix``.

    Args:
        request: what is asked for; made late, because it draws in all of the story.
        leaving: set before the story is stopped if it shall go on in the background.
        attended: whether a person is there to look at a detached experiment. Without one, one that runs is an error,
            and one that has ended is left for a person.
    """

    def __init__(
        self, request: Callable[[], Request], leaving: threading.Event | None = None, *, attended: bool = True
    ) -> None:
        self._request = request
        self._leaving = leaving or threading.Event()
        self._attended = attended

    def __call__(self, front: Front, cancel: threading.Event) -> Outcome:
        """Tell it.

        Raises:
            GoesOn: the person left, and it goes on without them.
            AlreadyDetached: one goes on, and nobody is there to look at it.
            GreenfixError, VerifyError: as ``workflow.fix``; also what ended the detached experiment.
        """
        request = self._request()
        detached = None if request.dry_run else find(open_repository(request.path).state)
        if detached is None:
            return self._told(request, Decided(front), cancel)
        runs = detached.runs
        if not self._attended and runs:
            raise AlreadyDetached(ways(detached))
        if runs or (self._attended and _is_meant(request, detached)):
            return self._followed(request, detached, front, cancel, runs=runs)
        return self._told(request, Decided(front), cancel)

    def _told(self, request: Request, front: Decided, cancel: threading.Event) -> Outcome:
        """A story of this process."""
        return self._until_left(request, front, lambda: fix(request, front, cancel))

    def _until_left(self, request: Request, front: Decided, tell: Callable[[], Outcome]) -> Outcome:
        """What ``tell`` returns, unless the person leaves it to the background: also in the moment of its end."""
        outcome = None
        try:
            outcome = tell()
        except Interrupted:
            if not self._leaving.is_set():
                raise
        if outcome is not None and (outcome.commit is not None or not self._leaving.is_set()):
            return outcome
        state = open_repository(request.path).state
        raise GoesOn(ways(start(state, request, front.decisions, commits=False)))

    def _followed(
        self, request: Request, detached: Detached, front: Front, cancel: threading.Event, *, runs: bool
    ) -> Outcome:
        """The detached experiment as it goes on, then what becomes of it."""
        try:
            summary = follow(detached, front.tell, cancel)
        except KeyboardInterrupt:
            raise _left(detached) from None
        except JournalError:
            if runs:
                raise
            summary = Summary()  # the ledger knows all of it
        if cancel.is_set():
            raise _left(detached)
        if summary.ended is not None and summary.ended.problem:
            detached.forget()
            problem = summary.ended.problem
            raise GreenfixError(f"The experiment in the background failed: {problem}", f"Log: {detached.log}")
        if summary.ended is None or summary.ended.interrupted:
            return self._taken_up(detached, front, cancel, runs=runs)
        front.tell(Followed(outdated=_outdated(detached)))
        return self._concluded(request, detached, summary, front, cancel)

    def _taken_up(self, detached: Detached, front: Front, cancel: threading.Event, *, runs: bool) -> Outcome:
        """It did not come to its end. Whoever watched that is told; whoever finds it so goes on with it."""
        if runs:
            raise Interrupted("the experiment in the background was ended")
        front.tell(Followed(unfinished=True, outdated=_outdated(detached)))
        detached.forget()
        return self._told(detached.told.request, Decided(front, detached.told.decisions), cancel)

    def _concluded(
        self, request: Request, detached: Detached, summary: Summary, front: Front, cancel: threading.Event
    ) -> Outcome:
        """Its verdict is kept until the person has decided; leaving decides nothing."""
        measured = summary.measured(detached)
        if measured is None:
            detached.forget()
            return summary.outcome
        asked = replace(detached.told.request, branch=request.branch or detached.told.request.branch)
        decided = Decided(front, decisions=detached.told.decisions)
        outcome = self._until_left(asked, decided, lambda: conclude(asked, measured, decided, cancel))
        if outcome.commit is not None or not cancel.is_set():
            detached.forget()
        return outcome


def _left(detached: Detached) -> Exception:
    return GoesOn(ways(detached)) if detached.runs else Interrupted("left before all of it was shown")


def _outdated(detached: Detached) -> str:
    """The commit that was measured, if the person has another one by now; a snapshot of a working tree is no commit."""
    told = detached.told
    moved = not told.request.include_dirty and open_repository(told.request.path).head != told.decisions.base
    return told.decisions.base if moved else ""


def _is_meant(request: Request, detached: Detached) -> bool:
    """Whether nothing else is asked for than what was measured."""
    told = detached.told
    measured = told.decisions.setup.words if told.decisions.setup else ()
    same_command = request.command in {(), told.request.command, measured}
    return same_command and request.strategy in {"", told.request.strategy}


class _UntilPlanned(Decided):
    """Stops when everything is decided and found possible: what follows takes its time and needs nobody."""

    def tell(self, event: Event) -> None:
        super().tell(event)
        if isinstance(event, Planned):
            raise Interrupted("everything is decided")


def detach(request: Request, front: Front, cancel: threading.Event, *, commits: bool) -> Outcome:
    """Decide everything here, and measure in the background. Returns where there is nothing to measure.

    Raises:
        GoesOn: it does.
        AlreadyDetached: another one goes on.
        GreenfixError, VerifyError: something a person has to put right first.
    """
    state = open_repository(request.path).state
    if (other := find(state)) is not None and other.runs:
        raise AlreadyDetached(ways(other))
    decided = _UntilPlanned(front)
    try:
        return fix(request, decided, cancel)
    except Interrupted:
        if cancel.is_set() or decided.decisions.setup is None:
            raise
    raise GoesOn(ways(start(state, request, decided.decisions, commits=commits)))
