"""Where the imports of a file lead in a tree: paths, told by bytes and folders. Nothing is parsed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from functools import cached_property
from pathlib import Path

from greenfix_codemods.semantics.code_bytes import code_of, imported_by
from greenfix_codemods.semantics.shelf import Question, Shelf, joined
from greenfix_codemods.semantics.source import Source


class Locator:
    """Finds the files of the tree at ``root`` that import statements mean.

    Attributes:
        added: sources that stand in place of what is on disk, or beside it, by path.
    """

    def __init__(self, root: Path, shelf: Shelf, consulted: dict[Question, None]) -> None:
        self.added: dict[str, Source] = {}
        self._root = root
        self._shelf = shelf
        self._consulted = consulted
        self._places: dict[tuple[str, str], str | None] = {}

    def leading_from(self, path: str, outside: Set[str] = frozenset()) -> Iterator[str]:
        """The files that the imports of the file at ``path`` run, the packages on the way to them included.

        Packages whose name is in ``outside`` are not looked for.
        """
        folder = path.rpartition("/")[0]
        for dotted in self.imports(path):
            if dotted.partition(".")[0] not in outside:
                yield from self.run_by(dotted, folder)

    def run_by(self, dotted: str, folder: str) -> Iterator[str]:
        """The files that an import of ``dotted`` runs, seen from a file in ``folder``."""
        for prefix in _prefixes(dotted):
            if (found := self._located(prefix, folder)) is not None:
                yield found

    def matches(self, path: str, pattern: re.Pattern[bytes]) -> bool:
        """Whether ``pattern`` is found in the file's bytes; not in those of a file that cannot be read."""
        self._consulted["file", path] = None
        added = self.added.get(path)
        return self._shelf.matches(path, pattern) if added is None else pattern.search(added.data) is not None

    def candidates(self, dotted: str, folder: str) -> Iterator[str]:
        """The paths at which ``dotted`` may stand, seen from a file in ``folder``, in Python's order."""
        name = dotted.lstrip(".")
        for base in self._bases(folder, len(dotted) - len(name)):
            if not name:
                yield joined(base, "__init__.py")
            elif self._may_have(joined(base, name.partition(".")[0])):
                stem = joined(base, name.replace(".", "/"))
                yield from (f"{stem}.py", f"{stem}/__init__.py")

    def _bases(self, folder: str, level: int) -> Iterable[str]:
        upwards = list(_upwards(folder))
        if level:
            return upwards[level - 1 :][:1] or upwards[-1:]
        # A script finds modules beside itself; a package from a folder above it, or from src/.
        return (*upwards, "src", *self._above)

    @cached_property
    def _above(self) -> tuple[str, ...]:
        """The folders from which a root that is itself a package is imported, up to the one that holds it whole."""
        found: list[str] = []
        folder = self._root.resolve()
        while (folder / "__init__.py").is_file():
            folder = folder.parent
            found.append("/".join([".."] * (len(found) + 1)))
        return tuple(found)

    def _may_have(self, head: str) -> bool:
        if self.added:  # an added file need not be on disk
            return True
        self._consulted["module", head] = None
        return self._shelf.has_module(head)

    def imports(self, path: str) -> Iterable[str]:
        """The modules that the file's import statements may mean, as written."""
        self._consulted["file", path] = None
        added = self.added.get(path)
        return self._shelf.imports(path) if added is None else imported_by(code_of(added.data))

    def _located(self, dotted: str, folder: str) -> str | None:
        if (folder, dotted) not in self._places:
            self._places[folder, dotted] = next(filter(self._has, self.candidates(dotted, folder)), None)
        return self._places[folder, dotted]

    def _has(self, path: str) -> bool:
        self._consulted["file", path] = None
        return path in self.added or self._shelf.has_file(path)


def _prefixes(dotted: str) -> Iterator[str]:
    """``a``, ``a.b`` and ``a.b.c`` of ``a.b.c``: Python runs the packages on the way."""
    name = dotted.lstrip(".")
    dots, parts = dotted[: len(dotted) - len(name)], name.split(".")
    return (dots + ".".join(parts[:end]) for end in range(1, len(parts) + 1))


def _upwards(folder: str) -> Iterator[str]:
    """The folder, the one around it, and so on up to the root, which is empty."""
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
    yield ""
