"""GitHub and a git server on loopback. Prism stands in between when ``GREENFIX_PRISM`` names it (``make contract``)."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from greenfix.forge.kinds import ForgeKind
from greenfix.pull_request import Request, Result, propose
from tests.contract.fake_github import DESCRIPTION, REPOSITORY, TOKEN, FakeGitHub, Present, served
from tests.contract.git_servers import GitServer, smart_http
from tests.greenfix_command import LEAKING
from tests.repositories import MakeRepository, git

PRISM = os.environ.get("GREENFIX_PRISM", "")
"""Prism's executable. `make contract` installs it with npm and names it here; every test then runs twice."""


@pytest.fixture(scope="session", params=("openapi-core", "prism") if PRISM else ("openapi-core",))
def _serving(request: pytest.FixtureRequest) -> Iterator[tuple[Present, str]]:
    present = Present()
    with served(present) as address:
        if request.param != "prism":
            yield present, address
            return
        with prism(address) as proxy:
            yield present, proxy


@contextmanager
def prism(upstream: str) -> Iterator[str]:
    """Prism in front of ``upstream``: it answers 422 or 500 for what does not match the description."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    argv = [PRISM, "proxy", "--errors", "--host", "127.0.0.1", "--port", str(port), str(DESCRIPTION), upstream]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        said: list[str] = []
        for line in process.stdout:
            said.append(line)
            if "is listening" in line:
                break
        else:
            pytest.fail(f"Prism did not start: {''.join(said)}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate()


@pytest.fixture
def github(_serving: tuple[Present, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGitHub]:
    """A GitHub without pull requests. In the end everything has matched the description."""
    present, address = _serving
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    present.github = FakeGitHub(address)
    yield present.github
    assert present.github.broken == []


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    """A git server that asks for the token."""
    with smart_http(tmp_path / "served", TOKEN) as found:
        yield found


@dataclass(frozen=True)
class Team:
    """A clone with a leak, its remote, and GitHub."""

    folder: Path
    server: GitServer
    github: FakeGitHub

    def propose(self, *branches: str, **wishes: object) -> tuple[Result, ...]:
        asked = Request(self.folder, branches, forge=ForgeKind.GITHUB, api_url=self.github.url, **wishes)  # type: ignore[arg-type]  # any of its fields
        return propose(asked, lambda event: None)

    def commit_to_main(self, name: str, text: str) -> None:
        """As a colleague does: straight to the server."""
        self.server.commit("main", name, text)

    @property
    def tips(self) -> dict[str, str]:
        return self.server.tips()


@pytest.fixture
def team(make_repository: MakeRepository, server: GitServer, github: FakeGitHub) -> Team:
    """``train.py`` and ``other.py`` leak."""
    folder = make_repository({"train.py": LEAKING, "other.py": LEAKING})
    git(server.make(f"{REPOSITORY}.git"), "fetch", "--quiet", str(folder), "main:main")
    git(folder, "remote", "add", "origin", f"{server.url}/{REPOSITORY}.git")
    return Team(folder, server, github)
