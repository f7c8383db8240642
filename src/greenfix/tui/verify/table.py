"""The table of blocks: what each arm needed, what the block saves, and what the experiment says so far."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from greenfix_verify.run import ORIGINAL, Ending, Run
from rich.text import Text
from textual.widgets import DataTable

from greenfix.tui.verify.band import band, scale
from greenfix.tui.verify.experiment import Block, Experiment
from greenfix.tui.words import NOTHING, energy, percent

BAND = "interval of the saving so far"


class BlocksTable(DataTable[Text]):
    """One row per block, at most some thirty; only cells that changed are drawn anew."""

    COLUMNS: ClassVar[tuple[tuple[str, int], ...]] = (
        ("block", 7),
        ("original", 8),
        ("patch", 8),
        ("saving", 7),
        ("so far", 7),
        ("CPU s", 13),
        ("peak MiB", 13),
    )

    def on_mount(self) -> None:
        """The columns keep their width while numbers arrive."""
        for name, width in self.COLUMNS:
            self.add_column(Text(name, justify="right"), width=width, key=name)
        self._drawn: dict[int, tuple[str, ...]] = {}

    def draw(self, experiment: Experiment) -> None:
        """Bring the table up to date."""
        if set(self._drawn) - set(experiment.blocks):
            self.clear()
            self._drawn = {}
        self._fit_band()
        names = [key.value or "" for key in self.columns]
        for block in list(experiment.blocks.values()):
            cells = self._cells(block, experiment)
            if block.number not in self._drawn:
                self.add_row(*map(_right, cells), key=str(block.number))
                self.move_cursor(row=self.row_count - 1)
                self.call_after_refresh(self.scroll_end, animate=False)
            elif cells != self._drawn[block.number]:
                for name, cell in zip(names, cells, strict=True):
                    self.update_cell(str(block.number), name, _right(cell))
            self._drawn[block.number] = cells

    def _fit_band(self) -> None:
        """The interval has a column of its own when the table is wide."""
        room = self.size.width - sum(width + 2 for _, width in self.COLUMNS) - 4
        wide = room >= len(BAND)
        present = any(key.value == BAND for key in self.columns)
        if wide and not present:
            self.add_column(Text(BAND), width=min(room, 60), key=BAND)
            self._drawn = dict.fromkeys(self._drawn, ())
        elif present and not wide:
            self.remove_column(BAND)
            self._drawn = dict.fromkeys(self._drawn, ())

    def _cells(self, block: Block, experiment: Experiment) -> tuple[str, ...]:
        candidate = experiment.candidate
        verdict = block.verdict
        cells = (
            "warm-up" if block.warmup else str(block.number),
            _energy(block, ORIGINAL),
            _energy(block, candidate),
            "" if block.warmup else percent(block.saving(candidate)),
            percent(verdict.saving) if verdict else "",
            _both(block, candidate, lambda run: f"{run.counters.cpu_seconds:.1f}"),
            _both(block, candidate, lambda run: f"{run.counters.peak_rss_bytes / 2**20:.0f}"),
        )
        column = next((column for key, column in self.columns.items() if key.value == BAND), None)
        if column is None:
            return cells
        ends = scale([each.verdict for each in experiment.blocks.values() if each.verdict])
        return (*cells, band(verdict, ends, column.width) if verdict else "")


def _energy(block: Block, arm: str) -> str:
    run = block.runs.get(arm)
    if run is None:
        return ""
    if run.ending is not Ending.COMPLETED:
        return str(run.ending)
    mark = "*" if run.disturbed else ""
    return f"{energy(block.joules(arm))}{mark}"


def _both(block: Block, candidate: str, number: Callable[[Run], str]) -> str:
    """Original → patch, as far as they have run."""
    original, patch = block.runs.get(ORIGINAL), block.runs.get(candidate)
    if original is None and patch is None:
        return ""
    return f"{number(original) if original else NOTHING} → {number(patch) if patch else NOTHING}"


def _right(cell: str) -> Text:
    return Text(cell, justify="left" if cell.strip("│├─●┤ ") != cell else "right")
