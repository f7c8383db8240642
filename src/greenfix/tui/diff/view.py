"""The widget that shows a diff: folded, unified or side by side, lines drawn when they come into view.

Drawing is by line because a 3,000-line diff laid out at once takes seconds.
"""

from __future__ import annotations

from typing import ClassVar

from greenfix_codemods.finding import FileEdit
from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style
from textual.visual import Visual

from greenfix.tui.diff.colours import Colours
from greenfix.tui.diff.lines import CONTEXT, Comparison, DiffLine, FileDiff, Hunk, Kind
from greenfix.tui.diff.rows import Piece, Row, Side, rows

SPLIT_FROM = 100
"""Columns of the terminal from which both versions have room beside each other."""
STEPS = (0, 1, 2, 3, 5, 10, 20, 50, 100, 1_000_000)
"""Unchanged lines around each change; the last step shows whole files."""
DIVIDER = "│"


class DiffView(ScrollView, can_focus=True):
    """Shows the edits of one patch."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "diff--file",
        "diff--fold",
        "diff--kept",
        "diff--removed",
        "diff--added",
        "diff--gutter",
        "diff--absent",
    }

    def __init__(self) -> None:
        super().__init__()
        self._edits: tuple[FileEdit, ...] = ()
        self._comparisons: list[Comparison] = []
        self._step = STEPS.index(CONTEXT)
        self._wanted: bool | None = None
        self._wrap = False
        self._files: list[FileDiff] = []
        self._hunks: list[Hunk] = []
        self._colours = Colours(())
        self._rows: list[Row] = []
        self._digits = 0
        self._widest = 0
        self.hunk = 0
        """The hunk that is marked; ``J`` and ``K`` move it."""

    @property
    def split(self) -> bool:
        """Whether old and new stand beside each other: as wished, else when the terminal is wide enough."""
        return self.app.size.width >= SPLIT_FROM if self._wanted is None else self._wanted

    @property
    def text(self) -> str:
        """What is shown, unified, as plain text with its signs: for tests and for copying."""
        lines: list[DiffLine] = []
        for row in rows(self._files, split=False, width=None):
            lines += [row.note] if row.note else [self._line(row, side) for side in row.sides if side]
        return "\n".join(f"{line.kind}{line.text}" for line in lines)

    def show(self, edits: tuple[FileEdit, ...]) -> None:
        """Show ``edits`` from the top; nothing to do when they are shown already."""
        if edits != self._edits:
            self._edits = edits
            self._comparisons = [Comparison(edit) for edit in edits]
            self.hunk = 0
            self._fold()
            self.scroll_home(animate=False)

    def widen(self, step: int) -> None:
        """Show more (or with a negative step fewer) unchanged lines around each change."""
        self._step = max(0, min(self._step + step, len(STEPS) - 1))
        self._fold()
        self.hunk = min(self.hunk, max(0, len(self._hunks) - 1))
        self._reveal()

    def toggle_split(self) -> None:
        """Change between unified and side by side."""
        self._wanted = not self.split
        self._lay_out()
        self._reveal()

    def toggle_wrap(self) -> None:
        """Change between long lines that go on in the next row and those that are scrolled to."""
        self._wrap = not self._wrap
        self._lay_out()
        self._reveal()

    def go_hunk(self, step: int) -> bool:
        """Mark the next or previous hunk and bring it into view. False when there is none."""
        target = self.hunk + step
        if not 0 <= target < len(self._hunks):
            return False
        self.hunk = target
        self._caption()
        self._reveal()
        self.refresh()
        return True

    def _fold(self) -> None:
        self._files = [each.folded(STEPS[self._step]) for each in self._comparisons]
        self._hunks = [hunk for file in self._files for hunk in file.hunks]
        self._colours = Colours(self._hunks)
        lines = [line for hunk in self._hunks for line in hunk.lines]
        self._digits = len(str(max((number for line in lines for number in (line.old, line.new) if number), default=0)))
        self._widest = max((cell_len(line.text) for line in lines), default=0)
        self._lay_out()

    def _lay_out(self) -> None:
        room = self._room
        self._rows = rows(self._files, split=self.split, width=max(8, room) if self._wrap else None)
        beyond = 0 if self._wrap else max(0, self._widest - room)
        self.virtual_size = Size(self.size.width + beyond, len(self._rows))
        self._caption()
        self.refresh()

    def _reveal(self) -> None:
        """Scroll so that the marked hunk stands at the top, with the note above it."""
        if self.hunk:
            self.scroll_to(y=next(y for y, row in enumerate(self._rows) if row.hunk == self.hunk), animate=False)
        else:
            self.scroll_home(animate=False)

    def _caption(self) -> None:
        around = "whole file" if self._step == len(STEPS) - 1 else f"{STEPS[self._step]} around"
        words = [f"hunk {self.hunk + 1}/{len(self._hunks)}", around, "split" if self.split else "unified"]
        self.border_subtitle = " · ".join([*words, *(["wrapped"] if self._wrap else [])]) if self._hunks else None

    def on_resize(self) -> None:
        """Another width has other rows."""
        self._lay_out()

    def on_click(self, event: events.Click) -> None:
        """A click on what is folded away shows more of it; one on a hunk marks it."""
        offset = event.get_content_offset(self)
        y = offset.y + self.scroll_offset.y if offset else len(self._rows)
        if y >= len(self._rows):
            return
        row = self._rows[y]
        if row.note is None:
            self.go_hunk(row.hunk - self.hunk)
        elif row.note.kind is Kind.FOLD:
            self.widen(1)

    @property
    def _gutter_width(self) -> int:
        return self._digits + 4 if self.split else 2 * self._digits + 5

    @property
    def _side_width(self) -> int:
        return (self.size.width - len(DIVIDER)) // 2 if self.split else self.size.width

    @property
    def _room(self) -> int:
        """Cells for the text of a line."""
        return max(0, self._side_width - self._gutter_width)

    def _line(self, row: Row, piece: Piece) -> DiffLine:
        return self._hunks[row.hunk].lines[piece.index]

    def render_line(self, y: int) -> Strip:
        """Draw one row of the screen."""
        width, place = self.size.width, y + self.scroll_offset.y
        if place >= len(self._rows):
            return Strip.blank(width, self.visual_style.rich_style)
        row = self._rows[place]
        if row.note is not None:
            return self._note(row.note, width)
        strips = [self._side(row, side, number) for number, side in enumerate(row.sides)]
        if len(strips) == 2:
            strips.insert(1, Strip([Segment(DIVIDER, self.get_component_rich_style("diff--gutter"))]))
        return Strip.join(strips).adjust_cell_length(width, self.visual_style.rich_style)

    def _note(self, note: DiffLine, width: int) -> Strip:
        style = self.get_visual_style(f"diff--{note.kind.name.lower()}")
        text = f" {note.kind} {note.text}" if note.kind is Kind.FOLD else note.text
        return Visual.to_strips(self, Content(text), width, 1, style, pad=True)[0].crop(0, width)

    def _side(self, row: Row, side: Side, number: int) -> Strip:
        if side is None:
            return Strip.blank(self._side_width, self.get_component_rich_style("diff--absent"))
        line = self._line(row, side)
        style = self.get_visual_style(f"diff--{line.kind.name.lower()}")
        content = self._colours.text(row.hunk, side.index)[side.start : side.end]
        x = 0 if self._wrap else self.scroll_offset.x
        text = self._painted(content, style).crop_extend(x, x + self._room, style.rich_style)
        return Strip.join([self._gutter(row, side, number), text])

    def _painted(self, content: Content, style: Style) -> Strip:
        """One line of text. What Textual does for any text, wrapping and links among it, takes twice as long."""
        parts = content.render(style, end="", parse_style=self._get_style)
        return Strip([Segment(text, part.rich_style) for text, part in parts])

    def _gutter(self, row: Row, piece: Piece, number: int) -> Strip:
        line = self._line(row, piece)
        numbers = (line.old, line.new)[number : number + 1] if self.split else (line.old, line.new)
        shown = " ".join(f"{(not piece.start and each) or '':>{self._digits}}" for each in numbers)
        mark = "▌" if row.hunk == self.hunk and len(self._hunks) > 1 else " "
        component = "diff--gutter" if line.kind is Kind.KEPT else f"diff--{line.kind.name.lower()}"
        sign = " " if piece.start else line.kind
        return Strip([Segment(f"{mark}{shown} {sign} ", self.get_component_rich_style(component))])
