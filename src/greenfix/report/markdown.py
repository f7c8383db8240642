"""Markdown that shows any text as it is, whatever stands in a path, a program's output or a commit's message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$!@])")
_LONGEST_RUN = re.compile(r"`+")


def escaped(text: str) -> str:
    """``text`` as one line of plain words: no markup, no HTML, no mention of a person, no cell of a table ended."""
    return _escaped(" ".join(text.split()))


def prose(text: str) -> str:
    """``text`` as one line of plain words in which what stands between backticks is code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escaped(text)
    return "".join(code(part) if number % 2 else _escaped(part) for number, part in enumerate(parts))


def code(text: str) -> str:
    """``text`` in one line of code, also in a table."""
    one_line = " ".join(text.split()) or " "
    fence = "`" * (1 + max((len(run) for run in _LONGEST_RUN.findall(one_line)), default=0))
    pad = " " if one_line.startswith("`") or one_line.endswith("`") else ""
    return f"{fence}{pad}{one_line}{pad}{fence}".replace("|", "\\|")


def table(header: Sequence[str], rows: Iterable[Sequence[str]], words: int = 1) -> str:
    """A table; its cells are Markdown already. All columns but the first ``words`` hold numbers."""
    ruler = ["---" if number < words else "---:" for number in range(len(header))]
    return "".join(f"{_row(row)}\n" for row in (header, ruler, *rows))


def fenced(text: str, language: str = "") -> str:
    """A block of code that nothing in ``text`` can end."""
    fence = "`" * max(3, 1 + max((len(run) for run in _LONGEST_RUN.findall(text)), default=0))
    return f"{fence}{language}\n{text.rstrip()}\n{fence}\n"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", re.sub(r"\s+", " ", text))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
