"""The keys that decide: accept, reject, choose a strategy, take back."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType

from greenfix.message import count
from greenfix.tui.findings.base import FindingsBase
from greenfix.tui.findings.keeping import KeepingError, write
from greenfix.tui.findings.review import Keeping, State, Step
from greenfix.tui.findings.table import FindingsTable

if TYPE_CHECKING:
    from greenfix.tui.findings.rejecting import Rejection


class Deciding(FindingsBase):
    """Decisions on one finding or on all shown; each is one step that ``z`` takes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "accept", "Accept", id="findings.accept"),
        Binding("x", "reject", "Reject", id="findings.reject"),
        Binding("r", "reject_because", "Reject with a reason, and keep it", show=False, id="findings.reason"),
        Binding("t", "turn(1)", "Strategy", tooltip="Next strategy for this finding", id="findings.next-strategy"),
        Binding("T", "turn(-1)", "Previous strategy", show=False, id="findings.previous-strategy"),
        Binding("a", "accept_shown", "Accept all shown", show=False, id="findings.accept-shown"),
        Binding("X", "reject_shown", "Reject all shown", show=False, id="findings.reject-shown"),
        Binding("z", "undo", "Undo", id="findings.undo"),
        Binding("Z", "redo", "Redo", show=False, id="findings.redo"),
    ]

    def _warn(self, message: str, title: str = "") -> None:
        self.notify(message, title=title, severity="warning", markup=False)

    @on(FindingsTable.Toggled)
    def action_accept(self) -> None:
        """Accept the highlighted finding, or make it undecided again."""
        index = self.table.index
        if index is None:
            return
        if self.review[index].state is State.ACCEPTED:
            self.review.reconsider(index)
        elif self.review.accept([index]):
            where = self.review.entries[index].where
            self._warn(f"{where}: {self.review.refusal(index)}", "Cannot be accepted")
        self.redraw()

    def action_reject(self) -> None:
        """Reject the highlighted finding for this session, or make it undecided again."""
        index = self.table.index
        if index is None:
            return
        if self.review[index].state is not State.REJECTED:
            self.review.reject([index])
        elif self.review[index].keeping is Keeping.SESSION:
            self.review.reconsider(index)
        else:
            self._warn(f"The rejection is kept {self.review[index].keeping}. Undo (z) takes it back there.")
        self.redraw()

    def action_reject_because(self) -> None:
        """Ask for the reason, and where it is kept."""
        index = self.table.index
        if index is None or self.review.closed:
            return
        from greenfix.tui.findings.rejecting import RejectDialog  # its widgets are not needed for the first paint

        fingerprint = self.review.entries[index].finding.fingerprint
        dialog = RejectDialog(self.review.entries[index].finding, self.review[index], self.session.trees)
        self.app.push_screen(dialog, lambda answer: self._rejected(fingerprint, answer) if answer else None)

    def _rejected(self, fingerprint: str, answer: Rejection) -> None:
        """Write what keeps the reason, then reject. The scan may have moved the finding meanwhile."""
        index = self.review.index_of(fingerprint)
        if index is None:
            return
        try:
            root = self.session.trees.root if self.session.trees else None
            written = write(answer.edit, root) if answer.edit and root else None
        except KeepingError as error:
            self._warn(f"Nothing was written, nothing was rejected: {error}.")
            return
        self.review.reject([index], answer.reason, answer.keeping, written)
        if written:
            self.notify(f"{written.file.name} is written in your tree, not committed. Undo (z) takes it back.")
        self.redraw()

    def action_accept_shown(self) -> None:
        """Accept all that the filter shows."""
        if refused := self.review.accept(self.review.shown):
            self._warn(f"{count(len(refused), 'finding')} cannot be accepted: no patch is possible.")
        self.redraw()

    def action_reject_shown(self) -> None:
        """Reject all that the filter shows."""
        self.review.reject(
            index for index in self.review.shown if self.review[index].state is not State.REJECTED
        )  # a reason that is kept stays
        self.redraw()

    def action_turn(self, step: int) -> None:
        """Choose another strategy for the highlighted finding."""
        index = self.table.index
        if index is None:
            return
        entry = self.review.entries[index]
        if not entry.offered:
            self.notify("The strategies are not known yet: the scan is running.")
        elif len(entry.patches) < 2:
            self.notify("There is no other strategy for this finding.")
        self.review.turn(index, step)
        self.redraw()

    def action_undo(self) -> None:
        """Take the last decision back, and with it the file that it wrote."""
        self._travelled(self.review.undo(), back=True)

    def action_redo(self) -> None:
        """Make the decision that was taken back again."""
        self._travelled(self.review.redo(), back=False)

    def _travelled(self, step: Step | None, *, back: bool) -> None:
        if step is None:
            self.notify("Nothing to undo." if back else "Nothing to redo.")
        elif step.written:
            problem = step.written.undo() if back else step.written.redo()
            if problem:
                self._warn(f"{problem}.")
            else:
                self.notify(f"{step.written.file.name} is as it was {'before' if back else 'after'}.")
        self.redraw()
