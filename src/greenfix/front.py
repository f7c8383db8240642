"""Who listens to the story and decides in it: the screen, or the flags. The story knows only this protocol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # as in ``events``
    from greenfix_codemods.finding import Candidates, Choice
    from greenfix_verify.policy import Policy

    from greenfix.events import Event
    from greenfix.experiment_plan import Planner, Setup
    from greenfix.outcome import Trial


@dataclass(frozen=True, slots=True)
class Proposal:
    """A commit to be made.

    Attributes:
        branch: the new branch.
        text: subject and body; the trailers are the story's own and are added to it.
        override: why it is committed although the gate did not pass; it lands in the message.
        refused: why this proposal, given as an answer, could not be carried out; empty at first.
    """

    branch: str
    text: str
    override: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class MeasureMore:
    """Go on measuring with ``policy`` before anything is committed: in a new experiment if ``fresh`` (see ``more``)."""

    policy: Policy
    fresh: bool


Answer = Proposal | MeasureMore | None
"""What becomes of a trial: this commit, more blocks, or nothing."""


class Front(Protocol):
    """Called from the thread that runs the story; the questions may block until the person decides."""

    def tell(self, event: Event) -> None:
        """Show what happens."""

    def review(self, candidates: Sequence[Candidates]) -> Sequence[Choice]:
        """Return the accepted findings, each with the strategy to try first. Empty: nothing is accepted."""

    def plan(self, planner: Planner) -> Setup | None:
        """Return how to measure what was accepted; None goes back to the review."""

    def hold(self) -> None:
        """Called before each block: return when it may begin. Waiting here is how a person pauses."""

    def enough(self) -> bool:
        """Whether the person wants a verdict on the blocks so far instead of more blocks."""

    def conclude(self, trial: Trial, proposal: Proposal) -> Answer:
        """Return what becomes of ``trial``. What does not pass the gate becomes a commit only with an ``override``."""
