"""What to run: the command that a person gave, or the one that the findings suggest."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from greenfix_codemods.reach import reachable_files

from greenfix.errors import EntrypointError


def known_command(given: Sequence[str], tree: Path) -> tuple[str, ...]:
    """The command to measure: as given, else ``entrypoint`` of ``[tool.greenfix]``, else nothing.

    Raises:
        EntrypointError: the setting is malformed.
    """
    return tuple(given) or _configured(tree)


def guessed_command(paths: Sequence[str]) -> tuple[str, ...]:
    """The command that the accepted findings suggest: run the one file that holds them.

    Args:
        paths: files with accepted findings, relative to the checkout.

    Raises:
        EntrypointError: there is more than one such file.
    """
    files = sorted(set(paths))
    if len(files) > 1:
        listed = ", ".join(files[:5]) + (" ..." if len(files) > 5 else "")
        raise EntrypointError(
            f"Which program shall be measured? Findings were accepted in {len(files)} files ({listed}).",
            "Name it after two dashes: `greenfix fix REPO -- python train.py`.",
        )
    return ("python", files[0])


def measured_files(command: Sequence[str], tree: Path) -> frozenset[str] | None:
    """The project files that ``command`` can run, or None when it names no Python file or module of the project."""
    script = _script(command, tree)
    return None if script is None else reachable_files(tree, script)


def _script(command: Sequence[str], tree: Path) -> str | None:
    for word, following in pairwise((*command, "")):
        if word == "-m":
            stem = following.replace(".", "/")
            return next((path for path in (f"{stem}.py", f"{stem}/__main__.py") if (tree / path).is_file()), None)
        if word.endswith(".py"):
            path = Path(word)
            inside = path.relative_to(tree) if path.is_absolute() and path.is_relative_to(tree) else path
            return inside.as_posix() if (tree / inside).is_file() else None
    return None


def _configured(tree: Path) -> tuple[str, ...]:
    file = tree / "pyproject.toml"
    if not file.is_file():
        return ()
    try:
        settings = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {}).get("greenfix", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EntrypointError(f"pyproject.toml cannot be read: {error}.") from error
    entrypoint = settings.get("entrypoint", [])
    if not isinstance(entrypoint, list) or not all(isinstance(word, str) for word in entrypoint):
        raise EntrypointError(
            "pyproject.toml: tool.greenfix.entrypoint is no list of words.",
            'Write for example `entrypoint = ["python", "train.py"]`.',
        )
    return tuple(entrypoint)
