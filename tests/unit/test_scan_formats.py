"""Annotations and Markdown of a scan: within GitHub's limits, and deaf to what the scanned code is called."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from greenfix_codemods.finding import CellLine, Confidence, FileError, Finding, ScanResult
from greenfix_codemods.scan import scan

from greenfix.errors import UsageError
from greenfix.report.github import SHOWN, append_summary, as_annotations, in_log
from greenfix.report.places import in_repository, repository_prefix
from greenfix.report.prose import prose
from greenfix.report.scan_markdown import ROWS, as_markdown
from tests.greenfix_command import LEAKING


@pytest.fixture
def result(tmp_path: Path) -> ScanResult:
    (tmp_path / "train.py").write_text(LEAKING)
    return scan(tmp_path)


def many(result: ScanResult, number: int, **changed: object) -> tuple[Finding, ...]:
    [found] = result.findings
    return tuple(replace(found, path=f"m{at}.py", **changed) for at in range(number))  # type: ignore[arg-type]  # names of fields


def test_an_annotation_names_file_line_and_rule(result: ScanResult) -> None:
    [line] = as_annotations(result, "training").splitlines()
    assert line.startswith("::warning file=training/train.py,line=3,title=IMR001::each pass builds a model")
    assert line.endswith(" [high]")


def test_low_confidence_is_a_notice_and_so_is_an_unread_file(result: ScanResult) -> None:
    low = many(result, 1, confidence=Confidence.LOW)
    text = as_annotations(replace(result, findings=low, errors=(FileError("b.py", "does not parse"),)), ".")
    assert [line.split(",")[0] for line in text.splitlines()] == ["::notice file=m0.py", "::notice file=b.py"]


def test_what_github_would_drop_stands_in_the_log_as_text_and_the_surest_come_first(result: ScanResult) -> None:
    findings = many(result, 12, confidence=Confidence.MEDIUM) + many(result, 1, confidence=Confidence.HIGH)
    lines = as_annotations(replace(result, findings=findings), ".").splitlines()
    assert sum(line.startswith("::") for line in lines) == SHOWN
    assert lines[0].endswith("[high]")
    assert lines[SHOWN] == f"GitHub shows {SHOWN} annotations of one kind a step; 3 more:"
    assert lines[-1].startswith("  m11.py:3: IMR001: each pass")


def test_a_file_name_cannot_speak_to_the_runner(result: ScanResult) -> None:
    evil = "a,line=9::x\n::add-mask::y\r%0A.py"
    findings = tuple(replace(each, path=evil) for each in many(result, 12))
    lines = as_annotations(replace(result, findings=findings), ".").splitlines()
    assert len(lines) == 13
    assert lines[0].startswith(
        "::warning file=a%2Cline=9%3A%3Ax%0A%3A%3Aadd-mask%3A%3Ay%0D%250A.py,line=3,title=IMR001::"
    )
    assert all("::" not in line for line in lines[SHOWN:])
    assert "##[" not in in_log("##[add-path]x")


def test_a_notebook_is_annotated_as_a_file_because_its_lines_are_not_the_files(result: ScanResult) -> None:
    text = as_annotations(replace(result, findings=many(result, 1, cell_line=CellLine(3, 1, 9))), ".")
    assert text.startswith("::warning file=m0.py,title=IMR001::cell 3, line 1: each pass")


def test_the_job_summary_is_added_to_what_other_steps_wrote(
    result: ScanResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    append_summary(result, ".")
    assert summary.read_text().startswith("before\n### greenfix: 1 finding in 1 file")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "no" / "folder"))
    with pytest.raises(UsageError, match="job summary"):
        append_summary(result, ".")


def test_markdown_has_a_row_a_finding_and_says_what_it_leaves_out(result: ScanResult) -> None:
    text = as_markdown(replace(result, findings=many(result, ROWS + 2)), "training")
    assert text.count("| IMR001 |") == ROWS
    assert "| `training/m0.py:3` | IMR001 | high | each pass builds a model" in text
    assert "and 2 more findings (2 IMR001)" in text
    assert len(text) < 65_536


def test_markdown_of_nothing_is_one_line_and_unread_files_are_listed(result: ScanResult) -> None:
    nothing = replace(result, findings=(), funnel=replace(result.funnel, findings=0))
    assert as_markdown(nothing, ".") == "### greenfix: Nothing found (1 scanned, 1 with TensorFlow or training code).\n"
    unread = as_markdown(replace(nothing, errors=(FileError("b.py", "no `text`"),)), ".")
    assert unread.endswith("Not scanned, or suppressed in vain:\n\n- `b.py`: no `text`\n")


def test_a_sentence_keeps_its_code_and_nothing_else_becomes_markup() -> None:
    assert prose("`a``b`, c") == "`a``b`, c"
    assert prose("keeps `a_b` in a_c") == r"keeps `a_b` in a\_c"
    assert prose("one ` only") == r"one \` only"


def test_paths_are_those_of_the_repository_wherever_the_scan_began(tmp_path: Path) -> None:
    (tmp_path / "src" / "models").mkdir(parents=True)
    assert repository_prefix(tmp_path / "src") == "."
    (tmp_path / ".git").write_text("gitdir: elsewhere\n")
    assert repository_prefix(tmp_path / "src" / "models") == "src/models"
    assert repository_prefix(tmp_path) == "."
    assert in_repository("a.py", "src/models") == "src/models/a.py"
    assert in_repository("a.py", ".") == "a.py"
