from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from greenfix_codemods.finding import FileEdit
from greenfix_verify.landlock import can_protect

from greenfix.errors import BranchError, RepositoryError
from greenfix.repository import open_repository
from greenfix.told_git import without_secrets
from greenfix.worktree import COPIED_BELOW
from tests.repositories import STATE, MakeRepository, git


def state(folder: Path) -> tuple[str, ...]:
    """Everything of a person's repository that must not change."""
    said = [git(folder, *command.split()) for command in STATE]
    files = [file for file in sorted(folder.rglob("*")) if file.is_file() and ".git" not in file.parts]
    return (*said, *(f"{file}: {file.read_bytes()!r}" for file in files))


def test_a_folder_without_git_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match=r"not in a git repository.*git init"):
        open_repository(tmp_path)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="does not exist"):
        open_repository(tmp_path / "missing")


def test_a_repository_without_commits_is_refused(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    with pytest.raises(RepositoryError, match="no commit yet"):
        open_repository(tmp_path)


def test_a_bare_repository_is_refused(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--bare")
    with pytest.raises(RepositoryError, match="bare"):
        open_repository(tmp_path)


def test_a_folder_inside_a_repository_opens_the_whole(make_repository: MakeRepository) -> None:
    folder = make_repository({"a/b.py": "1\n"})
    assert open_repository(folder / "a").root == folder


def test_git_variables_of_a_surrounding_hook_do_not_mislead(
    make_repository: MakeRepository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = make_repository({"a.py": "1\n"})
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    assert open_repository(folder).head == git(folder, "rev-parse", "HEAD")


def test_an_unknown_revision_is_refused_by_name(make_repository: MakeRepository) -> None:
    with pytest.raises(RepositoryError, match="'nowhere' names no commit"):
        open_repository(make_repository({"a.py": "1\n"})).resolve("nowhere")


def test_committing_edits_touches_nothing_of_the_person(make_repository: MakeRepository) -> None:
    folder = make_repository({"a.py": "old\n", ".gitignore": "data/\n", "run.sh": "#!/bin/sh\n"})
    (folder / "data").mkdir()
    (folder / "data" / "set.csv").write_text("1,2\n")
    (folder / "a.py").write_text("uncommitted\n")
    (folder / "new.py").write_text("untracked\n")
    git(folder, "add", "new.py")
    before = state(folder)
    repository = open_repository(folder)
    edit = FileEdit("a.py", b"old\n", b"mended\n")
    with repository.worktree(repository.head) as tree:
        tree.reset()
        commit = repository.commit_of(repository.head, [edit], "mend", tree.path)
        repository.create_branch("greenfix/x", commit)
    assert state(folder) == before
    assert git(folder, "show", "greenfix/x:a.py") == "mended"
    assert git(folder, "diff", "--name-only", "HEAD", "greenfix/x") == "a.py"


def test_the_same_edits_are_the_same_commit(make_repository: MakeRepository) -> None:
    repository = open_repository(make_repository({"a.py": "old\n"}))
    edit = FileEdit("a.py", b"old\n", b"mended\n")
    with repository.worktree(repository.head) as tree:
        commits = {repository.commit_of(repository.head, [edit], "mend", tree.path) for _ in range(2)}
    assert len(commits) == 1


def test_line_ends_are_stored_as_the_attributes_say(make_repository: MakeRepository) -> None:
    folder = make_repository({"a.py": "one\ntwo\n", ".gitattributes": "*.py text eol=crlf\n"})
    repository = open_repository(folder)
    with repository.worktree(repository.head) as tree:
        before = (tree.path / "a.py").read_bytes()
        assert before == b"one\r\ntwo\r\n"
        commit = repository.commit_of(
            repository.head, [FileEdit("a.py", before, b"one\r\nthree\r\n")], "mend", tree.path
        )
    assert git(folder, "diff", "--numstat", "HEAD", commit).split()[:2] == ["1", "1"]


def test_an_executable_file_stays_executable(make_repository: MakeRepository) -> None:
    folder = make_repository({"a.py": "old\n"})
    git(folder, "update-index", "--chmod=+x", "a.py")
    git(folder, "commit", "--quiet", "--message=executable")
    repository = open_repository(folder)
    with repository.worktree(repository.head) as tree:
        commit = repository.commit_of(repository.head, [FileEdit("a.py", b"old\n", b"new\n")], "mend", tree.path)
    assert git(folder, "ls-tree", commit, "a.py").startswith("100755")


def test_a_snapshot_holds_uncommitted_and_untracked_files(make_repository: MakeRepository) -> None:
    folder = make_repository({"a.py": "old\n"})
    (folder / "a.py").write_text("changed\n")
    (folder / "b.py").write_text("untracked\n")
    before = state(folder)
    repository = open_repository(folder)
    snapshot = repository.snapshot()
    assert state(folder) == before
    assert repository.changed_files() == ("a.py", "b.py")
    assert git(folder, "show", f"{snapshot}:a.py") == "changed"
    assert git(folder, "show", f"{snapshot}:b.py") == "untracked"


def test_an_existing_branch_is_refused_before_anything_is_measured(make_repository: MakeRepository) -> None:
    folder = make_repository({"a.py": "1\n"})
    git(folder, "branch", "greenfix/x")
    repository = open_repository(folder)
    with pytest.raises(BranchError, match="exists already"):
        repository.check_branch("greenfix/x")
    with pytest.raises(BranchError, match="could not be created"):
        repository.create_branch("greenfix/x", repository.head)


def test_an_impossible_branch_name_is_refused(make_repository: MakeRepository) -> None:
    with pytest.raises(BranchError, match="no name for a branch"):
        open_repository(make_repository({"a.py": "1\n"})).check_branch("a..b")


def test_missing_identity_is_found_before_anything_is_measured(
    make_repository: MakeRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_repository({"a.py": "1\n"})
    git(folder, "config", "user.useConfigOnly", "true")
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{role}_NAME")
        monkeypatch.delenv(f"GIT_{role}_EMAIL")
    monkeypatch.delenv("EMAIL", raising=False)
    with pytest.raises(RepositoryError, match=r"git config user\.name"):
        open_repository(folder).check_identity()


def test_a_worktree_is_gone_after_an_exception(make_repository: MakeRepository) -> None:
    folder = make_repository({"a.py": "1\n"})
    repository = open_repository(folder)
    with pytest.raises(KeyboardInterrupt), repository.worktree(repository.head) as tree:
        raise KeyboardInterrupt
    assert not tree.path.exists()
    assert len(git(folder, "worktree", "list").splitlines()) == 1


def test_hooks_of_the_repository_do_not_run(make_repository: MakeRepository, tmp_path: Path) -> None:
    folder = make_repository({"a.py": "1\n"})
    hook = folder / ".git" / "hooks" / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    hook.chmod(0o755)
    repository = open_repository(folder)
    with repository.worktree(repository.head) as tree:
        tree.reset()
    assert not (tmp_path / "ran").exists()


def test_every_run_finds_the_tree_as_the_first_one_did(make_repository: MakeRepository) -> None:
    folder = make_repository({"a.py": "1\n", ".gitignore": "data/\n*.log\n.venv/\n"})
    (folder / "data").mkdir()
    (folder / "data" / "set.csv").write_text("1,2\n")
    (folder / ".venv").mkdir()
    (folder / ".venv" / "pyvenv.cfg").write_text("")
    repository = open_repository(folder)
    with repository.worktree(repository.head) as tree:
        tree.reset()
        assert (tree.path / "data" / "set.csv").read_text() == "1,2\n"
        assert not (tree.path / ".venv").exists()
        (tree.path / "a.py").write_text("scribbled\n")
        (tree.path / "data" / "set.csv").write_text("overwritten\n")
        (tree.path / "checkpoint.h5").write_text("weights\n")
        (tree.path / "run.log").write_text("ignored output\n")
        tree.reset()
        assert (tree.path / "a.py").read_text() == "1\n"
        assert (tree.path / "data" / "set.csv").read_text() == "1,2\n"
        assert not (tree.path / "checkpoint.h5").exists()
        assert not (tree.path / "run.log").exists()
    assert (folder / "data" / "set.csv").read_text() == "1,2\n"


@pytest.mark.skipif(not can_protect([]), reason="this kernel cannot protect what a link leads to")
def test_a_large_data_set_is_linked_and_not_copied(
    make_repository: MakeRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    folder = make_repository({"a.py": "1\n", ".gitignore": "big.bin\n"})
    with (folder / "big.bin").open("wb") as file:
        file.truncate(COPIED_BELOW)
    repository = open_repository(folder)
    with repository.worktree(repository.head) as tree:
        tree.reset()
        assert (tree.path / "big.bin").readlink() == folder / "big.bin"


def test_the_checkout_of_a_killed_greenfix_is_swept_by_the_next_one(make_repository: MakeRepository) -> None:
    folder = make_repository({"a.py": "1\n"})
    code = (
        "import os, signal, sys; from pathlib import Path; from greenfix.repository import open_repository\n"
        "repository = open_repository(Path(sys.argv[1]))\n"
        "with repository.worktree(repository.head) as tree:\n"
        "    print(tree.path, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(folder)], check=False, capture_output=True, text=True)
    left = Path(killed.stdout.strip())
    assert left.exists()
    open_repository(folder)
    assert not left.parent.exists()
    assert len(git(folder, "worktree", "list").splitlines()) == 1


def test_every_git_command_is_told_with_where_it_ran_and_how_it_ended(make_repository: MakeRepository) -> None:
    told: list[Any] = []
    folder = make_repository({"a.py": "1\n"})
    repository = open_repository(folder, told.append)
    with repository.worktree(repository.head) as tree:
        tree.reset()
    with pytest.raises(RepositoryError):
        repository.resolve("nowhere")
    commands = {command.words[-2:] if len(command.words) > 2 else command.words: command for command in told}
    assert commands["worktree", "prune"].exit_code == 0
    assert commands["clean", "-ffdq"].directory == tree.path
    assert commands["--quiet", "nowhere^{commit}"].exit_code != 0
    assert all(command.words[0] == "git" and command.seconds >= 0 for command in told)
    assert sum(command.exit_code is None for command in told) <= 1  # the helper that reads objects


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("https://ada:ghp_secret@example.org/a/b.git", "https://***@example.org/a/b.git"),
        ("http.https://example.org/.extraHeader=AUTHORIZATION: basic c2VjcmV0", "***"),
        ("git@example.org:a/b.git", "git@example.org:a/b.git"),
        ("refs/heads/greenfix/x", "refs/heads/greenfix/x"),
    ],
)
def test_a_secret_in_a_git_command_is_never_told(word: str, shown: str) -> None:
    said = without_secrets(["git", "push", word])
    assert said[2].endswith(shown)
    assert "secret" not in said[2]
    assert "c2VjcmV0" not in said[2]
