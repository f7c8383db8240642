"""Findings as text and as JSON, and what every format says of them.

``docs/scan-json.md`` documents the JSON; its ``version`` changes when a field does.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from greenfix_codemods.finding import (
    Candidates,
    CellLine,
    Confidence,
    Finding,
    Patch,
    ScanResult,
    Suppressed,
    SuppressionNote,
    Withheld,
    place_of,
)

JSON_VERSION = 1


def as_json(result: ScanResult, offered: Sequence[Candidates]) -> str:
    """The whole result as one JSON object with a final line end."""
    funnel = result.funnel
    document = {
        "version": JSON_VERSION,
        "findings": [_finding(each) for each in offered],
        "errors": [{"path": error.path, "message": error.message} for error in result.errors],
        "funnel": {
            "files": funnel.files,
            "parsed": funnel.parsed,
            "candidates": funnel.candidates,
            "findings": funnel.findings,
            "excluded": funnel.excluded,
            "cached": funnel.cached,
        },
        "suppressed": [_suppressed(each) for each in result.suppressed],
        "known": [place_fields(each) for each in result.known],
        "unsure": [place_fields(each) for each in result.unsure],
        "notes": [_note(each) for each in result.notes],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def as_text(result: ScanResult, offered: Sequence[Candidates], path: Path) -> str:
    """One line a finding, with a path that an editor can open from here; with ``offered`` also the patches."""
    patches = {each.finding: each for each in offered}
    base = path.parent if path.is_file() else path
    return "".join(_line(finding, base) + _patches(patches.get(finding)) for finding in result.findings)


def summary(result: ScanResult) -> str:
    """What the scan did, in one sentence."""
    funnel = result.funnel
    files = len({finding.path for finding in result.findings})
    noun, nothing = ("new finding", "Nothing new") if result.known else ("finding", "Nothing found")
    found = f"{count(funnel.findings, noun)} in {count(files, 'file')}" if result.findings else nothing
    unread = f", {count(len(result.errors), 'file')} not readable" if result.errors else ""
    hidden = f", {len(result.known)} known" if result.known else ""
    hidden += f", {len(result.suppressed)} suppressed" if result.suppressed else ""
    hidden += f", {len(result.unsure)} less sure (--confidence low)" if result.unsure else ""
    hidden += f", {count(funnel.excluded, 'file')} excluded" if funnel.excluded else ""
    looked = f"{funnel.files} scanned, {funnel.candidates} with TensorFlow or training code"
    looked += f", {funnel.cached} unchanged since the last scan" if funnel.cached else ""
    return f"{found} ({looked}{unread}{hidden})."


def notes(result: ScanResult) -> str:
    """One line for each suppression that does not do what it says."""
    return "".join(f"{note.place}: {note.message}\n" for note in result.notes)


def surest(findings: Sequence[Finding]) -> list[Finding]:
    """The findings in order of their confidence, those of the same by place."""
    return sorted(findings, key=lambda each: list(Confidence).index(each.confidence))


def count(number: int, noun: str) -> str:
    """``1 finding``, ``2 findings``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _line(finding: Finding, base: Path) -> str:
    file = os.path.normpath(base / finding.path)
    place = place_of(file, finding.span.line, finding.cell_line)
    place += f":{finding.span.column}" if finding.cell_line is None else ""
    return f"{place}: {finding.rule} [{finding.confidence}] {finding.reason}\n"


def _patches(each: Candidates | None) -> str:
    if each is None:
        return ""
    tried: list[Patch | Withheld] = [*each.patches, *each.withheld]
    assumptions = {item.assumption: None for item in tried if item.assumption}
    assumed = "".join(f"  = {assumption}\n" for assumption in assumptions)
    withheld = "".join(f"  - {item.strategy}: {item.reason}\n" for item in each.withheld)
    shown = "".join(f"  + {patch.strategy} ({patch.safety})\n{patch.diff}" for patch in each.patches)
    return assumed + shown + withheld


def _finding(each: Candidates) -> dict[str, Any]:
    return {
        **place_fields(each.finding),
        "strategies": [
            {
                "name": patch.strategy,
                "safety": patch.safety.value,
                "assumption": patch.assumption,
                "diff": patch.diff,
            }
            for patch in each.patches
        ],
        "withheld": [
            {"name": item.strategy, "reason": item.reason, "assumption": item.assumption} for item in each.withheld
        ],
    }


def _suppressed(each: Suppressed) -> dict[str, Any]:
    return {**place_fields(each.finding), "suppression": each.reason}


def _note(note: SuppressionNote) -> dict[str, Any]:
    return {
        "path": note.path,
        "line": note.cell_line.joined if note.cell_line else note.line,
        **_cell(note.cell_line),
        "rule": note.rule,
        "message": note.message,
    }


def _cell(where: CellLine | None) -> dict[str, int | None]:
    """Where a notebook's reader finds a line; both null in a file."""
    return {"cell": where.cell if where else None, "cell_line": where.line if where else None}


def place_fields(finding: Finding) -> dict[str, Any]:
    """What a finding is and where, as every JSON of greenfix says it."""
    line = finding.cell_line.joined if finding.cell_line else finding.span.line
    return {
        "rule": finding.rule,
        "smell": finding.smell.value,
        "path": finding.path,
        "line": line,
        "column": finding.span.column,
        "end_line": line + finding.span.end_line - finding.span.line,
        **_cell(finding.cell_line),
        "names": list(finding.names),
        "confidence": finding.confidence.value,
        "reason": finding.reason,
        "fingerprint": finding.fingerprint,
    }
