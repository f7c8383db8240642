"""Which code is the program's own, and where in it something happens."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

DEEPEST = 30
"""Frames of the program that are remembered of one place; recursion deeper than this tells nothing new."""

_ENVIRONMENTS = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


class Tree:
    """The program's files. Environments inside the tree do not count as its own."""

    def __init__(self, root: str) -> None:
        self.root = os.path.realpath(root)
        self._start = Path.cwd()
        self._known: dict[str, str | None] = {}

    @staticmethod
    def from_environment() -> tuple[Tree, list[dict[str, Any]]]:
        """Return the tree and the places that the witness was asked to look at."""
        asked = json.loads(Path(os.environ["GREENFIX_WITNESS"], "places.json").read_text(encoding="utf-8"))
        return Tree(asked["root"]), asked["places"]

    def relative(self, filename: str) -> str | None:
        """Return the path below the root with forward slashes, None for code that is not the program's own."""
        if filename not in self._known:
            self._known[filename] = self._relative(filename)
        return self._known[filename]

    def module(self, module: Any) -> str | None:
        """Return the path of a module of the program, None for any other. The main one has no file at its exit."""
        filename = getattr(module, "__file__", None)
        if filename is None and getattr(module, "__name__", "") == "__main__":
            filename = sys.argv[0] if sys.argv else None
        return self.relative(filename) if isinstance(filename, str) else None

    def stack(self, frame: Any) -> list[list[Any]]:
        """Return the program's own frames from ``frame`` outwards, each as path, line and function."""
        found: list[list[Any]] = []
        while frame is not None and len(found) < DEEPEST:
            path = self.relative(frame.f_code.co_filename)
            if path is not None:
                found.append([path, frame.f_lineno, frame.f_code.co_name])
            frame = frame.f_back
        return found

    def caller(self, depth: int = 1) -> list[list[Any]]:
        """Return the stack of whoever called the function that asks, ``depth`` frames further out."""
        return self.stack(sys._getframe(depth + 1))

    def _relative(self, filename: str) -> str | None:
        if filename.startswith("<"):  # code without a file
            return None
        path = os.path.realpath(self._start / filename)
        if not path.startswith(self.root + os.sep) or any(part in path for part in _ENVIRONMENTS):
            return None
        return path[len(self.root) + 1 :].replace(os.sep, "/")
