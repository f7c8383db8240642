"""Files that Python 3 does not parse, though their authors ran them.

Python 2; scripts with lines of IPython's; notebooks with a cell that never ran, or that is indented as a whole.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from greenfix_codemods.errors import SourceError
from greenfix_codemods.semantics.ipython import ipython_lines
from greenfix_codemods.semantics.notebook import Notebook
from greenfix_codemods.semantics.python2 import in_python3
from greenfix_codemods.semantics.source import Source

_NAME = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Translated:
    """What a file means in Python 3, line for line.

    Attributes:
        tree: the syntax tree. Lines are right, columns may be off.
        dialect: what the file is written in, in words.
        left_out: what of it is no code in any dialect, and why; empty when nothing is.
        unread: the names that stand in what is left out.
    """

    tree: ast.Module
    dialect: str
    left_out: str = ""
    unread: frozenset[str] = frozenset()


def translated(source: Source) -> Translated | None:
    """``source`` in Python 3; None when it is broken in every dialect."""
    for code, dialect in _translations(source):
        if isinstance(tree := _parsed(source, code), ast.Module):
            return Translated(tree, dialect)
    return None if source.cells is None else _whole_cells(source, source.cells)


def _translations(source: Source) -> Iterator[tuple[bytes, str]]:
    plain = source.data if source.notebook else _without_ipython(source)
    if plain != source.data:
        yield plain, "a script for IPython"
    for code in dict.fromkeys((source.data, plain)):
        if (modern := in_python3(code)) is not None:
            yield modern, "Python 2"


def _parsed(source: Source, code: bytes) -> ast.Module | SourceError:
    try:
        return replace(source, data=code).parse()
    except SourceError as error:
        return error


def _without_ipython(source: Source) -> bytes:
    lines = source.text.splitlines(keepends=True)
    for index, instead in ipython_lines(lines):
        lines[index] = instead + lines[index][len(lines[index].rstrip("\r\n")) :]
    return "".join(lines).encode(source.encoding)


def _whole_cells(source: Source, notebook: Notebook) -> Translated | None:
    """The cells that can be parsed, one by one as IPython runs them."""
    codes: list[bytes] = []
    errors: list[str] = []
    unread: set[str] = set()
    for part in notebook.parts:
        above = b"\n" * sum(code.count(b"\n") for code in codes)
        tried = {code: _parsed(source, above + code) for code in _readings(part)}
        readable = [code for code, tree in tried.items() if isinstance(tree, ast.Module)]
        codes += readable[:1] or [b"\n" * part.count("\n")]
        errors += [] if readable else [error.message for error in tried.values() if isinstance(error, SourceError)][:1]
        unread |= set() if readable else set(_NAME.findall(part))
    tree = _parsed(source, b"".join(codes))
    if not isinstance(tree, ast.Module) or len(errors) == len(codes):
        return None
    left_out = f"{errors[0]}; the other cells are scanned" if errors else ""
    return Translated(tree, "a notebook whose cells do not parse together", left_out, frozenset(unread))


def _readings(part: str) -> Iterator[bytes]:
    """A cell as it stands, without the indentation of its first line (IPython takes it away), as Python 2."""
    margin = part[: len(part) - len(part.lstrip(" \t"))]
    dedented = "".join(line.removeprefix(margin) for line in part.splitlines(keepends=True)).encode()
    yield from dict.fromkeys((part.encode(), dedented))
    if (modern := in_python3(dedented)) is not None:
        yield modern
