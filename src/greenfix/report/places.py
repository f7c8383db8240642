"""Paths as a forge knows them: relative to the root of the repository, not to the folder that was scanned."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath


def repository_prefix(scanned: Path) -> str:
    """The path of the folder ``scanned`` in its repository, with forward slashes; ``.`` at its root or outside of one.

    A repository is known by its ``.git``, a folder or (in a worktree or submodule) a file: git is not needed.
    """
    folder = scanned.resolve()
    for root in (folder, *folder.parents):
        if (root / ".git").exists():
            return folder.relative_to(root).as_posix()
    return "."


def in_repository(path: str, prefix: str) -> str:
    """``path``, relative to the scanned folder, as a path in the repository."""
    return PurePosixPath(os.path.normpath(PurePosixPath(prefix, path))).as_posix()
