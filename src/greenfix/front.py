"""Who listens to the story and decides in it: the screen, or the flags. The story knows only this protocol."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from greenfix_codemods.finding import Candidates, Choice

from greenfix.events import Event
from greenfix.outcome import Trial


class Front(Protocol):
    """Called from the thread that runs the story; ``review`` and ``approve`` may block until the person decides."""

    def tell(self, event: Event) -> None:
        """Show what happens."""

    def review(self, candidates: Sequence[Candidates]) -> Sequence[Choice]:
        """Return the accepted findings, each with the strategy to try first. Empty: nothing is accepted."""

    def approve(self, trial: Trial, branch: str, message: str) -> bool:
        """Return whether a trial that passed the gate shall be committed to ``branch`` with ``message``."""
