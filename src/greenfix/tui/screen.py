"""What the screens of the story have in common."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from greenfix.tui.bar import TitleBar
from greenfix.tui.session import Session, Stage


class StoryScreen(Screen[None]):
    """A screen of one stage. It draws what the session holds, whenever it is told to or comes back into view."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012  # Textual types it as no ClassVar

    VERTICAL_BREAKPOINTS = [(0, "-short"), (40, "-tall")]  # noqa: RUF012  # same

    stage: ClassVar[Stage]
    HELP: ClassVar[str]
    """What the screen is for, shown by ``?`` above the keys."""

    class Moved(Message):
        """The person answered the story, which goes on."""

    class PauseAsked(Message):
        """The person wants a pause, or its end."""

        def __init__(self, paused: bool) -> None:
            super().__init__()
            self.paused = paused

    class EnoughAsked(Message):
        """The person wants the verdict on the blocks so far."""

    class DetachAsked(Message):
        """The person wants to leave, and the experiment to go on."""

    class EndAsked(Message):
        """The person wants the detached experiment to end, or what it left to be forgotten."""

    def __init__(self, session: Session) -> None:
        super().__init__(id=f"{self.stage}-screen")
        self.session = session
        self._said: dict[str, Content] = {}
        self._keys: set[tuple[str, bool]] = set()

    def on_screen_resume(self) -> None:
        """What was told while another screen was shown is drawn now."""
        self.renew()

    def renew(self) -> None:
        """Draw the session anew."""
        if self.is_mounted:
            self.query_one(TitleBar).renew()
            self.draw()
            self._renew_keys()

    def say(self, selector: str, content: Content) -> None:
        """Put ``content`` into a text, if it is new: each update is a new layout of the whole screen (10 to 30 ms)."""
        if self._said.get(selector) != content:
            self._said[selector] = content
            for text in self.query(selector).results(Static):  # none, when a clock ticks while the screen is taken down
                text.update(content)

    def _renew_keys(self) -> None:
        """Draw the footer anew only when other keys work than before: it costs 35 ms."""
        keys = {(key, active.enabled) for key, active in self.active_bindings.items()}
        if keys != self._keys:
            self._keys = keys
            self.refresh_bindings()

    @abstractmethod
    def draw(self) -> None:
        """Draw the stage's own part."""
