"""``greenfix pr`` and ``fix --pr`` as a person runs them, on remotes without a forge; GitHub and GitLab are in
``tests/contract``."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path

import pytest
from greenfix_codemods.finding import Funnel, ScanResult
from typer.testing import CliRunner

from greenfix.cli import app
from greenfix.errors import RemoteError
from greenfix.outcome import Commit, Outcome
from tests.contract.git_servers import daemon
from tests.greenfix_command import HARMLESS, LEAKING, Greenfix
from tests.proposals import commit_fix
from tests.repositories import MakeRepository, git

TOKENS = ("GITHUB_TOKEN", "GH_TOKEN", "GITLAB_TOKEN", "GITHUB_SERVER_URL", "CI_SERVER_URL")


@pytest.fixture(autouse=True)
def _without_tokens(environment: dict[str, str]) -> None:
    for name in TOKENS:
        environment.pop(name, None)


@pytest.fixture
def cloned(leaking: Path, tmp_path: Path) -> Path:
    """``leaking`` with a bare repository on a path as its remote."""
    git(tmp_path, "clone", "--quiet", "--bare", str(leaking), "bare.git")
    git(leaking, "remote", "add", "origin", str(tmp_path / "bare.git"))
    return leaking


def test_on_a_plain_remote_the_branch_is_pushed_and_the_body_is_ready(
    greenfix: Greenfix, cloned: Path, tmp_path: Path
) -> None:
    fix = commit_fix(cloned)
    done = greenfix("pr", cloned)
    assert (done.returncode, done.stderr) == (0, "")
    assert git(tmp_path / "bare.git", "rev-parse", fix.branch) == fix.commit
    first, title, body = done.stdout.splitlines()
    assert first == f"pushed: {fix.branch}"
    assert title.startswith("  title: Save 25.0 % energy in train.py")
    text = Path(body.removeprefix("  body:").strip()).read_text()
    assert text.startswith("**What** train.py:3: IMR001: ")
    again = greenfix("pr", cloned, "--format", "json")
    [result] = json.loads(again.stdout)["branches"]
    assert (again.returncode, result["action"], result["why"]) == (0, "left", "it is up to date")


def test_a_dry_run_prints_title_body_and_calls_and_pushes_nothing(
    greenfix: Greenfix, cloned: Path, tmp_path: Path
) -> None:
    fix = commit_fix(cloned)
    done = greenfix("pr", "--dry-run", folder=cloned)
    assert done.returncode == 0, done.stderr
    assert f"would be pushed: {fix.branch}\n" in done.stdout
    assert f"git push --quiet --force-with-lease=refs/heads/{fix.branch}: origin {fix.commit}:" in done.stdout
    assert "\nSave 25.0 % energy in train.py: clear-session\n\n**What** train.py:3: IMR001: " in done.stdout
    assert git(tmp_path / "bare.git", "branch", "--list", "--format=%(refname:short)") == "main"
    assert not (cloned / ".git" / "greenfix" / "pull-requests").exists()


def test_a_branch_is_pushed_over_git_daemon(greenfix: Greenfix, leaking: Path, tmp_path: Path) -> None:
    fix = commit_fix(leaking)
    with daemon(tmp_path / "served") as server:
        git(server.make("app.git"), "fetch", "--quiet", str(leaking), "main:main")
        git(leaking, "remote", "add", "upstream", f"{server.url}/app.git")
        done = greenfix("pr", leaking, "--remote", "upstream")
        assert done.returncode == 0, done.stderr
        assert server.tips()[fix.branch] == fix.commit


def test_when_nothing_is_left_to_mend_the_branch_is_deleted(greenfix: Greenfix, cloned: Path, tmp_path: Path) -> None:
    fix = commit_fix(cloned)
    greenfix("pr", cloned)
    (cloned / "train.py").write_text(HARMLESS)
    git(cloned, "commit", "--quiet", "--all", "--message=mended by hand")
    git(cloned, "push", "--quiet", "origin", "main")
    done = greenfix("pr", cloned)
    assert done.stdout == f"closed: {fix.branch} (nothing of it is found in main any more)\n"
    assert git(tmp_path / "bare.git", "branch", "--list", "--format=%(refname:short)") == "main"


def test_a_branch_that_a_person_went_on_with_is_left_and_does_not_stop_the_others(
    greenfix: Greenfix, make_repository: MakeRepository, tmp_path: Path
) -> None:
    folder = make_repository({"train.py": LEAKING, "other.py": LEAKING})
    git(tmp_path, "clone", "--quiet", "--bare", str(folder), "bare.git")
    git(folder, "remote", "add", "origin", str(tmp_path / "bare.git"))
    mine, theirs = commit_fix(folder), commit_fix(folder, path="other.py")
    git(folder, "switch", "--quiet", theirs.branch)
    git(folder, "commit", "--quiet", "--allow-empty", "--message=mine now")
    done = greenfix("pr", folder)
    assert f"left: {theirs.branch} (The last commit of {theirs.branch} is not as greenfix made it)" in done.stdout
    assert f"pushed: {mine.branch}" in done.stdout
    assert done.returncode == 0
    named = greenfix("pr", folder, "--branch", theirs.branch)
    assert (named.returncode, "It is yours now" in named.stderr) == (2, True)


def test_evidence_of_another_commit_is_refused_and_of_this_one_taken(
    greenfix: Greenfix, cloned: Path, tmp_path: Path
) -> None:
    fix = commit_fix(cloned)
    [kept] = (cloned / ".git" / "greenfix" / "evidence").glob(f"{fix.sha256}.json")
    moved = kept.rename(tmp_path / "mine.json")
    for file in kept.parent.glob("*.json"):
        file.unlink()
    missing = greenfix("pr", cloned, "--branch", fix.branch)
    assert (missing.returncode, "is not on this machine" in missing.stderr) == (2, True)
    (tmp_path / "other.json").write_text(moved.read_text() + "\n")
    wrong = greenfix("pr", cloned, "--branch", fix.branch, "--evidence", tmp_path / "other.json")
    assert (wrong.returncode, "is not the evidence of" in wrong.stderr) == (2, True)
    assert greenfix("pr", cloned, "--branch", fix.branch, "--evidence", moved).returncode == 0


@pytest.mark.parametrize(
    ("remote", "arguments", "said"),
    [
        ("", (), "has no remote 'origin'.\n  Add one: `git remote add origin URL`."),
        ("/nowhere/app.git", (), "does not appear to be a git repository"),
        ("git://127.0.0.1:1/app", (), "cannot be reached: "),
        ("https://github.com/octo/app.git", (), "There is no token for github.com.\n  Set GITHUB_TOKEN or GH_TOKEN"),
        ("https://gitlab.com/a/b.git", (), "There is no token for gitlab.com.\n  Set GITLAB_TOKEN"),
        (
            "https://127.0.0.1:1/octo/app.git",
            ("--forge", "github", "--dry-run"),
            "127.0.0.1:1 (octo/app) cannot be reached: ConnectionError.\n  Is there a network",
        ),
        ("/srv/app.git", ("--evidence", "x.json"), "--evidence is of one commit."),
    ],
)
def test_what_is_missing_is_said_with_what_to_do(
    greenfix: Greenfix, leaking: Path, remote: str, arguments: tuple[str, ...], said: str
) -> None:
    if remote:
        git(leaking, "remote", "add", "origin", remote)
    done = greenfix("pr", leaking, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_fix_proposes_what_it_committed(greenfix: Greenfix, cloned: Path, tmp_path: Path) -> None:
    fast = ("--yes", "--allow-estimated", "--strategy", "clear-session", "--pr")
    done = greenfix("fix", cloned, *fast, "--", sys.executable, "train.py")
    assert done.returncode == 0, done.stderr
    branch = git(tmp_path / "bare.git", "branch", "--list", "greenfix/*", "--format=%(refname:short)")
    assert f"Committed to {branch}.\npushed: {branch}\n" in done.stdout
    assert git(cloned, "rev-parse", branch) == git(tmp_path / "bare.git", "rev-parse", branch)


def test_a_commit_that_cannot_be_proposed_is_told_all_the_same(leaking: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise RemoteError("The remote is gone.")

    outcome = Outcome(ScanResult((), (), Funnel(1, 1, 1, 0)), commit=Commit("a" * 40, "greenfix/x", "m"))
    command, proposing = (import_module(f"greenfix.cli.{name}") for name in ("fix", "pr"))
    monkeypatch.setattr("greenfix.cli.proposing.check_remote", lambda request: None)
    monkeypatch.setattr(command, "_in_text", lambda *_, **__: outcome)
    monkeypatch.setattr(proposing, "run", refuse)
    done = CliRunner().invoke(app, ["fix", str(leaking), "--yes", "--pr", "--format", "json"])
    result = json.loads(done.stdout)
    assert (done.exit_code, result["commit"], result["pull_request"]) == (2, "a" * 40, None)
    assert done.stderr == "greenfix: The remote is gone.\n"


def test_fix_finds_out_before_measuring_that_nothing_could_be_proposed(greenfix: Greenfix, leaking: Path) -> None:
    done = greenfix("fix", leaking, "--yes", "--pr", "--", sys.executable, "train.py")
    assert (done.returncode, done.stdout) == (2, "")
    assert "has no remote 'origin'" in done.stderr
