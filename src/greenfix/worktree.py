"""One arm's checkout: the same before every run, with the data that git ignores.

Training data rarely lies in git. What git ignores in the user's tree (environments and caches left out) appears in
the checkout file by file, so new files of the program land in the checkout. Whatever a run does, the user's own file
must survive, for outputs such as checkpoints are often ignored *and* overwritten. In this order:

1. below ``COPIED_BELOW`` bytes: a copy;
2. a clone that shares its blocks (btrfs, XFS, with the scratch folder on the same file system): costs nothing;
3. a link, with the folder it leads to protected by the kernel while a run is under way (``greenfix_verify.landlock``);
4. where the kernel cannot do that: a copy after all, once an arm, renewed only when a run has changed it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from greenfix_verify.events import CommandRan
from greenfix_verify.landlock import can_protect

from greenfix.errors import RepositoryError

if TYPE_CHECKING:
    from greenfix.events import Event, Listener

COPIED_BELOW = 64 * 2**20
"""Bytes. Copying 64 MiB takes some 50 ms, and few checkpoints that a program overwrites in place are larger."""

FICLONE = 0x40049409
"""The request of ``linux/fs.h``; Python 3.11 does not name it."""

_NOT_DATA = frozenset({"__pycache__", "node_modules", ".git", "build", "dist", "htmlcov", ".venv", "venv"})


def hear_nothing(event: Event) -> None:
    """The listener of those who do not listen."""


@dataclass(frozen=True, slots=True)
class Worktree:
    """A checkout at ``path`` that belongs to the repository at ``home``; ``tell`` hears of each git command."""

    path: Path
    home: Path
    tell: Listener = field(default=hear_nothing, compare=False)

    def reset(self) -> tuple[Path, ...]:
        """Bring the checkout to what the next run must see: the commit, the ignored data, nothing of the last run.

        Returns the user's folders that links lead to: the run must not write there.

        Raises:
            RepositoryError: there is no room for a copy of the data.
        """
        self._git("reset", "--hard", "--quiet")
        self._git("clean", "-ffdq")
        wanted = {file.relative_to(self.home): file for file in self._ignored()}
        for left in self._listed("--others", "--ignored", "--exclude-standard"):
            if Path(left) not in wanted:
                (self.path / left).unlink()
        for name, file in wanted.items():
            _provide(file, self.path / name)
        links = (self.path / name for name in wanted if (self.path / name).is_symlink())
        return tuple(sorted({link.resolve().parent for link in links}))

    def _ignored(self) -> Iterator[Path]:
        for entry in self._listed("--others", "--ignored", "--exclude-standard", "--directory", at=self.home):
            path = self.home / entry.rstrip("/")
            if path.is_dir() and not path.is_symlink():
                yield from _data_files(path)
            elif path.is_file() and path.suffix != ".pyc":
                yield path

    def _listed(self, *arguments: str, at: Path | None = None) -> list[str]:
        return [entry for entry in self._git("ls-files", "-z", *arguments, at=at).split("\0") if entry]

    def _git(self, *arguments: str, at: Path | None = None) -> str:
        directory, started = at or self.path, time.monotonic()
        argv = ["git", "-c", "core.hooksPath=/dev/null", *arguments]
        done = subprocess.run(argv, check=False, capture_output=True, text=True, cwd=directory)
        self.tell(CommandRan(tuple(argv), directory, done.returncode, time.monotonic() - started))
        done.check_returncode()
        return done.stdout


def _data_files(folder: Path) -> Iterator[Path]:
    if folder.name in _NOT_DATA or folder.name.endswith((".egg-info", "_cache")) or (folder / "pyvenv.cfg").exists():
        return
    for child in sorted(folder.iterdir()):
        if child.is_dir() and not child.is_symlink():
            yield from _data_files(child)
        elif child.is_file():
            yield child


def _provide(file: Path, target: Path) -> None:
    """Make ``target`` show what ``file`` holds; nothing is copied again that the last run left as it was."""
    stat = file.stat()
    if target.is_symlink():
        kept = target.readlink() == file
    else:
        kept = target.exists() and _identity(target.stat()) == _identity(stat)
    if kept:
        return
    target.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    if stat.st_size < COPIED_BELOW:
        _copy(file, target)
    elif not _cloned(file, target):
        if can_protect([file.resolve().parent]):
            target.symlink_to(file)
        else:
            _copy(file, target)


def _cloned(file: Path, target: Path) -> bool:
    """Clone with ``FICLONE`` (``ioctl_ficlonerange(2)``); False where the file systems cannot."""
    with file.open("rb") as source, target.open("wb") as clone:
        try:
            fcntl.ioctl(clone, FICLONE, source.fileno())
        except OSError:  # another file system, or one that shares no blocks: most of them
            target.unlink()
            return False
    shutil.copystat(file, target)
    return True


def _copy(file: Path, target: Path) -> None:
    try:
        shutil.copy2(file, target)
    except OSError as error:
        target.unlink(missing_ok=True)
        raise RepositoryError(
            f"{file} cannot be copied for the measurement: {error.strerror}.",
            "Set TMPDIR to a folder on a disk with room; on the same btrfs or XFS as the data a copy costs nothing.",
        ) from error


def _identity(stat: os.stat_result) -> tuple[int, int]:
    return stat.st_size, stat.st_mtime_ns
