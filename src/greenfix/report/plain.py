"""A document as plain text for a terminal, a log or an e-mail."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from greenfix.report.document import Bullets, Document, Facts, Listing, Paragraph, Part, Plot, Section, Table

_WIDTH = 100


def as_plain(document: Document) -> str:
    """All sections, folded ones too; tables are as wide as they need to be."""
    return f"{document.title}\n{'=' * len(document.title)}\n" + "".join(map(_section, document.sections))


def _section(section: Section) -> str:
    body = "\n\n".join("\n".join(_lines(part)) for part in section.parts if not isinstance(part, Plot))
    return f"\n{section.title}\n{'-' * len(section.title)}\n{body}\n"


def _lines(part: Part) -> Iterator[str]:
    match part:
        case Paragraph(text):
            yield from textwrap.wrap(text, _WIDTH)
        case Bullets(items):
            for item in items:
                yield from textwrap.wrap(item, _WIDTH, initial_indent="- ", subsequent_indent="  ")
        case Facts(rows):
            width = max(len(name) for name, _ in rows)
            yield from (f"{name:<{width}}  {text}" for name, text in rows)
        case Table(header, rows, words):
            yield from _table((header, *rows), words)
        case Listing(text):
            yield from text.splitlines()


def _table(rows: Sequence[tuple[str, ...]], words: int) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            cell.ljust(width) if number < words else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(cells).rstrip()
