"""The plots: energy of each arm by block, and the saving with the band that it has so far.

Drawn anew only when a run or a verdict has come: a plot costs some ten milliseconds, a line of the program's none.
"""

from __future__ import annotations

from collections.abc import Sequence

from greenfix_verify.run import ORIGINAL
from textual_plotext import PlotextPlot

from greenfix.tui.verify.experiment import Block, Experiment

MARKERS = ("dot", "x", "+", "*", "o")
"""Arms differ by their marker as well as by their colour."""


COLOURS = ((0, 122, 204), (30, 140, 60), (150, 90, 200), (210, 60, 60), (130, 120, 0))
"""Of the arms, the same in both plots, seen on dark and on light (3 : 1). Left to Plotext they depend on whether its
theme was set before."""
BOUNDS = (120, 120, 120)
"""One colour for both bounds of the interval, or the legend would name only one; the zero has it, too."""
SO_FAR = (200, 100, 0)

ROWS = 12
"""Rows of a plot on a screen of 40: a legend of two names takes two of them."""
MOST_TICKS = 8
"""Labelled blocks: more do not fit below a plot of 40 columns."""


class ExperimentPlot(PlotextPlot):
    """A plot that knows when the experiment has news for it."""

    TITLE = ""

    def __init__(self, id: str) -> None:  # noqa: A002  # Textual's own name
        super().__init__(id=id)
        self._drawn: tuple[object, ...] = ()

    def on_mount(self) -> None:
        """Named as the other panes are."""
        super().on_mount()
        self.border_title = self.TITLE

    def draw(self, experiment: Experiment) -> None:
        """Draw what is new. The title says whether it was measured or estimated."""
        news = (experiment.arms, len(experiment.runs), experiment.verdict)
        if news == self._drawn:
            return
        self._drawn = news
        self.border_title = f"{self.TITLE}: {experiment.provenance or 'nothing read yet'}"
        self.plt.clear_data()
        blocks = [block for block in experiment.blocks.values() if not block.warmup]
        self.plt.xticks([block.number for block in blocks[:: max(1, len(blocks) // MOST_TICKS)]])
        self.plot(blocks, experiment)
        self.refresh()

    def plot(self, blocks: list[Block], experiment: Experiment) -> None:
        """Draw the blocks that count."""
        raise NotImplementedError

    def leave_room(self, names: int, values: Sequence[float]) -> None:
        """Above what is drawn, for a legend of so many ``names``: it would hide the first blocks."""
        if names and values:
            low, high = min(values), max(values)
            self.plt.ylim(low, high + (high - low or 1.0) * names / (ROWS - names))


class EnergyPlot(ExperimentPlot):
    """Energy (J) of each arm by block."""

    TITLE = "energy by block (J)"

    def plot(self, blocks: list[Block], experiment: Experiment) -> None:
        """One series an arm."""
        arms, drawn = (ORIGINAL, *experiment.candidates), list[float]()
        for marker, colour, arm in zip(MARKERS, COLOURS, arms, strict=False):
            points = [(block.number, joules) for block in blocks if (joules := block.joules(arm)) is not None]
            if points:
                self.plt.scatter(*_columns(points), label=arm, marker=marker, color=colour)
            drawn += [joules for _, joules in points]
        self.leave_room(min(len(arms), len(MARKERS)), drawn)


class SavingPlot(ExperimentPlot):
    """Saving (%) of each block, the estimate so far, and its interval."""

    TITLE = "saving by block and so far (%)"

    def plot(self, blocks: list[Block], experiment: Experiment) -> None:
        """Lines are what is known after each block; the blocks themselves lie above them."""
        self.plt.horizontal_line(0, BOUNDS)
        drawn = [0.0]
        judged = [(block.number, block.verdict) for block in blocks if block.verdict is not None]
        lines = (("interval", "┄", "low", BOUNDS), (None, "┄", "high", BOUNDS), ("so far", "─", "saving", SO_FAR))
        for label, marker, name, colour in lines:
            ends = [(number, 100 * value) for number, each in judged if (value := getattr(each, name)) is not None]
            if ends:
                self.plt.plot(*_columns(ends), label=label, marker=marker, color=colour)
            drawn += [value for _, value in ends]
        racing = len(experiment.candidates) > 1
        for marker, colour, arm in zip(MARKERS, COLOURS[1:], experiment.candidates, strict=False):
            points = [(block.number, 100 * saving) for block in blocks if (saving := block.saving(arm)) is not None]
            if points:
                label = arm if racing else "each block"
                self.plt.scatter(*_columns(points), label=label, marker=marker, color=colour)
            drawn += [value for _, value in points]
        self.leave_room(min(len(experiment.candidates), len(MARKERS)) + (2 if judged else 0), drawn)


def _columns(points: list[tuple[int, float]]) -> tuple[list[int], list[float]]:
    return [x for x, _ in points], [y for _, y in points]
