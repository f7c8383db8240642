"""The list of findings, drawn line by line from the review.

Textual's DataTable needs 1.8 s to take in 10,000 rows, and again at every letter of a filter; here a row costs
nothing until it is in view.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from greenfix.tui.findings.review import Entry, Review, State
from greenfix.tui.words import NOTHING, plain

SYMBOLS = {State.UNDECIDED: "·", State.ACCEPTED: "✓", State.REJECTED: "✗"}


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths of the columns, in cells, for a given width of the table."""

    state: int
    rule: int
    where: int
    confidence: int
    strategy: int
    saving: int

    @classmethod
    def fit(cls, width: int) -> Columns:
        """The path gets the room that is left, and is cut at its front: the line number matters most."""
        state, rule, confidence, saving = 3, 7, 7, 8
        strategy = 32 if width > 110 else 25 if width > 76 else 18
        where = max(8, width - state - rule - confidence - strategy - saving)
        return cls(state, rule, where, confidence, strategy, saving)


class FindingsTable(ScrollView, can_focus=True):
    """One line per finding. Posts ``Highlighted`` when the cursor stands on another one."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--header",
        "table--row",
        "table--cursor",
        "table--accepted",
        "table--rejected",
        "table--quiet",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", "Next finding", show=False),
        Binding("up", "move(-1)", "Previous finding", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("home,g", "move(-1000000000)", "First finding", show=False),
        Binding("end,G", "move(1000000000)", "Last finding", show=False),
    ]

    cursor = reactive(0, repaint=False)
    """The highlighted position among the entries shown."""

    class Highlighted(Message):
        """The cursor stands on another finding, or on none."""

    class Toggled(Message):
        """The state of the highlighted finding was clicked on."""

    def __init__(self, review: Review) -> None:
        super().__init__()
        self._review = review
        self._index: int | None = None

    @property
    def index(self) -> int | None:
        """The highlighted entry; None when nothing is shown."""
        shown = self._review.shown
        return shown[min(self.cursor, len(shown) - 1)] if shown else None

    def renew(self) -> None:
        """Draw anew after the review changed. The cursor stays on its entry when that is still shown."""
        shown = self._review.shown
        self.virtual_size = Size(0, len(shown) + 1)
        if self._index is not None and self.index != self._index and self._index in shown:
            self.cursor = shown.index(self._index)
        self.cursor = self.validate_cursor(self.cursor)
        self._tell()
        self.refresh()

    def validate_cursor(self, cursor: int) -> int:
        """Keep the cursor on an entry."""
        return max(0, min(cursor, len(self._review.shown) - 1))

    def watch_cursor(self, before: int, _: int) -> None:
        """Keep the highlighted line in view; only two lines look different now, unless the list scrolls."""
        height = self.size.height - 1
        if self.cursor < self.scroll_offset.y:
            self.scroll_to(y=self.cursor, animate=False)
        elif height > 0 and self.cursor >= self.scroll_offset.y + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False)
        self.refresh_line(1 + before)
        self.refresh_line(1 + self.cursor)
        self._tell()

    def _tell(self) -> None:
        if self.index != self._index:
            self._index = self.index
            self.post_message(self.Highlighted())

    def action_move(self, step: int) -> None:
        """Move the cursor by ``step`` lines."""
        self.cursor += step

    def action_page(self, direction: int) -> None:
        """Move the cursor by a screenful."""
        self.cursor += direction * max(1, self.size.height - 2)

    def on_click(self, event: events.Click) -> None:
        """Highlight the finding under the mouse."""
        offset = event.get_content_offset(self)
        if offset is None or offset.y < 1:
            return
        position = offset.y - 1 + self.scroll_offset.y
        if position < len(self._review.shown):
            self.cursor = position
            if offset.x < Columns.fit(self.size.width).state:
                self.post_message(self.Toggled())

    def render_line(self, y: int) -> Strip:
        """Draw the header or one finding."""
        width = self.size.width
        columns = Columns.fit(width)
        if y == 0:
            return self._header(columns, width)
        position = y - 1 + self.scroll_offset.y
        if position >= len(self._review.shown):
            return Strip.blank(width, self.visual_style.rich_style)
        index = self._review.shown[position]
        style = self.get_component_rich_style("table--cursor" if position == self.cursor else "table--row")
        return Strip(self._cells(index, columns, style)).crop_extend(0, width, style)

    def _header(self, columns: Columns, width: int) -> Strip:
        style = self.get_component_rich_style("table--header")
        names = ("", "rule", "where", "sure", "strategy", "saving")
        widths = (
            columns.state, columns.rule, columns.where, columns.confidence, columns.strategy, columns.saving,
        )  # fmt: skip
        text = "".join(_cell(name, size) for name, size in zip(names, widths, strict=True))
        return Strip([Segment(text, style)]).crop_extend(0, width, style)

    def _cells(self, index: int, columns: Columns, style: Style) -> list[Segment]:
        entry, decision = self._review.entries[index], self._review[index]
        state = Style()
        if decision.state is not State.UNDECIDED:
            state = self.get_component_rich_style(f"table--{decision.state}", partial=True)
        quiet = self.get_component_rich_style("table--quiet", partial=True)
        return [
            Segment(_cell(f" {SYMBOLS[decision.state]}", columns.state), style + state),
            Segment(_cell(entry.finding.rule, columns.rule), style),
            Segment(_cell(plain(entry.where), columns.where, front=True), style),
            Segment(_cell(entry.finding.confidence, columns.confidence), style),
            Segment(
                _cell(self._strategy(index, entry), columns.strategy),
                style + (quiet if self._review.refusal(index) else state),
            ),
            Segment(_cell(self._saving(entry), columns.saving), style),
        ]

    def _saving(self, entry: Entry) -> str:
        measured = self._review.measured.get(entry.finding.fingerprint)
        return measured.short if measured else NOTHING

    def _strategy(self, index: int, entry: Entry) -> str:
        patch = self._review.patch(index)
        if patch is None:
            return "none possible" if entry.offered else NOTHING
        if len(entry.patches) == 1:
            return patch.strategy
        return f"{patch.strategy} {self._review[index].patch + 1}/{len(entry.patches)}"


def _cell(text: str, width: int, *, front: bool = False) -> str:
    """``text`` in ``width`` cells with a space behind it; what is too long loses its end, or its front."""
    room = width - 1
    if cell_len(text) > room:
        text = f"…{text[-(room - 1) :]}" if front else f"{text[: room - 1]}…"
    return set_cell_size(text, room) + " "
