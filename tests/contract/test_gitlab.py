"""The same story with GitLab's own client."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from greenfix.errors import ForgeError
from greenfix.forge.kinds import ForgeKind
from greenfix.pull_request import Request, Result, propose
from greenfix.pull_request.decision import Action
from tests.contract.fake_gitlab import PROJECT, TOKEN, FakeGitLab, served
from tests.contract.git_servers import GitServer, smart_http
from tests.greenfix_command import HARMLESS, LEAKING
from tests.proposals import commit_fix
from tests.repositories import MakeRepository, git

NOT_PROVEN = (0.0, 0.02, -0.02, 0.01, -0.01, 0.0)


@dataclass(frozen=True)
class Team:
    """A clone with a leak, its remote, and GitLab at ``url``."""

    folder: Path
    server: GitServer
    gitlab: FakeGitLab
    url: str

    def propose(self, **wishes: object) -> tuple[Result, ...]:
        asked = Request(self.folder, forge=ForgeKind.GITLAB, api_url=self.url, **wishes)  # type: ignore[arg-type]  # any of its fields
        return propose(asked, lambda event: None)


@pytest.fixture
def team(make_repository: MakeRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Team]:
    monkeypatch.setenv("GITLAB_TOKEN", TOKEN)
    folder, gitlab = make_repository({"train.py": LEAKING}), FakeGitLab()
    with smart_http(tmp_path / "served", TOKEN) as server, served(gitlab) as url:
        git(server.make(f"{PROJECT}.git"), "fetch", "--quiet", str(folder), "main:main")
        git(folder, "remote", "add", "origin", f"{server.url}/{PROJECT}.git")
        yield Team(folder, server, gitlab, url)


def test_opened_updated_and_closed_when_nothing_is_left(team: Team) -> None:
    fix = commit_fix(team.folder, saved=NOT_PROVEN)
    [planned] = team.propose(dry_run=True, labels=("energy",))
    [opened] = team.propose(labels=("energy",))
    request = team.gitlab.requests[1]
    assert (opened.decision.action, opened.url) == (Action.OPENED, request["web_url"])
    assert (request["labels"], request["title"].startswith("Draft: Try clear-session")) == (["energy"], True)
    assert team.server.passwords == {TOKEN}
    assert [each.decision.action for each in team.propose()] == [Action.LEFT]

    git(team.folder, "branch", "--delete", "--force", fix.branch)
    again = commit_fix(team.folder)
    [planned_update] = team.propose(dry_run=True)
    assert [each.decision.action for each in team.propose()] == [Action.UPDATED]
    assert team.server.tips()[fix.branch] == again.commit
    assert request["title"].startswith("Draft: Save 25.0 % energy")  # who made it ready, or not, is a person
    assert again.sha256 in request["description"]

    team.server.commit("main", "train.py", HARMLESS)
    [planned_end] = team.propose(dry_run=True)
    assert [each.decision.action for each in team.propose()] == [Action.CLOSED]
    assert (request["state"], "any more" in team.gitlab.notes[1][0]) == ("closed", True)
    assert [*team.server.tips()] == ["main"]
    assert [*planned.calls[1:], *planned_update.calls[1:], *planned_end.calls[:-1]] == team.gitlab.calls


def test_what_a_person_closed_stays_closed_and_a_fork_is_another_project(team: Team) -> None:
    fix = commit_fix(team.folder)
    team.gitlab.add(fix.branch, "of a fork", source=2)
    team.propose()
    team.gitlab.requests[2]["state"] = "closed"
    [left] = team.propose()
    assert (left.decision.action, left.url) == (Action.LEFT, team.gitlab.requests[2]["web_url"])
    assert len(team.gitlab.requests) == 2


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        ((403, "insufficient scope"), r"does not allow it.*insufficient scope.*write_repository"),
        ((429, "slow down"), r"takes no more requests"),
        ((409, "there is one already"), r"answered 409: .*there is one already"),
    ],
)
def test_a_refusal_is_told_with_gitlabs_own_words(team: Team, refusal: tuple[int, str], said: str) -> None:
    commit_fix(team.folder)
    team.gitlab.refusal = refusal
    with pytest.raises(ForgeError, match=said) as told:
        team.propose()
    assert TOKEN not in str(told.value)


def test_a_token_that_gitlab_does_not_know_is_told(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITLAB_TOKEN", "expired")
    with pytest.raises(ForgeError, match="does not accept the token: 401 Unauthorized"):
        team.propose()
