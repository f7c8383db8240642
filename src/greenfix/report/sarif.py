"""Findings as SARIF 2.1.0, within GitHub's limits, so that code scanning and editors can show them.

Limits and the properties that GitHub reads:
https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
(25,000 results a run, 10 MB compressed). Findings that a comment suppresses or a baseline knows are left out: GitHub
would open an alert for each of them.

``primaryLocationLineHash`` is absent on purpose. GitHub's upload action computes it, and where a file brings one of
its own it prints a warning for every result. ``greenfix/v1`` is our fingerprint, which holds no line number.
"""

from __future__ import annotations

import difflib
import inspect
import io
import json
import os
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

import greenfix_codemods.rules
from greenfix_codemods.finding import Candidates, Confidence, FileEdit, Finding, Patch, Safety, ScanResult
from greenfix_codemods.rule import Rule

import greenfix
from greenfix.report.findings import surest
from greenfix.report.places import in_repository

RESULTS = 25_000
"""GitHub refuses a run with more."""
FIXES = 100
"""Findings that carry their patches: making those of one takes 70 ms of CPU, more where a large tree is followed."""
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "SRCROOT"
_LONGEST = 1024
"""Characters of a description that GitHub takes."""


def with_patches(findings: Sequence[Finding]) -> Sequence[Finding]:
    """The findings whose patches ``as_sarif`` can use."""
    return findings[:FIXES]


def as_sarif(result: ScanResult, offered: Iterable[Candidates], prefix: str) -> str:
    """The whole scan as one SARIF log with one run; paths are relative to the repository's root.

    Args:
        result: of the scan.
        offered: the patches of ``with_patches(result.findings)``; those that keep the meaning become fixes.
        prefix: of the scanned folder in the repository (``places.repository_prefix``).
    """
    fixes = {each.finding: [_fix(patch, prefix) for patch in each.patches if _is_safe(patch)] for each in offered}
    findings = _taken(result.findings)
    rules = greenfix_codemods.rules.all_rules()
    numbers = {rule.code: number for number, rule in enumerate(rules)}
    run = {
        "tool": {"driver": _driver(rules)},
        "automationDetails": {"id": "greenfix/"},
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(result, len(result.findings) - len(findings), prefix)],
        "results": [_result(each, numbers[each.rule], fixes.get(each, []), prefix) for each in findings],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1, ensure_ascii=False) + "\n"


def _taken(findings: Sequence[Finding]) -> Sequence[Finding]:
    """All of them, or the surest ones that GitHub still takes."""
    return findings if len(findings) <= RESULTS else surest(findings)[:RESULTS]


def _driver(rules: Sequence[Rule]) -> dict[str, Any]:
    version = greenfix.__version__
    return {
        "name": "greenfix",
        "version": version,
        "semanticVersion": version,
        "rules": [_rule(each) for each in rules],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    page = inspect.getdoc(rule) or rule.title
    fixes = "".join(f"- `{each.name}` ({each.safety}): {each.summary}\n" for each in rule.strategies)
    measured = f"{page}\n\n## Fixes to try\n{fixes}\n`greenfix fix` measures which of them saves energy here."
    return {
        "id": rule.code,
        "name": type(rule).__name__,
        "shortDescription": {"text": _sentence(rule.title)[:_LONGEST]},
        "fullDescription": {"text": " ".join(page.partition("\n\n")[0].split())[:_LONGEST]},
        "help": {"text": measured, "markdown": measured},
        "defaultConfiguration": {"level": "warning"},
        "properties": {"tags": ["energy", "performance", "tensorflow", "keras", rule.smell.value]},
    }


def _result(finding: Finding, number: int, fixes: list[dict[str, Any]], prefix: str) -> dict[str, Any]:
    cell = finding.cell_line
    place = f"Cell {cell.cell}, line {cell.line}: " if cell else ""
    return {
        "ruleId": finding.rule,
        "ruleIndex": number,
        "level": "note" if finding.confidence is Confidence.LOW else "warning",
        "message": {"text": _sentence(f"{place}{finding.reason}")},
        "locations": [_location(finding, prefix)],
        "partialFingerprints": {"greenfix/v1": finding.fingerprint},
        "properties": {"confidence": finding.confidence.value},
        **({"fixes": fixes} if fixes else {}),
    }


def _location(finding: Finding, prefix: str) -> dict[str, Any]:
    """A notebook's lines are not those of its file, so there the file is the place, and cell and line its name."""
    physical: dict[str, Any] = {"artifactLocation": _artifact(in_repository(finding.path, prefix))}
    if finding.cell_line is not None:
        name = f"cell {finding.cell_line.cell}, line {finding.cell_line.line}"
        return {"physicalLocation": physical | {"region": {"startLine": 1}}, "logicalLocations": [{"name": name}]}
    span = finding.span
    ends = {"endLine": span.end_line, "endColumn": span.end_column}
    return {"physicalLocation": physical | {"region": {"startLine": span.line, "startColumn": span.column, **ends}}}


def _artifact(path: str) -> dict[str, str]:
    return {"uri": quote(os.fsencode(path)), "uriBaseId": _ROOT}


def _is_safe(patch: Patch) -> bool:
    """An editor applies a fix with one click: only what keeps the meaning may be one."""
    return patch.safety is Safety.SAFE


def _fix(patch: Patch, prefix: str) -> dict[str, Any]:
    assumed = f" {_sentence(patch.assumption)}" if patch.assumption else ""
    return {
        "description": {"text": f"{patch.strategy}: keeps the meaning, not measured.{assumed}"},
        "artifactChanges": [
            {
                "artifactLocation": _artifact(in_repository(edit.path, prefix)),
                "replacements": _replacements(edit),
            }
            for edit in patch.edits
        ],
    }


def _replacements(edit: FileEdit) -> list[dict[str, Any]]:
    # Lines end at line feeds only, as SARIF counts them: str.splitlines also splits at form feeds.
    old, new = (list(io.StringIO(data.decode(edit.encoding), newline="\n")) for data in (edit.before, edit.after))
    changes = difflib.SequenceMatcher(None, old, new).get_opcodes()
    return [
        {"deletedRegion": _region(old, first, last), "insertedContent": {"text": "".join(new[begin:end])}}
        for kind, first, last, begin, end in changes
        if kind != "equal"
    ]


def _region(lines: Sequence[str], first: int, last: int) -> dict[str, int]:
    start, end = _start_of(lines, first), _start_of(lines, last)
    return {"startLine": start[0], "startColumn": start[1], "endLine": end[0], "endColumn": end[1]}


def _start_of(lines: Sequence[str], index: int) -> tuple[int, int]:
    """Line and column, both from 1, where the line at ``index`` starts, or would start."""
    if index == len(lines) and lines and not lines[-1].endswith("\n"):
        return index, len(lines[-1]) + 1
    return index + 1, 1


def _invocation(result: ScanResult, left_out: int, prefix: str) -> dict[str, Any]:
    told = [_notification(each.message, in_repository(each.path, prefix)) for each in result.errors]
    told += [_notification(note.message, in_repository(note.path, prefix)) for note in result.notes]
    if left_out:
        told.append(_notification(f"{left_out} findings of lower confidence are left out: GitHub takes {RESULTS}."))
    return {"executionSuccessful": True, "toolExecutionNotifications": told}


def _notification(message: str, path: str = "") -> dict[str, Any]:
    where = {"locations": [{"physicalLocation": {"artifactLocation": _artifact(path)}}]} if path else {}
    return {"level": "warning", "message": {"text": _sentence(message)}, **where}


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
