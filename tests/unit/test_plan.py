from __future__ import annotations

from pathlib import Path

import pytest
from greenfix_codemods.scan import Choice, candidates, scan

from greenfix.errors import PatchError
from greenfix.plan import patches_to_try
from tests.greenfix_command import LEAKING


def test_the_chosen_strategy_is_tried_first_and_no_patch_twice(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(LEAKING)
    offered = candidates(tmp_path, scan(tmp_path).findings)
    [each] = offered
    chosen = each.patches[-1].strategy
    patches = patches_to_try(tmp_path, [Choice(each.finding, chosen)], offered)
    assert patches[0].strategy == chosen
    assert sorted(patch.strategy for patch in patches) == sorted({patch.strategy for patch in each.patches})


def test_findings_of_several_files_go_into_one_patch(tmp_path: Path) -> None:
    for name in ("train.py", "other.py"):
        (tmp_path / name).write_text(LEAKING)
    offered = candidates(tmp_path, scan(tmp_path).findings)
    patches = patches_to_try(tmp_path, [Choice(each.finding, "clear-session") for each in offered], offered)
    assert [edit.path for edit in patches[0].edits] == ["other.py", "train.py"]


def test_two_equal_loops_are_both_mended(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(f"{LEAKING}\n{LEAKING}")
    offered = candidates(tmp_path, scan(tmp_path).findings)
    choices = [Choice(each.finding, "clear-session") for each in offered]
    assert len({choice.finding.fingerprint for choice in choices}) == 2
    [edit] = patches_to_try(tmp_path, choices, offered)[0].edits
    assert edit.after.count(b"    keras.backend.clear_session()\n") == 2


def test_a_choice_that_is_not_possible_is_an_error_and_not_left_out(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(LEAKING)
    offered = candidates(tmp_path, scan(tmp_path).findings)
    with pytest.raises(PatchError, match="no strategy called magic"):
        patches_to_try(tmp_path, [Choice(offered[0].finding, "magic")], offered)
