"""The verify screen: the experiment as it runs."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Footer, Log, Static
from textual.worker import get_current_worker

from greenfix.device import Device, device_text
from greenfix.message import count
from greenfix.report.experiment_plan import duration_text
from greenfix.tui.bar import TitleBar
from greenfix.tui.screen import StoryScreen
from greenfix.tui.session import Session, Stage
from greenfix.tui.verify.counters import explained
from greenfix.tui.verify.experiment import LOG_LINES
from greenfix.tui.verify.plots import EnergyPlot, ExperimentPlot, SavingPlot
from greenfix.tui.verify.race import RaceTable
from greenfix.tui.verify.table import BlocksTable
from greenfix.tui.words import VERDICT_COLOURS, VERDICT_SYMBOLS, clock, interval, p_value, percent, provenance

PANES = ("-blocks", "-energy", "-savings", "-log")
"""Below 100 columns one at a time; below 150 the plots take the place of the blocks."""

DEVICE_SECONDS = 2.0


class VerifyScreen(StoryScreen):
    """What is tried, how much it needs run by run, what it saves so far, and what the program says."""

    stage = Stage.VERIFY
    CSS_PATH = "verify.tcss"
    HELP = """\
Each block runs the original and the patch once, in random order, each in a fresh process. The first block warms up
and does not count. The saving of a block is 1 - patch/original; "so far" is over all blocks. A number with "*" was
disturbed and does not count. CPU seconds and peak memory are given as original → patch.

Where several patches apply, they race first: all of them in the same block, and after each round the better half goes
on. The winner is then measured on fresh blocks, and only those count.

Energy is called measured only when a hardware counter said it.

A pause (p) begins when the block is over: the arms of a block must meet the same machine. Stopping (s) ends the
experiment after the block and gives the verdict on what there is. Quitting (q) ends the running program; finished runs
are kept, and the same command goes on from there.

Detaching (d) leaves the experiment to a process of its own, which goes on without this terminal and stops at the
verdict. The same command shows it again; then q only closes the view, and e ends the experiment.
"""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (150, "-broad")]  # noqa: RUF012  # typed so
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "pause", "Pause", tooltip="Pause after this block, or go on", id="verify.pause"),
        Binding(
            "s",
            "stop",
            "Stop and keep",
            tooltip="End after this block with the verdict on what there is",
            id="verify.stop",
        ),
        Binding(
            "d",
            "detach",
            "Detach",
            tooltip="Leave, and let the experiment go on in the background",
            id="verify.detach",
        ),
        Binding("e", "end", "End", tooltip="End the experiment in the background", id="verify.end"),
        Binding("g", "pane", "Pane", tooltip="Next pane: blocks, energy, saving, log", id="verify.pane"),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._experiment = session.experiment
        self._logged = 0
        self._pane = 0
        self._device = ""

    def compose(self) -> ComposeResult:
        """The numbers above, the program's own words below."""
        yield TitleBar(self.session, self.stage)
        yield Static(id="verify-what")
        with Vertical(id="verify-saving"):
            yield Static(id="verify-numbers")
            yield Static(id="verify-reason")
            yield Static(id="verify-counters")
        with Horizontal(id="verify-panes"):
            with Vertical(id="verify-tables"):
                yield BlocksTable(id="verify-blocks", show_cursor=False)
                yield RaceTable(id="verify-race", show_cursor=False)
            with Vertical(id="verify-plots"):
                yield EnergyPlot("verify-energy")
                yield SavingPlot("verify-savings")
        yield Log(id="verify-log", max_lines=LOG_LINES)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """The stopwatch runs by itself."""
        self.query_one("#verify-log").border_title = "what the program says"
        self.query_one(BlocksTable).focus()
        self.set_interval(1, self._draw_what)
        self.add_class(PANES[0])
        self._watch_device()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What is over cannot be paused; a race has no verdict to keep."""
        measuring = self.session.measuring
        if action == "pause":
            return measuring
        if action == "detach":
            return measuring and self.session.detachable and not self.session.following
        if action == "end":
            return measuring and self.session.following
        if action == "stop":
            return measuring and self._experiment.race is None and not self.session.stopping
        return super().check_action(action, parameters)

    def action_pause(self) -> None:
        """Pause, or go on."""
        self.session.pausing = not self.session.pausing
        self.post_message(self.PauseAsked(self.session.pausing))
        self.renew()

    def action_stop(self) -> None:
        """No more blocks."""
        self.session.stopping, self.session.pausing = True, False
        self.post_message(self.EnoughAsked())
        self.renew()

    def action_detach(self) -> None:
        """Leave, and let it go on."""
        self.post_message(self.DetachAsked())

    def action_end(self) -> None:
        """End what goes on in the background."""
        self.post_message(self.EndAsked())

    def action_pane(self) -> None:
        """Show the next pane where not all of them have room."""
        self.remove_class(PANES[self._pane])
        self._pane = (self._pane + 1) % len(PANES)
        self.add_class(PANES[self._pane])

    @work(thread=True, exit_on_error=False)
    def _watch_device(self) -> None:
        """Temperature and load, beside the measurement."""
        device, worker = Device(), get_current_worker()
        while not worker.cancelled_event.wait(DEVICE_SECONDS) and not self.session.ended:
            self._device = device_text(device.read())

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
        for plot in self.query(ExperimentPlot):
            plot.draw(self._experiment)

    def _draw_what(self) -> None:
        self.say("#verify-what", Content("\n").join(self._what()))

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
        if self.session.detached is not None and self.session.following:
            since = time.strftime("%a %H:%M", time.localtime(self.session.detached.since))
            yield Content.styled(f"⇢ in the background since {since}: q only closes this view", "bold $text-accent")
        if self._device and not self.session.ended:
            yield Content.styled(self._device, "$text-muted")
        if self.session.pausing or self.session.stopping:
            yield Content.styled(self._asked, "bold $text-warning")
        if self.session.notice:
            yield Content.styled(self.session.notice, "$text-warning")

    @property
    def _asked(self) -> str:
        """What the person asked for, until it happens."""
        if self.session.stopping:
            return "■ The verdict comes after this block, at the earliest after the first that counts."
        return (
            "‖ Paused: p goes on." if self.session.paused else "‖ The pause begins after this block; p takes it back."
        )

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
        if self.session.measuring and (rest := self._rest()):
            yield Content(rest)

    def _rest(self) -> str:
        """How long it will take: from this experiment's runs, before there are any from those of earlier ones."""
        if self._experiment.remaining is not None:
            return f"at most {clock(self._experiment.remaining)} more"
        plan = self.session.plan
        return f"in all {duration_text(plan)}" if plan and plan.seconds else ""

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
        self.query_one("#verify-saving").border_title = f"saving so far: {label}"
        self.query_one("#verify-blocks").border_title = f"energy of each run: {label}"
        self.query_one("#verify-race").border_title = f"few blocks, only to choose: {label}"
        self.say("#verify-numbers", Content("   ").join(numbers))
        reason = verdict.reason if verdict else "The first block warms up; the saving shows after the next."
        self.say("#verify-reason", Content(reason))
        counters = explained(self._experiment.explained, self._experiment.candidate)
        self.say("#verify-counters", Content(counters))
        self.query_one("#verify-counters").display = bool(counters)

    def _draw_log(self) -> None:
        log, experiment = self.query_one(Log), self._experiment
        if experiment.logged < self._logged:
            log.clear()
            self._logged = 0
        fresh = min(experiment.logged - self._logged, len(experiment.log))
        if fresh:
            log.write_lines(list(experiment.log)[-fresh:])
        self._logged = experiment.logged
