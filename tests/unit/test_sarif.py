"""SARIF as GitHub and editors read it."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from greenfix_codemods.finding import (
    Candidates,
    CellLine,
    Confidence,
    FileEdit,
    FileError,
    Finding,
    Patch,
    Safety,
    ScanResult,
)
from greenfix_codemods.rules import all_rules
from greenfix_codemods.scan import candidates, scan

from greenfix.report.sarif import FIXES, RESULTS, as_sarif, with_patches
from tests.greenfix_command import LEAKING

SCHEMA = Path(__file__).parents[1] / "schemas" / "sarif-2.1.0.json"


@cache
def _validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def log_of(result: ScanResult, offered: tuple[Candidates, ...] = (), prefix: str = ".") -> dict[str, Any]:
    log: dict[str, Any] = json.loads(as_sarif(result, offered, prefix))
    _validator().validate(log)
    [run] = log["runs"]
    return dict(run)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "a b").mkdir()
    (tmp_path / "a b" / "träin.py").write_text(LEAKING)
    (tmp_path / "broken.py").write_text("import keras\ndef broken(:\n")
    return tmp_path


def finding(tree: Path) -> Finding:
    return scan(tree).findings[0]


def test_a_scan_is_a_valid_log_whose_result_names_place_rule_and_fingerprint(tree: Path) -> None:
    result = scan(tree)
    run = log_of(result, candidates(tree, result.findings), "training")
    [found] = run["results"]
    rule = run["tool"]["driver"]["rules"][found["ruleIndex"]]
    physical = found["locations"][0]["physicalLocation"]
    assert found["ruleId"] == rule["id"] == "IMR001"
    assert physical["artifactLocation"] == {"uri": "training/a%20b/tr%C3%A4in.py", "uriBaseId": "SRCROOT"}
    assert physical["region"] == {"startLine": 3, "startColumn": 1, "endLine": 6, "endColumn": 28}
    assert found["partialFingerprints"] == {"greenfix/v1": result.findings[0].fingerprint}
    assert "SRCROOT" in run["originalUriBaseIds"]
    [told] = run["invocations"][0]["toolExecutionNotifications"]
    assert told["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "training/broken.py"


def test_the_fingerprint_does_not_move_with_the_lines_above(tree: Path) -> None:
    before = log_of(scan(tree))["results"][0]
    file = tree / "a b" / "träin.py"
    file.write_text(f"'''What it does.'''\n\n{file.read_text()}")
    after = log_of(scan(tree))["results"][0]
    assert after["locations"] != before["locations"]
    assert after["partialFingerprints"] == before["partialFingerprints"]


def test_every_rule_has_its_page_within_the_limits() -> None:
    rules = log_of(ScanResult((), (), scan(Path(__file__)).funnel))["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.code for rule in all_rules()]
    for rule in rules:
        assert len(rule["shortDescription"]["text"]) <= 1024
        assert len(rule["fullDescription"]["text"]) <= 1024
        assert "## Why is this bad" in rule["help"]["markdown"]
        assert len(rule["properties"]["tags"]) <= 10


def applied(before: str, replacements: list[dict[str, Any]]) -> str:
    """Make the replacements as an editor would: from below, by line and column."""
    lines = before.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    for each in reversed(replacements):
        region = each["deletedRegion"]
        first = starts[region["startLine"] - 1] + region["startColumn"] - 1
        last = starts[region["endLine"] - 1] + region["endColumn"] - 1
        before = before[:first] + each["insertedContent"]["text"] + before[last:]
    return before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\nb\nc\n", "a\nx\ny\nc\n"),
        ("a\nb\n", "a\nb\nend\n"),
        ("a\nb", "a\nb\nend"),
        ("a\nb", "a"),
        ("a\nb\nc", "x\nb\ny"),
        ("", "import keras\n"),
        ("a\r\nb\r\n", "a\r\nnew\r\nb\r\n"),
        ("a\fb\nc\n", "a\fb\nd\n"),
        ("\u2028 is one line\nc\n", "\u2028 is one line\nd\n"),
    ],
)
def test_a_fix_turns_the_file_into_the_patched_one(tree: Path, before: str, after: str) -> None:
    found = finding(tree)
    edit = FileEdit("a.py", before.encode(), after.encode())
    offered = Candidates(found, (Patch("clear-session", Safety.SAFE, (found,), (edit,)),), ())
    [fix] = log_of(scan(tree), (offered,))["results"][0]["fixes"]
    [change] = fix["artifactChanges"]
    assert applied(before, change["replacements"]) == after


def test_fixes_of_a_real_finding_give_the_files_of_its_patches(tree: Path) -> None:
    result = scan(tree)
    [offered] = candidates(tree, result.findings)
    fixes = log_of(result, (offered,))["results"][0]["fixes"]
    safe = [patch for patch in offered.patches if patch.safety is Safety.SAFE]
    assert len(fixes) == len(safe) > 0
    for fix, patch in zip(fixes, safe, strict=True):
        [change], [edit] = fix["artifactChanges"], patch.edits
        assert applied(edit.before.decode(), change["replacements"]) == edit.after.decode()
        assert fix["description"]["text"].startswith(f"{patch.strategy}: keeps the meaning, not measured.")


@pytest.mark.parametrize("safety", [Safety.UNSAFE, Safety.MANUAL])
def test_what_may_change_results_is_no_fix_that_an_editor_applies_with_a_click(tree: Path, safety: Safety) -> None:
    found = finding(tree)
    patch = Patch("hoist-and-reset", safety, (found,), (FileEdit("a.py", b"a\n", b"b\n"),))
    assert "fixes" not in log_of(scan(tree), (Candidates(found, (patch,), ()),))["results"][0]


def test_a_finding_in_a_notebook_names_cell_and_line(tree: Path) -> None:
    result = scan(tree)
    book = replace(result.findings[0], path="a.ipynb", cell_line=CellLine(4, 2, 9), confidence=Confidence.LOW)
    [found] = log_of(replace(result, findings=(book,)))["results"]
    assert found["message"]["text"].startswith("Cell 4, line 2: each pass builds")
    assert found["locations"][0]["physicalLocation"]["region"] == {"startLine": 1}
    assert found["level"] == "note"


def test_a_large_repository_stays_within_what_github_takes(tree: Path) -> None:
    found = finding(tree)
    prints = (f"{number * 2654435761 % 2**64:016x}" for number in range(RESULTS))
    many = tuple(replace(found, path=f"package/module_{each}.py", fingerprint=each) for each in prints)
    least = replace(found, confidence=Confidence.LOW)
    result = replace(scan(tree), findings=(least, *many), errors=(FileError("x.py", "too large"),) * 10)
    patch = Patch("clear-session", Safety.SAFE, (found,), (FileEdit("a.py", LEAKING.encode(), LEAKING.encode()[:-9]),))
    offered = [Candidates(each, (patch,) * 4, ()) for each in with_patches(result.findings)]
    text = as_sarif(result, offered, ".")
    assert len(gzip.compress(text.encode(), 6)) < 10_000_000
    [run] = json.loads(text)["runs"]
    assert len(run["results"]) == RESULTS
    assert {each["level"] for each in run["results"]} == {"warning"}
    told = run["invocations"][0]["toolExecutionNotifications"][-1]["message"]["text"]
    assert told.startswith("1 findings of lower confidence are left out")
    assert sum("fixes" in each for each in run["results"]) <= FIXES
