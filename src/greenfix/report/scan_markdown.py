"""Findings as Markdown: for a comment, a job summary, an issue."""

from __future__ import annotations

from collections import Counter

from greenfix_codemods.finding import Finding, ScanResult

from greenfix.report.findings import count, summary
from greenfix.report.markdown import code, plain, table
from greenfix.report.places import in_repository
from greenfix.report.prose import prose

ROWS = 200
"""A GitHub comment takes 65,536 characters; a row of this table is rarely above 300."""


def as_markdown(result: ScanResult, prefix: str) -> str:
    """The summary, a table of at most ``ROWS`` findings with paths from the repository's root, and what went wrong."""
    parts = [f"### greenfix: {plain(summary(result))}\n"]
    if result.findings:
        shown = result.findings[:ROWS]
        parts.append(table(("Where", "Rule", "Confidence", "Why"), [_row(each, prefix) for each in shown]) + "\n")
        parts.append(_left(result.findings[ROWS:]))
        parts.append("`greenfix fix` tries the possible fixes and keeps only one that measurably saves energy.\n")
    parts.append(_problems(result, prefix))
    return "\n".join(filter(None, parts))


def _row(finding: Finding, prefix: str) -> tuple[str, ...]:
    place = finding.place.replace(finding.path, in_repository(finding.path, prefix), 1)
    return code(place), finding.rule, finding.confidence.value, prose(finding.reason)


def _left(findings: tuple[Finding, ...]) -> str:
    if not findings:
        return ""
    rules = ", ".join(f"{number} {rule}" for rule, number in sorted(Counter(each.rule for each in findings).items()))
    return f"and {count(len(findings), 'more finding')} ({rules}): `greenfix scan` lists all.\n"


def _problems(result: ScanResult, prefix: str) -> str:
    lines = [f"- {code(in_repository(error.path, prefix))}: {prose(error.message)}\n" for error in result.errors]
    lines += [f"- {code(note.place)}: {prose(note.message)}\n" for note in result.notes]
    hidden = f"- and {len(lines) - ROWS} more\n" if len(lines) > ROWS else ""
    return f"Not scanned, or suppressed in vain:\n\n{''.join(lines[:ROWS])}{hidden}" if lines else ""
