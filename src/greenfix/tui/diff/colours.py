"""The colours of the language in a diff, found when lines come into view.

Lexing costs about 0.1 ms a line, so a hunk (a whole file may be one) is coloured in blocks. Each block is coloured by
itself: a triple-quoted string that opens above it looks like code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.content import Content

from greenfix.tui.diff.lines import DiffLine, Hunk

BLOCK = 200
"""Lines that are coloured at once: some 20 ms, so that no key waits."""


class Colours:
    """The coloured texts of some hunks, kept once they were asked for."""

    def __init__(self, hunks: Sequence[Hunk]) -> None:
        self._hunks = hunks
        self._blocks: dict[tuple[int, int], list[Content]] = {}

    def text(self, hunk: int, index: int) -> Content:
        """Line ``index`` of a hunk in colours, with what changed in it emphasised."""
        block, place = divmod(index, BLOCK)
        if (hunk, block) not in self._blocks:
            lines = self._hunks[hunk].lines[block * BLOCK : (block + 1) * BLOCK]
            self._blocks[hunk, block] = list(coloured(lines))
        return self._blocks[hunk, block][place]


def coloured(lines: Sequence[DiffLine]) -> Iterator[Content]:
    """Old and new side are coloured apart: mixed, a changed quote would spoil the rest of the hunk."""
    old = iter(_highlighted([line.text for line in lines if line.old is not None]))
    new = iter(_highlighted([line.text for line in lines if line.new is not None]))
    for line in lines:
        if line.old is not None:
            content = next(old)
        if line.new is not None:
            content = next(new)
        for start, end in line.changed:
            content = content.stylize("bold underline", start, end)
        yield content


def _highlighted(texts: Sequence[str]) -> list[Content]:
    from textual.highlight import highlight  # the lexers: the first paint, without a diff, does not wait for them

    return highlight("\n".join(texts), language="python").split("\n", allow_blank=True)[: len(texts)]
