"""The story of pull requests with GitHub's own client and description, and pushes over smart HTTP with a token."""

from __future__ import annotations

import pytest
import requests

from greenfix.errors import ForgeError, ProposalError, RemoteError
from greenfix.pull_request import Result
from greenfix.pull_request.decision import Action
from greenfix.pull_request.marker import read_marker
from tests.contract.conftest import Team
from tests.contract.fake_github import TOKEN, FakeGitHub
from tests.greenfix_command import HARMLESS
from tests.proposals import commit_fix
from tests.repositories import git

NO_DRAFTS = {"resource": "PullRequest", "code": "custom", "message": "Drafts are not supported in this repository."}


def actions(results: tuple[Result, ...]) -> list[Action]:
    return [result.decision.action for result in results]


def test_a_branch_is_pushed_with_the_token_and_becomes_a_pull_request(team: Team) -> None:
    fix = commit_fix(team.folder)
    [result] = team.propose(labels=("energy",))
    assert (result.decision.action, result.url) == (Action.OPENED, "https://github.com/octo/app/pull/1")
    assert team.tips[fix.branch] == fix.commit
    pull = team.github.pulls[1]
    assert pull["title"].startswith("Save 25.0 % energy in train.py: clear-session")
    assert (pull["head"], pull["base"], pull["draft"]) == (("octo", fix.branch), "main", False)
    marker = read_marker(pull["body"])
    assert marker is not None
    assert (marker.commit, marker.evidence, marker.files) == (fix.commit, fix.sha256, ("train.py",))
    assert team.github.labels[1] == ["energy"]
    assert team.server.passwords == {TOKEN}
    assert team.github.authorizations == {f"token {TOKEN}"}


def test_no_command_line_ever_holds_the_token(team: Team) -> None:
    commit_fix(team.folder)
    team.propose()
    assert team.server.passwords == {TOKEN}
    assert team.server.exposed == []
    assert TOKEN not in git(team.folder, "config", "--list")
    assert not any(TOKEN.encode() in file.read_bytes() for file in team.folder.rglob("*") if file.is_file())


def test_two_runs_in_a_row_leave_one_pull_request(team: Team) -> None:
    commit_fix(team.folder)
    team.propose()
    before = [*team.github.calls]
    assert actions(team.propose()) == [Action.LEFT]
    assert (team.github.calls, len(team.github.pulls)) == (before, 1)


def test_a_new_measurement_updates_the_same_pull_request(team: Team) -> None:
    first = commit_fix(team.folder)
    team.propose()
    git(team.folder, "branch", "--delete", "--force", first.branch)
    second = commit_fix(team.folder, saved=(0.40, 0.41, 0.42, 0.40, 0.41, 0.42))
    assert actions(team.propose()) == [Action.UPDATED]
    assert team.tips[second.branch] == second.commit != first.commit
    assert "41.0 %" in team.github.pulls[1]["title"]
    assert len(team.github.pulls) == 1


def test_a_text_that_a_person_edited_stays_while_the_commit_is_the_same(team: Team) -> None:
    commit_fix(team.folder)
    team.propose()
    team.github.pulls[1]["title"] = "my words"
    team.propose()
    assert team.github.pulls[1]["title"] == "my words"


def test_what_a_person_closed_stays_closed_unless_asked_for(team: Team) -> None:
    commit_fix(team.folder)
    team.propose()
    team.github.pulls[1]["state"] = "closed"
    [left] = team.propose()
    assert left.decision.action is Action.LEFT
    assert "a person closed it" in left.decision.why
    assert actions(team.propose(recreate=True)) == [Action.OPENED]
    assert len(team.github.pulls) == 2


def test_what_was_merged_and_is_found_again_gets_a_new_pull_request(team: Team) -> None:
    fix = commit_fix(team.folder)
    team.propose()
    team.github.pulls[1] |= {"state": "closed", "merged_at": "2026-06-22T12:00:00Z"}
    git(team.server.repository, "update-ref", "-d", f"refs/heads/{fix.branch}")
    git(team.folder, "branch", "--delete", "--force", fix.branch)
    team.commit_to_main("notes", "the leak is back\n")
    git(team.folder, "-c", f"http.extraHeader=Authorization: Basic {_basic()}", "pull", "--quiet", "origin", "main")
    commit_fix(team.folder)
    assert actions(team.propose()) == [Action.OPENED]
    assert team.github.pulls[2]["state"] == "open"


def _basic() -> str:
    import base64

    return base64.b64encode(f"x:{TOKEN}".encode()).decode()


def test_a_persons_commit_on_the_branch_is_never_overwritten(team: Team) -> None:
    fix = commit_fix(team.folder)
    team.propose()
    theirs = team.server.commit(fix.branch, "train.py", "mended by hand\n")
    git(team.folder, "branch", "--delete", "--force", fix.branch)
    commit_fix(team.folder, saved=(0.40, 0.41, 0.42, 0.40, 0.41, 0.42))
    [left] = team.propose()
    assert (left.decision.action, "somebody else committed" in left.decision.why) == (Action.LEFT, True)
    with pytest.raises(ProposalError, match="never overwritten"):
        team.propose(fix.branch)
    assert team.tips[fix.branch] == theirs


def test_a_push_that_raced_with_somebody_fails(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    fix = commit_fix(team.folder)
    git(team.server.repository, "branch", fix.branch, "main")
    monkeypatch.setattr("greenfix.remote.Remote.tips", lambda self, *branches: {"main": team.tips["main"]})
    with pytest.raises(RemoteError, match="something new on the branch"):
        team.propose(fix.branch)
    assert team.tips[fix.branch] == team.tips["main"]


def test_when_the_finding_is_gone_the_pull_request_is_closed_with_a_comment(team: Team) -> None:
    fix = commit_fix(team.folder)
    commit_fix(team.folder, path="other.py")
    team.propose()
    team.commit_to_main("train.py", HARMLESS)
    assert sorted(actions(team.propose())) == [Action.CLOSED, Action.LEFT]
    number = next(number for number, pull in team.github.pulls.items() if pull["head"][1] == fix.branch)
    assert team.github.pulls[number]["state"] == "closed"
    assert "not found in `main` any more" in team.github.comments[number][0]
    assert fix.branch not in team.tips
    assert len(team.tips) == 2


def test_a_machine_that_never_saw_the_branch_closes_it_and_opens_it_when_it_is_back(team: Team) -> None:
    fix = commit_fix(team.folder)
    team.propose()
    git(team.folder, "branch", "--move", fix.branch, "kept-elsewhere")
    team.commit_to_main("train.py", HARMLESS)
    [closed] = team.propose()
    assert (closed.decision.action, closed.decision.branch) == (Action.CLOSED, fix.branch)
    git(team.folder, "branch", "--move", "kept-elsewhere", fix.branch)
    git(team.server.repository, "update-ref", "refs/heads/main", f"{fix.commit}~1")
    assert actions(team.propose()) == [Action.OPENED]


def test_a_file_that_cannot_be_read_may_still_hold_the_finding(team: Team) -> None:
    commit_fix(team.folder)
    team.propose()
    team.commit_to_main("train.py", "def train(:\n")
    assert actions(team.propose()) == [Action.LEFT]
    assert team.github.pulls[1]["state"] == "open"


@pytest.mark.parametrize(
    ("limits", "opened"), [({"most_new": 1}, 1), ({"most_open": 1}, 1), ({"most_open": 0}, 0), ({}, 2)]
)
def test_no_more_are_opened_than_allowed(team: Team, limits: dict[str, int], opened: int) -> None:
    commit_fix(team.folder)
    commit_fix(team.folder, path="other.py")
    assert actions(team.propose(**limits)).count(Action.OPENED) == opened
    assert len(team.tips) == 1 + opened


def test_what_is_not_proven_is_a_draft(team: Team) -> None:
    commit_fix(team.folder, saved=(0.0, 0.02, -0.02, 0.01, -0.01, 0.0))
    [result] = team.propose()
    assert team.github.pulls[1]["draft"] is True
    assert team.github.pulls[1]["title"].startswith("Try clear-session on train-")
    assert "draft" in result.decision.why


def test_a_dry_run_writes_nothing_and_names_the_calls_that_are_then_made(team: Team) -> None:
    fix = commit_fix(team.folder)
    [planned] = team.propose(dry_run=True, labels=("energy",))
    assert (team.github.calls, len(team.tips)) == ([], 1)
    push, *calls = planned.calls
    assert (
        push
        == f"git push --quiet --force-with-lease=refs/heads/{fix.branch}: origin {fix.commit}:refs/heads/{fix.branch}"
    )
    team.propose(labels=("energy",))
    assert [call.replace("<number>", "1") for call in calls] == team.github.calls
    team.commit_to_main("train.py", HARMLESS)
    done = len(team.github.calls)
    [closing] = team.propose(dry_run=True)
    team.propose()
    assert [*closing.calls[:-1]] == team.github.calls[done:]
    assert closing.calls[-1].endswith(f" origin :refs/heads/{fix.branch}")


def test_a_forks_branch_of_the_same_name_is_another_branch(team: Team) -> None:
    fix = commit_fix(team.folder)
    team.github.add(fix.branch, owner="mallory", body="<!-- greenfix -->")
    assert actions(team.propose()) == [Action.OPENED]


def test_a_pull_request_that_a_person_opened_keeps_its_text(team: Team) -> None:
    fix = commit_fix(team.folder)
    team.github.add(fix.branch, body="by hand")
    assert actions(team.propose()) == [Action.UPDATED]
    assert (team.tips[fix.branch], team.github.pulls[1]["body"]) == (fix.commit, "by hand")


def test_commits_that_main_lacks_do_not_come_along(team: Team) -> None:
    git(team.folder, "commit", "--quiet", "--allow-empty", "--message=not pushed")
    fix = commit_fix(team.folder)
    [left] = team.propose()
    assert "would bring them along" in left.decision.why
    assert fix.branch not in team.tips


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        ((403, {"message": "Resource not accessible"}, {}), r"does not allow it.*Resource not accessible.*contents"),
        ((403, {"message": "API rate limit exceeded for user"}, {"x-ratelimit-reset": "3600"}), r"01:00 UTC"),
        ((429, {"message": "secondary rate limit"}, {"retry-after": "60"}), r"takes no more requests.*in 60 s"),
        ((422, {"message": "Validation Failed", "errors": [NO_DRAFTS], "documentation_url": ""}, {}), r"Drafts are"),
        ((500, {"message": "oops"}, {}), r"answered 500: oops"),
    ],
)
def test_a_refusal_is_told_with_githubs_own_words(
    team: Team, refusal: tuple[int, dict[str, object], dict[str, str]], said: str
) -> None:
    commit_fix(team.folder)
    team.github.refusal = refusal
    with pytest.raises(ForgeError, match=said) as told:
        team.propose()
    assert TOKEN not in str(told.value)


def test_a_token_that_github_does_not_know_is_told(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_expired")
    with pytest.raises(ForgeError, match="does not accept the token: Bad credentials") as told:
        team.propose()
    assert "ghp_expired" not in str(told.value)


@pytest.mark.parametrize(("query", "title"), [("?state=sideways", "a title"), ("", None)], ids=["request", "answer"])
def test_what_does_not_match_the_description_is_noticed(github: FakeGitHub, query: str, title: str | None) -> None:
    github.pulls[github.add("greenfix/x")]["title"] = title
    answer = requests.get(f"{github.url}/repos/octo/app/pulls{query}", timeout=30)
    assert github.broken or answer.status_code in {422, 500}  # the latter are Prism's, in place of GitHub's
    github.broken.clear()
