"""The question how many blocks a new experiment may take."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.validation import Integer
from textual.widgets import Input, Static

from greenfix.front import MeasureMore
from greenfix.more import MOST_BLOCKS, Further


class BlocksDialog(ModalScreen[MeasureMore | None]):
    """Says what measuring more means here, and takes the number of blocks: at first as many as would settle it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Close")]

    def __init__(self, further: Further) -> None:
        super().__init__()
        self._further = further

    def compose(self) -> ComposeResult:
        """Enter begins."""
        further = self._further
        fewest = math.ceil(-math.log2(further.policy.alpha))
        with Vertical(classes="dialog") as box:
            box.border_title = "measure more"
            box.border_subtitle = "enter begins, escape closes"
            yield Static(
                Content(
                    "This experiment has used up its error rate, so measuring more means a new one on fresh blocks, "
                    f"with half of it ({100 * further.policy.alpha:g} %). The commit message will name both. "
                    f"At this scatter {further.blocks} blocks would probably settle it ({fewest} to {MOST_BLOCKS} are "
                    "possible)."
                )
            )
            yield Input(str(further.blocks), type="integer", validators=[Integer(fewest, MOST_BLOCKS)], max_length=3)

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        if event.validation_result is not None and event.validation_result.is_valid:
            policy = replace(self._further.policy, maximum_blocks=int(event.value))
            self.dismiss(MeasureMore(policy, fresh=True))
