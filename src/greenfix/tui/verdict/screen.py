"""The verdict screen: what the experiment showed, why the gate lets it pass or not, and the commit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from greenfix_verify.screening import Standing
from greenfix_verify.verdict import VerdictKind
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Footer, Static

from greenfix.front import MeasureMore
from greenfix.message import count, energy_words
from greenfix.more import Further
from greenfix.outcome import Trial
from greenfix.report.quantities import energy
from greenfix.tui.bar import TitleBar
from greenfix.tui.facts import Fact
from greenfix.tui.screen import StoryScreen
from greenfix.tui.session import Stage
from greenfix.tui.verdict.more import BlocksDialog
from greenfix.tui.verify.plots import EnergyPlot, ExperimentPlot, SavingPlot
from greenfix.tui.verify.race import standing
from greenfix.tui.words import VERDICT_COLOURS, VERDICT_SYMBOLS, interval, p_value, percent, plain, provenance

LABELS = (
    "saving", "interval", "p", "blocks", "energy", "behaviour", "cost", "quality", "gate", "to settle", "evidence"
)  # fmt: skip


class VerdictScreen(StoryScreen):
    """One sentence first, then the numbers behind it, then what can be done with it."""

    stage = Stage.VERDICT
    CSS_PATH = "verdict.tcss"
    HELP = """\
The verdict rests on paired blocks and an exact one-sided test. Only [b]saves[/b] becomes a commit, and only when the
gate's other conditions hold; a commit that the gate locks needs a reason. It goes to a branch of its own: your files,
index and HEAD stay as they are.

An experiment that was ended early goes on where it was. One that came to its end has used up its error rate: measuring
more then means a new experiment on fresh blocks, with half of it.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "commit", "Commit", tooltip="Look at the commit it may become", id="verdict.commit"),
        Binding(
            "f",
            "forget",
            "Forget",
            tooltip="Forget this verdict of the background: the next `greenfix fix` begins with the findings",
            id="verdict.forget",
        ),
        Binding(
            "m", "more", "More", tooltip="Measure more blocks, as many as would probably settle it", id="verdict.more"
        ),
    ]

    def compose(self) -> ComposeResult:
        """A page that scrolls."""
        yield TitleBar(self.session, self.stage)
        with VerticalScroll(id="verdict-page"):
            yield Static(id="verdict-word")
            yield Static(id="verdict-reason")
            with Vertical(id="verdict-facts"):
                for label in LABELS:
                    yield Fact(label)
            yield Static(id="verdict-race")
            yield Static(id="verdict-commit")
            with Horizontal(id="verdict-plots"):
                yield EnergyPlot("verdict-energy")
                yield SavingPlot("verdict-savings")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Arrow keys scroll the page."""
        self.query_one("#verdict-page").focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A commit and more blocks are possible only while the story asks what becomes of the trial."""
        if action == "commit":
            return self.session.concluding
        if action == "more":
            return self.session.concluding and self._further is not None
        if action == "forget":
            return self.session.concluding and self.session.detached is not None
        return super().check_action(action, parameters)

    @property
    def _further(self) -> Further | None:
        return self.session.conclusion.further if self.session.conclusion else None

    def action_commit(self) -> None:
        """Turn to the commit."""
        self.session.turn_to_commit()
        self.post_message(self.Moved())

    def action_more(self) -> None:
        """Go on with the experiment, or after a question begin a new one."""
        further = self._further
        if further is None:
            return
        if further.fresh:
            self.app.push_screen(BlocksDialog(further), self._measure_more)
        else:
            self._measure_more(MeasureMore(further.policy, fresh=False))

    def action_forget(self) -> None:
        """Decide that nothing becomes of it."""
        self.post_message(self.EndAsked())

    def _measure_more(self, more: MeasureMore | None) -> None:
        if more is not None:
            self.session.measure_more(more)
            self.post_message(self.Moved())

    def draw(self) -> None:
        """Everything."""
        self._draw_race()
        self._draw_commit()
        trial = self.session.trial
        self.query_one("#verdict-facts").display = trial is not None
        self.query_one("#verdict-plots").visible = trial is not None
        if trial is None:
            self._draw_without_trial()
            return
        kind = trial.verdict.kind
        self.query_one("#verdict-word", Static).update(
            Content.styled(f"{VERDICT_SYMBOLS[kind]} {trial.patch.strategy}: {kind}", f"bold {VERDICT_COLOURS[kind]}")
        )
        reason = "" if kind is VerdictKind.SAVES else f" {trial.verdict.reason}"  # then the numbers below say it all
        self.query_one("#verdict-reason", Static).update(Content(_sentence(trial) + reason))
        for plot in self.query(ExperimentPlot):
            plot.draw(self.session.experiment)
        for fact, text in zip(self.query(Fact), _facts(trial, self._further), strict=True):
            fact.say(text)

    def _draw_without_trial(self) -> None:
        """The race ended it: nothing was worth an experiment, or nothing could be measured."""
        screening = self.session.screening
        failure = screening.failure if screening else ""
        word = "No verdict yet." if screening is None else "The race could not be run" if failure else "no saving"
        self.query_one("#verdict-word", Static).update(Content.styled(word, "bold"))
        reason = failure or ("No candidate of the race was worth an experiment." if screening else "")
        self.query_one("#verdict-reason", Static).update(Content(plain_lines(reason)))

    def _draw_race(self) -> None:
        box = self.query_one("#verdict-race", Static)
        standings = self.session.screening.standings if self.session.screening else ()
        box.display = bool(standings)
        box.border_title = "the race before it: few blocks, only to choose"
        box.update(Content("\n").join(_row(each) for each in standings))

    def _draw_commit(self) -> None:
        box = self.query_one("#verdict-commit", Static)
        box.update(Content("\n").join(self._commit()))
        box.border_title = self._commit_title

    @property
    def _commit_title(self) -> str:
        if self.session.commit:
            return "committed"
        return "commit" if self.session.concluding else "no commit"

    def _commit(self) -> Iterable[Content]:
        commit, asked, trial = self.session.commit, self.session.conclusion, self.session.trial
        if commit is not None:
            yield Content.assemble(f"{commit.sha[:12]} on branch ", (commit.branch, "bold"), ": 5 shows it.")
        elif asked is not None and self.session.concluding and trial is not None:
            how = "shows the commit to " if trial.passes else "shows the commit, locked, to "
            yield Content.assemble(("c ", "bold"), how, (asked.proposal.branch, "bold $text-accent"))
            yield Content(plain_lines(asked.proposal.text.splitlines()[0]))
            if outdated := self.session.outdated:
                yield Content.styled(f"on top of {outdated[:10]}: HEAD is another commit by now", "$text-warning")
        elif asked is not None and self.session.ended:
            yield Content("Nothing was committed. q leaves.")
        elif asked is not None:
            yield Content("committing ...")
        else:
            yield Content("Nothing passed the gate, so nothing was committed. q leaves.")


def _sentence(trial: Trial) -> str:
    """The verdict in plain words, before the numbers."""
    strategy, saving = trial.patch.strategy, percent(trial.verdict.saving)
    energy = energy_words(trial.verdict.provenance)
    match trial.verdict.kind:
        case VerdictKind.SAVES:
            return f"With {strategy} a run needs {saving} less {energy}."
        case VerdictKind.COSTS:
            return f"With {strategy} a run needs more {energy}: leave the code as it is."
        case VerdictKind.NO_SAVING:
            return f"With {strategy} a run needs as much energy as before: the change is not worth making."
        case VerdictKind.CHANGES_BEHAVIOUR:
            return f"With {strategy} the program computes something else."
        case VerdictKind.INCONCLUSIVE:
            return f"Nobody can tell yet whether {strategy} saves energy."
        case VerdictKind.INVALID:
            return "Nothing can be concluded: the measurement is bad."


def plain_lines(text: str) -> str:
    """A message without control characters, line by line."""
    return "\n".join(plain(line) for line in text.splitlines())


def _facts(trial: Trial, further: Further | None) -> tuple[Content | str, ...]:
    """In order of the labels."""
    verdict = trial.verdict
    gate = Content.assemble(
        ("✓ passes: ", "bold $text-success") if trial.passes else ("✗ does not pass: ", "bold $text-error"), trial.why
    )
    return (
        Content.styled(percent(verdict.saving), "bold"),
        interval(verdict),
        f"{p_value(verdict.p)} (one-sided)" if verdict.p is not None else "",
        count(verdict.blocks, "complete block"),
        provenance(verdict.provenance),
        verdict.behaviour.value,
        _cost(trial),
        _quality(trial),
        gate,
        " ".join(filter(None, (verdict.settle, _offer(further)))),
        str(trial.evidence_file),
    )


def _cost(trial: Trial) -> str:
    """What the experiment itself used, and when that is earned back."""
    payback = trial.evidence.payback_runs.get(trial.patch.strategy)
    earned = f"; it pays for itself after {count(payback, 'further run')}" if payback else ""
    return f"this experiment used {energy(trial.evidence.spent_joules)}{earned}"


def _quality(trial: Trial) -> Content | str:
    """What a careful reader should know of the measurement."""
    left = len([each for each in trial.evidence.exclusions if each.reason != "warm-up"])
    notes = [*trial.evidence.notes, *([f"{count(left, 'run')} left out, see the evidence."] if left else [])]
    return Content("\n").join(Content.assemble(("! ", "bold $text-warning"), note) for note in notes) if notes else ""


def _offer(further: Further | None) -> str:
    if further is None:
        return ""
    if further.fresh:
        return f"m measures anew: at most {count(further.blocks, 'fresh block')}."
    return f"m goes on: at most {count(further.blocks, 'more block')}."


def _row(each: Standing) -> Content:
    return Content.assemble(
        f"{percent(each.saving):>8}  {count(each.blocks, 'block'):<9}  ", (each.arm, "bold"), f"  {standing(each)}"
    )
