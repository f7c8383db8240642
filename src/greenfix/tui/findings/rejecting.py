"""The window that asks why a finding is rejected and whether that is to be kept, and shows what would be written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from greenfix_codemods.finding import FileEdit, Finding
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Button, Input, RadioButton, RadioSet, Static

from greenfix.events import TreeReady
from greenfix.tui.diff.view import DiffView
from greenfix.tui.findings.keeping import KeepingError, edit_for
from greenfix.tui.findings.review import Decision, Keeping

PAUSE = 0.15
"""Seconds without a key after which the preview is made anew: it scans the file."""
_LABELS = {
    Keeping.SESSION: "nowhere: for this session only",
    Keeping.COMMENT: "in your file, as a comment that suppresses the finding",
    Keeping.BASELINE: "in the baseline: `scan` knows it, `fix` shows it rejected",
}


@dataclass(frozen=True, slots=True)
class Rejection:
    """The answer: why, how it is kept, and the edit that keeps it, which the person has seen."""

    reason: str
    keeping: Keeping
    edit: FileEdit | None


class RejectDialog(ModalScreen[Rejection | None]):
    """Asks for the reason. Nothing is written here: who asked writes what comes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel"),
        Binding("ctrl+s", "reject", "Reject"),
    ]

    def __init__(self, finding: Finding, decision: Decision, trees: TreeReady | None) -> None:
        super().__init__()
        self._finding = finding
        self._decision = decision
        self._trees = trees
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """The reason, where it is kept, what would be written, and the two answers."""
        with Vertical(classes="dialog", id="reject") as box:
            box.border_title = f"Reject {self._finding.rule} at {self._finding.place}"
            yield Input(self._decision.reason, placeholder="why it is fine as it is", id="reject-reason")
            yield Static("The reason is kept")
            with RadioSet(id="reject-keeping", compact=True):
                for keeping, label in _LABELS.items():
                    yield RadioButton(label, value=keeping is Keeping.SESSION)
            yield Static(id="reject-problem")
            yield DiffView()
            with Horizontal(classes="dialog-buttons"):
                yield Button("Cancel (esc)", id="cancel")
                yield Button("Reject (ctrl+s)", id="confirm", variant="warning")

    def on_mount(self) -> None:
        """The reason is typed first."""
        self.query_one(Input).focus()
        self._preview()

    @property
    def _keeping(self) -> Keeping:
        return list(_LABELS)[max(0, self.query_one(RadioSet).pressed_index)]

    @on(Input.Changed)
    @on(RadioSet.Changed)
    def _later(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(PAUSE, self._preview)

    def _preview(self) -> FileEdit | None:
        """Show what would be written, or why it cannot be."""
        problem, edit = "", None
        try:
            edit = edit_for(self._keeping, self._trees, self._finding, self.query_one(Input).value)
        except KeepingError as error:
            problem = f"This cannot be kept so: {error}"
        self.query_one("#reject-problem", Static).update(problem)
        self.query_one("#reject-problem").display = bool(problem)
        view = self.query_one(DiffView)
        view.show((edit,) if edit else ())
        view.display = edit is not None
        self.query_one("#confirm", Button).disabled = bool(problem)
        return edit

    @on(Input.Submitted)
    def action_reject(self) -> None:
        """Close with the answer; what could not be kept stays open and says why."""
        edit = self._preview()
        if not self.query_one("#confirm", Button).disabled:
            self.dismiss(Rejection(self.query_one(Input).value.strip(), self._keeping, edit))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """A click answers as the keys do."""
        if event.button.id == "confirm":
            self.action_reject()
        else:
            self.dismiss(None)
