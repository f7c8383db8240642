"""Which files a scan looks at, and which are worth parsing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

SUFFIXES = (".py", ".ipynb")

SKIPPED_FOLDERS = frozenset(
    {".git", ".hg", ".svn", ".tox", ".nox", ".venv", "venv", "__pycache__", "node_modules", "site-packages"}
    | {".mypy_cache", ".pytest_cache", ".ruff_cache", ".ipynb_checkpoints", ".eggs"}
)
"""Never the user's own code. A folder given on the command line is scanned whatever its name."""

_WORDS = re.compile(
    rb"keras|tensorflow|tf_keras|deepxde|\.fit\(|\.compile\(|load_model|GradientTape|train_on_batch|suggest_"
)
"""A file with none of these neither builds, trains nor keeps anything. ``.fit(`` is here because a training script may
take its models from the project's other modules and never name Keras itself."""


def python_files(root: Path) -> Iterator[Path]:
    """All Python files and notebooks below ``root`` (or ``root`` itself when it is a file), sorted by folder."""
    if root.is_file():
        yield root
        return
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in SKIPPED_FOLDERS and not _environment(folder, name))
        yield from (Path(folder, name) for name in sorted(names) if name.endswith(SUFFIXES))


def worth_parsing(data: bytes) -> bool:
    """Whether ``data`` names anything that a rule could look for (12.5 million lines a second)."""
    return _WORDS.search(data) is not None


def _environment(folder: str, name: str) -> bool:
    """A virtual environment under any name holds a ``pyvenv.cfg``."""
    return Path(folder, name, "pyvenv.cfg").exists()
