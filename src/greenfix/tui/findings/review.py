"""The review as a model without a screen: entries, decisions, their history, and which entries are shown.

A decision is a value; a change is the pair of decisions before and after, of one entry or of thousands, and undo puts
the first of each pair back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from greenfix_codemods.finding import Candidates, Choice, Finding, Patch, Safety, Withheld


class State(StrEnum):
    """What the person thinks of a finding."""

    UNDECIDED = "undecided"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Decision:
    """A state, and which of the entry's patches is chosen (from 0)."""

    state: State = State.UNDECIDED
    patch: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A finding, and once the story asks for the review what could mend it."""

    finding: Finding
    patches: tuple[Patch, ...] = ()
    withheld: tuple[Withheld, ...] = ()

    @property
    def where(self) -> str:
        """Path and line, as editors understand them."""
        return self.finding.place


Change = dict[int, tuple[Decision, Decision]]


class Review:
    """All entries in order of their place. ``shown`` holds the indices of those that pass the filter."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.shown: Sequence[int] = ()
        self.query = ""
        self.open = False
        self._decisions: list[Decision] = []
        self._done: list[Change] = []
        self._undone: list[Change] = []

    def found(self, findings: Iterable[Finding]) -> None:
        """Findings arrive while the scan runs; they can be read but not yet decided."""
        self._extend(Entry(finding) for finding in findings)

    def scanned(self, findings: Sequence[Finding]) -> None:
        """The scan is over, and this is all of it, in its order."""
        if not self.open:
            self.entries, self._decisions = [], []
            self._extend(Entry(finding) for finding in findings)

    def begin(self, candidates: Sequence[Candidates]) -> None:
        """The story asks: from now on every entry has its patches and can be decided."""
        self.entries, self._decisions = [], []
        self.open = True
        self._extend(Entry(each.finding, each.patches, each.withheld) for each in candidates)

    def end(self) -> None:
        """The story has its answer: decisions stand from now on."""
        self.open = False

    def _extend(self, entries: Iterable[Entry]) -> None:
        self.entries.extend(entries)
        self._decisions.extend(Decision() for _ in range(len(self.entries) - len(self._decisions)))
        self.filter(self.query)

    def filter(self, query: str) -> None:
        """Show the entries that hold every word of ``query`` in rule, path, confidence, state or strategy."""
        self.query = query
        words = query.lower().split()
        if not words:
            self.shown = range(len(self.entries))
            return
        self.shown = [index for index in range(len(self.entries)) if all(word in self._text(index) for word in words)]

    def _text(self, index: int) -> str:
        entry, patch = self.entries[index], self.patch(index)
        strategy = patch.strategy if patch else ""
        words = (entry.finding.rule, entry.where, entry.finding.confidence, self[index].state, strategy)
        return " ".join(words).lower()

    def __getitem__(self, index: int) -> Decision:
        """The decision on an entry."""
        return self._decisions[index]

    def patch(self, index: int) -> Patch | None:
        """The chosen patch of an entry; None when it has none."""
        patches = self.entries[index].patches
        return patches[self[index].patch] if patches else None

    def count(self, state: State) -> int:
        """How many entries are in ``state``, shown or not."""
        return sum(decision.state is state for decision in self._decisions)

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The accepted findings with their strategies: the answer to the story."""
        return tuple(
            Choice(entry.finding, patch.strategy)
            for index, entry in enumerate(self.entries)
            if self[index].state is State.ACCEPTED and (patch := self.patch(index))
        )

    def refusal(self, index: int) -> str:
        """Why an entry cannot be accepted with its chosen strategy; empty when it can."""
        entry, patch = self.entries[index], self.patch(index)
        if not self.open:
            return "the review is not open"
        if patch is None and entry.withheld:
            return "; ".join(f"{each.strategy} is withheld: {each.reason}" for each in entry.withheld)
        if patch is None:
            return "no strategy is known for it"
        if patch.safety is Safety.MANUAL or not patch.edits:
            return f"{patch.strategy} is only explained, never applied"
        return ""

    def accept(self, indices: Iterable[int]) -> list[int]:
        """Accept what can be accepted, as one step of the history. Returns what cannot."""
        wanted = list(indices)
        refused = [index for index in wanted if self.refusal(index)]
        stopped = set(refused)
        self._change(
            (index for index in wanted if index not in stopped),
            lambda decision: Decision(State.ACCEPTED, decision.patch),
        )
        return refused

    def reject(self, indices: Iterable[int]) -> None:
        """Reject, as one step of the history."""
        self._change(indices, lambda decision: Decision(State.REJECTED, decision.patch))

    def reconsider(self, index: int) -> None:
        """Make an entry undecided again."""
        self._change([index], lambda decision: Decision(State.UNDECIDED, decision.patch))

    def turn(self, index: int, step: int) -> None:
        """Choose the next (1) or previous (-1) strategy. An accepted entry stays so only if the new one can be."""
        patches = self.entries[index].patches
        if len(patches) < 2:
            return
        turned = Decision(self[index].state, (self[index].patch + step) % len(patches))
        if patches[turned.patch].safety is Safety.MANUAL and turned.state is State.ACCEPTED:
            turned = Decision(State.UNDECIDED, turned.patch)
        self._change([index], lambda _: turned)

    def _change(self, indices: Iterable[int], new: Callable[[Decision], Decision]) -> None:
        if not self.open:
            return
        change = {index: (self[index], new(self[index])) for index in indices}
        change = {index: pair for index, pair in change.items() if pair[0] != pair[1]}
        if change:
            self._done.append(change)
            self._undone.clear()
            self._apply(change, 1)

    def _apply(self, change: Change, side: int) -> None:
        for index, pair in change.items():
            self._decisions[index] = pair[side]

    def undo(self) -> Sequence[int]:
        """Take the last change back. Returns the entries it touched; empty when there is nothing to undo."""
        return self._travel(self._done, self._undone, 0)

    def redo(self) -> Sequence[int]:
        """Make the change that was undone last again. Returns the entries it touched."""
        return self._travel(self._undone, self._done, 1)

    def _travel(self, source: list[Change], target: list[Change], side: int) -> Sequence[int]:
        if not source or not self.open:
            return ()
        change = source.pop()
        target.append(change)
        self._apply(change, side)
        return tuple(change)
