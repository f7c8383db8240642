"""Leaving an experiment to the background, and the screens of one that goes on there."""

from __future__ import annotations

import fcntl
import signal
from pathlib import Path
from typing import Any

import pytest
from greenfix_codemods.finding import Choice
from textual.widgets import Input, Static

from greenfix.detached.control import Control
from greenfix.events import Belated, Followed, Following, Paused, Planned, Resumed, Reviewed, TrialEnded
from greenfix.experiment_plan import Setup
from greenfix.tui.app import ReviewApp
from greenfix.tui.dialogs import AskDialog, StoppingDialog
from greenfix.tui.findings.screen import FindingsScreen
from greenfix.tui.plan.screen import PlanScreen
from greenfix.tui.verdict.screen import VerdictScreen
from greenfix.tui.verify.screen import VerifyScreen
from tests.tui.scripted import (
    Gate,
    Scripted,
    candidates,
    concluding,
    experiment_plan,
    measuring,
    scanning,
    settle,
    trial,
    until_cancelled,
)


def shown(app: ReviewApp) -> str:
    return str(app.screen.query_one("#verify-what", Static).render())


def keys(app: ReviewApp) -> set[str]:
    return {active.binding.key for active in app.screen.active_bindings.values() if active.enabled}


@pytest.fixture
def control(tmp_path: Path) -> Control:
    """A detached experiment; nothing holds its lock."""
    (tmp_path / "lock").write_text("4711")
    return Control(tmp_path)


def following(control: Control, *, runs: bool = True) -> Following:
    return Following(4711, 1_750_000_000.0, control.folder, runs)


async def test_d_lets_the_experiment_go_on_after_a_question() -> None:
    told: list[bool] = []
    story = Scripted([*measuring(1), until_cancelled])
    app = ReviewApp(story, "repository", detach=lambda: told.append(app.front.cancel.is_set()))
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.experiment.counted == 1)
        await pilot.press("d")
        assert isinstance(app.screen, AskDialog)
        await pilot.press("n", "d", "y")
        await settle(pilot, lambda: app.session.ended or isinstance(app.screen, StoppingDialog))
    assert told == [False]  # known before the story hears that it shall stop
    assert story.cancel is not None
    assert story.cancel.is_set()


async def test_what_detaching_costs_is_said_and_a_pause_saves_it() -> None:
    app = ReviewApp(Scripted([*measuring(1), Paused(), until_cancelled]), "repository", detach=lambda: None)
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.paused)
        assert "measured again" not in app.session.detaching_costs
        app.session.paused = False
        assert "measured again" in app.session.detaching_costs


async def test_an_experiment_that_ends_during_the_question_is_not_left() -> None:
    gate, ended = Gate(), trial()
    told: list[bool] = []
    story = Scripted([*measuring(1), gate, TrialEnded(ended), concluding(ended)])
    app = ReviewApp(story, "repository", detach=lambda: told.append(True))
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.experiment.counted == 1)
        await pilot.press("d")
        dialog = app.screen
        gate.open()
        await settle(pilot, lambda: app.session.concluding)
        assert app.screen is not dialog  # the verdict has closed it
        assert isinstance(app.screen, VerdictScreen)
    assert told == []


async def test_where_nothing_can_go_on_there_is_no_key_for_it() -> None:
    app = ReviewApp(Scripted([*measuring(1), until_cancelled]), "repository")
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.experiment.counted == 1)
        assert {"d", "e"}.isdisjoint(keys(app))


async def test_closing_the_view_asks_nothing_and_says_where_it_goes_on(control: Control) -> None:
    app = ReviewApp(Scripted([following(control), *measuring(2), until_cancelled]), "repository", detach=lambda: None)
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.experiment.counted == 2)
        assert isinstance(app.screen, VerifyScreen)
        assert "in the background since" in shown(app)
        assert "d" not in keys(app)
        await pilot.press("q")
        await settle(pilot, lambda: app.session.ended)
        assert not isinstance(app.screen, AskDialog | StoppingDialog)


async def test_what_was_decided_before_stands_on_the_screens_before_it(control: Control) -> None:
    listed = candidates()
    accepted = (Choice(listed[0].finding, "clear-session-and-collect"), Choice(listed[1].finding, "clear-session"))
    planned = experiment_plan(Setup(("python", "train.py", "--name", "a b"), 17))
    steps = [
        following(control), *scanning(listed), Reviewed(listed, accepted), Planned(planned),
        *measuring(1), until_cancelled,
    ]  # fmt: skip
    app = ReviewApp(Scripted(steps), "repository")
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.experiment.counted == 1)
        assert app.session.review.choices == accepted
        await pilot.press("1")
        await settle(pilot, lambda: isinstance(app.screen, FindingsScreen))
        await pilot.press("space")
        assert app.session.review.choices == accepted
        await pilot.press("2")
        await settle(pilot, lambda: isinstance(app.screen, PlanScreen))
        assert app.screen.query_one("#plan-command", Input).value == "python train.py --name 'a b'"
        assert app.screen.query_one("#plan-blocks", Input).value == "17"
        assert str(app.screen.query_one("#plan-state", Static).render()) == "This is what is measured."


async def test_pause_and_stop_reach_the_process_in_the_background(control: Control) -> None:
    app = ReviewApp(Scripted([following(control), *measuring(1), until_cancelled]), "repository")
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.experiment.counted == 1)
        await pilot.press("p")
        await settle(pilot, lambda: control.paused)
        await pilot.press("p")
        await settle(pilot, lambda: not control.paused)
        await pilot.press("s")
        await settle(pilot, lambda: control.enough)
        assert "The verdict comes after this block" in shown(app)


async def test_what_was_wished_elsewhere_is_shown(control: Control) -> None:
    control.pause(True)
    gate = Gate()
    steps = [following(control), *measuring(1), Paused(), gate, Resumed(), until_cancelled]
    app = ReviewApp(Scripted(steps), "repository")
    async with app.run_test() as pilot:
        await settle(pilot, gate.reached.done)
        await settle(pilot, lambda: "Paused: p goes on" in shown(app))
        gate.open()
        await settle(pilot, lambda: "‖" not in shown(app))


async def test_e_ends_the_process_after_a_question(control: Control, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr("os.kill", lambda *words: sent.append(words))
    app = ReviewApp(Scripted([following(control), *measuring(1), until_cancelled]), "repository")
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.experiment.counted == 1)
        with control.lock.open() as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            await pilot.press("e", "n")
            assert sent == []
            await pilot.press("e", "y")
            await settle(pilot, lambda: sent)
        await pilot.press("e", "y")  # it has ended meanwhile: its number may be another's
        await pilot.pause()
        assert sent == [(4711, signal.SIGINT)]


async def test_time_counts_from_when_it_happened_not_from_when_it_is_shown(control: Control) -> None:
    begun, *rest = measuring(1)
    steps = [following(control), Belated(3600.0), begun, *rest, Belated(600.0), TrialEnded(trial()), until_cancelled]
    app = ReviewApp(Scripted(steps), "repository")
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.experiment.counted == 1)
        assert app.session.experiment.run_elapsed < 60
        await settle(pilot, lambda: app.session.trial)
        assert 2999 < app.session.experiment.elapsed < 3001  # it is over, however late somebody looks


async def test_a_verdict_that_was_kept_can_be_forgotten(control: Control) -> None:
    control.story.write_text("{}")
    ended = trial()
    followed = Followed(outdated="c0ffee")
    steps = [following(control, runs=False), *measuring(1), TrialEnded(ended), followed, concluding(ended)]
    app = ReviewApp(Scripted(steps), "repository")
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.concluding)
        assert "on top of c0ffee" in str(app.screen.query_one("#verdict-commit", Static).render())
        await pilot.press("f", "n")
        assert control.story.exists()
        await pilot.press("f", "y")
        await settle(pilot, lambda: app.session.ended)
    assert not control.story.exists()


async def test_what_did_not_come_to_its_end_goes_on_here_and_can_be_detached_again(control: Control) -> None:
    steps = [following(control, runs=False), Followed(unfinished=True), *measuring(1), until_cancelled]
    app = ReviewApp(Scripted(steps), "repository", detach=lambda: None)
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.experiment.counted == 1)
        assert "it goes on here" in shown(app)
        assert "d" in keys(app)
        await pilot.press("q")
        assert isinstance(app.screen, AskDialog)
