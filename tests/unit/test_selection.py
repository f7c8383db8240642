from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path
from unittest.mock import ANY

import pytest
from greenfix_codemods.finding import Confidence
from greenfix_codemods.scan import scan
from greenfix_codemods.selection import EVERYTHING, Selection, glob_pattern
from hypothesis import given
from hypothesis import strategies as st

from tests.greenfix_command import LEAKING
from tests.repositories import MakeRepository

PATHS = [
    *("train.py", "src/train.py", "src/old/train.py", "old/a.py", "src/old_one.py", "a/b/c/d.py", "src/x[1].py"),
    *("src/srcs/a.py", "é/tëst.py", "a b/c d.py"),
]
GLOBS = [
    *("*.py", "train.py", "/train.py", "src", "src/", "/src/", "old/", "src/*.py", "src/**", "**/old", "**/old/**"),
    *("a/**/d.py", "src/**/train.py", "**", "*", "?/b", "[a-c]/", "[!a-c]*", "old*", "src/old_*.py", "é/", "a b/", "b"),
    *("src/x[[]1].py", "**/*.py", "s*c/", "a/b", "tr?in.py", "src/t[^x]ain.py", "a.b", "(x|y)", "**old"),
]


@pytest.mark.parametrize("glob", GLOBS)
def test_a_glob_matches_what_git_ignores_for_it(make_repository: MakeRepository, glob: str) -> None:
    folder = make_repository({"README": ""})
    (folder / ".gitignore").write_text(f"{glob}\n")
    asked = subprocess.run(
        ["git", "-C", str(folder), "check-ignore", "--no-index", "-z", "--stdin"],
        input="\0".join(PATHS), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert {path for path in PATHS if glob_pattern(glob).fullmatch(path)} == {*asked.stdout.split("\0")} - {""}


@given(st.text(st.sampled_from("ab/*?[]!^-.x("), min_size=1, max_size=12))
def test_any_text_is_a_pattern_or_refused_with_a_reason(glob: str) -> None:
    with suppress(ValueError):
        assert glob_pattern(glob).fullmatch("a") in (None, ANY)


@pytest.mark.parametrize("glob", ["", "/", "!a", "a\\b", "../a", "./a", "."])
def test_a_glob_that_cannot_match_is_refused(glob: str) -> None:
    with pytest.raises(ValueError, match=r"empty|starts with|backslash|must start"):
        glob_pattern(glob)


def test_ignore_wins_over_select_and_beginnings_stand_for_all_their_rules() -> None:
    selection = Selection(select=("IMR", "UTR001"), ignore=("IMR002",))
    chosen = [rule for rule in ("IMR001", "IMR002", "UTR001", "UTR002") if selection.reports(rule, "a.py")]
    assert chosen == ["IMR001", "UTR001"]
    assert EVERYTHING.reports("UTR005", "a.py")


def test_rules_are_ignored_in_the_files_of_a_glob_alone() -> None:
    selection = Selection(per_file_ignores=(("notebooks/", ("UTR",)),))
    assert not selection.reports("UTR001", "notebooks/a.py")
    assert selection.reports("IMR001", "notebooks/a.py")
    assert selection.reports("UTR001", "a.py")


def test_globs_start_at_the_folder_of_the_settings_wherever_the_scan_starts() -> None:
    below = Selection(ignore=(), per_file_ignores=(("/src/a.py", ("IMR",)),), scanned="src")
    assert not below.reports("IMR001", "a.py")
    above = Selection(per_file_ignores=(("/a.py", ("IMR",)),), folder="src")
    assert not above.reports("IMR001", "src/a.py")
    assert above.reports("IMR001", "a.py")
    assert above.reports("IMR001", "srcs/a.py")


def test_excluded_files_are_not_scanned_but_still_know_their_builders(make_repository: MakeRepository) -> None:
    repository = make_repository({
        "models.py": "import keras\n\ndef build():\n    return keras.Sequential([])\n",
        "train.py": "from models import build\n\nfor fold in range(9):\n    m = build()\n    m.fit([1.0], [1.0])\n",
        "old/train.py": LEAKING,
    })  # fmt: skip
    result = scan(repository, selection=Selection(exclude=("old/", "models.py")))
    assert [each.path for each in result.findings] == ["train.py"]
    assert (result.funnel.files, result.funnel.excluded) == (1, 2)


def test_what_is_named_itself_is_scanned_though_it_is_excluded(make_repository: MakeRepository) -> None:
    repository = make_repository({"old/train.py": LEAKING, "old/legacy/train.py": LEAKING})
    selection = Selection(exclude=("old/", "legacy/"), scanned="old")
    assert len(scan(repository / "old" / "train.py", selection=selection).findings) == 1
    assert [each.path for each in scan(repository / "old", selection=selection).findings] == ["train.py"]
    whole = Selection(exclude=("old/",), scanned="old")
    assert len(scan(repository / "old", selection=whole).findings) == 2


@pytest.mark.parametrize(
    ("least", "reported", "apart"),
    [
        (Confidence.LOW, ["train.py", "tests/test_train.py"], []),
        (Confidence.MEDIUM, ["train.py"], ["tests/test_train.py"]),
    ],
)
def test_findings_of_less_confidence_than_asked_for_are_set_apart(
    least: Confidence, reported: list[str], apart: list[str], make_repository: MakeRepository
) -> None:
    repository = make_repository({"train.py": LEAKING, "tests/test_train.py": LEAKING})
    result = scan(repository, selection=Selection(confidence=least))
    assert [each.path for each in result.findings] == reported
    assert [each.path for each in result.unsure] == apart
    assert result.funnel.findings == len(reported)


def test_notes_on_rules_that_are_not_selected_are_left_out_but_malformed_ones_stay(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import keras\nx = 1  # greenfix: ignore[UTR001]\ny = 1  # greenfix: ignore\n")
    assert [note.line for note in scan(tmp_path).notes] == [2, 3]
    assert [note.line for note in scan(tmp_path, selection=Selection(select=("IMR",))).notes] == [3]
