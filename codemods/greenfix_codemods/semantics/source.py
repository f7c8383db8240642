"""Reading Python files as their authors saved them: encoding cookie, BOM, line ends."""

from __future__ import annotations

import ast
import codecs
import io
import re
import tokenize
import warnings
from dataclasses import dataclass
from pathlib import Path

from greenfix_codemods.errors import SourceError
from greenfix_codemods.finding import CellLine
from greenfix_codemods.semantics.notebook import Notebook, read_notebook

MAXIMUM_BYTES = 1_000_000
"""Larger files are data or generated: LibCST needs about 40 KiB of memory per line."""


_LINE = re.compile(r"`[^`]*`|\bline (\d+)")


@dataclass(frozen=True, slots=True)
class Source:
    """The Python of a file. ``path`` is relative to the project root, with forward slashes.

    Of a Python file ``data`` is what lies on disk; of a notebook it is the program of its ``cells``.
    """

    path: str
    data: bytes
    encoding: str
    cells: Notebook | None = None

    @property
    def notebook(self) -> bool:
        """Whether ``data`` is the program of a notebook."""
        return self.cells is not None

    @property
    def saved(self) -> bytes:
        """The file as it lies on disk."""
        return self.data if self.cells is None else self.cells.data

    def saved_with(self, text: str) -> bytes:
        """The file when its Python is ``text``.

        Raises:
            StrategyError: ``text`` cannot be written back into the notebook's cells.
        """
        if self.cells is not None:
            return self.cells.with_program(text)
        mark = codecs.BOM_UTF8 if self.encoding == "utf-8-sig" else b""
        return mark + text.encode(self.encoding.removesuffix("-sig"))

    def cell_line(self, line: int) -> CellLine | None:
        """Where a line of the program stands in the notebook; None in a Python file."""
        return None if self.cells is None else self.cells.cell_line(line)

    @property
    def text(self) -> str:
        """The decoded text, line ends as they are, without the byte order mark."""
        return self.data.decode(self.encoding)

    def parse(self) -> ast.Module:
        """Return the syntax tree.

        Raises:
            SourceError: it does not parse under this Python (an older dialect, broken, or a template).
        """
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SyntaxWarning)  # "\d" in a stranger's string is not our concern
                return ast.parse(self.data, filename=self.path)
        except SyntaxError as error:
            where = f"{self._where(error.lineno)}: " if error.lineno else ""
            raise SourceError(self.path, f"does not parse: {where}{error.msg}") from error
        except (ValueError, RecursionError, MemoryError) as error:
            raise SourceError(self.path, f"does not parse: {error}") from error

    def told(self, reason: str) -> str:
        """``reason`` with each line of a notebook's program told by its cell; names in backticks stay."""
        return _LINE.sub(lambda match: self._where(int(match[1])) if match[1] else match[0], reason)

    def _where(self, line: int) -> str:
        place = self.cell_line(line)
        return f"line {line}" if place is None else f"cell {place.cell}, line {place.line}"


def read_source(file: Path, path: str) -> Source:
    """Read ``file``, known as ``path``.

    Raises:
        SourceError: it cannot be read, is too large, or its bytes do not fit its declared encoding.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise SourceError(path, f"cannot be read: {error.strerror}") from error
    return decode(data, path)


def decode(data: bytes, path: str) -> Source:
    """Make a source of ``data``; see :func:`read_source` for what is raised."""
    if path.endswith(".ipynb"):
        notebook = read_notebook(data, path)
        return Source(path, _small(notebook.program.encode(), path), "utf-8", notebook)
    _small(data, path)
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        raise SourceError(path, f"is not text in its declared encoding: {error}") from error
    return Source(path, data, encoding)


def _small(data: bytes, path: str) -> bytes:
    if len(data) > MAXIMUM_BYTES:
        raise SourceError(path, f"is too large ({len(data)} bytes; the limit is {MAXIMUM_BYTES})")
    return data
