"""Repositories made on the spot."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

STATE = ("status --porcelain --ignored", "rev-parse HEAD", "symbolic-ref HEAD", "stash list", "worktree list")
"""The git commands whose answers must be the same before and after."""

MakeRepository = Callable[[Mapping[str, str]], Path]


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()
