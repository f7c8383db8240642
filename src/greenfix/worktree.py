"""One arm's checkout: the same before every run, with the data that git ignores.

Training data rarely lies in git. What git ignores in the user's tree (environments and caches left out) appears in
the checkout as links to single files, so new files of the program land in the checkout. A file below
``COPIED_BELOW`` bytes is copied instead: outputs such as histories and checkpoints are often ignored *and*
overwritten, and the user's own must survive. Larger files are linked: a data set of gigabytes is read, not written.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

COPIED_BELOW = 64 * 2**20
"""Bytes. Copying 64 MiB takes some 50 ms, and few checkpoints that a program overwrites in place are larger."""

_NOT_DATA = frozenset({"__pycache__", "node_modules", ".git", "build", "dist", "htmlcov", ".venv", "venv"})


@dataclass(frozen=True, slots=True)
class Worktree:
    """A checkout at ``path`` that belongs to the repository at ``home``."""

    path: Path
    home: Path

    def reset(self) -> None:
        """Bring the checkout to what the next run must see: the commit, the ignored data, nothing of the last run."""
        self._git("reset", "--hard", "--quiet")
        self._git("clean", "-ffdq")
        wanted = {file.relative_to(self.home): file for file in self._ignored()}
        for left in self._listed("--others", "--ignored", "--exclude-standard"):
            if Path(left) not in wanted:
                (self.path / left).unlink()
        for name, file in wanted.items():
            _provide(file, self.path / name)

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
        argv = ["git", "-C", str(at or self.path), "-c", "core.hooksPath=/dev/null", *arguments]
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


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
    if target.exists() and (target.is_symlink() or _identity(target.stat()) == _identity(stat)):
        return
    target.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    if stat.st_size < COPIED_BELOW:
        shutil.copy2(file, target)
    else:
        target.symlink_to(file)


def _identity(stat: os.stat_result) -> tuple[int, int]:
    return stat.st_size, stat.st_mtime_ns
