"""What a report holds, before it has a format: text, Markdown and HTML show the same values and cannot disagree."""

from __future__ import annotations

from dataclasses import dataclass

from greenfix_verify.pairing import Pair
from greenfix_verify.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of plain words."""

    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of sentences."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with what is to be said of them."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of short texts; all columns but the first ``words`` hold numbers."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int = 1


@dataclass(frozen=True, slots=True)
class Listing:
    """Lines that stay as they are: a command, a diff."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Plot:
    """Energy of the blocks and their saving, for a format that can draw; the same numbers always stand in a table.

    ``used`` is how many of the ``pairs`` the verdict rests on: the first ones.
    """

    pairs: tuple[Pair, ...]
    used: int
    verdict: Verdict
    candidate: str


Part = Paragraph | Bullets | Facts | Table | Listing | Plot


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its parts. One that is ``folded`` is shown on demand where the format can."""

    title: str
    parts: tuple[Part, ...]
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A report: its title, and its sections in order of weight."""

    title: str
    sections: tuple[Section, ...]
