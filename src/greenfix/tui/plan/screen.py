"""The plan screen: which program, how many blocks, and what it will take."""

from __future__ import annotations

import shlex
from typing import ClassVar

from greenfix_verify.errors import VerifyError
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Footer, Input, OptionList, Static
from textual.widgets.option_list import Option

from greenfix.device import Device, device_text
from greenfix.entrypoint import Entrypoint
from greenfix.errors import EntrypointError, GreenfixError
from greenfix.experiment_plan import ExperimentPlan, Planner, Setup
from greenfix.message import count
from greenfix.report.experiment_plan import PLAN_FACTS, plan_facts
from greenfix.tui.bar import TitleBar
from greenfix.tui.diff.view import DiffView
from greenfix.tui.facts import Fact
from greenfix.tui.screen import StoryScreen
from greenfix.tui.session import Session, Stage

FEWEST_BLOCKS, MOST_BLOCKS = 2, 100
"""As the option ``--max-blocks``."""

IDLE_SECONDS = 2.0


class PlanScreen(StoryScreen):
    """The command and the blocks can be changed; everything else follows from them."""

    stage = Stage.PLAN
    CSS_PATH = "plan.tcss"
    HELP = """\
Nothing has been run yet. The program is measured as it would be with this command, in fresh checkouts of the commit;
your own files stay as they are.

Choose one of the programs that run the changed files, or write the command yourself. Variables are kept with the
evidence: what looks like a secret is refused, and is inherited when you set it before you start greenfix. Time and
energy come from earlier runs of the same command on this machine. The same plan is printed by
[b]greenfix fix --dry-run[/b].
"""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "measure", "Measure", tooltip="Begin the experiment", id="plan.measure"),
        Binding("e", "edit('plan-command')", "Command", tooltip="Edit the command", id="plan.command"),
        Binding(
            "b",
            "edit('plan-blocks')",
            "Blocks",
            tooltip="Edit after how many blocks it ends at the latest",
            id="plan.blocks",
        ),
        Binding(
            "n",
            "edit('plan-environment')",
            "Env",
            tooltip="Edit the variables that the program gets besides those it inherits",
            id="plan.environment",
        ),
        Binding("o", "edit('plan-entrypoints')", "Programs", tooltip="Choose among the programs", id="plan.programs"),
        Binding("escape", "back", "Back", tooltip="Leave the field; else back to the review", id="plan.back"),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._planner: Planner | None = None
        self._plan: ExperimentPlan | None = None
        self._entrypoints: tuple[Entrypoint, ...] = ()
        self._refusal = ""
        self._looking = False
        """The programs are being looked for."""
        self._begins = False
        """The person wants to begin as soon as the plan is known."""

    def compose(self) -> ComposeResult:
        """What can be changed above, what follows from it below; what is tried has the rest of a tall screen."""
        yield TitleBar(self.session, self.stage)
        with VerticalScroll(id="plan-page"):
            yield Static(id="plan-state")
            with Vertical(id="plan-fields"):
                with Horizontal():
                    yield Static("command", classes="fact-name")
                    yield Input(id="plan-command", compact=True, placeholder="python train.py --epochs 3")
                with Horizontal():
                    yield Static("variables", classes="fact-name")
                    yield Input(id="plan-environment", compact=True, placeholder="KEY=VALUE, no secrets")
                with Horizontal():
                    yield Static("blocks", classes="fact-name")
                    yield Input(id="plan-blocks", compact=True, type="integer", max_length=3)
            yield OptionList(id="plan-entrypoints", compact=True)
            with Vertical(id="plan-facts"):
                for name in PLAN_FACTS:
                    yield Fact(name)
                yield Fact("now")
            yield DiffView()
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Arrow keys scroll the page."""
        self.query_one("#plan-page").focus()
        self.query_one(DiffView).border_title = "the accepted patches"
        self.query_one("#plan-entrypoints").border_title = "programs that run what is changed"
        self._watch_device()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The plan stands once it is answered."""
        if action in {"measure", "edit", "back"}:
            choosing = parameters == ("plan-entrypoints",)
            return self._open and (not choosing or len(self._entrypoints) > 1)
        return super().check_action(action, parameters)

    @property
    def _open(self) -> bool:
        return self.session.planner is not None and self.session.stage is Stage.PLAN

    def action_edit(self, field: str) -> None:
        """Go to a field."""
        self.query_one(f"#{field}").focus()

    def action_back(self) -> None:
        """Leave the field; from the page go back to the review."""
        page = self.query_one("#plan-page")
        if self.focused is not page:
            page.focus()
        else:
            self.session.back_to_review()
            self.post_message(self.Moved())

    def action_measure(self) -> None:
        """Begin, as soon as the plan for what stands in the fields is known."""
        setup = self._setup()
        if self._refusal or (setup is None and not self._looking):
            self.notify(self._refusal or "Name the program to measure first (e).", severity="warning")
        elif self._plan is not None and self._plan.setup == setup:
            self.session.measure(setup)
            self.post_message(self.Moved())
        else:
            self._begins = True

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.query_one("#plan-page").focus()

    @on(Input.Blurred)
    def _left_field(self) -> None:
        self._describe_fields()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.query_one("#plan-command", Input).value = self._entrypoints[event.option_index].text
        self.query_one("#plan-page").focus()
        self._describe_fields()

    def draw(self) -> None:
        """A new question fills the fields; else only the state is drawn."""
        if self.session.planner is not None and self.session.planner is not self._planner:
            self._begin(self.session.planner)
        elif self._planner is None and self._plan is None and self.session.plan is not None:
            self._stand(self.session.plan)
        for field in self.query(Input):
            field.disabled = not self._open
        self._draw_plan()

    def _stand(self, plan: ExperimentPlan) -> None:
        """It was decided elsewhere, or before."""
        self._plan = plan
        self.query_one("#plan-command", Input).value = shlex.join(plan.setup.words)
        self.query_one("#plan-blocks", Input).value = str(plan.setup.maximum_blocks)

    def _begin(self, planner: Planner) -> None:
        self._planner, self._plan, self._refusal = planner, None, ""
        self._entrypoints, self._looking = (), True
        self.query_one("#plan-blocks", Input).value = str(planner.maximum_blocks)
        self.query_one("#plan-environment", Input).value = shlex.join(planner.environment)
        self.query_one("#plan-page").focus()
        self._look(planner)

    @work(thread=True, group="look")
    def _look(self, planner: Planner) -> None:
        """Find the programs, then describe the likeliest."""
        try:
            first: Setup | None = planner.first
        except (EntrypointError, VerifyError) as error:
            first, refusal = None, str(error)
        else:
            refusal = ""
        try:
            found = planner.entrypoints
        except VerifyError as error:
            found, refusal = (), str(error)
        self.app.call_from_thread(self._looked, planner, first, found, refusal)

    def _looked(self, planner: Planner, first: Setup | None, found: tuple[Entrypoint, ...], refusal: str) -> None:
        if planner is not self._planner:
            return
        self._entrypoints, self._looking = found, False
        options = self.query_one("#plan-entrypoints", OptionList)
        options.clear_options()
        total = len(planner.files)
        options.add_options([Option(Content(f"{each.text}  ({_covers(each, total)}; {each.why})")) for each in found])
        words = first.words if first else found[0].words if len(found) == 1 else ()
        self.query_one("#plan-command", Input).value = shlex.join(words)
        if words:
            self._describe_fields()
        else:
            self._refuse(refusal if not found else "Several programs run what is changed: choose one (o).")
            if found:
                options.focus()
                options.highlighted = 0
        self.refresh_bindings()

    def _setup(self) -> Setup | None:
        """What stands in the fields; None when it cannot be meant."""
        try:
            words = tuple(shlex.split(self.query_one("#plan-command", Input).value))
            environment = tuple(shlex.split(self.query_one("#plan-environment", Input).value))
            blocks = int(self.query_one("#plan-blocks", Input).value)
        except ValueError:  # an open quote, or no number
            return None
        return Setup(words, blocks, environment) if words and FEWEST_BLOCKS <= blocks <= MOST_BLOCKS else None

    def _describe_fields(self) -> None:
        setup, planner = self._setup(), self._planner
        if planner is None or not self._open or (self._plan is not None and self._plan.setup == setup):
            return
        if setup is None:
            self._refuse(f"A command and {FEWEST_BLOCKS} to {MOST_BLOCKS} blocks are needed.")
            return
        self._plan, self._refusal = None, ""
        self._draw_plan()
        self._describe(planner, setup)

    @work(thread=True, exclusive=True, group="describe")
    def _describe(self, planner: Planner, setup: Setup) -> None:
        try:
            plan = planner.describe(setup)
        except (GreenfixError, VerifyError) as error:
            self.app.call_from_thread(self._refuse, str(error))
        else:
            self.app.call_from_thread(self._described, plan)

    def _described(self, plan: ExperimentPlan) -> None:
        if plan.setup != self._setup():
            return
        self._plan, self._refusal = plan, ""
        self._draw_plan()
        if self._begins and self._open:
            self._begins = False
            self.action_measure()

    def _refuse(self, why: str) -> None:
        self._plan, self._refusal, self._begins = None, why, False
        self._draw_plan()

    def _draw_plan(self) -> None:
        plan, state = self._plan, self.query_one("#plan-state", Static)
        if self._refusal:
            state.update(Content.assemble(("✗ ", "bold $text-error"), self._refusal))
        elif plan is None:
            state.update("Looking at the programs and at earlier runs ...")
        elif self._open:
            state.update(Content.assemble(("Nothing has been run yet. ", "bold"), "v begins, e changes the command."))
        else:
            state.update("This is what is measured.")
        self.query_one("#plan-entrypoints").display = self._open and len(self._entrypoints) > 1
        facts = dict(plan_facts(plan)) if plan else {}
        for fact in list(self.query(Fact))[: len(PLAN_FACTS)]:
            fact.say(facts.get(fact.fact, ""))
        self.query_one(DiffView).show(self.session.review.edits)

    @work(thread=True, group="device", exit_on_error=False)
    def _watch_device(self) -> None:
        """The idle check: what else keeps the machine busy, until the experiment begins."""
        from textual.worker import get_current_worker

        device, worker = Device(), get_current_worker()
        while not worker.cancelled_event.wait(IDLE_SECONDS) and self.session.stage in {Stage.FINDINGS, Stage.PLAN}:
            if self.session.stage is Stage.PLAN:
                self.app.call_from_thread(self._say_device, f"{device_text(device.read())}, before anything is run")

    def _say_device(self, text: str) -> None:
        self.query(Fact).last().say(text)


def _covers(each: Entrypoint, total: int) -> str:
    return "runs all of it" if len(each.runs) == total else f"runs {len(each.runs)} of {count(total, 'file')}"
