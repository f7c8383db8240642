"""The files that a scan has read: parsed once, though many files import them, and only the last used ones kept.

A parsed file takes about a hundred times its size: all of a TensorFlow environment at once were 4 GiB.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections import OrderedDict
from collections.abc import Set
from functools import cached_property
from pathlib import Path
from typing import Literal

from greenfix_codemods.errors import SourceError
from greenfix_codemods.files import paths_below
from greenfix_codemods.semantics.code_bytes import code_of, imported_by
from greenfix_codemods.semantics.source import decode
from greenfix_codemods.semantics.syntax import Syntax, parsed

KEPT_BYTES = 1_000_000
"""Source text whose trees are kept, about 100 MiB of them."""


Question = tuple[Literal["file", "module", "scripts"], str]
"""What an analysis asked about the tree: the content of a file, whether a folder has a module or package of a name,
which Python files a folder has. As long as all answers stay the same, so does the analysis."""


class Shelf:
    """Reads and parses the files below ``root``. Paths are relative to it, with forward slashes.

    ``parsed_bytes`` counts the source that was parsed so far.
    """

    def __init__(self, root: Path, kept_bytes: int = KEPT_BYTES) -> None:
        self.root = root
        self.parsed_bytes = 0
        self._folder = os.fspath(root)
        self._kept_bytes = kept_bytes
        self._syntaxes: OrderedDict[str, Syntax] = OrderedDict()
        self._size = 0
        self._broken: dict[str, SourceError] = {}
        self._digests: dict[str, str | None] = {}
        self._imports: dict[str, tuple[str, ...]] = {}
        self._matches: dict[tuple[str, re.Pattern[bytes]], bool] = {}
        self._listings: dict[str, Set[str]] = {}
        self._statuses: dict[str, os.stat_result | None] = {}

    def syntax(self, path: str) -> Syntax:
        """The parsed file.

        Raises:
            SourceError: it cannot be read or parsed.
        """
        found = self._syntaxes.get(path)
        if found is not None:
            self._syntaxes.move_to_end(path)
            return found
        if path in self._broken:
            raise self._broken[path]
        try:
            found = parsed(decode(self.read(path), path))
        except SourceError as error:
            self._broken[path] = error
            raise
        self._keep(path, found)
        return found

    def _keep(self, path: str, syntax: Syntax) -> None:
        self._syntaxes[path] = syntax
        self.parsed_bytes += len(syntax.source.data)
        self._size += len(syntax.source.data)
        while self._size > self._kept_bytes and len(self._syntaxes) > 1:
            _, dropped = self._syntaxes.popitem(last=False)
            self._size -= len(dropped.source.data)

    def read(self, path: str) -> bytes:
        """The bytes of the file, as they are now; its digest is remembered.

        Raises:
            SourceError: it cannot be read.
        """
        try:
            with open(f"{self._folder}/{path}", "rb") as file:  # noqa: PTH123  # a Path for each of 8,000 files costs more than the reading
                data = file.read()
        except OSError as error:
            self._digests[path] = None
            raise SourceError(path, f"cannot be read: {error.strerror}") from error
        self._digests[path] = digest_of(data)
        return data

    def imports(self, path: str) -> tuple[str, ...]:
        """The modules that the file's import statements may mean, as written; none of a file that is no text."""
        if path not in self._imports:
            self._imports[path] = tuple(dict.fromkeys(imported_by(code_of(self._text(path)))))
        return self._imports[path]

    def matches(self, path: str, pattern: re.Pattern[bytes]) -> bool:
        """Whether ``pattern`` is found in the file; not in one that is no text."""
        if (path, pattern) not in self._matches:
            self._matches[path, pattern] = pattern.search(self._text(path)) is not None
        return self._matches[path, pattern]

    def _text(self, path: str) -> bytes:
        try:
            return decode(self.read(path), path).data
        except SourceError:
            return b""

    def digest(self, path: str) -> str | None:
        """The digest of the file's content when it was read; None when there is no such file."""
        if path not in self._digests:
            try:
                self.read(path)
            except SourceError:
                return None
        return self._digests[path]

    def answer(self, question: Question) -> str | None:
        """The answer to ``question`` in a form that can be stored and compared."""
        kind, path = question
        if kind == "file":
            return self.digest(path)
        if kind == "module":
            return "" if self.has_module(path) else None
        return digest_of("\n".join(self.scripts_in(path)).encode())

    def has_file(self, path: str) -> bool:
        """Whether there is a file (or a link to one) at ``path``."""
        folder, _, name = path.rpartition("/")
        return name in self._names_in(folder) and os.path.isfile(f"{self._folder}/{path}")  # noqa: PTH113  # see read

    def is_link(self, path: str) -> bool:
        """Whether ``path`` is a symbolic link."""
        return (found := self.status(path)) is not None and stat.S_ISLNK(found.st_mode)

    def status(self, path: str) -> os.stat_result | None:
        """What the system says of ``path`` itself, asked once; None when there is nothing."""
        if path not in self._statuses:
            try:
                self._statuses[path] = os.lstat(f"{self._folder}/{path}")
            except OSError:
                self._statuses[path] = None
        return self._statuses[path]

    def has_module(self, path: str) -> bool:
        """Whether there is a folder, or a Python file, of this name."""
        folder, _, name = path.rpartition("/")
        names = self._names_in(folder)
        return name in names or f"{name}.py" in names

    def scripts_in(self, folder: str) -> list[str]:
        """The Python files right in ``folder``, sorted."""
        return [joined(folder, name) for name in sorted(self._names_in(folder)) if name.endswith(".py")]

    @cached_property
    def programs(self) -> tuple[str, ...]:
        """The paths of all Python files of the tree that a scan would look at, without notebooks."""
        return tuple(file for file in paths_below(self.root) if file.endswith(".py") and not self.is_link(file))

    def _names_in(self, folder: str) -> Set[str]:
        if folder not in self._listings:
            try:
                self._listings[folder] = frozenset(os.listdir(f"{self._folder}/{folder}"))  # noqa: PTH208  # see read
            except OSError:
                self._listings[folder] = frozenset()
        return self._listings[folder]


def joined(folder: str, name: str) -> str:
    """``folder/name``; the root is the empty folder."""
    return f"{folder}/{name}" if folder else name


def digest_of(data: bytes) -> str:
    """The digest by which contents are compared (1 GB a second)."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()
