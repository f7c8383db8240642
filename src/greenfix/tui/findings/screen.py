"""The findings screen: decide what goes into the experiment."""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic
from typing import ClassVar

from greenfix_codemods.errors import CodemodsError
from greenfix_codemods.finding import Candidates, Finding
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Footer, Input, ProgressBar, Static

from greenfix.events import TreeReady
from greenfix.message import count
from greenfix.tui.bar import TitleBar
from greenfix.tui.dialogs import TextDialog
from greenfix.tui.diff.view import DiffView
from greenfix.tui.findings.deciding import Deciding
from greenfix.tui.findings.detail import detail
from greenfix.tui.findings.editing import Editing
from greenfix.tui.findings.moving import Moving
from greenfix.tui.findings.review import State
from greenfix.tui.findings.table import SYMBOLS, FindingsTable
from greenfix.tui.session import Session, Stage
from greenfix.tui.words import plain

SOON = 0.004
"""Seconds (s) after a key in which the cursor is painted, before anything is drawn of the finding that it came to."""
HURRY = 0.08
"""Seconds (s) between two moves below which a key is held down: the diff follows when it is released."""
REST = 0.2
"""Seconds that the cursor rests on a finding before its patches are written, while the scan still runs."""


class FindingsScreen(Editing, Moving, Deciding):  # in this order the footer begins with the decisions
    """The list, the diff of the highlighted finding, and why it smells."""

    stage = Stage.FINDINGS
    HELP = """\
Accept the findings whose patches shall be tried, choose a strategy for each, then verify: greenfix runs the program
with and without the patch and measures both. Nothing is changed in your files, unless you reject with a reason (r)
and ask for it to be kept there.

[b]·[/b] undecided   [b]✓[/b] accepted   [b]✗[/b] rejected   [b]~[/b] a saving that only the race has seen
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "verify", "Verify", tooltip="Run the experiment on what is accepted", id="findings.verify"),
        Binding("i", "rule_page", "The page of the rule", show=False, id="findings.rule"),
        Binding("E", "errors", "Files that could not be scanned", show=False, id="findings.errors"),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._following: Timer | None = None
        self._moved = 0.0
        self._counted: tuple[int | None, int] = (None, 0)
        self._titled: Content | None = None
        self._resting: Timer | None = None
        self._rested_on = ""

    def compose(self) -> ComposeResult:
        """List and why beside each other, the diff with the whole width below; one at a time on a small terminal."""
        yield TitleBar(self.session, self.stage)
        with Horizontal(id="findings-status"):
            yield Static(id="findings-count")
            yield ProgressBar(id="findings-progress", show_eta=False)
        yield Static(id="findings-panes-bar")
        with Vertical(id="findings-panes"):
            with Horizontal(id="findings-top"):
                yield FindingsTable(self.review)
                with VerticalScroll(id="findings-why", can_focus=True):
                    yield Static(id="findings-detail")
            yield DiffView()
        yield Input(placeholder="rule, path, high, accepted, confirmed, strategy …", id="findings-filter")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """The list has the keys."""
        self.query_one("#findings-filter").display = False
        self.place_panes()
        self.table.focus()

    def renew(self) -> None:
        """Draw, unless nothing changed: an experiment may tell a thousand lines a second beside the list."""
        if self._told_so_far() != self.drawn:
            super().renew()
        elif self.is_mounted:
            self._draw_progress()

    def draw(self) -> None:
        """Everything: the list, the counts, the scan's progress, the highlighted finding."""
        self.drawn = self._told_so_far()
        self.table.renew()
        self._draw_status()
        self.draw_highlighted()
        self._tell_withdrawn()

    def _told_so_far(self) -> tuple[object, ...]:
        review, scan, session = self.review, self.session.scan, self.session
        return (
            session.stage, session.ended, session.notice, session.trees, review.open, review.closed,
            len(review.entries), len(review.measured), len(review.diagnosed), scan.over, len(scan.errors),
        )  # fmt: skip

    def _draw_progress(self) -> None:
        """One line of the screen, for every file that is scanned."""
        scan = self.session.scan
        if (scan.files, scan.done) != self._counted:
            self._draw_status()

    def _draw_status(self) -> None:
        scan, bar = self.session.scan, self.query_one(ProgressBar)
        self._counted = scan.files, scan.done
        bar.display = not scan.over
        bar.update(total=scan.files or None, progress=scan.done)
        self.query_one("#findings-count", Static).update(Content(" · ").join(self._counts()), layout=False)

    def _counts(self) -> Iterable[Content]:
        review, scan = self.review, self.session.scan
        yield Content.styled(count(len(review.entries), "finding"), "bold")
        if review.query:
            yield Content.styled(f"{len(review.shown):,} shown for “{review.query}”", "$text-accent")
        for state, colour in ((State.ACCEPTED, "$text-success"), (State.REJECTED, "$text-error")):
            if number := review.count(state):
                yield Content.styled(f"{SYMBOLS[state]} {number:,} {state}", colour)
        if not review.open:
            yield Content(self._waiting())
        if scan.errors:
            yield Content.styled(f"{count(len(scan.errors), 'file')} not scanned (E)", "$text-warning")
        if self.session.notice:
            yield Content.styled(self.session.notice, "$text-warning")

    def _waiting(self) -> str:
        scan = self.session.scan
        if scan.over and self.review.entries and self.session.stage is Stage.FINDINGS and not self.session.ended:
            return "writing the patches"
        return scan.words

    def _tell_withdrawn(self) -> None:
        """Say once what was accepted during the scan and turned out to have no patch."""
        withdrawn, self.session.withdrawn = self.session.withdrawn, ()
        if withdrawn:
            places = ", ".join(self.review.entries[index].where for index in withdrawn[:3])
            more = " and others" if len(withdrawn) > 3 else ""
            self._warn(f"Undecided again, because no patch is possible: {places}{more}.")

    def draw_highlighted(self) -> None:
        """Draw soon what is said of the finding under the cursor: its diff costs more than all else that a key does."""
        if self._following is None:
            self._following = self.set_timer(SOON, self._follow)

    @on(FindingsTable.Highlighted)
    def _move_on(self) -> None:
        """The cursor came to another finding: what was not drawn yet of the one before never will be."""
        now = monotonic()
        wait, self._moved = HURRY if now - self._moved < HURRY else SOON, now
        if self._following is not None:
            self._following.stop()
        self._following = self.set_timer(wait, self._follow)

    @property
    def follows(self) -> bool:
        """Whether what is said of the highlighted finding is not drawn yet."""
        return self._following is not None

    def _follow(self) -> None:
        """Draw the panel, the diff and its title."""
        self._following = None
        index = self.table.index
        if index is None:
            self.say("#findings-detail", Content(self._nothing()))
            self.view.show(())
            self._entitle(None)
            return
        patch = self.review.patch(index)
        self.say("#findings-detail", detail(self.review, index))
        self.view.show(patch.edits if patch else ())
        self._entitle(self._title(index))
        self._rest_on(index)

    def _entitle(self, title: Content | None) -> None:
        """A title that is set paints the whole diff anew, also when it is the same."""
        if title != self._titled:
            self._titled = self.view.border_title = title

    def _title(self, index: int) -> Content:
        """State, place and strategy: all that must be known when the diff has the screen for itself."""
        entry, patch, decision = self.review.entries[index], self.review.patch(index), self.review[index]
        words = [f"{SYMBOLS[decision.state]} {entry.finding.rule} {plain(entry.where)}"]
        if patch:
            number = f" {decision.patch + 1}/{len(entry.patches)}" if len(entry.patches) > 1 else ""
            words += [f"{patch.strategy}{number}", str(patch.safety)]
        else:
            words.append("no patch is possible" if entry.offered else "the patch is being written")
        return Content(" · ".join(words))

    def _nothing(self) -> str:
        if self.review.query:
            return "No finding matches the filter. Escape clears it."
        if self.session.ended:
            return "Nothing smells here: no model is rebuilt in a loop, no tensor is kept that nobody needs. q leaves."
        return "Findings appear here while the scan runs."

    def _rest_on(self, index: int) -> None:
        """While the scan runs, write the patches of the finding that the cursor rests on."""
        entry, trees = self.review.entries[index], self.session.trees
        if entry.finding.fingerprint == self._rested_on or trees is None:
            return
        self._rested_on = entry.finding.fingerprint
        if self._resting is not None:
            self._resting.stop()
        if not entry.offered and not self.session.ended:
            self._resting = self.set_timer(REST, lambda: self._write_patches(trees, entry.finding))

    @work(thread=True, exclusive=True, group="patches")
    def _write_patches(self, trees: TreeReady, finding: Finding) -> None:
        from greenfix_codemods.scan import candidates

        try:
            (offered,) = candidates(trees.tree, [finding])
        except CodemodsError as error:  # the whole scan may still explain it, and the story itself will meet it
            self.app.call_from_thread(self._warn, f"{finding.place}: {error}")
            return
        self.app.call_from_thread(self._offered, offered)

    def _offered(self, offered: Candidates) -> None:
        if not self.review.open:
            self.review.offer(offered)
            self.redraw()

    def action_rule_page(self, code: str = "") -> None:
        """Show the page of the rule that found the highlighted finding."""
        index = self.table.index
        if code or index is not None:
            from greenfix.tui.findings.page import RulePage  # Markdown is not needed for the first paint

            self.app.push_screen(RulePage(code or self.review.entries[index or 0].finding.rule))

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
        if not self.review.open:
            self.notify("The review is not open: " + self._waiting() + ".")
        elif not self.review.choices:
            self.notify("Nothing is accepted yet: space accepts the highlighted finding.", severity="warning")
        else:
            self.session.verify()
            self.post_message(self.Moved())
