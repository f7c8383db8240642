"""The small windows over a screen: a text, a question, and the notice while the story stops."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Button, LoadingIndicator, Static


class TextDialog(ModalScreen[None]):
    """A text to read."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark,enter", "dismiss", "Close")]

    def __init__(self, title: str, text: Content) -> None:
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        """The text scrolls when it is longer than the screen."""
        with VerticalScroll(classes="dialog") as box:
            box.border_title = self._title
            box.border_subtitle = "escape closes"
            yield Static(self._text)


class AskDialog(ModalScreen[bool]):
    """A question that y and n answer. Ctrl-C once more means yes: who presses it twice wants to go."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,ctrl+c", "answer(True)", "Yes"),
        Binding("n,escape,q", "answer(False)", "No"),
    ]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """The safe answer has the focus."""
        with Vertical(classes="dialog"):
            yield Static(Content(self._question))
            with Horizontal(classes="dialog-buttons"):
                yield Button("No (n)", id="no")
                yield Button("Yes (y)", id="yes", variant="warning")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """A click answers as the keys do."""
        self.dismiss(event.button.id == "yes")

    def action_answer(self, answer: bool) -> None:  # actions take positional arguments
        """Close with the answer."""
        self.dismiss(answer)


STOPPING = "Stopping: the running program is ended and what greenfix made is removed."


class StoppingDialog(ModalScreen[None]):
    """Shown until the story has ended; nothing can be pressed any more."""

    def __init__(self, notice: str = STOPPING) -> None:
        super().__init__()
        self._notice = notice

    def compose(self) -> ComposeResult:
        """A notice that moves, so that nobody thinks it hangs."""
        with Vertical(classes="dialog"):
            yield Static(Content(self._notice))
            yield LoadingIndicator()


GENERAL = ("scroll_", "page_", "screen.", "app.")
"""Actions that every Textual program has: help that lists them hides our own."""


def is_ours(binding: Binding) -> bool:
    """Whether a person needs to be told of ``binding``."""
    return bool(binding.description) and not binding.system and not binding.action.startswith(GENERAL)


def help_text(screen: Screen[None], about: str) -> Content:
    """``about`` and every key that works on ``screen`` now, the screen's own first."""
    keys: dict[str, list[str]] = {}
    for active in sorted(screen.active_bindings.values(), key=lambda active: active.node is not screen):
        if active.enabled and is_ours(active.binding):
            name = screen.app.get_key_display(active.binding)
            shown = keys.setdefault(active.tooltip or active.binding.description, [])
            if name not in shown:
                shown.append(name)
    lines = [
        Content.assemble((f"{', '.join(names):>12}", "bold $text-accent"), f"  {what}") for what, names in keys.items()
    ]
    return Content("\n").join([Content.from_markup(_unwrapped(about)), Content(""), *lines])


def _unwrapped(text: str) -> str:
    """Paragraphs as one line each: the window wraps them to its own width."""
    return "\n\n".join(paragraph.replace("\n", " ") for paragraph in text.strip().split("\n\n"))
