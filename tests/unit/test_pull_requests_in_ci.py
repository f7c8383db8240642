"""Clones as CI machines make them: a single commit deep, new each night."""

from __future__ import annotations

from pathlib import Path

from greenfix.pull_request import Request, propose
from greenfix.pull_request.decision import Action
from tests.greenfix_command import LEAKING
from tests.proposals import commit_fix
from tests.repositories import MakeRepository, git


def test_a_shallow_clone_pushes_over_the_commit_of_the_night_before(
    make_repository: MakeRepository, tmp_path: Path
) -> None:
    origin = make_repository({"train.py": LEAKING})
    actions, tips = [], []
    for night in ("first", "second"):
        git(origin, "commit", "--quiet", "--allow-empty", f"--message=work of the {night} day")
        git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{origin}", night)
        fix = commit_fix(tmp_path / night)
        [result] = propose(Request(tmp_path / night), lambda event: None)
        actions.append(result.decision.action)
        tips.append((git(origin, "rev-parse", fix.branch), fix.commit))
    assert actions == [Action.PUSHED, Action.PUSHED]
    assert [remote == local for remote, local in tips] == [True, True]
    assert tips[0] != tips[1]
    assert git(tmp_path / "second", "rev-list", "--count", "HEAD") == "1"
