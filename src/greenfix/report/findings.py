"""Findings as text and as JSON. ``docs/scan-json.md`` documents the JSON; its ``version`` changes when a field does."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from greenfix_codemods.finding import Candidates, Finding, Patch, ScanResult, Withheld

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
        },
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
    found = f"{_count(funnel.findings, 'finding')} in {_count(files, 'file')}" if result.findings else "Nothing found"
    unread = f", {_count(len(result.errors), 'file')} not readable" if result.errors else ""
    return f"{found} ({funnel.files} scanned, {funnel.candidates} with TensorFlow or training code{unread})."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _line(finding: Finding, base: Path) -> str:
    place = f"{os.path.normpath(base / finding.path)}:{finding.span.line}:{finding.span.column}"
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
    finding = each.finding
    return {
        "rule": finding.rule,
        "smell": finding.smell.value,
        "path": finding.path,
        "line": finding.span.line,
        "column": finding.span.column,
        "end_line": finding.span.end_line,
        "names": list(finding.names),
        "confidence": finding.confidence.value,
        "reason": finding.reason,
        "fingerprint": finding.fingerprint,
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
