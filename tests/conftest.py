"""What every test shares: a git that knows nobody, and repositories made on the spot."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import settings

from tests.repositories import MakeRepository, git

# A shell that starts the tests in the background makes them and their children deaf to Ctrl-C, which some tests send.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGQUIT, signal.SIG_DFL)

# A loaded machine is no counterexample; few examples, because `make fuzz` draws the many.
settings.register_profile("greenfix", deadline=None, max_examples=50)
settings.register_profile("fuzz", deadline=None, max_examples=4000)  # `make fuzz`
settings.load_profile("greenfix")


@pytest.fixture(autouse=True)
def _nobodys_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own git settings must neither help nor hinder."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.delenv(name, raising=False)
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.org")


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    """No test reads or fills the cache of the person who runs it, nor what was measured on their machine."""
    monkeypatch.setenv("GREENFIX_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "scans"))
    monkeypatch.setenv("GREENFIX_STATE_DIR", str(tmp_path / "greenfix-state"))


@pytest.fixture
def make_repository(tmp_path: Path) -> MakeRepository:
    """A function that writes files into a new repository and commits them."""

    def make(files: Mapping[str, str]) -> Path:
        folder = tmp_path / "repository"
        folder.mkdir()
        git(folder, "init", "--quiet", "--initial-branch=main")
        for name, text in files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--message=first")
        return folder

    return make
