"""The verify screen: the experiment as it runs."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Footer, Log, Static

from greenfix.message import count
from greenfix.tui.bar import TitleBar
from greenfix.tui.screen import StoryScreen
from greenfix.tui.session import Session, Stage
from greenfix.tui.verify.experiment import LOG_LINES
from greenfix.tui.verify.race import RaceTable
from greenfix.tui.verify.table import BlocksTable
from greenfix.tui.words import VERDICT_COLOURS, VERDICT_SYMBOLS, clock, interval, p_value, percent, provenance


class VerifyScreen(StoryScreen):
    """What is tried, how much it needs run by run, what it saves so far, and what the program says."""

    stage = Stage.VERIFY
    HELP = """\
Each block runs the original and the patch once, in random order, each in a fresh process. The first block warms up
and does not count. The saving of a block is 1 - patch/original; "so far" is over all blocks. A number with "*" was
disturbed and does not count. CPU seconds and peak memory are given as original → patch.

Where several patches apply, they race first: all of them in the same block, and after each round the better half goes
on. The winner is then measured on fresh blocks, and only those count.

Energy is called measured only when a hardware counter said it.
"""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._experiment = session.experiment
        self._logged = 0

    def compose(self) -> ComposeResult:
        """The numbers above, the program's own words below."""
        yield TitleBar(self.session, self.stage)
        yield Static(id="verify-what")
        with Vertical(id="verify-saving"):
            yield Static(id="verify-numbers")
            yield Static(id="verify-reason")
        yield BlocksTable(id="verify-blocks", show_cursor=False)
        yield RaceTable(id="verify-race", show_cursor=False)
        yield Log(id="verify-log", max_lines=LOG_LINES)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """The stopwatch runs by itself."""
        self.query_one("#verify-log").border_title = "what the program says"
        self.query_one("#verify-saving").border_title = "saving so far"
        self.query_one(BlocksTable).focus()
        self.set_interval(1, self._draw_what)

    def on_resize(self) -> None:
        """A wider table has room for the interval."""
        self.call_after_refresh(self.renew)

    def draw(self) -> None:
        """Everything."""
        self._draw_what()
        self._draw_saving()
        self._draw_table()
        self._draw_log()

    def _draw_table(self) -> None:
        racing = self._experiment.race is not None
        blocks, race = self.query_one(BlocksTable), self.query_one(RaceTable)
        self.query_one("#verify-saving").display = blocks.display = not racing
        race.display = racing
        race.draw(self._experiment) if racing else blocks.draw(self._experiment)

    def _draw_what(self) -> None:
        self.query_one("#verify-what", Static).update(Content("\n").join(self._what()))

    def _what(self) -> Iterable[Content]:
        trial, race = self._experiment.trial, self._experiment.race
        if race is not None:
            patches = f"{len(race.patches)} patches"
            yield Content.assemble("a race of ", (patches, "bold $text-accent"), " for the place in the experiment")
            yield Content.assemble(("$ ", "dim"), race.command)
        elif trial is not None:
            fresh = " · on fresh blocks" if self.session.screening else ""
            yield Content.assemble((trial.patch.strategy, "bold $text-accent"), f" · {trial.patch.safety}{fresh}")
            yield Content.assemble(("$ ", "dim"), trial.command)
        else:
            yield Content.styled("Preparing the experiment", "bold")
            return
        yield Content(" · ").join(self._progress())
        if self.session.notice:
            yield Content.styled(self.session.notice, "$text-warning")

    def _progress(self) -> Iterable[Content]:
        experiment = self._experiment
        if not experiment.arms:
            yield Content("preparing the trees")
        elif experiment.race:
            yield Content(count(experiment.counted, "complete block"))
        else:
            yield Content(f"{experiment.counted} of at most {experiment.maximum_blocks} blocks")
        if experiment.resumed_runs:
            yield Content(f"{experiment.resumed_runs} runs from before")
        if experiment.running:
            warmup = "warm-up of " if experiment.running.warmup else ""
            yield Content.assemble("▶ ", warmup, (experiment.running.arm, "bold"), f" {clock(experiment.run_elapsed)}")
        yield Content(f"elapsed {clock(experiment.elapsed)}")
        if not self.session.ended and experiment.remaining is not None:
            yield Content(f"at most {clock(experiment.remaining)} more")

    def _draw_saving(self) -> None:
        verdict, source = self._experiment.verdict, self._experiment.provenance
        numbers = [Content("nothing yet")]
        if verdict is not None:
            style = f"bold {VERDICT_COLOURS[verdict.kind]}"
            numbers = [
                Content.styled(f"{VERDICT_SYMBOLS[verdict.kind]} {percent(verdict.saving)}", style),
                Content(f"interval {interval(verdict)}"),
                Content(f"p {p_value(verdict.p)}"),
            ]
        label = provenance(source) if source else "nothing read yet"
        self.query_one("#verify-blocks").border_title = f"energy of each run: {label}"
        self.query_one("#verify-race").border_title = f"few blocks, only to choose: {label}"
        self.query_one("#verify-numbers", Static).update(Content("   ").join(numbers))
        reason = verdict.reason if verdict else "The first block warms up; the saving shows after the next."
        self.query_one("#verify-reason", Static).update(Content(reason))

    def _draw_log(self) -> None:
        log, experiment = self.query_one(Log), self._experiment
        if experiment.logged < self._logged:
            log.clear()
            self._logged = 0
        fresh = min(experiment.logged - self._logged, len(experiment.log))
        if fresh:
            log.write_lines(list(experiment.log)[-fresh:])
        self._logged = experiment.logged
