"""The table of a race: where each candidate stands, the best one first."""

from __future__ import annotations

from typing import ClassVar

from greenfix_verify.run import ORIGINAL, Run
from greenfix_verify.screening import Fate, Standing
from rich.text import Text
from textual.widgets import DataTable

from greenfix.tui.verify.experiment import Experiment
from greenfix.tui.words import NOTHING, energy, percent

FATE_SYMBOLS = {
    Fate.RUNNING: "▶",
    Fate.AHEAD: "✓",
    Fate.BEHIND: "·",
    Fate.NO_SAVING: "✗",
    Fate.CHANGES_BEHAVIOUR: "≠",
    Fate.FAILED: "!",
}


NUMBERS = ("saving", "blocks", "last run", "CPU s")


class RaceTable(DataTable[Text]):
    """One row a candidate and one for the original: at most some ten, drawn anew after each run."""

    COLUMNS: ClassVar[tuple[tuple[str, int | None], ...]] = (
        ("candidate", 22),
        ("saving", 7),
        ("blocks", 6),
        ("last run", 8),
        ("CPU s", 6),
        ("where it stands", None),
    )

    def on_mount(self) -> None:
        """The columns keep their width while numbers arrive."""
        for name, width in self.COLUMNS:
            self.add_column(Text(name, justify="right" if name in NUMBERS else "left"), width=width, key=name)

    def draw(self, experiment: Experiment) -> None:
        """Bring the table up to date."""
        self.clear()
        last = {run.arm: run for run in experiment.runs}
        self.add_row(Text(ORIGINAL, style="bold"), *_numbers("", "", last.get(ORIGINAL)), Text(""))
        for each in experiment.standings:
            numbers = _numbers(percent(each.saving), str(each.blocks), last.get(each.arm))
            self.add_row(Text(each.arm), *numbers, Text(standing(each)))


def standing(each: Standing) -> str:
    """Symbol, word and reason, on one line."""
    reason = f": {each.reason.splitlines()[0]}" if each.reason else ""
    return f"{FATE_SYMBOLS[each.fate]} {each.fate}{reason}"


def _numbers(saving: str, blocks: str, run: Run | None) -> tuple[Text, ...]:
    used = energy(run.reading.joules) if run and run.reading else NOTHING
    seconds = f"{run.counters.cpu_seconds:.1f}" if run else NOTHING
    return tuple(Text(cell, justify="right") for cell in (saving, blocks, used, seconds))
