"""The page of a rule: what it finds, why that leaks, examples, and what can be done."""

from __future__ import annotations

import inspect
from typing import ClassVar

from greenfix_codemods.rule import Example, Rule
from greenfix_codemods.rules import rule
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Markdown


class RulePage(ModalScreen[None]):
    """The page to read; it scrolls."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,i,enter", "dismiss", "Close"),
        Binding("j", "scroll(1)", "Down", show=False),
        Binding("k", "scroll(-1)", "Up", show=False),
    ]

    def __init__(self, code: str) -> None:
        super().__init__()
        self._code = code

    def compose(self) -> ComposeResult:
        """One text."""
        found = rule(self._code)
        with VerticalScroll(classes="dialog", id="rule-page") as box:
            box.border_title = self._code
            box.border_subtitle = "escape closes"
            yield Markdown(page(found) if found else f"There is no page for {self._code}.", open_links=False)

    def action_scroll(self, direction: int) -> None:
        """Move the text by a line."""
        self.query_one("#rule-page").scroll_relative(y=direction, animate=False)


def page(found: Rule | type[Rule]) -> str:
    """The page in Markdown."""
    strategies = [f"- **{each.name}** ({each.safety}): {each.summary}" for each in found.strategies]
    parts = [
        f"# {found.code}: {found.title}",
        inspect.getdoc(found) or "",
        *(["## What can be done", "\n".join(strategies)] if strategies else []),
        "## Examples",
        *(_example(each) for each in found.examples[:6]),
    ]
    return "\n\n".join(parts)


def _example(example: Example) -> str:
    label = f"Left alone, because {example.because}:" if example.because else "Found at the lines marked `# <-`:"
    return f"{label}\n\n```python\n{example.code.strip()}\n```"
