"""Markdown for forges, from text that may hold anything: paths, commands, last lines of a program."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$!&])")


def plain(text: str) -> str:
    """``text`` as it is: no markup, no HTML, and nobody is mentioned."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split())).replace("@", "@\u200b")


def code(text: str) -> str:
    """``text`` as code within a line, whatever backticks it holds (CommonMark 6.1); safe in a table, too."""
    text = " ".join(text.split()).replace("|", "\u2758") or " "
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    gap = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{gap}{text}{gap}{fence}"


def block(text: str, language: str = "") -> str:
    """``text`` as a block of code, whatever backticks it holds."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; cells are Markdown already."""
    lines = (header, ["---"] * len(header), *rows)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def folded(summary: str, text: str) -> str:
    """``text`` that a reader can unfold."""
    return f"<details>\n<summary>{summary}</summary>\n\n{text}\n\n</details>"
