"""The command log: every git and measuring command that greenfix ran, where, how it ended and how long it took."""

from __future__ import annotations

import shlex
from collections import deque
from itertools import islice
from typing import ClassVar

from greenfix_verify.events import CommandRan
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import DataTable, Static

from greenfix.tui.words import plain

KEPT = 5_000
"""Commands: an experiment of 100 blocks of ten arms runs some 8,000, of which the last ones matter."""


class CommandLog:
    """What was run, the last ``KEPT`` of it; ``ran`` counts all."""

    def __init__(self) -> None:
        self.commands: deque[CommandRan] = deque(maxlen=KEPT)
        self.ran = 0

    def add(self, command: CommandRan) -> None:
        """Take in one more."""
        self.commands.append(command)
        self.ran += 1


class CommandLogDialog(ModalScreen[None]):
    """The log as a table that grows while commands run; below it the highlighted command in full."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,at,enter", "dismiss", "Close"),
        Binding("y", "copy", "Copy the command"),
    ]

    def __init__(self, log: CommandLog) -> None:
        super().__init__()
        self._log = log
        self._shown: list[CommandRan] = []
        self._drawn = 0

    def compose(self) -> ComposeResult:
        """A table above, its row in full below."""
        with Vertical(classes="dialog", id="command-log") as box:
            box.border_title = "commands"
            box.border_subtitle = "y copies · escape closes"
            yield DataTable[Text](cursor_type="row", id="command-table")
            yield Static(id="command-detail")

    def on_mount(self) -> None:
        """The newest command is highlighted, as long as nobody moves away from it."""
        table = self._table
        for name, width in (("exit", 5), ("seconds", 8)):
            table.add_column(Text(name, justify="right"), width=width)
        table.add_column("command")
        table.focus()
        self.renew()

    @property
    def _table(self) -> DataTable[Text]:
        return self.query_one("#command-table", DataTable)

    def renew(self) -> None:
        """Add what ran since the last time."""
        table, fresh = self._table, min(self._log.ran - self._drawn, len(self._log.commands))
        at_end = table.cursor_row >= table.row_count - 1
        for command in islice(self._log.commands, len(self._log.commands) - fresh, None):
            self._shown.append(command)
            table.add_row(*_cells(command))
        self._drawn = self._log.ran
        if at_end and table.row_count:
            table.move_cursor(row=table.row_count - 1)
        self.query_one("#command-detail", Static).display = bool(self._shown)

    @on(DataTable.RowHighlighted)
    def _draw_detail(self, event: DataTable.RowHighlighted) -> None:
        command = self._shown[event.cursor_row]
        self.query_one("#command-detail", Static).update(
            Content.assemble(("in ", "dim"), f"{command.directory}\n", ("$ ", "dim"), line(command))
        )

    def action_copy(self) -> None:
        """Put the highlighted command on the clipboard."""
        if self._shown:
            self.app.copy_to_clipboard(line(self._shown[self._table.cursor_row]))
            self.notify("Copied.")


def line(command: CommandRan) -> str:
    """The command as a shell would take it."""
    return plain(shlex.join(command.words))


def _cells(command: CommandRan) -> tuple[Text, ...]:
    """Exit code with a symbol, so that a failure is not told by colour alone."""
    code = command.exit_code
    if code is None:
        ended = Text("▶", justify="right")
    else:
        sign, style = ("✓", "green") if code == 0 else ("✗", "red")
        ended = Text(f"{sign} {code}", style, justify="right")
    return ended, Text(f"{command.seconds:.2f}", justify="right"), Text(line(command), no_wrap=True)
