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
_ENVIRONMENT = "pyvenv.cfg"
"""A virtual environment under any name holds it."""


def python_files(root: Path) -> Iterator[Path]:
    """All Python files and notebooks below ``root`` (or ``root`` itself when it is a file), sorted by folder."""
    return iter([root]) if root.is_file() else (root / path for path in paths_below(root))


def paths_below(root: Path) -> Iterator[str]:
    """The same for a folder, relative to it, with forward slashes: a Path for each of 8,000 files takes 0.2 s."""
    top = os.fspath(root)
    for folder, folders, names in os.walk(top):
        if folder != top and _ENVIRONMENT in (*names, *folders):
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if name not in SKIPPED_FOLDERS)
        below = os.path.join(folder, "")[len(os.path.join(top, "")) :].replace(os.sep, "/")  # noqa: PTH118  # see above
        yield from (f"{below}{name}" for name in sorted(names) if name.endswith(SUFFIXES))


def root_of(path: Path) -> Path:
    """The folder that the paths of a scan of ``path`` are relative to."""
    return path.parent if path.is_file() else path
