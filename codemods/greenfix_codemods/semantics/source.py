"""Reading Python files as their authors saved them: encoding cookie, BOM, line ends."""

from __future__ import annotations

import ast
import io
import tokenize
import warnings
from dataclasses import dataclass
from pathlib import Path

from greenfix_codemods.errors import SourceError
from greenfix_codemods.semantics.notebook import notebook_code

MAXIMUM_BYTES = 1_000_000
"""Larger files are data or generated: LibCST needs about 40 KiB of memory per line."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it lies on disk. ``path`` is relative to the project root, with forward slashes."""

    path: str
    data: bytes
    encoding: str

    @property
    def notebook(self) -> bool:
        """Whether ``data`` is the concatenated code of a notebook, which strategies cannot write back yet."""
        return self.path.endswith(".ipynb")

    @property
    def text(self) -> str:
        """The decoded text, line ends as they are, without the byte order mark."""
        return self.data.decode(self.encoding)

    def parse(self) -> ast.Module:
        """Return the syntax tree.

        Raises:
            SourceError: the file does not parse under this Python (Python 2, broken, or a template).
        """
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SyntaxWarning)  # "\d" in a stranger's string is not our concern
                return ast.parse(self.data, filename=self.path)
        except SyntaxError as error:
            where = f"line {error.lineno}: " if error.lineno else ""
            raise SourceError(self.path, f"does not parse: {where}{error.msg}") from error
        except (ValueError, RecursionError, MemoryError) as error:
            raise SourceError(self.path, f"does not parse: {error}") from error


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
        return Source(path, notebook_code(data, path), "utf-8")
    if len(data) > MAXIMUM_BYTES:
        raise SourceError(path, f"is too large ({len(data)} bytes; the limit is {MAXIMUM_BYTES})")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        data.decode(encoding)
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        raise SourceError(path, f"is not text in its declared encoding: {error}") from error
    return Source(path, data, encoding)
