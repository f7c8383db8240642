"""The keys that move: between findings, files, hunks and panes, and through what the list shows."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, Static

from greenfix.tui.findings.base import FindingsBase
from greenfix.tui.findings.review import State

PANES = {"list": "FindingsTable", "diff": "DiffView", "why": "#findings-why"}
NARROW, SHORT = 100, 40
"""Columns and rows below which (both) one pane has the whole screen."""


class Moving(FindingsBase):
    """Where the cursor stands, and which pane has the room."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", key_display="/", id="findings.filter"),
        Binding("escape", "back", "Clear the filter, or back to the list", show=False, id="findings.back"),
        Binding("j", "finding(1)", "Next finding", show=False, id="findings.next"),
        Binding("k", "finding(-1)", "Previous finding", show=False, id="findings.previous"),
        Binding("u", "undecided", "Next undecided finding", show=False, id="findings.next-undecided"),
        Binding("n", "file(1)", "Next file", show=False, id="findings.next-file"),
        Binding("p", "file(-1)", "Previous file", show=False, id="findings.previous-file"),
        Binding("J", "hunk(1)", "Next hunk", show=False, id="diff.next-hunk"),
        Binding("K", "hunk(-1)", "Previous hunk", show=False, id="diff.previous-hunk"),
        Binding("left_curly_bracket", "context(-1)", "Less context in the diff", key_display="{", show=False,
                id="diff.less-context"),
        Binding("right_curly_bracket", "context(1)", "More context in the diff", key_display="}", show=False,
                id="diff.more-context"),
        Binding("s", "split", "Diff side by side or unified", show=False, id="diff.split"),
        Binding("w", "wrap", "Wrap long lines of the diff", show=False, id="diff.wrap"),
        Binding("tab", "pane(1)", "Next pane: list, diff, why", show=False, id="findings.next-pane"),
        Binding("shift+tab", "pane(-1)", "Previous pane", show=False, id="findings.previous-pane"),
        Binding("enter", "show_pane('diff')", "Look at the diff", show=False, id="findings.look"),
        Binding("f", "zoom", "This pane only, or all", show=False, id="findings.zoom"),
    ]  # fmt: skip

    _pane = "list"
    _zoomed = False

    def place_panes(self) -> None:
        """Show all panes, or only the current one where there is no room for more."""
        size = self.app.size
        one = self._zoomed or (size.width < NARROW and size.height < SHORT)
        for name, selector in PANES.items():
            self.query_one(selector).display = not one or name == self._pane
        self.query_one("#findings-top").display = not one or self._pane != "diff"
        self.set_class(one, "-one")
        bar = self.query_one("#findings-panes-bar", Static)
        bar.display = one
        bar.update(Content.from_markup(" ".join(self._tab(name) for name in PANES)))

    def _tab(self, name: str) -> str:
        shown = f"[b $text-accent]\\[{name}][/]" if name == self._pane else f" {name} "
        return f"[@click=screen.show_pane('{name}')]{shown}[/]"

    def on_resize(self, event: events.Resize) -> None:
        """Another size may have room for more panes, or for fewer."""
        self.place_panes()

    @on(events.DescendantFocus)
    def _focused(self) -> None:
        for name, selector in PANES.items():
            if self.focused is self.query_one(selector) and name != self._pane:
                self._pane = name
                self.place_panes()

    def action_show_pane(self, name: str) -> None:
        """Show a pane and give it the keys."""
        self._pane = name
        self.place_panes()
        self.query_one(PANES[name]).focus()

    def action_pane(self, step: int) -> None:
        """Go to the next or previous pane."""
        names = list(PANES)
        self.action_show_pane(names[(names.index(self._pane) + step) % len(names)])

    def action_zoom(self) -> None:
        """Give the current pane all the room, or take it back."""
        self._zoomed = not self._zoomed
        self.place_panes()

    def action_finding(self, step: int) -> None:
        """Move to the next or previous finding, whichever pane has the keys."""
        self.table.action_move(step)

    def action_undecided(self) -> None:
        """Move to the next finding without a decision, from the beginning after the last."""
        shown, here = self.review.shown, self.table.cursor
        for at in [*range(here + 1, len(shown)), *range(min(here + 1, len(shown)))]:
            if self.review[shown[at]].state is State.UNDECIDED:
                self.table.cursor = at
                return
        self.notify("Every finding shown is decided.")

    def action_file(self, direction: int) -> None:
        """Move to the first finding of the next file, or of the one before."""
        shown, entries = self.review.shown, self.review.entries
        if not shown:
            return
        here = entries[shown[self.table.cursor]].finding.path
        positions = range(self.table.cursor, len(shown)) if direction > 0 else range(self.table.cursor, -1, -1)
        target = next((at for at in positions if entries[shown[at]].finding.path != here), None)
        if target is None:
            return
        path = entries[shown[target]].finding.path
        while target > 0 and entries[shown[target - 1]].finding.path == path:
            target -= 1
        self.table.cursor = target

    def action_hunk(self, step: int) -> None:
        """Bring the next or previous hunk of the diff into view."""
        if not self.view.go_hunk(step):
            self.notify("This is the last hunk." if step > 0 else "This is the first hunk.")

    def action_context(self, step: int) -> None:
        """Show more or fewer unchanged lines in the diff."""
        self.view.widen(step)

    def action_split(self) -> None:
        """Old and new beside each other, or below each other."""
        self.view.toggle_split()

    def action_wrap(self) -> None:
        """Long lines go on in the next row, or are scrolled to."""
        self.view.toggle_wrap()

    def action_filter(self) -> None:
        """Type a filter."""
        box = self.query_one(Input)
        box.display = True
        box.border_subtitle = "enter: to the list · escape: show all"
        box.focus()

    def action_back(self) -> None:
        """From another pane back to the list; there, show everything again."""
        box = self.query_one(Input)
        if self._pane == "list" or box.has_focus:
            box.value = ""
            box.display = False
            self.review.filter("")
        self.action_show_pane("list")
        self.redraw()

    @on(Input.Changed, "#findings-filter")
    def _filter(self, event: Input.Changed) -> None:
        self.review.filter(event.value)
        self.redraw()

    @on(Input.Submitted, "#findings-filter")
    def _filtered(self) -> None:
        self.query_one(Input).display = bool(self.review.query)
        self.action_show_pane("list")
