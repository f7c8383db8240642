"""The screens on which a person decides about an experiment: plan, pause, stop, more blocks, commit."""

from __future__ import annotations

from typing import Any

import pytest
from greenfix_verify.events import ExperimentStarted, RunFinished
from greenfix_verify.reading import Provenance
from greenfix_verify.verdict import VerdictKind
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static, TextArea

from greenfix.errors import GreenfixError
from greenfix.events import TrialEnded
from greenfix.experiment_plan import Setup
from greenfix.front import MeasureMore, Proposal
from greenfix.history import OneRun
from greenfix.outcome import Outcome
from greenfix.tui.app import PullRequest, ReviewApp
from greenfix.tui.commit.screen import CommitScreen
from greenfix.tui.findings.review import State
from greenfix.tui.findings.screen import FindingsScreen
from greenfix.tui.plan.screen import PlanScreen
from greenfix.tui.verdict.more import BlocksDialog
from greenfix.tui.verdict.screen import VerdictScreen
from greenfix.tui.verify.plots import EnergyPlot, SavingPlot
from greenfix.tui.verify.screen import VerifyScreen
from greenfix.tui.verify.table import BlocksTable
from tests.tui.scripted import (
    COMMITTED,
    MESSAGE,
    FakePlanner,
    Scripted,
    candidates,
    concluding,
    measuring,
    planning,
    reviewing,
    settle,
    trial,
    until_cancelled,
)

SIZES = [(80, 24), (120, 40), (200, 60)]


def app_of(*steps: Any, pull_request: PullRequest | None = None) -> tuple[ReviewApp, Scripted]:
    story = Scripted(steps)
    return ReviewApp(story, "repository", pull_request=pull_request), story


def text(app: ReviewApp, selector: str) -> str:
    return str(app.screen.query_one(selector, Static).render())


def page(app: ReviewApp) -> str:
    return " ".join(str(part.render()) for part in app.screen.query(Static) if part.display)


async def press(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await pilot.pause()


async def planned(pilot: Pilot[None], app: ReviewApp) -> None:
    await settle(pilot, lambda: isinstance(app.screen, PlanScreen) and app.screen._plan is not None)


async def test_the_plan_says_what_an_earlier_run_took_and_what_this_will_take() -> None:
    app, _ = app_of(planning(FakePlanner(one=OneRun(10.0, 300.0, Provenance.ESTIMATED, 6))), until_cancelled)
    async with app.run_test(size=(120, 40)) as pilot:
        await planned(pilot, app)
        shown = page(app)
    for what in (
        "5 min to 10 min", "8.40 kJ to 18.00 kJ", "6 earlier runs of the original, 10.0 s and 300.0 J (estimated) each",
        "28 to 60, if no block is disturbed", "/home/ada/repository/.venv/bin/python", "keras 3.15.0",
        "src/fold_0.py", "original, clear-session, hoist", "from block 6 on", "Some CPU, 2 threads",
    ):  # fmt: skip
        assert what in shown, what


async def test_without_an_earlier_run_time_and_energy_are_unknown() -> None:
    app, _ = app_of(planning(), until_cancelled)
    async with app.run_test() as pilot:
        await planned(pilot, app)
        assert page(app).count("unknown until the first run") == 2


@pytest.mark.parametrize("size", SIZES)
async def test_command_and_blocks_are_edited_and_measured_as_typed(size: tuple[int, int]) -> None:
    app, story = app_of(planning(), *measuring(1), until_cancelled)
    async with app.run_test(size=size) as pilot:
        await planned(pilot, app)
        await press(pilot, "e", "end", *" --epochs 3", "enter", "b", "backspace", "backspace", *"12", "enter", "v")
        await settle(pilot, lambda: isinstance(app.screen, VerifyScreen))
    assert story.answers[:1] == [Setup(("python", "train.py", "--epochs", "3"), 12)]


async def test_a_program_is_chosen_where_several_run_what_is_changed() -> None:
    app, story = app_of(planning(FakePlanner(words=())), *measuring(1), until_cancelled)
    async with app.run_test(notifications=True) as pilot:
        await settle(pilot, lambda: isinstance(app.screen, PlanScreen) and app.screen.query_one(OptionList).has_focus)
        assert "choose one (o)" in text(app, "#plan-state")
        await press(pilot, "down", "enter", "v")
        await settle(pilot, lambda: isinstance(app.screen, VerifyScreen))
    assert story.answers[:1] == [Setup(("python", "sweep.py", "--folds", "3"), 24)]


async def test_a_command_that_runs_nothing_is_refused_and_not_measured() -> None:
    app, _ = app_of(planning(), until_cancelled)
    async with app.run_test(notifications=True) as pilot:
        await planned(pilot, app)
        app.screen.query_one("#plan-command", Input).value = "python nowhere.py"
        await press(pilot, "e", "enter")
        await settle(pilot, lambda: "runs none of the files" in text(app, "#plan-state"))
        await press(pilot, "v")
        assert isinstance(app.screen, PlanScreen)


async def test_variables_are_edited_in_the_plan_and_measured_with() -> None:
    app, story = app_of(planning(FakePlanner(environment=("CUDA_VISIBLE_DEVICES=0",))), until_cancelled)
    async with app.run_test() as pilot:
        await planned(pilot, app)
        field = app.screen.query_one("#plan-environment", Input)
        assert field.value == "CUDA_VISIBLE_DEVICES=0"
        await press(pilot, "n")
        field.value = "CUDA_VISIBLE_DEVICES=1 'NAME=a b'"
        await press(pilot, "enter", "v")
        await settle(pilot, lambda: isinstance(app.screen, VerifyScreen))
    assert story.answers[:1] == [Setup(("python", "train.py"), 24, ("CUDA_VISIBLE_DEVICES=1", "NAME=a b"))]


@pytest.mark.parametrize(("variables", "said"), [("HF_TOKEN=x", "looks like a secret"), ("EPOCHS", "needs KEY=VALUE")])
async def test_variables_that_cannot_be_are_refused_in_the_plan(variables: str, said: str) -> None:
    app, _ = app_of(planning(), until_cancelled)
    async with app.run_test(notifications=True) as pilot:
        await planned(pilot, app)
        app.screen.query_one("#plan-environment", Input).value = variables
        await press(pilot, "n", "enter")
        await settle(pilot, lambda: said in text(app, "#plan-state"))
        await press(pilot, "v")
        assert isinstance(app.screen, PlanScreen)


async def test_back_from_the_plan_finds_every_decision_as_it_was() -> None:
    listed = candidates()
    app, story = app_of(reviewing(listed), planning(), reviewing(listed), planning(), until_cancelled)
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.review.open)
        await press(pilot, "space", "v")
        await planned(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: isinstance(app.screen, FindingsScreen) and app.session.review.open)
        assert app.session.review.count(State.ACCEPTED) == 1
        await press(pilot, "j", "space", "v")
        await planned(pilot, app)
    first, back, second = story.answers[:3]
    assert (len(first), back, len(second)) == (1, None, 2)


async def test_leaving_the_plan_accepts_nothing() -> None:
    app, story = app_of(reviewing(candidates()), planning(), reviewing(candidates()))
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.review.open)
        await press(pilot, "space", "v")
        await planned(pilot, app)
        await press(pilot, "q", "y")
        await settle(pilot, lambda: app.session.ended)
    assert story.answers[1:] == [None, ()]


def holding(front: Any) -> None:
    front.hold()


async def test_a_pause_begins_between_blocks_and_ends_with_the_same_key() -> None:
    app, story = app_of(*measuring(1), until_paused, holding, until_cancelled)
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.experiment.counted == 1)
        await press(pilot, "p")
        assert "The pause begins after this block" in text(app, "#verify-what") or app.session.paused
        await settle(pilot, lambda: app.session.paused)
        assert "Paused: p goes on" in text(app, "#verify-what")
        assert len(story.answers) == 1
        await press(pilot, "p")
        await settle(pilot, lambda: not app.session.paused)
        assert "‖" not in text(app, "#verify-what")


def until_paused(front: Any) -> None:
    """The story's block goes on until the person has asked for a pause."""
    while front._running.is_set() and not front.cancel.is_set():
        front.cancel.wait(0.01)


async def test_leaving_ends_a_pause() -> None:
    app, _ = app_of(*measuring(1), until_paused, holding, until_cancelled)
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.experiment.counted == 1)
        await press(pilot, "p")
        await settle(pilot, lambda: app.session.paused)
        await press(pilot, "q", "y")
        await settle(pilot, lambda: app.session.ended)


async def test_stop_and_keep_asks_for_no_more_blocks_even_out_of_a_pause() -> None:
    app, story = app_of(*measuring(1), until_paused, holding, lambda front: front.enough(), until_cancelled)
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.experiment.counted == 1)
        await press(pilot, "p")
        await settle(pilot, lambda: app.session.paused)
        await press(pilot, "s")
        await settle(pilot, lambda: len(story.answers) == 3)
        assert "The verdict comes after this block" in text(app, "#verify-what")
        assert "s" not in app.screen.active_bindings
    assert story.answers[2] is True


async def test_the_next_experiment_is_not_stopped_by_the_last_ones_key() -> None:
    ended = trial()
    app, story = app_of(
        *measuring(1), lambda front: front.stop(), concluding(ended), lambda front: front.enough(), until_cancelled
    )
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.concluding)
        await press(pilot, "c", "c")
        await settle(pilot, lambda: len(story.answers) == 3)
    assert story.answers[2] is False


async def test_one_pane_at_a_time_on_a_small_screen_and_all_on_a_large_one() -> None:
    panes = (BlocksTable, EnergyPlot, SavingPlot, "#verify-log")

    def visible(app: ReviewApp) -> list[bool]:
        return [app.screen.query_one(pane).region.height > 3 for pane in panes]

    for size, expected in (((80, 24), [True, False, False, False]), ((200, 60), [True] * 4)):
        app, _ = app_of(*measuring(3), until_cancelled)
        async with app.run_test(size=size) as pilot:
            await settle(pilot, lambda app=app: app.session.experiment.counted == 3)
            assert visible(app) == expected
            for turn in range(1, 4):
                await press(pilot, "g")
                await settle(pilot, lambda app=app: app.screen.query_one("#verify-panes").is_mounted)
                if size[0] == 80:
                    assert visible(app) == [number == turn for number in range(4)]


async def test_the_plots_are_drawn_with_their_provenance_and_the_counters_explain() -> None:
    app, _ = app_of(*measuring(6), until_cancelled)
    async with app.run_test(size=(200, 60)) as pilot:
        await settle(pilot, lambda: app.session.experiment.counted == 6)
        for plot, series in ((EnergyPlot, "clear-session"), (SavingPlot, "interval")):
            widget = app.screen.query_one(plot)
            assert str(widget.border_title).endswith(": estimated")
            assert series in str(widget.render())
        assert "CPU 34.6 s → 25.6 s (-26 %) · in the kernel 0.4 s → 0.4 s (+0 %)" in text(app, "#verify-counters")


async def test_quality_warnings_stand_beside_the_verdict() -> None:
    ended = trial()
    app, _ = app_of(TrialEnded(ended), concluding(ended))
    async with app.run_test() as pilot:
        await settle(pilot, lambda: isinstance(app.screen, VerdictScreen))
        assert "! Only estimated energy." in page(app)
        assert "! 1 run left out, see the evidence." in page(app)


async def test_more_blocks_after_the_last_one_are_a_new_experiment_with_half_the_error_rate() -> None:
    ended = trial(VerdictKind.INCONCLUSIVE, saving=0.02)
    app, story = app_of(TrialEnded(ended), concluding(ended), *measuring(1), until_cancelled)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot, lambda: app.session.concluding)
        await press(pilot, "m")
        assert isinstance(app.screen, BlocksDialog)
        assert "half of it (2.5 %)" in page(app)
        field = app.screen.query_one(Input)
        suggested = int(field.value)
        field.value = "3"
        await press(pilot, "enter")
        assert isinstance(app.screen, BlocksDialog)
        field.value = str(suggested + 1)
        await press(pilot, "enter")
        await settle(pilot, lambda: isinstance(app.screen, VerifyScreen))
    more = story.answers[0]
    assert isinstance(more, MeasureMore)
    assert more.fresh
    assert (more.policy.alpha, more.policy.maximum_blocks) == (0.025, suggested + 1)


async def test_a_settled_verdict_offers_no_more_blocks() -> None:
    ended = trial()
    app, _ = app_of(TrialEnded(ended), concluding(ended))
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.concluding)
        assert "m" not in app.screen.active_bindings


@pytest.mark.parametrize("size", SIZES)
async def test_message_and_branch_are_edited_and_the_trailers_are_not(size: tuple[int, int]) -> None:
    ended = trial()
    app, story = app_of(TrialEnded(ended), concluding(ended), COMMITTED)
    async with app.run_test(size=size) as pilot:
        await settle(pilot, lambda: app.session.concluding)
        await press(pilot, "c", "b", "end", *"-two", "enter", "e", "!", "escape")
        assert "Evidence-SHA256: 0f3a" in text(app, "#commit-trailers")
        assert "src/" not in text(app, "#commit-files")
        assert "train.py  +1 -0" in text(app, "#commit-files")
        await press(pilot, "c")
        await settle(pilot, lambda: app.session.ended)
        assert app.screen.query_one(TextArea).disabled
        assert "git show" in text(app, "#commit-result")
        assert "c" not in app.screen.active_bindings
    assert story.answers == [Proposal("greenfix/imr001-clear-session-two", f"!{MESSAGE}")]


async def test_what_does_not_pass_is_locked_until_a_reason_is_typed() -> None:
    ended = trial(VerdictKind.INCONCLUSIVE)
    app, story = app_of(TrialEnded(ended), concluding(ended), COMMITTED)
    async with app.run_test(notifications=True) as pilot:
        await settle(pilot, lambda: app.session.concluding)
        await press(pilot, "c", "c")
        assert app.session.concluding
        assert "✗ locked: the verdict is inconclusive" in text(app, "#commit-gate")
        assert "Greenfix-Gate" not in text(app, "#commit-trailers")
        await press(pilot, "r", *"I saw it", "enter")
        assert "! overridden" in text(app, "#commit-gate")
        assert "Greenfix-Gate: overridden, the verdict was inconclusive" in text(app, "#commit-trailers")
        await press(pilot, "c")
        await settle(pilot, lambda: app.session.ended)
    (proposal,) = story.answers
    assert proposal.override == "I saw it"


async def test_a_reason_is_asked_for_only_where_the_gate_is_shut() -> None:
    ended = trial()
    app, _ = app_of(TrialEnded(ended), concluding(ended))
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.concluding)
        await press(pilot, "c")
        assert not app.screen.query_one("#commit-why").display
        assert "r" not in app.screen.active_bindings


async def test_a_refused_branch_keeps_what_was_typed_and_says_why() -> None:
    ended = trial()
    app, _ = app_of(TrialEnded(ended), concluding(ended), concluding(ended, "The branch mine exists already."))
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.concluding)
        await press(pilot, "c", "c")
        await settle(pilot, lambda: "The branch mine exists already." in text(app, "#commit-result"))
        assert isinstance(app.screen, CommitScreen)
        assert "c" in app.screen.active_bindings


async def test_without_a_pull_request_function_there_is_no_key_for_it() -> None:
    ended = trial()
    app, _ = app_of(TrialEnded(ended), concluding(ended), COMMITTED)
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.concluding)
        await press(pilot, "c", "c")
        await settle(pilot, lambda: app.session.commit is not None)
        assert not {"p", "d"} & set(app.screen.active_bindings)


async def test_a_pull_request_is_shown_then_opened_for_the_commit() -> None:
    asked = []

    def opened(outcome: Outcome, dry_run: bool) -> str:
        asked.append(dry_run)
        if dry_run:
            return "would push greenfix/imr001-clear-session"
        raise GreenfixError("no token")

    ended = trial()
    app, _ = app_of(TrialEnded(ended), concluding(ended), COMMITTED, pull_request=opened)
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.concluding)
        await press(pilot, "c")
        assert "p" not in app.screen.active_bindings
        await press(pilot, "c")
        await settle(pilot, lambda: app.session.ended)
        await press(pilot, "d")
        await settle(pilot, lambda: "would push" in text(app, "#commit-result"))
        await press(pilot, "p")
        await settle(pilot, lambda: "No pull request: no token" in text(app, "#commit-result"))
    assert asked == [True, False]


async def test_an_experiment_that_goes_on_shows_the_runs_of_before() -> None:
    runs = tuple(event.run for event in measuring(2) if isinstance(event, RunFinished))
    resumed = ExperimentStarted(("original", "clear-session"), 24, len(runs), runs)
    app, _ = app_of(measuring(1)[0], resumed, until_cancelled)
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.experiment.counted == 2)
        await settle(pilot, lambda: app.screen.query_one(BlocksTable).row_count == 3)
        assert "2 of at most 24 blocks · 6 runs from before" in text(app, "#verify-what")
