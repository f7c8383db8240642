"""What the parts of the findings screen share: the review, the list, the diff, and the finding under the cursor."""

from __future__ import annotations

from abc import abstractmethod

from greenfix.tui.diff.view import DiffView
from greenfix.tui.findings.table import FindingsTable
from greenfix.tui.screen import StoryScreen
from greenfix.tui.session import Session


class FindingsBase(StoryScreen):
    """The findings screen without any key."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.review = session.review
        self.drawn: tuple[object, ...] = ()
        """What the story had told when the screen was drawn last."""

    def redraw(self) -> None:
        """Draw what a key changed. ``renew`` is for what the story told, and draws only what that can change."""
        self.drawn = ()
        self.renew()

    @property
    def table(self) -> FindingsTable:
        """The list."""
        return self.query_one(FindingsTable)

    @property
    def view(self) -> DiffView:
        """The diff."""
        return self.query_one(DiffView)

    @abstractmethod
    def draw_highlighted(self) -> None:
        """Draw what is said of the finding under the cursor."""
