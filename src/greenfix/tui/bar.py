"""The first line of every screen: what is looked at, and where the story is."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from greenfix.tui.session import Session, Stage


class TitleBar(Horizontal):
    """``greenfix <title>`` on the left, the stages on the right, the shown one marked."""

    def __init__(self, session: Session, shown: Stage) -> None:
        super().__init__()
        self._session = session
        self._shown = shown
        self._reached = -1

    def compose(self) -> ComposeResult:
        """Two texts; the stages keep their room when the title is long."""
        yield Static(Content.assemble((" greenfix ", "bold"), self._session.title), id="bar-title")
        yield Static(id="bar-stages")

    def renew(self) -> None:
        """Mark the stages that can be looked at."""
        reached = list(Stage).index(self._session.stage)
        if reached == self._reached:
            return
        self._reached = reached
        self.query_one("#bar-stages", Static).update(
            Content(" → ").join(
                self._stage(number, stage, reachable=number - 1 <= reached) for number, stage in enumerate(Stage, 1)
            )
        )

    def _stage(self, number: int, stage: Stage, *, reachable: bool) -> Content:
        name = f"{number} {stage.capitalize()}"
        if stage is self._shown:
            return Content.styled(f"[{name}]", "bold $text-accent")
        return Content.styled(f" {name} ", "" if reachable else "dim")
