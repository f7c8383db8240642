"""Which files a scan looks at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

SUFFIXES = (".py", ".ipynb")

SKIPPED_FOLDERS = frozenset(
    {".git", ".hg", ".svn", ".tox", ".nox", ".venv", "venv", "__pycache__", "node_modules", "site-packages"}
    | {".mypy_cache", ".pytest_cache", ".ruff_cache", ".ipynb_checkpoints", ".eggs"}
)
"""Never the user's own code. A folder given on the command line is scanned whatever its name."""


def python_files(root: Path) -> Iterator[Path]:
    """All Python files and notebooks below ``root`` (or ``root`` itself when it is a file), sorted by folder."""
    if root.is_file():
        yield root
        return
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in SKIPPED_FOLDERS and not _environment(folder, name))
        yield from (Path(folder, name) for name in sorted(names) if name.endswith(SUFFIXES))


def root_of(path: Path) -> Path:
    """The folder that the paths of a scan of ``path`` are relative to."""
    return path.parent if path.is_file() else path


def _environment(folder: str, name: str) -> bool:
    """A virtual environment under any name holds a ``pyvenv.cfg``."""
    return Path(folder, name, "pyvenv.cfg").exists()
