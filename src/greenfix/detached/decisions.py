"""What a person decided of a story: enough to tell it again without asking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from greenfix_codemods.finding import Candidates, Choice

from greenfix.errors import PatchError
from greenfix.events import Event, Reviewed, TreeReady
from greenfix.experiment_plan import Planner, Setup
from greenfix.front import Answer, Front, MeasureMore, Proposal
from greenfix.outcome import Trial


@dataclass(frozen=True, slots=True)
class Decisions:
    """``base`` is the commit they hold for, ``more`` each wish to measure more; what is empty was not decided yet."""

    base: str = ""
    choices: tuple[Choice, ...] = ()
    setup: Setup | None = None
    more: tuple[MeasureMore, ...] = ()


class Decided:
    """A front that answers what is ``known``, asks ``front`` for the rest, and adds every answer to ``decisions``."""

    def __init__(self, front: Front, known: Decisions | None = None, decisions: Decisions | None = None) -> None:
        self._front = front
        self._known = known or Decisions()
        self.decisions = decisions or Decisions()

    def tell(self, event: Event) -> None:
        """Pass it on."""
        if isinstance(event, TreeReady):
            self.decisions = replace(self.decisions, base=event.commit)
        self._front.tell(event)

    def review(self, candidates: Sequence[Candidates]) -> Sequence[Choice]:
        """What was accepted.

        Raises:
            PatchError: something that was accepted is not found any more, as after an update of greenfix.
        """
        known, self._known = self._known.choices, replace(self._known, choices=())
        if not {choice.finding for choice in known} <= {each.finding for each in candidates}:
            raise PatchError("What was accepted is not found any more.", "Run `greenfix fix` and decide again.")
        if known:
            self._front.tell(Reviewed(tuple(candidates), known))
        choices = tuple(known or self._front.review(candidates))
        self.decisions = replace(self.decisions, choices=choices)
        return choices

    def plan(self, planner: Planner) -> Setup | None:
        """How to measure it."""
        known, self._known = self._known.setup, replace(self._known, setup=None)
        setup = known or self._front.plan(planner)
        self.decisions = replace(self.decisions, setup=setup)
        return setup

    def hold(self) -> None:
        """Pauses are not decisions."""
        self._front.hold()

    def enough(self) -> bool:
        """Nor is an early end: it is what was measured until then."""
        return self._front.enough()

    def conclude(self, trial: Trial, proposal: Proposal) -> Answer:
        """More blocks, as often as they were asked for."""
        known = self._known.more[0] if self._known.more else None
        self._known = replace(self._known, more=self._known.more[1:])
        answer = known or self._front.conclude(trial, proposal)
        if isinstance(answer, MeasureMore):
            self.decisions = replace(self.decisions, more=(*self.decisions.more, answer))
        return answer
