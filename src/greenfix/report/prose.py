"""Sentences of ours as Markdown: they name code between backticks, and what they name may hold anything."""

from __future__ import annotations

from greenfix.report.markdown import code, plain


def prose(text: str) -> str:
    """``text`` as plain words in which what stands between backticks is code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return plain(text)
    return "".join(code(part) if number % 2 else _words(part) for number, part in enumerate(parts))


def _words(text: str) -> str:
    """Plain, with the blanks that part it from the code beside it."""
    before, after = (" " if edge.isspace() else "" for edge in (text[:1], text[-1:]))
    return f"{before}{plain(text)}{after}" if text.strip() else before
