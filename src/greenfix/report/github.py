"""Findings as GitHub's workflow commands: lines of a job's log that the runner turns into annotations.

A runner shows 10 warnings and 10 notices a step. What is beyond stands in the log as text and in the job summary.
Everything that comes from the scanned code is escaped, for a pull request may name a file ``::add-mask::x``:
https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from greenfix_codemods.finding import Confidence, Finding, ScanResult

from greenfix.errors import UsageError
from greenfix.report.findings import surest
from greenfix.report.places import in_repository
from greenfix.report.scan_markdown import as_markdown

SHOWN = 10
"""Annotations of one kind that GitHub takes from one step."""
SUMMARY_VARIABLE = "GITHUB_STEP_SUMMARY"
_MESSAGE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


@dataclass(frozen=True, slots=True)
class _Annotation:
    """One line for the runner. ``line`` is None where the file as a whole is meant."""

    kind: str
    path: str
    line: int | None
    title: str
    message: str

    @property
    def command(self) -> str:
        where = {"file": self.path, "line": str(self.line) if self.line else "", "title": self.title}
        given = ",".join(f"{name}={value.translate(_PROPERTY)}" for name, value in where.items() if value)
        return f"::{self.kind} {given}::{self.message.translate(_MESSAGE)}\n"

    @property
    def text(self) -> str:
        line = f":{self.line}" if self.line else ""
        return f"  {in_log(f'{self.path}{line}: {self.title}: {self.message}')}\n"


def as_annotations(result: ScanResult, prefix: str) -> str:
    """Warnings for what is claimed, the surest first; notices for low confidence and for what went wrong."""
    annotations = [_of_finding(each, prefix) for each in surest(result.findings)]
    for error in result.errors:
        path = in_repository(error.path, prefix)
        annotations.append(_Annotation("notice", path, None, "greenfix: not scanned", error.message))
    for note in result.notes:
        path, line = in_repository(note.path, prefix), None if note.cell_line else note.line
        annotations.append(_Annotation("notice", path, line, "greenfix: suppression", note.message))
    return "".join(_limited([each for each in annotations if each.kind == kind]) for kind in ("warning", "notice"))


def append_summary(result: ScanResult, prefix: str) -> None:
    """Add the findings to the job summary, where the environment names its file.

    Raises:
        UsageError: that file cannot be written.
    """
    file = os.environ.get(SUMMARY_VARIABLE)
    if not file:
        return
    try:
        with Path(file).open("a", encoding="utf-8") as summary:
            summary.write(as_markdown(result, prefix) + "\n")
    except OSError as error:
        raise UsageError(f"The job summary {file} cannot be written: {error.strerror}.") from error


def in_log(text: str) -> str:
    """``text`` as one line of a job's log in which the runner sees no command."""
    line = " ".join(text.split())
    return line.replace("::", ": :").replace("##[", "## [")


def _of_finding(finding: Finding, prefix: str) -> _Annotation:
    """On the first line only: GitHub would put it below the last line of a long loop. In a notebook on the file."""
    cell = finding.cell_line
    return _Annotation(
        "notice" if finding.confidence is Confidence.LOW else "warning",
        in_repository(finding.path, prefix),
        None if cell else finding.span.line,
        finding.rule,
        f"{f'cell {cell.cell}, line {cell.line}: ' if cell else ''}{finding.reason} [{finding.confidence}]",
    )


def _limited(annotations: Sequence[_Annotation]) -> str:
    """What GitHub shows, and the others as text below a line that says so."""
    left = annotations[SHOWN:]
    head = f"GitHub shows {SHOWN} annotations of one kind a step; {len(left)} more:\n" if left else ""
    return "".join([*(each.command for each in annotations[:SHOWN]), head, *(each.text for each in left)])
