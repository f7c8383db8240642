from __future__ import annotations

from pathlib import Path

import pytest
from greenfix_codemods.finding import Candidates, Patch
from greenfix_codemods.scan import Choice, candidates, scan

from greenfix.errors import PatchError
from greenfix.plan import plans, without_each
from tests.greenfix_command import LEAKING


def patches_of(tree: Path, choices: list[Choice], offered: tuple[Candidates, ...]) -> list[Patch]:
    return [plan.patch for plan in plans(tree, choices, offered)]


def test_without_each_finding_the_others_are_still_mended(tmp_path: Path) -> None:
    for name in ("train.py", "other.py"):
        (tmp_path / name).write_text(LEAKING)
    offered = candidates(tmp_path, scan(tmp_path).findings)
    plan = plans(tmp_path, [Choice(each.finding, "clear-session") for each in offered], offered)[0]
    partial = without_each(tmp_path, plan)
    assert {finding.path: [edit.path for edit in patch.edits] for finding, patch in partial.items()} == {
        "train.py": ["other.py"],
        "other.py": ["train.py"],
    }


def test_the_chosen_strategy_is_tried_first_and_no_patch_twice(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(LEAKING)
    offered = candidates(tmp_path, scan(tmp_path).findings)
    [each] = offered
    chosen = each.patches[-1].strategy
    patches = patches_of(tmp_path, [Choice(each.finding, chosen)], offered)
    assert patches[0].strategy == chosen
    assert sorted(patch.strategy for patch in patches) == sorted({patch.strategy for patch in each.patches})


def test_findings_of_several_files_go_into_one_patch(tmp_path: Path) -> None:
    for name in ("train.py", "other.py"):
        (tmp_path / name).write_text(LEAKING)
    offered = candidates(tmp_path, scan(tmp_path).findings)
    patches = patches_of(tmp_path, [Choice(each.finding, "clear-session") for each in offered], offered)
    assert [edit.path for edit in patches[0].edits] == ["other.py", "train.py"]


def test_two_equal_loops_are_both_mended(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(f"{LEAKING}\n{LEAKING}")
    offered = candidates(tmp_path, scan(tmp_path).findings)
    choices = [Choice(each.finding, "clear-session") for each in offered]
    assert len({choice.finding.fingerprint for choice in choices}) == 2
    [edit] = patches_of(tmp_path, choices, offered)[0].edits
    assert edit.after.count(b"    keras.backend.clear_session()\n") == 2


def test_a_choice_that_is_not_possible_is_an_error_and_not_left_out(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(LEAKING)
    offered = candidates(tmp_path, scan(tmp_path).findings)
    with pytest.raises(PatchError, match="no strategy called magic"):
        plans(tmp_path, [Choice(offered[0].finding, "magic")], offered)
