"""The verdict screen: what the experiment showed, why the gate lets it pass or not, and the commit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from greenfix_verify.screening import Standing
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Footer, Static

from greenfix.message import count
from greenfix.outcome import Trial
from greenfix.report.verdict import energy
from greenfix.tui.bar import TitleBar
from greenfix.tui.screen import StoryScreen
from greenfix.tui.session import Stage
from greenfix.tui.verify.race import standing
from greenfix.tui.words import VERDICT_COLOURS, VERDICT_SYMBOLS, interval, p_value, percent, plain, provenance

LABELS = ("saving", "interval", "p", "blocks", "energy", "behaviour", "cost", "gate", "to settle", "evidence")


class Fact(Horizontal):
    """A name and what is known; hidden when nothing is."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.fact = name

    def compose(self) -> ComposeResult:
        """The name keeps its column, the text wraps beside it."""
        yield Static(self.fact, classes="fact-name")
        yield Static(classes="fact-text")

    def say(self, text: Content | str) -> None:
        """Show ``text``."""
        self.display = bool(text)
        self.query_one(".fact-text", Static).update(Content(text) if isinstance(text, str) else text)


class VerdictScreen(StoryScreen):
    """One sentence first, then the numbers behind it, then what can be done with it."""

    stage = Stage.VERDICT
    HELP = """\
The verdict rests on paired blocks and an exact one-sided test. Only [b]saves[/b] can become a commit, and only when the
gate's other conditions hold. The commit goes to a branch of its own: your files, index and HEAD stay as they are.
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "commit", "Commit", tooltip="Commit the patch to its branch"),
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
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Arrow keys scroll the page."""
        self.query_one("#verdict-page").focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A commit is possible only while the story asks for it."""
        if action == "commit":
            return self.session.approval is not None and self.session.question is self.session.approval
        return super().check_action(action, parameters)

    def action_commit(self) -> None:
        """Yes, commit."""
        self.session.approve()
        self.post_message(self.Moved())

    def draw(self) -> None:
        """Everything."""
        self._draw_race()
        self._draw_commit()
        trial = self.session.trial
        self.query_one("#verdict-facts").display = trial is not None
        if trial is None:
            self._draw_without_trial()
            return
        kind = trial.verdict.kind
        self.query_one("#verdict-word", Static).update(
            Content.styled(f"{VERDICT_SYMBOLS[kind]} {trial.patch.strategy}: {kind}", f"bold {VERDICT_COLOURS[kind]}")
        )
        self.query_one("#verdict-reason", Static).update(Content(trial.verdict.reason))
        for fact, text in zip(self.query(Fact), _facts(trial), strict=True):
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
        return "no commit" if self.session.approval is None else "commit"

    def _commit(self) -> Iterable[Content]:
        commit, approval = self.session.commit, self.session.approval
        if commit is not None:
            yield Content.assemble(
                ("✓ ", "bold $text-success"), f"{commit.sha[:12]} on branch ", (commit.branch, "bold")
            )
            yield Content.assemble("look at it: ", (f"git show {commit.branch}", "bold $text-accent"))
            yield Content("Your working tree, index and HEAD are as they were. q leaves.")
        elif approval is not None and self.session.ended:
            yield Content("Nothing was committed. q leaves.")
        elif approval is not None:
            asked = self.session.question is approval
            action = ("c commits to ", "bold") if asked else ("committing to ", "bold")
            yield Content.assemble(action, (approval.branch, "bold $text-accent"))
            yield Content("")
            yield Content(plain_lines(approval.message))
        else:
            yield Content("The gate did not pass, so nothing was committed. q leaves.")


def plain_lines(text: str) -> str:
    """A message without control characters, line by line."""
    return "\n".join(plain(line) for line in text.splitlines())


def _facts(trial: Trial) -> tuple[Content | str, ...]:
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
        gate,
        verdict.settle,
        str(trial.evidence_file),
    )


def _cost(trial: Trial) -> str:
    """What the experiment itself used, and when that is earned back."""
    payback = trial.evidence.payback_runs.get(trial.patch.strategy)
    earned = f"; it pays for itself after {count(payback, 'further run')}" if payback else ""
    return f"this experiment used {energy(trial.evidence.spent_joules)}{earned}"


def _row(each: Standing) -> Content:
    return Content.assemble(
        f"{percent(each.saving):>8}  {count(each.blocks, 'block'):<9}  ", (each.arm, "bold"), f"  {standing(each)}"
    )
