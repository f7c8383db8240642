"""Repositories made on the spot."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

MakeRepository = Callable[[Mapping[str, str]], Path]


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()
