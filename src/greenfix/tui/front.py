"""The bridge between the story's thread and the screens: one channel, in order, and two questions.

The story's thread puts what it tells into the channel and rings once; the screens' thread takes all of it at once.
So a program that writes ten thousand lines a second costs the screen one refresh, not ten thousand.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from greenfix_codemods.finding import Candidates, Choice

from greenfix.events import Event
from greenfix.outcome import Trial

Reply = TypeVar("Reply")


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
class ApprovalAsked(Question[bool]):
    """Shall this trial be committed?"""

    trial: Trial
    branch: str
    message: str


@dataclass(frozen=True, slots=True)
class StoryEnded:
    """The story's thread is over: nothing will be told or asked any more."""


Told = Event | Question[Any] | StoryEnded


class ScreenFront:
    """The story's ``Front``: safe to call from its thread. ``ring`` must be safe to call from any thread."""

    def __init__(self, ring: Callable[[], object]) -> None:
        self.cancel = threading.Event()
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
        return self._ask(ReviewAsked((), Future(), tuple(candidates)))

    def approve(self, trial: Trial, branch: str, message: str) -> bool:
        """Wait until the person has decided; leaving is no."""
        return self._ask(ApprovalAsked(False, Future(), trial, branch, message))

    def leave(self) -> None:
        """The person leaves: the story is told to stop, and an open question is declined."""
        with self._lock:
            self.cancel.set()
            if self._open is not None:
                self._open()

    def _ask(self, question: Question[Reply]) -> Reply:
        with self._lock:
            if self.cancel.is_set():
                return question.declined
            self._open = lambda: question.answer(question.declined)
        self.tell(question)
        return question.future.result()
