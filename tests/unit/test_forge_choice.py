"""Which remote is which forge, and where a token goes."""

from __future__ import annotations

import sys
from pathlib import Path

import git as gitpython
import pytest

from greenfix.errors import ForgeError, UsageError
from greenfix.forge.address import Address, address_of, without_secrets
from greenfix.forge.choosing import choose_forge
from greenfix.forge.github import GitHub
from greenfix.forge.gitlab import GitLab
from greenfix.forge.kinds import ForgeKind
from greenfix.forge.token import Token, find_token, push_environment
from tests.repositories import MakeRepository, git

VARIABLES = ("GITHUB_TOKEN", "GH_TOKEN", "GITLAB_TOKEN", "GITHUB_SERVER_URL", "GITHUB_API_URL", "CI_SERVER_URL")
SECRET = "s3cret"  # noqa: S105 - opens nothing


@pytest.fixture
def repo(make_repository: MakeRepository, monkeypatch: pytest.MonkeyPatch) -> gitpython.Repo:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return gitpython.Repo(make_repository({"a.py": "1\n"}))


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://github.com/octo/app.git", Address("https", "github.com", "octo/app")),
        ("https://ada:secret@github.com/octo/app", Address("https", "github.com", "octo/app")),
        ("git@github.com:octo/app.git", Address("ssh", "github.com", "octo/app")),
        ("github.com:octo/app.git", Address("ssh", "github.com", "octo/app")),
        ("ssh://git@ssh.github.com:443/octo/app.git", Address("ssh", "ssh.github.com:443", "octo/app")),
        ("https://gitlab.example.org/a/b/c.git/", Address("https", "gitlab.example.org", "a/b/c")),
        ("/srv/git/app.git", Address("file", "", "/srv/git/app.git")),
        ("../app", Address("file", "", "../app")),
        ("file:///srv/app.git", Address("file", "", "srv/app")),
        ("git://127.0.0.1:9418/app", Address("git", "127.0.0.1:9418", "app")),
    ],
)
def test_an_address_is_read_as_git_reads_it(url: str, address: Address) -> None:
    assert address_of(url) == address


def test_secrets_in_urls_are_not_shown() -> None:
    assert without_secrets("unable to access 'https://ada:pw@host/x': 403") == "unable to access 'https://host/x': 403"


@pytest.mark.parametrize(
    ("url", "kind", "expected"),
    [
        ("git@github.com:octo/app.git", ForgeKind.AUTO, GitHub),
        ("https://gitlab.com/a/b.git", ForgeKind.AUTO, GitLab),
        ("https://git.example.org/a/b.git", ForgeKind.GITLAB, GitLab),
        ("https://git.example.org/a/b.git", ForgeKind.AUTO, type(None)),
        ("https://github.com/octo/app.git", ForgeKind.NONE, type(None)),
        ("/srv/git/app.git", ForgeKind.AUTO, type(None)),
    ],
)
def test_the_host_or_the_option_decides(url: str, kind: ForgeKind, expected: type, repo: gitpython.Repo) -> None:
    assert isinstance(choose_forge(address_of(url), kind, "", repo, needs_token=False).forge, expected)


def test_a_ci_job_says_which_server_it_runs_for(repo: gitpython.Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://git.example.org")
    monkeypatch.setenv("GITHUB_API_URL", "https://git.example.org/api/v3")
    monkeypatch.setenv("GITHUB_TOKEN", SECRET)
    chosen = choose_forge(address_of("https://git.example.org/octo/app"), ForgeKind.AUTO, "", repo, needs_token=True)
    assert isinstance(chosen.forge, GitHub)
    assert "git.example.org" in str(chosen.environment)


@pytest.mark.parametrize(
    ("host", "variables"), [("github.com", "GITHUB_TOKEN or GH_TOKEN"), ("gitlab.com", "GITLAB_TOKEN")]
)
def test_without_a_token_it_is_said_what_to_set(host: str, variables: str, repo: gitpython.Repo) -> None:
    with pytest.raises(ForgeError, match=f"no token for {host}.*Set {variables}"):
        choose_forge(address_of(f"https://{host}/octo/app"), ForgeKind.AUTO, "", repo, needs_token=True)


def test_a_server_that_would_read_the_token_in_clear_is_refused(repo: gitpython.Repo) -> None:
    address = address_of("https://git.example.org/octo/app")
    with pytest.raises(UsageError, match="not encrypted"):
        choose_forge(address, ForgeKind.GITHUB, "http://git.example.org/api/v3", repo, needs_token=True)


@pytest.mark.parametrize(
    ("host", "module", "extra"), [("github.com", "github", "github"), ("gitlab.com", "gitlab", "gitlab")]
)
def test_a_client_that_is_not_installed_is_named_with_its_extra(
    host: str, module: str, extra: str, repo: gitpython.Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ForgeError, match=rf"not installed.*greenfix\[{extra}\]"):
        choose_forge(address_of(f"https://{host}/octo/app"), ForgeKind.AUTO, "", repo, needs_token=False)


def test_git_gets_the_token_for_this_host_alone_and_in_no_argument() -> None:
    address = address_of("https://github.com/octo/app")
    made = push_environment(Token(SECRET), "x-access-token", address, {"GIT_CONFIG_COUNT": "1"})
    assert made["GIT_CONFIG_COUNT"] == "3"
    assert made["GIT_CONFIG_KEY_1"] == made["GIT_CONFIG_KEY_2"] == "credential.https://github.com.helper"
    assert SECRET not in made["GIT_CONFIG_VALUE_2"]
    assert [key for key, value in made.items() if value == SECRET] == ["GREENFIX_PUSH_TOKEN"]


@pytest.mark.parametrize("url", ["http://git.example.org/a/b", "git@github.com:octo/app", "/srv/app", "git://host/app"])
def test_no_token_travels_where_anybody_could_read_it(url: str) -> None:
    assert push_environment(Token(SECRET), "x", address_of(url), {}) == {"GIT_TERMINAL_PROMPT": "0"}


def test_a_token_does_not_print_itself() -> None:
    assert SECRET not in repr(Token(SECRET))


def test_the_first_variable_that_is_set_counts(repo: gitpython.Repo) -> None:
    address = address_of("https://github.com/octo/app")
    environment = {"GITHUB_TOKEN": " ", "GH_TOKEN": SECRET}
    assert find_token(("GITHUB_TOKEN", "GH_TOKEN"), address, repo, environment) == Token(SECRET)


def test_gits_credential_helper_is_asked_and_git_then_needs_no_help(repo: gitpython.Repo, tmp_path: Path) -> None:
    store = tmp_path / "credentials"
    store.write_text(f"https://ada:{SECRET}@github.com\n")
    git(Path(repo.working_dir), "config", "credential.helper", f"store --file={store}")
    address = address_of("git@github.com:octo/app")
    token = find_token(("GITHUB_TOKEN",), address, repo, {})
    assert token == Token(SECRET, git_knows_it=True)
    assert push_environment(token, "x", address_of("https://github.com/octo/app"), {}) == {"GIT_TERMINAL_PROMPT": "0"}
    assert find_token((), address_of("https://gitlab.com/octo/app"), repo, {}) is None
