"""The panel about one finding: why it smells, what mends it, the risk, what stops the rest, and what was seen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from greenfix_codemods.finding import Patch, Safety
from textual.content import Content

from greenfix.tui.findings.review import Decision, Entry, Review, State
from greenfix.tui.words import plain

if TYPE_CHECKING:
    from greenfix_codemods.rule import Rule

SAFETY = {
    Safety.SAFE: ("safe", "$text-success", "the meaning is kept, argued statically"),
    Safety.UNSAFE: ("unsafe", "$text-warning", "results may change: the experiment compares what both compute"),
    Safety.MANUAL: ("manual", "$text-error", "explained only, never applied"),
}


def detail(review: Review, index: int) -> Content:
    """The panel's text for one entry, its chosen patch and the decision on it."""
    entry, patch = review.entries[index], review.patch(index)
    lines = [*_why(entry), *_decision(review[index]), *_seen(review, entry), *_patch(entry, patch)]
    lines += [*_stopped(entry), *_rest(entry, patch)]
    return Content("\n").join(lines)


def _line(label: str, *parts: str | Content | tuple[str, str]) -> Content:
    return Content.assemble((f"{label}: ", "bold"), *(plain(part) if isinstance(part, str) else part for part in parts))


def _rule(entry: Entry) -> Rule | None:
    from greenfix_codemods.rules import rule  # all rules: the first paint, of an empty list, does not wait for them

    return rule(entry.finding.rule)


def _why(entry: Entry) -> Iterator[Content]:
    finding, found = entry.finding, _rule(entry)
    yield Content.assemble(
        (finding.rule, "bold $text-accent"),
        (f" {found.title}" if found else "", "bold"),
        Content.from_markup(f" [@click=screen.rule_page('{finding.rule}')]rule page (i)[/]"),
    )
    yield _line("why", f"{finding.reason} ({finding.confidence} confidence)")


def _decision(decision: Decision) -> Iterator[Content]:
    if decision.state is State.REJECTED:
        kept = f"{decision.reason} (kept {decision.keeping})"
        yield _line("rejected", kept if decision.reason else "for this session; r gives a reason and keeps it")


def _seen(review: Review, entry: Entry) -> Iterator[Content]:
    fingerprint = entry.finding.fingerprint
    if diagnosed := review.diagnosed.get(fingerprint):
        yield _line("diagnosed", (f"{diagnosed.state}", "bold"), f": {diagnosed.evidence}")
    if measured := review.measured.get(fingerprint):
        yield _line("measured", f"{measured.short}, {measured.how}")
    if edited := review.edited.get(fingerprint):
        yield _line("edited", edited)


def _patch(entry: Entry, patch: Patch | None) -> Iterator[Content]:
    if patch is None:
        return
    word, colour, meaning = SAFETY[patch.safety]
    yield _line("fix", (patch.strategy, "bold"), f" {_summary(entry, patch.strategy)}")
    yield _line("risk", (word, f"bold {colour}"), f", {meaning}")
    if patch.assumption:
        yield _line("assumed", patch.assumption)


def _summary(entry: Entry, strategy: str) -> str:
    found = _rule(entry)
    return next((each.summary for each in (found.strategies if found else ()) if each.name == strategy), "").rstrip(".")


def _stopped(entry: Entry) -> Iterator[Content]:
    for each in entry.withheld:
        yield Content.assemble(
            ("withheld: ", "bold $text-warning"), (each.strategy, "bold"), plain(f", because {each.reason}")
        )


def _rest(entry: Entry, patch: Patch | None) -> Iterator[Content]:
    others = [each.strategy for each in entry.patches if each is not patch]
    if others:
        yield _line("also (t)", ", ".join(others))
