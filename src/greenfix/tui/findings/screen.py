"""The findings screen: decide what goes into the experiment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Footer, Input, ProgressBar, Static

from greenfix.message import count
from greenfix.tui.bar import TitleBar
from greenfix.tui.dialogs import TextDialog
from greenfix.tui.diff import DiffView
from greenfix.tui.findings.detail import detail
from greenfix.tui.findings.review import State
from greenfix.tui.findings.table import FindingsTable
from greenfix.tui.screen import StoryScreen
from greenfix.tui.session import Session, Stage


class FindingsScreen(StoryScreen):
    """The list, the diff of the highlighted finding, and why it smells."""

    stage = Stage.FINDINGS
    HELP = """\
Accept the findings whose patches shall be tried, choose a strategy for each, then verify: greenfix runs the program
with and without the patch and measures both. Nothing is changed in your files.

[b]·[/b] undecided   [b]✓[/b] accepted   [b]✗[/b] rejected
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "accept", "Accept"),
        Binding("x", "reject", "Reject"),
        Binding("t", "turn(1)", "Strategy", tooltip="Next strategy for this finding"),
        Binding("T", "turn(-1)", "Previous strategy", show=False),
        Binding("v,enter", "verify", "Verify", key_display="v", tooltip="Run the experiment on what is accepted"),
        Binding("a", "accept_shown", "Accept all shown", show=False),
        Binding("X", "reject_shown", "Reject all shown", show=False),
        Binding("z", "undo", "Undo"),
        Binding("Z", "redo", "Redo", show=False),
        Binding("slash", "filter", "Filter", key_display="/"),
        Binding("escape", "clear_filter", "Clear the filter", show=False),
        Binding("n", "file(1)", "Next file", show=False),
        Binding("p", "file(-1)", "Previous file", show=False),
        Binding("left_curly_bracket", "context(-1)", "Less context in the diff", key_display="{", show=False),
        Binding("right_curly_bracket", "context(1)", "More context in the diff", key_display="}", show=False),
        Binding("e", "errors", "Files that could not be scanned", show=False),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._review = session.review

    def compose(self) -> ComposeResult:
        """List and why on the left, diff on the right; under 100 columns all below each other."""
        yield TitleBar(self.session, self.stage)
        with Horizontal(id="findings-status"):
            yield Static(id="findings-count")
            yield ProgressBar(id="findings-progress", show_eta=False)
        with Horizontal(id="findings-panes"):
            with Vertical(id="findings-left"):
                yield FindingsTable(self._review)
                with VerticalScroll(id="findings-why", can_focus=True):
                    yield Static(id="findings-detail")
            yield DiffView()
        yield Input(placeholder="rule, path, high, accepted, strategy …", id="findings-filter")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """The list has the keys."""
        self.query_one("#findings-filter").display = False
        self._table.focus()

    @property
    def _table(self) -> FindingsTable:
        return self.query_one(FindingsTable)

    def draw(self) -> None:
        """Everything: the list, the counts, the scan's progress, the highlighted finding."""
        self._table.renew()
        self._draw_status()
        self._draw_highlighted()

    def _draw_status(self) -> None:
        scan, bar = self.session.scan, self.query_one(ProgressBar)
        bar.display = not scan.over
        bar.update(total=scan.files or None, progress=scan.done)
        self.query_one("#findings-count", Static).update(Content(" · ").join(self._counts()))

    def _counts(self) -> Iterable[Content]:
        review, scan = self._review, self.session.scan
        yield Content.styled(count(len(review.entries), "finding"), "bold")
        if review.query:
            yield Content.styled(f"{len(review.shown):,} shown for “{review.query}”", "$text-accent")
        for state, colour in ((State.ACCEPTED, "$text-success"), (State.REJECTED, "$text-error")):
            if number := review.count(state):
                yield Content.styled(f"{number:,} {state}", colour)
        if not review.open:
            yield Content(self._waiting())
        if scan.errors:
            yield Content.styled(f"{count(len(scan.errors), 'file')} not scanned (e)", "$text-warning")
        if self.session.notice:
            yield Content.styled(self.session.notice, "$text-warning")

    def _waiting(self) -> str:
        scan = self.session.scan
        if scan.over and self._review.entries and self.session.stage is Stage.FINDINGS and not self.session.ended:
            return "writing the patches"
        return scan.words

    @on(FindingsTable.Highlighted)
    def _draw_highlighted(self) -> None:
        index = self._table.index
        panel, view = self.query_one("#findings-detail", Static), self.query_one(DiffView)
        if index is None:
            panel.update(self._nothing())
            view.show(())
            view.border_title = None
            return
        entry, patch = self._review.entries[index], self._review.patch(index)
        panel.update(detail(entry, patch))
        view.show(patch.edits if patch else ())
        view.border_title = f"{patch.strategy} · {patch.safety}" if patch else None

    def _nothing(self) -> str:
        if self._review.query:
            return "No finding matches the filter. Escape clears it."
        if self.session.ended:
            return "Nothing smells here: no model is rebuilt in a loop, no tensor is kept that nobody needs. q leaves."
        return "Findings appear here while the scan runs."

    def action_accept(self) -> None:
        """Accept the highlighted finding, or make it undecided again."""
        index = self._table.index
        if index is None:
            return
        if self._review[index].state is State.ACCEPTED:
            self._review.reconsider(index)
        elif self._review.accept([index]):
            self._refuse(index)
        self.renew()

    def _refuse(self, index: int) -> None:
        where = self._review.entries[index].where
        self.notify(
            f"{where}: {self._review.refusal(index)}", title="Cannot be accepted", severity="warning", markup=False
        )

    def action_reject(self) -> None:
        """Reject the highlighted finding, or make it undecided again."""
        index = self._table.index
        if index is None:
            return
        if self._review[index].state is State.REJECTED:
            self._review.reconsider(index)
        else:
            self._review.reject([index])
        self.renew()

    def action_accept_shown(self) -> None:
        """Accept all that the filter shows."""
        refused = self._review.accept(self._review.shown)
        if refused:
            self.notify(
                f"{count(len(refused), 'finding')} cannot be accepted: no patch is possible.",
                severity="warning",
            )
        self.renew()

    def action_reject_shown(self) -> None:
        """Reject all that the filter shows."""
        self._review.reject(self._review.shown)
        self.renew()

    def action_turn(self, step: int) -> None:
        """Choose another strategy for the highlighted finding."""
        index = self._table.index
        if index is None:
            return
        if len(self._review.entries[index].patches) < 2:
            self.notify("There is no other strategy for this finding.")
        self._review.turn(index, step)
        self.renew()

    def action_undo(self) -> None:
        """Take the last decision back."""
        if not self._review.undo():
            self.notify("Nothing to undo.")
        self.renew()

    def action_redo(self) -> None:
        """Make the decision that was taken back again."""
        if not self._review.redo():
            self.notify("Nothing to redo.")
        self.renew()

    def action_file(self, direction: int) -> None:
        """Move to the first finding of the next file, or of the one before."""
        shown, entries = self._review.shown, self._review.entries
        if not shown:
            return
        here = entries[shown[self._table.cursor]].finding.path
        positions = range(self._table.cursor, len(shown)) if direction > 0 else range(self._table.cursor, -1, -1)
        target = next((at for at in positions if entries[shown[at]].finding.path != here), None)
        if target is None:
            return
        path = entries[shown[target]].finding.path
        while target > 0 and entries[shown[target - 1]].finding.path == path:
            target -= 1
        self._table.cursor = target

    def action_context(self, step: int) -> None:
        """Show more or fewer unchanged lines in the diff."""
        self.query_one(DiffView).widen(step)

    def action_filter(self) -> None:
        """Type a filter."""
        box = self.query_one(Input)
        box.display = True
        box.focus()

    def action_clear_filter(self) -> None:
        """Show everything again."""
        box = self.query_one(Input)
        box.value = ""
        box.display = False
        self._review.filter("")
        self._table.focus()
        self.renew()

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        self._review.filter(event.value)
        self.renew()

    @on(Input.Submitted)
    def _filtered(self) -> None:
        self.query_one(Input).display = bool(self._review.query)
        self._table.focus()

    def action_errors(self) -> None:
        """List the files that could not be scanned."""
        errors = self.session.scan.errors
        if not errors:
            self.notify("Every file could be scanned.")
            return
        text = Content("\n").join(Content(f"{error.path}: {error.message}") for error in errors)
        self.app.push_screen(TextDialog(count(len(errors), "file") + " not scanned", text))

    def action_verify(self) -> None:
        """Run the experiment on what is accepted."""
        if not self._review.open:
            self.notify("The review is not open: " + self._waiting() + ".")
        elif not self._review.choices:
            self.notify("Nothing is accepted yet: space accepts the highlighted finding.", severity="warning")
        else:
            self.session.verify()
            self.post_message(self.Moved())
