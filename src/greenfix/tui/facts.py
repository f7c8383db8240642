"""A name and what is known: the rows of the plan and the verdict."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static


class Fact(Horizontal):
    """A name and what is known; hidden when nothing is."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.fact = name
        self.display = False
        self._text = Static(classes="fact-text")

    def compose(self) -> ComposeResult:
        """The name keeps its column, the text wraps beside it."""
        yield Static(self.fact, classes="fact-name")
        yield self._text

    def say(self, text: Content | str) -> None:
        """Show ``text``."""
        self.display = bool(text)
        self._text.update(Content(text) if isinstance(text, str) else text)
