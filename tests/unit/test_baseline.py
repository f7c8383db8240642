from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from greenfix_codemods.baseline import Baseline, BaselineError, Known, baseline_of, dump, parse
from greenfix_codemods.finding import Confidence, FileError
from greenfix_codemods.scan import scan
from greenfix_codemods.selection import EVERYTHING, Selection

from greenfix.baseline import against, read_baseline, with_rejected, write_baseline
from greenfix.errors import UsageError
from tests.greenfix_command import LEAKING
from tests.repositories import MakeRepository


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "train.py").write_text(LEAKING)
    (folder / "other.py").write_text(LEAKING)
    return folder


@pytest.fixture
def file(tree: Path, tmp_path: Path) -> Path:
    write_baseline(tmp_path / "known.json", scan(tree), tree)
    return tmp_path / "known.json"


def test_a_baseline_survives_the_file_and_has_one_finding_a_line() -> None:
    baseline = Baseline(".", (Known("a.py", "IMR001", "0" * 16), Known("é.py", "UTR001", "1" * 16)))
    assert parse(dump(baseline)) == baseline
    assert parse(dump(Baseline("src", ()))) == Baseline("src", ())
    assert '    {"rule": "UTR001", "path": "é.py", "fingerprint": "1111111111111111"}\n' in dump(baseline)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no baseline"),
        ("[]", "is no baseline"),
        ("{}", "is no baseline: KeyError: 'version'"),
        ('{"version": 2}', "has version 2; this greenfix reads version 1"),
        ('{"version": 1, "scanned": ".", "findings": [{}]}', "is no baseline: KeyError: 'rule'"),
        ('{"version": 1, "scanned": 3, "findings": []}', "scanned is no text"),
        ('{"version": 1, "scanned": ".", "findings": 3}', "is no baseline"),
    ],
)
def test_what_is_no_baseline_is_said(text: str, said: str) -> None:
    with pytest.raises(BaselineError, match=said):
        parse(text)


def test_known_findings_are_set_apart_though_lines_move(tree: Path, file: Path) -> None:
    (tree / "train.py").write_text(f"# a comment\n\n{LEAKING}")
    result, notice = against(file, scan(tree), tree, EVERYTHING, asked=True)
    assert (result.findings, result.funnel.findings, len(result.known), notice) == ((), 0, 2, "")


def test_of_equal_places_each_further_one_is_new(tree: Path, file: Path) -> None:
    (tree / "train.py").write_text(f"{LEAKING}\n{LEAKING}")
    result, _ = against(file, scan(tree), tree, EVERYTHING, asked=True)
    assert [(each.path, each.span.line) for each in result.findings] == [("train.py", 11)]


def test_of_two_equal_places_the_one_that_is_gone_is_said(tree: Path, tmp_path: Path) -> None:
    (tree / "train.py").write_text(f"{LEAKING}\n{LEAKING}")
    write_baseline(tmp_path / "two.json", scan(tree), tree)
    (tree / "train.py").write_text(LEAKING)
    result, notice = against(tmp_path / "two.json", scan(tree), tree, EVERYTHING, asked=True)
    assert (result.findings, len(result.known)) == ((), 2)
    assert notice.startswith("1 entry of the baseline is fixed or suppressed: run `greenfix scan --write-baseline`")


def test_entries_whose_finding_is_gone_are_said(tree: Path, file: Path) -> None:
    for name in ("train.py", "other.py"):
        (tree / name).write_text("import keras\n")
    _, notice = against(file, scan(tree), tree, EVERYTHING, asked=True)
    assert notice.startswith("2 entries of the baseline are fixed or suppressed")
    assert notice.endswith("to tighten known.json.")


@pytest.mark.parametrize("selection", [Selection(ignore=("IMR",)), Selection(exclude=("*.py",))])
def test_what_the_scan_did_not_look_at_is_not_fixed(tree: Path, file: Path, selection: Selection) -> None:
    result, notice = against(file, scan(tree, selection=selection), tree, selection, asked=True)
    assert (result.findings, result.known, notice) == ((), (), "")


def test_what_is_less_sure_than_asked_for_is_known_all_the_same_and_not_taken_for_fixed(
    make_repository: MakeRepository, tmp_path: Path
) -> None:
    sure = Selection(confidence=Confidence.MEDIUM)
    tree = make_repository({"tests/test_train.py": LEAKING})
    file = tmp_path / "known.json"
    write_baseline(file, scan(tree, selection=sure), tree)
    asked, notice = against(file, scan(tree, selection=sure), tree, sure, asked=True)
    assert (asked.findings, asked.known, asked.unsure, notice) == ((), (), (), "")
    assert [each.confidence for each in against(file, scan(tree), tree, EVERYTHING, asked=True)[0].known] == ["low"]


def test_a_file_that_cannot_be_read_is_not_fixed(tree: Path, file: Path) -> None:
    (tree / "train.py").write_text("def broken(:\n")
    result = scan(tree)
    assert isinstance(result.errors[0], FileError)
    assert against(file, result, tree, EVERYTHING, asked=True)[1] == ""


def test_a_scan_of_one_file_says_nothing_of_the_others(tree: Path, file: Path) -> None:
    result, notice = against(file, scan(tree / "train.py"), tree / "train.py", EVERYTHING, asked=True)
    assert ([each.path for each in result.known], result.findings, notice) == (["train.py"], (), "")


def test_the_baseline_of_another_folder_is_refused_when_asked_for_and_left_aside_otherwise(
    tree: Path, file: Path
) -> None:
    (tree / "sub").mkdir()
    (tree / "sub" / "train.py").write_text(LEAKING)
    result = scan(tree / "sub")
    with pytest.raises(UsageError, match=re.escape("is the baseline of `tree`, not of `tree/sub`")):
        against(file, result, tree / "sub", EVERYTHING, asked=True)
    same, notice = against(file, result, tree / "sub", EVERYTHING, asked=False)
    assert same is result
    assert notice.endswith("not used.")


def test_a_baseline_that_cannot_be_read_or_written_is_said(tree: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file") as caught:
        read_baseline(tmp_path / "missing.json")
    assert "--write-baseline" in caught.value.do
    (tmp_path / "bad.json").write_bytes(b"\xff")
    with pytest.raises(UsageError, match=r"bad\.json"):
        read_baseline(tmp_path / "bad.json")
    with pytest.raises(UsageError, match="cannot be written"):
        write_baseline(tmp_path / "no" / "folder.json", scan(tree), tree)


def test_a_scan_of_less_never_overwrites_the_baseline_of_the_whole(tree: Path, file: Path) -> None:
    (tree / "sub").mkdir()
    before = file.read_bytes()
    with pytest.raises(UsageError, match="is the baseline of `tree`, not of `tree/sub`"):
        write_baseline(file, scan(tree / "sub"), tree / "sub")
    with pytest.raises(UsageError, match="belongs to a folder"):
        write_baseline(file, scan(tree / "train.py"), tree / "train.py")
    assert file.read_bytes() == before
    (tree / "train.py").unlink()
    write_baseline(file, scan(tree), tree)
    assert [each.path for each in read_baseline(file).known] == ["other.py"]


def test_the_file_is_sorted_and_names_what_was_scanned(tree: Path, file: Path) -> None:
    document = json.loads(file.read_text())
    assert (document["version"], document["scanned"]) == (1, "tree")
    assert [each["path"] for each in document["findings"]] == ["other.py", "train.py"]
    assert baseline_of(scan(tree).findings[::-1], "tree") == read_baseline(file)


def test_a_reason_survives_writing_the_baseline_anew(tree: Path, file: Path) -> None:
    rejected = scan(tree).findings[0]
    file.write_text(with_rejected(file, tree, rejected, "short runs"))
    write_baseline(file, scan(tree), tree)
    baseline = read_baseline(file)
    assert baseline.reasons == {rejected.fingerprint: "short runs"}
    assert len(baseline.known) == len(scan(tree).findings)


def test_the_first_rejection_makes_the_baseline_and_another_folders_is_refused(tree: Path, tmp_path: Path) -> None:
    rejected = scan(tree).findings[0]
    text = with_rejected(tmp_path / "new.json", tree, rejected, "")
    assert parse(text).known == (Known(rejected.path, rejected.rule, rejected.fingerprint),)
    (tmp_path / "new.json").write_text(text)
    with pytest.raises(UsageError, match="is the baseline of `tree`"):
        with_rejected(tmp_path / "new.json", tmp_path, rejected, "")
