"""Which files a scan looks at, and which are worth parsing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence, Set
from pathlib import Path, PurePosixPath

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


def leading_to_models(root: Path, files: Sequence[Path]) -> frozenset[str]:
    """The files, relative to ``root``, that name nothing worth parsing but reach a file that does through imports.

    ``for units in grid: run_experiment(units)`` may stand in a script that never mentions Keras. Imports are read from
    the bytes; a script without a loop is left out.
    """
    paths = {file.relative_to(root).as_posix(): file for file in files if file.suffix == ".py"}
    tops = {part for path in paths for part in path.removesuffix(".py").split("/")}
    importers: dict[str, set[str]] = {}
    looping: set[str] = set()
    reached: list[str] = []
    for path, file in paths.items():
        try:
            data = b"" if file.is_symlink() else file.read_bytes()
        except OSError:
            continue  # the scan of that file reports it
        if worth_parsing(data):
            reached.append(path)
            continue
        if _LOOP.search(data):
            looping.add(path)
        for target in _imported(path, data, paths.keys(), tops):
            importers.setdefault(target, set()).add(path)
    found: set[str] = set()
    for path in reached:  # grows while it is read
        new = importers.get(path, set()) - found
        found |= new
        reached += new
    return frozenset(found & looping)


_LOOP = re.compile(rb"\b(?:for|while)\b")
_IMPORT = re.compile(rb"(?m)^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import\b([^\n#]*)|import[ \t]+([^\n#]*))")


def _imported(path: str, data: bytes, paths: Set[str], tops: set[str]) -> Iterator[str]:
    """The files of the project that the import statements in ``data`` may mean."""
    for match in _IMPORT.finditer(data):
        module, names, modules = (part.decode(errors="replace") if part else "" for part in match.groups())
        dotted = [item.split()[0] for item in modules.split(",") if item.strip()]
        if module:
            dotted = [module, *(f"{module.rstrip('.')}.{name}" for name in re.findall(r"\w+", names))]
            level = len(module) - len(module.lstrip("."))
            dotted = [f"{'.' * level}{item.lstrip('.')}" for item in dotted]
        for item in dotted:
            if item.startswith(".") or item.partition(".")[0] in tops:
                yield from _at(path, item, paths)


def _at(path: str, dotted: str, paths: Set[str]) -> Iterator[str]:
    folder = PurePosixPath(path).parent
    level = len(dotted) - len(dotted.lstrip("."))
    bases = [folder, *folder.parents, PurePosixPath("src")]
    below = "/".join(dotted.lstrip(".").split("."))
    for base in bases[max(level - 1, 0) :][: 1 if level else None]:
        for name in (f"{below}.py", f"{below}/__init__.py"):
            if (found := (base / name).as_posix()) in paths:
                yield found


def _environment(folder: str, name: str) -> bool:
    """A virtual environment under any name holds a ``pyvenv.cfg``."""
    return Path(folder, name, "pyvenv.cfg").exists()
