"""Which part of which line stands in each row of the screen: unified or split, wrapped or not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from rich.cells import cell_len, chop_cells

from greenfix.message import count
from greenfix.tui.diff.lines import DiffLine, FileDiff, Hunk, Kind


@dataclass(frozen=True, slots=True)
class Piece:
    """The characters ``start`` to ``end`` (None: to its end) of the line ``index`` of a hunk."""

    index: int
    start: int = 0
    end: int | None = None


Side = Piece | None
"""None: this side has no line here."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the screen: a ``note`` across it, or one side (unified) or two (old, new) of the hunk ``hunk``.

    ``hunk`` counts over all files; a note has that of the hunk below it.
    """

    hunk: int
    sides: tuple[Side, ...] = ()
    note: DiffLine | None = None


def rows(files: Sequence[FileDiff], *, split: bool, width: int | None) -> list[Row]:
    """Every row of the diff. With a ``width``, longer texts go on in the next row."""
    made: list[Row] = []
    number = 0
    for file in files:
        made.append(Row(number, note=DiffLine(Kind.FILE, file.path)))
        for hunk in file.hunks:
            if hunk.hidden:
                made.append(Row(number, note=_fold(hunk.hidden)))
            made.extend(Row(number, sides) for sides in _laid_out(hunk, split, width))
            number += 1
        if file.hunks and file.hidden:
            made.append(Row(number - 1, note=_fold(file.hidden)))
    return made


def _fold(hidden: int) -> DiffLine:
    return DiffLine(Kind.FOLD, count(hidden, "unchanged line"))


def _laid_out(hunk: Hunk, split: bool, width: int | None) -> Iterator[tuple[Side, ...]]:
    for indices in _paired(hunk.lines) if split else ((index,) for index in range(len(hunk.lines))):
        if width is None:
            yield tuple(None if index is None else Piece(index) for index in indices)
        else:
            pieces = [_pieces(index, hunk.lines, width) for index in indices]
            yield from zip_longest(*pieces)


def _paired(lines: Sequence[DiffLine]) -> Iterator[tuple[int | None, int | None]]:
    """Removed lines on the left, what stands in their place on the right, unchanged lines on both sides."""
    removed: list[int] = []
    added: list[int] = []
    for index, line in enumerate(lines):
        if line.kind is Kind.REMOVED:
            removed.append(index)
        elif line.kind is Kind.ADDED:
            added.append(index)
        else:
            yield from zip_longest(removed, added)
            removed, added = [], []
            yield index, index
    yield from zip_longest(removed, added)


def _pieces(index: int | None, lines: Sequence[DiffLine], width: int) -> list[Side]:
    if index is None:
        return []
    text = lines[index].text
    if len(text) * 2 <= width or cell_len(text) <= width:
        return [Piece(index)]
    pieces: list[Side] = []
    start = 0
    for part in chop_cells(text, width):
        pieces.append(Piece(index, start, start + len(part)))
        start += len(part)
    return pieces
