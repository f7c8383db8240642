"""Data that git ignores: every run sees it, and none reaches the user's own."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from greenfix_verify import landlock
from greenfix_verify.errors import CommandError
from greenfix_verify.events import silence
from greenfix_verify.execution import Execution, execute
from greenfix_verify.executor import LocalExecutor
from greenfix_verify.landlock import can_protect
from greenfix_verify.policy import Policy
from greenfix_verify.run import ORIGINAL, Arm, Ending
from greenfix_verify.schedule import PlannedBlock

from greenfix.errors import RepositoryError
from greenfix.repository import open_repository
from greenfix.worktree import Worktree
from tests.measuring import HERE, FakeMeter
from tests.repositories import MakeRepository

needs_landlock = pytest.mark.skipif(
    landlock._syscall(landlock.CREATE_RULESET, None, 0, landlock.VERSION_FLAG) < landlock.LEAST_VERSION,
    reason="this kernel has no Landlock with TRUNCATE (Linux 6.2), or it is switched off",
)

READS = "assert open('data/big.bin').read() == 'precious data'\n"


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder that does not lie above the repository."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.fixture
def checkout(
    make_repository: MakeRepository, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Path, Worktree]]:
    """A repository with a file of data that git ignores and that counts as large, and a checkout of it."""
    monkeypatch.setattr("greenfix.worktree.COPIED_BELOW", 10)
    folder = make_repository({"program.py": READS, ".gitignore": "data/\n"})
    (folder / "data").mkdir()
    (folder / "data" / "big.bin").write_text("precious data")
    repository = open_repository(folder)
    with repository.worktree(repository.head) as tree:
        yield folder, tree


def run_in(tree: Worktree, source: str) -> Execution:
    """Run ``source`` in the checkout as it is before a run."""
    protected = tree.reset()
    (tree.path / "program.py").write_text(source)
    environment = {"PATH": os.environ["PATH"], "TMPDIR": tempfile.gettempdir()}
    return execute([sys.executable, "program.py"], tree.path, environment, protected=protected)


OVERWRITES = [
    "open('data/big.bin', 'w').write('lost')",
    "open('data/big.bin', 'a').write('lost')",
    "open('data/big.bin', 'r+').write('lost')",
    "import os; os.truncate('data/big.bin', 0)",
    "import os; open(os.path.realpath('data/big.bin'), 'w').write('lost')",
    "import subprocess, sys; subprocess.run([sys.executable, '-c', \"open('data/big.bin', 'w')\"], check=True)",
]


@needs_landlock
@pytest.mark.parametrize("attack", OVERWRITES)
def test_a_program_cannot_overwrite_a_linked_file_and_is_told_why(checkout: tuple[Path, Worktree], attack: str) -> None:
    folder, tree = checkout
    done = run_in(tree, READS + attack)
    assert (tree.path / "data" / "big.bin").is_symlink()
    assert (folder / "data" / "big.bin").read_text() == "precious data"
    assert done.ending is Ending.FAILED
    assert "Permission denied" in done.detail
    assert f"it may not write in {folder / 'data'}, nor create files directly in /, " in done.detail


@needs_landlock
def test_everything_else_can_be_written(checkout: tuple[Path, Worktree], scratch: Path, tmp_path: Path) -> None:
    _, tree = checkout
    (tmp_path / "elsewhere").mkdir()
    source = f"""{READS}
import os, tempfile
open("data/new.txt", "w").write("new")
open("program.py", "a").write("# changed")
os.makedirs("out/deep")
open("out/deep/model.bin", "w").write("weights")
with tempfile.NamedTemporaryFile("w") as file: file.write("temporary")
open({str(tmp_path / "elsewhere" / "cache")!r}, "w").write("cached")
open("/dev/null", "w").write("nothing")
open("part", "w").write("moved"); os.rename("part", "out/deep/part")
os.unlink("data/big.bin"); open("data/big.bin", "w").write("my own")
"""
    done = run_in(tree, source)
    assert done.ending is Ending.COMPLETED, done.detail
    tree.reset()
    assert (tree.path / "data" / "big.bin").read_text() == "precious data"


@needs_landlock
def test_a_link_that_the_program_turned_elsewhere_is_put_right(checkout: tuple[Path, Worktree]) -> None:
    folder, tree = checkout
    run_in(tree, "import os; os.unlink('data/big.bin'); os.symlink('/dev/null', 'data/big.bin')")
    tree.reset()
    assert (tree.path / "data" / "big.bin").readlink() == folder / "data" / "big.bin"


@needs_landlock
def test_the_executor_protects_what_prepare_names(checkout: tuple[Path, Worktree]) -> None:
    folder, tree = checkout

    def prepare(arm: Arm) -> tuple[Path, ...]:
        protected = tree.reset()
        (arm.tree / "program.py").write_text(OVERWRITES[0])
        return protected

    executor = LocalExecutor(HERE, Policy(), FakeMeter(), observe=False, prepare=prepare)
    block = PlannedBlock(0, False, (ORIGINAL,))
    (run,) = executor.run_block(block, {ORIGINAL: Arm(ORIGINAL, tree.path)}, silence, threading.Event())
    executor.close()
    assert (run.ending, (folder / "data" / "big.bin").read_text()) == (Ending.FAILED, "precious data")


@pytest.mark.parametrize("why", ["no landlock", "the repository lies in the temporary folder"])
def test_without_protection_the_data_is_copied(
    checkout: tuple[Path, Worktree], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, why: str
) -> None:
    folder, tree = checkout
    if why == "no landlock":
        monkeypatch.setattr(landlock, "LEAST_VERSION", 10**6)
    else:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    done = run_in(tree, f"{READS}{OVERWRITES[0]}")
    assert done.ending is Ending.COMPLETED, done.detail
    assert (tree.path / "data" / "big.bin").read_text() == "lost"
    assert tree.reset() == ()
    assert (tree.path / "data" / "big.bin").read_text() == "precious data"
    assert (folder / "data" / "big.bin").read_text() == "precious data"


def test_a_copy_without_room_says_where_room_is_needed(
    checkout: tuple[Path, Worktree], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: Path, target: Path) -> None:
        target.write_text("pre")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    _, tree = checkout
    monkeypatch.setattr(landlock, "LEAST_VERSION", 10**6)
    monkeypatch.setattr(shutil, "copy2", full)
    with pytest.raises(RepositoryError, match=r"big\.bin cannot be copied .* No space left .* Set TMPDIR"):
        tree.reset()
    assert not (tree.path / "data" / "big.bin").exists()


def test_a_clone_is_preferred_where_the_file_system_shares_blocks(
    checkout: tuple[Path, Worktree], monkeypatch: pytest.MonkeyPatch
) -> None:
    def clone(target: object, request: int, source: int) -> None:
        os.write(target.fileno(), os.pread(source, 100, 0))  # type: ignore[attr-defined]  # an open file

    folder, tree = checkout
    monkeypatch.setattr("fcntl.ioctl", clone)
    assert tree.reset() == ()
    made = tree.path / "data" / "big.bin"
    assert not made.is_symlink()
    assert made.read_text() == "precious data"
    before = made.stat().st_ino
    tree.reset()
    assert made.stat().st_ino == before, "an unchanged clone is made again"
    assert made.stat().st_mtime_ns == (folder / "data" / "big.bin").stat().st_mtime_ns


def test_a_run_whose_data_cannot_be_protected_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "verify" / "supervisor.py"
    fake.parent.mkdir()
    source = Path(landlock.__file__)
    shutil.copy(source.with_name("supervisor.py"), fake)
    fake.with_name("landlock.py").write_text(source.read_text().replace("= 444, 445, 446", "= 9999, 9999, 9999"))
    monkeypatch.setattr("greenfix_verify.supervisor.__file__", str(fake))
    with pytest.raises(CommandError, match="its data cannot be protected"):
        execute([sys.executable, "-c", "open('ran', 'w')"], tmp_path, {}, protected=[tmp_path / "data"])
    assert not (tmp_path / "ran").exists()


def test_folders_that_cannot_be_listed_are_no_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> object:
        raise PermissionError(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert list(landlock._beside([tmp_path])) == []


def test_protection_is_only_claimed_where_the_temporary_folder_stays_writable(scratch: Path, tmp_path: Path) -> None:
    assert not can_protect([scratch / "repository"])


@needs_landlock
def test_a_ruleset_forgives_what_vanishes_while_it_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "beside.txt").write_text("")
    monkeypatch.setattr(landlock, "_beside", lambda folders: iter([tmp_path / "beside.txt", tmp_path / "gone"]))
    landlock.Ruleset([tmp_path / "data"], tmp_path)


def test_beside_a_folder_lies_everything_but_the_way_to_it(tmp_path: Path) -> None:
    (tmp_path / "repository" / "data").mkdir(parents=True)
    (tmp_path / "repository" / "code").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "repository" / "data")
    beside = set(landlock._beside([tmp_path / "repository" / "data"]))
    assert tmp_path / "repository" / "code" in beside
    assert Path("/dev") in beside
    assert not beside & {tmp_path.parent, tmp_path, tmp_path / "repository", tmp_path / "link"}
