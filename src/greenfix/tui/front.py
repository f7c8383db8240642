"""The bridge between the story's thread and the screens: one channel, in order, and three questions.

The story's thread puts what it tells into the channel and rings once; the screens' thread takes all of it at once.
So a program that writes ten thousand lines a second costs the screen one refresh, not ten thousand.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from greenfix.events import Event, Paused, Resumed
from greenfix.front import Answer, Proposal

if TYPE_CHECKING:  # as in ``greenfix.events``
    from greenfix_codemods.finding import Candidates, Choice

    from greenfix.experiment_plan import Planner, Setup
    from greenfix.more import Further
    from greenfix.outcome import Trial

Reply = TypeVar("Reply")
MANY = 1_000
"""Findings that are left out of garbage collection: fewer cost a collection less than a key may wait."""


@dataclass(frozen=True, slots=True, eq=False)
class Question(Generic[Reply]):
    """What the story waits for. ``declined`` is the answer of a person who leaves."""

    declined: Reply
    future: Future[Reply]

    def answer(self, reply: Reply) -> None:
        """Let the story go on. A second answer changes nothing: leaving may have been faster."""
        if not self.future.done():
            self.future.set_result(reply)


@dataclass(frozen=True, slots=True, eq=False)
class ReviewAsked(Question["Sequence[Choice]"]):
    """Which findings are accepted, and with which strategy?"""

    candidates: tuple[Candidates, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PlanAsked(Question["Setup | None"]):
    """How shall it be measured?"""

    planner: Planner


@dataclass(frozen=True, slots=True, eq=False)
class ConclusionAsked(Question[Answer]):
    """What becomes of this trial?"""

    trial: Trial
    proposal: Proposal
    further: Further | None
    """What measuring more would be; None where it would settle nothing."""


@dataclass(frozen=True, slots=True)
class StoryEnded:
    """The story's thread is over: nothing will be told or asked any more."""


Told = Event | Question[Any] | StoryEnded


class ScreenFront:
    """The story's ``Front``: safe to call from its thread. ``ring`` must be safe to call from any thread."""

    def __init__(self, ring: Callable[[], object]) -> None:
        self.cancel = threading.Event()
        self._running = threading.Event()
        self._running.set()
        self._enough = threading.Event()
        self._ring = ring
        self._lock = threading.Lock()
        self._told: list[Told] = []
        self._open: Callable[[], None] | None = None

    def tell(self, event: Told) -> None:
        """Put ``event`` into the channel."""
        with self._lock:
            self._told.append(event)
            first = len(self._told) == 1
        if first:
            self._ring()

    def take(self) -> list[Told]:
        """Everything told since the last call, in order."""
        with self._lock:
            told, self._told = self._told, []
        return told

    def review(self, candidates: Sequence[Candidates]) -> Sequence[Choice]:
        """Wait until the person has decided; nothing is accepted when they leave."""
        if len(candidates) > MANY:
            gc.freeze()  # the collector stops every thread while it walks over what lives: 90 ms with 10,000 findings
        return self._ask(ReviewAsked((), Future(), tuple(candidates)))

    def plan(self, planner: Planner) -> Setup | None:
        """Wait until the person has decided; leaving goes back to a review that accepts nothing."""
        return self._ask(PlanAsked(None, Future(), planner))

    def conclude(self, trial: Trial, proposal: Proposal) -> Answer:
        """Wait until the person has decided; leaving commits nothing."""
        from greenfix.more import further

        self._enough.clear()
        return self._ask(ConclusionAsked(None, Future(), trial, proposal, further(trial)))

    def hold(self) -> None:
        """Wait while the person pauses."""
        if not self._running.is_set():
            self.tell(Paused())
            self._running.wait()
            self.tell(Resumed())

    def enough(self) -> bool:
        """Whether the person asked for a verdict on the blocks so far."""
        return self._enough.is_set()

    def pause(self, paused: bool) -> None:
        """Pause after the present block, or go on."""
        self._running.clear() if paused else self._running.set()

    def stop(self) -> None:
        """No more blocks after the present one: the verdict is on what there is."""
        self._enough.set()
        self._running.set()

    def leave(self) -> None:
        """The person leaves: the story is told to stop, and an open question is declined."""
        with self._lock:
            self.cancel.set()
            self._running.set()
            if self._open is not None:
                self._open()

    def _ask(self, question: Question[Reply]) -> Reply:
        with self._lock:
            if self.cancel.is_set():
                return question.declined
            self._open = lambda: question.answer(question.declined)
        self.tell(question)
        return question.future.result()
