"""greenfix recognises its own untouched commits, and only them."""

from __future__ import annotations

from pathlib import Path

import pytest

from greenfix.repository import open_repository
from tests.greenfix_command import LEAKING
from tests.proposals import commit_fix
from tests.repositories import MakeRepository, git


@pytest.fixture
def folder(make_repository: MakeRepository) -> Path:
    return make_repository({"train.py": LEAKING})


def test_a_commit_of_ours_is_recognised_in_a_clone_that_never_saw_it(folder: Path, tmp_path: Path) -> None:
    fix = commit_fix(folder)
    git(tmp_path, "clone", "--quiet", "--no-local", str(folder), "clone")
    git(tmp_path / "clone", "fetch", "--quiet", "origin", fix.branch)
    assert open_repository(tmp_path / "clone").is_ours(fix.commit)


def test_a_persons_commit_is_not_ours(folder: Path) -> None:
    assert not open_repository(folder).is_ours(git(folder, "rev-parse", "HEAD"))


@pytest.mark.parametrize(
    "change",
    [
        ("commit", "--amend", "--quiet", "--message=other words"),
        ("commit", "--amend", "--quiet", "--no-edit", "--all"),
        ("rebase", "--quiet", "main"),
        ("commit", "--quiet", "--all", "--message=more"),
        ("merge", "--quiet", "--no-edit", "main"),
    ],
    ids=["reworded", "amended", "rebased", "continued", "updated"],
)
def test_whatever_a_person_does_to_the_branch_makes_it_theirs(folder: Path, change: tuple[str, ...]) -> None:
    fix = commit_fix(folder)
    git(folder, "commit", "--quiet", "--allow-empty", "--message=main goes on")
    git(folder, "switch", "--quiet", fix.branch)
    if change[-1] not in {"main"}:
        (folder / "train.py").write_text("changed\n")
    git(folder, *change)
    assert not open_repository(folder).is_ours(git(folder, "rev-parse", "HEAD"))
    assert open_repository(folder).is_ours(fix.commit)


def test_the_seal_is_a_trailer_beside_the_others(folder: Path) -> None:
    fix = commit_fix(folder)
    trailers = open_repository(folder).trailers(fix.commit)
    assert list(trailers) == [
        *("Greenfix-Rule", "Greenfix-Strategy", "Greenfix-Findings"),
        *("Energy-Saving", "Energy-Interval", "Energy-P-Value", "Energy-Blocks", "Energy-Provenance"),
        *("Evidence-SHA256", "Greenfix-Seal"),
    ]
    assert trailers["Evidence-SHA256"] == fix.sha256
