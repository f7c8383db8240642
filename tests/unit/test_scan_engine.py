from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from greenfix_codemods import detecting
from greenfix_codemods.events import FileScanned, ScanEvent, ScanStarted
from greenfix_codemods.finding import Smell
from greenfix_codemods.patching import candidates
from greenfix_codemods.rule import Rule, Site
from greenfix_codemods.rules import all_rules
from greenfix_codemods.scan import scan
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.strategies.release_model import ReleaseModel

from tests.greenfix_command import HARMLESS, LEAKING


class Broken(Rule):
    """A rule with a bug."""

    code = "IMR999"
    title = "always raises"
    smell = Smell.IMR

    def sites(self, module: Module) -> Iterator[Site]:
        raise ZeroDivisionError("a bug of ours")


def test_a_rule_that_raises_is_reported_with_rule_and_file_and_hides_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "train.py").write_text(LEAKING)
    monkeypatch.setattr(detecting, "all_rules", lambda: (Broken(), *all_rules()))
    result = scan(tmp_path)
    assert [finding.rule for finding in result.findings] == ["IMR001"]
    [error] = result.errors
    assert (error.path, error.message) == ("train.py", "IMR999 failed: ZeroDivisionError: a bug of ours")


def test_a_rule_that_raises_hides_no_patch_of_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "train.py").write_text(LEAKING)
    monkeypatch.setattr(detecting, "all_rules", lambda: (Broken(), *all_rules()))
    [each] = candidates(tmp_path, scan(tmp_path).findings)
    assert "clear-session" in [patch.strategy for patch in each.patches]


def test_a_strategy_that_raises_is_withheld_with_its_error_and_hides_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(strategy: ReleaseModel, site: Site) -> str | None:
        raise ZeroDivisionError("a bug of ours")

    (tmp_path / "train.py").write_text(LEAKING)
    monkeypatch.setattr(ReleaseModel, "obstacle", broken)
    [each] = candidates(tmp_path, scan(tmp_path).findings)
    assert "clear-session" in [patch.strategy for patch in each.patches]
    [withheld] = [withheld for withheld in each.withheld if withheld.strategy == "release-model"]
    assert withheld.reason == "release-model failed: ZeroDivisionError: a bug of ours"


def test_findings_stream_in_file_by_file(tmp_path: Path) -> None:
    for name, text in {"a.py": LEAKING, "b.py": HARMLESS, "c.py": LEAKING}.items():
        (tmp_path / name).write_text(text)
    events: list[ScanEvent] = []
    result = scan(tmp_path, events.append)
    assert events[0] == ScanStarted(3)
    told = [event for event in events if isinstance(event, FileScanned)]
    assert [(event.path, event.done, len(event.findings)) for event in told] == [
        ("a.py", 1, 1),
        ("b.py", 2, 0),
        ("c.py", 3, 1),
    ]
    assert tuple(finding for event in told for finding in event.findings) == result.findings


def test_the_fingerprint_survives_lines_above_and_work_inside_the_loop(tmp_path: Path) -> None:
    def fingerprint(text: str) -> str:
        (tmp_path / "train.py").write_text(text)
        [finding] = scan(tmp_path).findings
        return finding.fingerprint

    before = fingerprint(LEAKING)
    assert fingerprint(f"# a comment\n\n{LEAKING}") == before
    assert fingerprint(LEAKING.replace("    model.fit", "    print('pass')\n    model.fit")) == before
    assert fingerprint(LEAKING.replace("range(30)", "range(31)")) != before


def test_equal_places_have_fingerprints_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(f"{LEAKING}\n{LEAKING}")
    findings = scan(tmp_path).findings
    assert len({finding.fingerprint for finding in findings}) == len(findings) == 2
