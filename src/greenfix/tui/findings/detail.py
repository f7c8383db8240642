"""Why a finding smells, what the chosen strategy does, and what was withheld: the panel beside the diff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from greenfix_codemods.finding import Patch, Safety
from textual.content import Content

from greenfix.tui.findings.review import Entry

if TYPE_CHECKING:
    from greenfix_codemods.rule import Rule

SAFETY = {
    Safety.SAFE: ("safe", "$text-success", "the meaning is kept, argued statically"),
    Safety.UNSAFE: ("unsafe", "$text-warning", "results may change: the experiment compares what both compute"),
    Safety.MANUAL: ("manual", "$text-error", "explained only, never applied"),
}


def detail(entry: Entry, patch: Patch | None) -> Content:
    """The panel's text for one entry and its chosen patch."""
    return Content("\n").join([*_why(entry), *_strategy(entry, patch), *_withheld(entry)])


def _why(entry: Entry) -> list[Content]:
    finding = entry.finding
    found = _rule(finding.rule)
    title = f" {found.title}" if found else ""
    return [
        Content.assemble((finding.rule, "bold $text-accent"), (title, "bold")),
        Content.assemble((f"{finding.confidence} confidence: ", "bold"), finding.reason),
    ]


def _strategy(entry: Entry, patch: Patch | None) -> list[Content]:
    if patch is None:
        return []
    word, colour, meaning = SAFETY[patch.safety]
    return [
        Content.assemble(
            (f"{patch.strategy}: ", "bold"),
            _summary(entry, patch.strategy),
            (word, f"bold {colour}"),
            f": {meaning}.",
        )
    ]


def _summary(entry: Entry, strategy: str) -> str:
    found = _rule(entry.finding.rule)
    summaries = (each.summary for each in (found.strategies if found else ()) if each.name == strategy)
    summary = next(summaries, "")
    return f"{summary.rstrip('.')}. " if summary else ""


def _withheld(entry: Entry) -> list[Content]:
    return [
        Content.assemble(("withheld ", "bold $text-warning"), (each.strategy, "bold"), f": {each.reason}")
        for each in entry.withheld
    ]


def _rule(code: str) -> Rule | None:
    from greenfix_codemods.rules import rule  # all that detects, 0.1 s: not before the first paint

    return rule(code)
