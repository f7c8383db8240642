"""Who listens to the story and decides in it: the screen, or the flags. The story knows only this protocol."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from greenfix_codemods.finding import Candidates

from greenfix.events import Event
from greenfix.outcome import Trial

if TYPE_CHECKING:
    from greenfix_codemods.scan import Choice  # the scan itself costs 0.2 s, the first paint waits for none of it


class Front(Protocol):
    """Called from the thread that runs the story; ``review`` and ``approve`` may block until the person decides."""

    def tell(self, event: Event) -> None:
        """Show what happens."""

    def review(self, candidates: Sequence[Candidates]) -> Sequence[Choice]:
        """Return the accepted findings, each with the strategy to try first. Empty: nothing is accepted."""

    def approve(self, trial: Trial, branch: str, message: str) -> bool:
        """Return whether a trial that passed the gate shall be committed to ``branch`` with ``message``."""
