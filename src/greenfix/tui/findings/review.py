"""The review as a model without a screen: entries, decisions, their history, and which entries are shown.

A decision is a value, kept by fingerprint: so what is decided while the scan runs holds when its result comes in
another order. A step is the pair of decisions before and after, of one entry or of thousands, with the file that it
wrote if it wrote one; undo puts the first of each pair back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from greenfix_codemods.finding import Candidates, Choice, FileEdit, Finding, Patch, Safety, Withheld

from greenfix.tui.findings.measured import Measured
from greenfix.tui.findings.written import Written

if TYPE_CHECKING:
    from greenfix.diagnosis.value import Diagnosed


class State(StrEnum):
    """What the person thinks of a finding."""

    UNDECIDED = "undecided"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Keeping(StrEnum):
    """How long a rejection lasts."""

    SESSION = "for this session"
    COMMENT = "as a comment in the file"
    BASELINE = "in the baseline"


@dataclass(frozen=True, slots=True)
class Decision:
    """A state, which of the entry's patches is chosen (from 0), and of a rejection why and how it is kept."""

    state: State = State.UNDECIDED
    patch: int = 0
    reason: str = ""
    keeping: Keeping = Keeping.SESSION


UNDECIDED = Decision()


@dataclass(frozen=True, slots=True)
class Entry:
    """A finding and what could mend it. ``offered`` says whether that is known: during the scan it is not."""

    finding: Finding
    patches: tuple[Patch, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    offered: bool = False

    @property
    def where(self) -> str:
        """Path and line, as editors understand them."""
        return self.finding.place


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the history: (before, after) by fingerprint, and the file that was written with it."""

    decisions: Mapping[str, tuple[Decision, Decision]]
    written: Written | None = None


class Review:
    """All entries in order of their place. ``shown`` holds the indices of those that pass the filter."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.shown: Sequence[int] = ()
        self.query = ""
        self.open = False
        """Whether the story waits for the answer."""
        self.closed = False
        """Whether the story has its answer: decisions stand."""
        self.measured: dict[str, Measured] = {}
        self.diagnosed: dict[str, Diagnosed] = {}
        self.edited: dict[str, str] = {}
        """What a look at the user's file after an edit showed, in words. These three by fingerprint."""
        self._places: dict[str, int] = {}
        self._decisions: dict[str, Decision] = {}
        self._done: list[Step] = []
        self._undone: list[Step] = []

    def found(self, findings: Iterable[Finding]) -> None:
        """Findings arrive while the scan runs. They can be decided at once; what could mend them is not known yet."""
        self._extend([Entry(finding) for finding in findings])

    def scanned(self, findings: Sequence[Finding]) -> None:
        """The scan is over, and this is all of it, in its order."""
        if not self.open:
            known = {entry.finding.fingerprint: entry for entry in self.entries}
            self._renew([known.get(each.fingerprint, Entry(each)) for each in findings])

    def offer(self, candidates: Candidates) -> None:
        """What could mend one finding, known before the scan is over."""
        index = self._places.get(candidates.finding.fingerprint)
        if index is not None:
            self.entries[index] = _entry(candidates)

    def begin(self, candidates: Sequence[Candidates]) -> tuple[int, ...]:
        """The story asks: every entry has its patches. Returns what was accepted before and cannot be."""
        self.open, self.closed = True, False
        self._renew([_entry(each) for each in candidates])
        accepted = [index for index in range(len(self.entries)) if self[index].state is State.ACCEPTED]
        impossible = tuple(index for index in accepted if self.refusal(index))
        self._decide(impossible, lambda _: UNDECIDED)
        gone = {self.entries[index].finding.fingerprint for index in impossible}
        self._done, self._undone = _without(gone, self._done), _without(gone, self._undone)
        return impossible

    def reopen(self) -> None:
        """Go on deciding, with every decision as it was: the person came back from the plan."""
        self.open, self.closed = True, False

    def settle(self, choices: Sequence[Choice]) -> None:
        """These were accepted elsewhere, or before: they stand, and are no step of the history."""
        for choice in choices:
            patches = self.entries[self._places[choice.finding.fingerprint]].patches
            place = [patch.strategy for patch in patches].index(choice.strategy)
            self._decisions[choice.finding.fingerprint] = Decision(State.ACCEPTED, place)
        self.end()

    def end(self) -> None:
        """The story has its answer: decisions stand from now on."""
        self.open, self.closed = False, True

    def _renew(self, entries: Sequence[Entry]) -> None:
        self.entries, self._places = [], {}
        self._extend(entries)
        self._decisions = {key: decision for key, decision in self._decisions.items() if key in self._places}

    def _extend(self, entries: Sequence[Entry]) -> None:
        first = len(self.entries)
        self.entries.extend(entries)
        self._places |= {entry.finding.fingerprint: index for index, entry in enumerate(entries, first)}
        if self.query and first:
            self.shown = [*self.shown, *self._matching(range(first, len(self.entries)))]
        else:
            self.filter(self.query)

    def filter(self, query: str) -> None:
        """Show the entries that hold every word of ``query`` in what the table and the panel say of them."""
        self.query = query
        every = range(len(self.entries))
        self.shown = self._matching(every) if query.split() else every

    def _matching(self, indices: Iterable[int]) -> list[int]:
        words = self.query.lower().split()
        return [index for index in indices if all(word in self._text(index) for word in words)]

    def _text(self, index: int) -> str:
        finding, patch, decision = self.entries[index].finding, self.patch(index), self[index]
        diagnosed = self.diagnosed.get(finding.fingerprint)
        words = (
            finding.rule, finding.place, finding.confidence, decision.state, decision.reason,
            patch.strategy if patch else "", diagnosed.state if diagnosed else "",
        )  # fmt: skip
        return " ".join(words).lower()

    def __getitem__(self, index: int) -> Decision:
        """The decision on an entry."""
        return self._decisions.get(self.entries[index].finding.fingerprint, UNDECIDED)

    def index_of(self, fingerprint: str) -> int | None:
        """Where the entry of a finding stands; None when it is not listed (any more)."""
        return self._places.get(fingerprint)

    def patch(self, index: int) -> Patch | None:
        """The chosen patch of an entry; None when it has none, or none is known yet."""
        patches = self.entries[index].patches
        return patches[self[index].patch % len(patches)] if patches else None

    def count(self, state: State) -> int:
        """How many entries are in ``state``, shown or not."""
        decided = sum(decision.state is state for decision in self._decisions.values())
        return decided if state is not State.UNDECIDED else decided + len(self.entries) - len(self._decisions)

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The accepted findings with their strategies: the answer to the story."""
        return tuple(
            Choice(entry.finding, patch.strategy)
            for index, entry in enumerate(self.entries)
            if self[index].state is State.ACCEPTED and (patch := self.patch(index))
        )

    @property
    def edits(self) -> tuple[FileEdit, ...]:
        """What the chosen patches of the accepted findings do, one after the other."""
        accepted = (index for index in range(len(self.entries)) if self[index].state is State.ACCEPTED)
        return tuple(edit for index in accepted if (patch := self.patch(index)) for edit in patch.edits)

    def refusal(self, index: int) -> str:
        """Why an entry cannot be accepted with its chosen strategy; empty when it can, as far as is known."""
        entry, patch = self.entries[index], self.patch(index)
        if self.closed:
            return "the review is closed"
        if not entry.offered:
            return ""
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

    def reject(
        self,
        indices: Iterable[int],
        reason: str = "",
        keeping: Keeping = Keeping.SESSION,
        written: Written | None = None,
    ) -> None:
        """Reject, as one step of the history; ``written`` is the file in which the reason is kept."""
        self._change(indices, lambda decision: Decision(State.REJECTED, decision.patch, reason, keeping), written)

    def reconsider(self, index: int) -> None:
        """Make an entry undecided again."""
        self._change([index], lambda decision: Decision(State.UNDECIDED, decision.patch))

    def recall(self, reasons: Mapping[str, str]) -> None:
        """Reject what was rejected with a reason in an earlier session; no step of the history."""
        for fingerprint, reason in reasons.items():
            if fingerprint in self._places and fingerprint not in self._decisions:
                self._decisions[fingerprint] = Decision(State.REJECTED, 0, reason, Keeping.BASELINE)

    def turn(self, index: int, step: int) -> None:
        """Choose the next (1) or previous (-1) strategy. An accepted entry stays so only if the new one can be."""
        patches = self.entries[index].patches
        if len(patches) < 2:
            return
        turned = replace(self[index], patch=(self[index].patch + step) % len(patches))
        if patches[turned.patch].safety is Safety.MANUAL and turned.state is State.ACCEPTED:
            turned = Decision(State.UNDECIDED, turned.patch)
        self._change([index], lambda _: turned)

    def _change(
        self, indices: Iterable[int], new: Callable[[Decision], Decision], written: Written | None = None
    ) -> None:
        if self.closed:
            return
        changed = self._decide(indices, new)
        if changed:
            self._done.append(Step(changed, written))
            self._undone.clear()

    def _decide(
        self, indices: Iterable[int], new: Callable[[Decision], Decision]
    ) -> dict[str, tuple[Decision, Decision]]:
        pairs = {self.entries[index].finding.fingerprint: (self[index], new(self[index])) for index in indices}
        changed = {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}
        self._decisions |= {key: after for key, (_, after) in changed.items()}
        return changed

    def undo(self) -> Step | None:
        """Take the last step back; None when there is nothing to undo."""
        return self._travel(self._done, self._undone, 0)

    def redo(self) -> Step | None:
        """Make the step that was undone last again; None when there is none."""
        return self._travel(self._undone, self._done, 1)

    def _travel(self, source: list[Step], target: list[Step], side: int) -> Step | None:
        if not source or self.closed:
            return None
        step = source.pop()
        target.append(step)
        self._decisions |= {key: pair[side] for key, pair in step.decisions.items() if key in self._places}
        return step


def _without(keys: Set[str], steps: Sequence[Step]) -> list[Step]:
    """The history as if it had never touched ``keys``."""
    kept = [replace(step, decisions={k: v for k, v in step.decisions.items() if k not in keys}) for step in steps]
    return [step for step in kept if step.decisions]


def _entry(candidates: Candidates) -> Entry:
    return Entry(candidates.finding, candidates.patches, candidates.withheld, offered=True)
