"""The screens driven by keys, on a story told by hand."""

from __future__ import annotations

import signal
from typing import Any

import pytest
from greenfix_verify.events import RunOutput
from greenfix_verify.screening import Fate
from greenfix_verify.verdict import VerdictKind
from textual.color import Color
from textual.pilot import Pilot
from textual.widgets import Log, Static

from greenfix.errors import GreenfixError
from greenfix.events import DirtyTree, TrialEnded
from greenfix.experiment_plan import Setup
from greenfix.front import Proposal
from greenfix.outcome import Outcome
from greenfix.tui.app import ReviewApp
from greenfix.tui.commit.screen import CommitScreen
from greenfix.tui.dialogs import AskDialog, StoppingDialog, TextDialog
from greenfix.tui.diff.view import DiffView
from greenfix.tui.findings.review import State
from greenfix.tui.findings.screen import FindingsScreen
from greenfix.tui.findings.table import FindingsTable
from greenfix.tui.plan.screen import PlanScreen
from greenfix.tui.session import Stage
from greenfix.tui.verdict.screen import VerdictScreen
from greenfix.tui.verify.race import RaceTable
from greenfix.tui.verify.screen import VerifyScreen
from greenfix.tui.verify.table import BlocksTable
from tests.tui.scripted import (
    MESSAGE,
    RESULT,
    Gate,
    Scripted,
    candidates,
    concluding,
    drawn,
    failing,
    measuring,
    racing,
    reviewing,
    scanning,
    settle,
    trial,
    until_cancelled,
    whole_story,
)

SIZES = [(80, 24), (120, 40), (200, 60)]


def app_of(*steps: Any, **keywords: Any) -> tuple[ReviewApp, Scripted]:
    story = Scripted(steps, **keywords)
    return ReviewApp(story, "repository"), story


def text(app: ReviewApp, selector: str) -> str:
    return str(app.screen.query_one(selector, Static).render())


async def press(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await drawn(pilot)


async def review_open(pilot: Pilot[None], app: ReviewApp) -> None:
    await settle(pilot, lambda: app.session.review.open and len(app.screen.query_one(FindingsTable)._review.shown) > 0)


async def planned(pilot: Pilot[None], app: ReviewApp) -> None:
    await settle(pilot, lambda: isinstance(app.screen, PlanScreen) and app.screen._plan is not None)


@pytest.mark.parametrize("size", SIZES)
async def test_from_the_scan_to_the_commit(size: tuple[int, int]) -> None:
    app, story = app_of(*whole_story())
    async with app.run_test(size=size) as pilot:
        await review_open(pilot, app)
        await press(pilot, "space", "v")
        await planned(pilot, app)
        await press(pilot, "v")
        await settle(pilot, lambda: app.session.concluding)
        assert isinstance(app.screen, VerdictScreen)
        assert "greenfix/imr001-clear-session" in text(app, "#verdict-commit")
        assert MESSAGE.splitlines()[0] in text(app, "#verdict-commit")
        await press(pilot, "c")
        assert isinstance(app.screen, CommitScreen)
        await press(pilot, "c")
        await settle(pilot, lambda: app.session.ended)
        assert "git show greenfix/imr001-clear-session" in text(app, "#commit-result")
        await press(pilot, "q")
    choices, setup, proposal = story.answers
    assert [(choice.finding.path, choice.strategy) for choice in choices] == [("src/fold_0.py", "clear-session")]
    assert setup == Setup(("python", "train.py"), 24)
    assert proposal == Proposal("greenfix/imr001-clear-session", MESSAGE)
    assert app.outcome == Outcome(RESULT)


@pytest.mark.parametrize("size", SIZES[1:])
async def test_every_pane_of_the_findings_is_on_the_screen(size: tuple[int, int]) -> None:
    app, _ = app_of(*scanning(candidates()), reviewing(candidates()))
    async with app.run_test(size=size) as pilot:
        await review_open(pilot, app)
        for pane in ("FindingsTable", "#findings-why", "DiffView"):
            region = app.screen.query_one(pane).region
            assert region.height >= 5, pane
            assert region.right <= size[0], pane
            assert region.bottom <= size[1] - 1, pane


async def test_the_diff_and_the_reason_follow_the_cursor_and_the_strategy() -> None:
    app, _ = app_of(reviewing(candidates()))
    async with app.run_test(size=(120, 40)) as pilot:
        await review_open(pilot, app)
        view = app.screen.query_one(DiffView)
        assert "+        tf.keras.backend.clear_session()" in view.text
        assert "gc.collect()" not in view.text
        await press(pilot, "t")
        assert "+        gc.collect()" in view.text
        await press(pilot, "T", "j", "j")
        assert view.text == ""
        assert "hoist-compile, because the model's width changes" in text(app, "#findings-detail")
        await press(pilot, "k", "k", "left_curly_bracket")
        assert "11 unchanged" not in view.text
        assert "14 unchanged lines" in view.text


async def test_what_cannot_be_accepted_says_why() -> None:
    app, _ = app_of(reviewing(candidates()))
    async with app.run_test(notifications=True) as pilot:
        await review_open(pilot, app)
        await press(pilot, "j", "j", "space")
        assert app.session.review.count(State.ACCEPTED) == 0
        (notice,) = app._notifications
        assert (
            notice.message == "src/fold_1.py:18: hoist-compile is withheld: the model's width changes from pass to pass"
        )


async def test_verify_with_nothing_accepted_says_so_and_stays() -> None:
    app, _ = app_of(reviewing(candidates()))
    async with app.run_test(notifications=True) as pilot:
        await review_open(pilot, app)
        await press(pilot, "x", "v")
        assert [notice.message[:27] for notice in app._notifications] == ["Nothing is accepted yet: sp"]
        assert isinstance(app.screen, FindingsScreen)


async def test_decisions_are_undone_and_redone() -> None:
    app, _ = app_of(reviewing(candidates()))
    async with app.run_test() as pilot:
        await review_open(pilot, app)
        review = app.session.review
        await press(pilot, "a")
        assert review.count(State.ACCEPTED) == 3
        await press(pilot, "X")
        assert review.count(State.REJECTED) == 4
        await press(pilot, "z")
        assert review.count(State.ACCEPTED) == 3
        await press(pilot, "z")
        assert review.count(State.UNDECIDED) == 4
        await press(pilot, "Z", "Z")
        assert review.count(State.REJECTED) == 4


async def test_a_filter_narrows_what_all_shown_means_and_escape_ends_it() -> None:
    app, _ = app_of(reviewing(candidates()))
    async with app.run_test() as pilot:
        await review_open(pilot, app)
        await press(pilot, "slash", *"utr", "enter", "a")
        assert "2 shown for “utr”" in text(app, "#findings-count")
        assert app.session.review.count(State.ACCEPTED) == 2
        await press(pilot, "escape")
        assert len(app.session.review.shown) == 4
        assert app.screen.query_one(FindingsTable).index == 1


async def test_a_filter_that_matches_nothing_says_so() -> None:
    app, _ = app_of(reviewing(candidates()))
    async with app.run_test() as pilot:
        await review_open(pilot, app)
        await press(pilot, "slash", *"zzz")
        assert "Escape clears it" in text(app, "#findings-detail")
        await press(pilot, "enter", "space")
        assert app.session.review.count(State.ACCEPTED) == 0


async def test_the_next_file_is_one_key_away() -> None:
    app, _ = app_of(reviewing(candidates(6)))
    async with app.run_test() as pilot:
        await review_open(pilot, app)
        table = app.screen.query_one(FindingsTable)
        await press(pilot, "n", "n")
        assert table.index == 4
        await press(pilot, "p")
        assert table.index == 2


async def test_a_click_highlights_a_finding() -> None:
    app, _ = app_of(reviewing(candidates()))
    async with app.run_test(size=(120, 40)) as pilot:
        await review_open(pilot, app)
        table = app.screen.query_one(FindingsTable)
        await pilot.click(FindingsTable, offset=(10, 4))
        await pilot.pause()
        assert table.index == 2


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
async def test_every_row_can_be_read_in_every_theme(theme: str) -> None:
    app, _ = app_of(reviewing(candidates()))
    app.theme = theme
    async with app.run_test(size=(120, 40)) as pilot:
        await review_open(pilot, app)
        await press(pilot, "space", "j", "x")
        for row in range(5):
            for segment in app.screen.query_one(FindingsTable).render_line(row):
                if segment.text.strip() and segment.style and segment.style.color and segment.style.bgcolor:
                    ink, paper = (Color.from_rich_color(c) for c in (segment.style.color, segment.style.bgcolor))
                    assert abs(ink.brightness - paper.brightness) > 0.2, (row, segment.text)


async def test_findings_stream_in_while_the_scan_runs() -> None:
    gate = Gate()
    events = scanning(candidates())
    app, _ = app_of(*events[:3], gate, *events[3:])
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot, lambda: app.session.scan.done == 2)
        assert "2 findings · scanning: 2 of 4 files" in text(app, "#findings-count")
        gate.open()
        await settle(pilot, lambda: app.session.ended)
        assert "1 file not scanned (E)" in text(app, "#findings-count")
        await press(pilot, "E")
        assert isinstance(app.screen, TextDialog)


async def test_nothing_found_is_said_in_words() -> None:
    app, _ = app_of(*scanning(()))
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.ended)
        assert "Nothing smells here" in text(app, "#findings-detail")


async def test_uncommitted_files_are_named_as_not_measured() -> None:
    app, _ = app_of(DirtyTree(("a.py", "b.py"), included=False), reviewing(candidates()))
    async with app.run_test(size=(120, 40)) as pilot:
        await review_open(pilot, app)
        assert "2 uncommitted files: not measured" in text(app, "#findings-count")


@pytest.mark.parametrize("size", SIZES)
async def test_energy_is_shown_run_by_run_with_its_provenance(size: tuple[int, int]) -> None:
    app, _ = app_of(*measuring(3), until_cancelled)
    async with app.run_test(size=size) as pilot:
        await settle(pilot, lambda: any(table.row_count == 4 for table in app.screen.query(BlocksTable)))
        await pilot.pause()  # what is drawn before the first layout is drawn again with its width
        assert isinstance(app.screen, VerifyScreen)
        table = app.screen.query_one(BlocksTable)
        row = [str(cell) for cell in table.get_row("2")]
        assert row[:7] == ["2", "414 J", "309 J", "25.4 %", "24.1 %", "34.5 → 25.8", "414 → 309"]
        assert len(row) == (8 if size[0] == 120 else 7)  # at 200 columns the interval is in the plot beside it
        assert str(table.border_title) == "energy of each run: estimated (model, no hardware counter)"
        assert "interval" in text(app, "#verify-numbers")
        assert "fold 3: accuracy 0.93" in app.screen.query_one(Log).lines


async def test_the_last_block_and_the_last_line_are_in_view() -> None:
    app, _ = app_of(*measuring(23), until_cancelled)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot, lambda: app.session.experiment.counted == 23)
        await settle(pilot, lambda: app.screen.query_one(Log).is_vertical_scroll_end)
        await settle(pilot, lambda: app.screen.query_one(BlocksTable).is_vertical_scroll_end)


async def test_the_palette_offers_what_the_screen_can_do() -> None:
    app, _ = app_of(reviewing(candidates()))
    async with app.run_test() as pilot:
        await review_open(pilot, app)
        commands = {command.title: command for command in app.get_system_commands(app.screen)}
        await commands["Accept all shown"].callback()
        assert app.session.review.count(State.ACCEPTED) == 3


async def test_a_race_shows_where_each_candidate_stands() -> None:
    app, _ = app_of(*racing()[:-1], until_cancelled)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot, lambda: app.session.experiment.standings != ())
        await settle(pilot, lambda: isinstance(app.screen, VerifyScreen))
        await settle(pilot, lambda: app.screen.query_one(RaceTable).row_count == 3)
        assert "a race of 2 patches" in text(app, "#verify-what")
        assert not app.screen.query_one(BlocksTable).display
        assert [str(cell) for cell in app.screen.query_one(RaceTable).get_row_at(1)][:3] == ["hoist", "31.0 %", "2"]


async def test_the_experiment_after_a_race_starts_an_empty_table() -> None:
    app, _ = app_of(*racing(), *measuring(1, "hoist"), until_cancelled)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot, lambda: app.session.experiment.trial is not None)
        await settle(pilot, lambda: app.session.experiment.counted == 1)
        assert app.screen.query_one(BlocksTable).row_count == 2
        assert "hoist · unsafe · on fresh blocks" in text(app, "#verify-what")
        assert app.screen.query_one(Log).lines[0] == "── original, warm-up"


async def test_a_flood_of_output_is_taken_in_and_only_the_tail_is_kept() -> None:
    flood = [RunOutput(f"\x1b[2Kstep {number}\r") for number in range(5_000)]
    app, _ = app_of(*measuring(1), *flood, until_cancelled)
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.experiment.logged >= 5_000)
        assert app.screen.query_one(Log).line_count <= 2_001


async def test_quitting_while_measuring_asks_and_then_cancels() -> None:
    app, story = app_of(*measuring(2), until_cancelled)
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.experiment.counted == 2)
        await press(pilot, "q")
        assert isinstance(app.screen, AskDialog)
        await press(pilot, "n")
        assert story.cancel is not None
        assert not story.cancel.is_set()
        await press(pilot, "ctrl+c", "y")
        assert story.cancel.is_set()
        await settle(pilot, lambda: app.session.ended)
    assert app.outcome == Outcome(RESULT)


async def test_a_question_that_the_story_has_overtaken_is_taken_away() -> None:
    gate, ended = Gate(), trial()
    app, _ = app_of(*measuring(2), gate, TrialEnded(ended), concluding(ended))
    async with app.run_test() as pilot:
        await settle(pilot, gate.reached.done)
        await press(pilot, "q")
        assert isinstance(app.screen, AskDialog)
        gate.open()
        await settle(pilot, lambda: isinstance(app.screen, VerdictScreen))
        await press(pilot, "3", "4")
        assert isinstance(app.screen, VerdictScreen)
        assert "c" in app.screen.active_bindings


async def test_a_signal_leaves_without_a_question() -> None:
    app, story = app_of(*measuring(2), until_cancelled)
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.experiment.counted == 2)
        signal.raise_signal(signal.SIGTERM)
        await settle(pilot, lambda: app.session.ended)
    assert story.cancel is not None
    assert story.cancel.is_set()


async def test_stopping_shows_a_notice_until_the_story_has_ended() -> None:
    gate = Gate()
    app, _ = app_of(*measuring(1), until_cancelled, gate)
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.experiment.counted == 1)
        await press(pilot, "q", "y")
        await settle(pilot, gate.reached.done)
        assert isinstance(app.screen, StoppingDialog)
        assert app.is_running
        gate.open()
        await settle(pilot, lambda: app.session.ended)


async def test_leaving_the_review_accepts_nothing() -> None:
    app, story = app_of(reviewing(candidates()))
    async with app.run_test() as pilot:
        await review_open(pilot, app)
        await press(pilot, "q")
        await settle(pilot, lambda: app.session.ended)
    assert story.answers == [()]


async def test_leaving_the_review_with_something_accepted_asks() -> None:
    app, _ = app_of(reviewing(candidates()))
    async with app.run_test() as pilot:
        await review_open(pilot, app)
        await press(pilot, "space", "q")
        assert isinstance(app.screen, AskDialog)
        await press(pilot, "n", "j")
        assert app.screen.query_one(FindingsTable).index == 1


async def test_leaving_the_verdict_commits_nothing() -> None:
    ended = trial()
    app, story = app_of(*measuring(2), TrialEnded(ended), concluding(ended))
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.concluding)
        await press(pilot, "q")
        await settle(pilot, lambda: app.session.ended)
    assert story.answers == [None]


async def test_a_race_without_a_winner_ends_with_its_table_and_no_commit() -> None:
    app, _ = app_of(*racing(Fate.NO_SAVING))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot, lambda: app.session.ended)
        assert isinstance(app.screen, VerdictScreen)
        assert text(app, "#verdict-word") == "no saving"
        assert "hoist  ✗ no saving" in text(app, "#verdict-race")
        assert "c" not in app.screen.active_bindings


async def test_a_gate_that_does_not_pass_offers_no_commit_and_lists_all_that_was_tried() -> None:
    app, _ = app_of(*racing(), TrialEnded(trial(VerdictKind.INCONCLUSIVE, "hoist")))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot, lambda: app.session.ended)
        assert isinstance(app.screen, VerdictScreen)
        page = " ".join(str(part.render()) for part in app.screen.query(Static))
        assert "does not pass: the verdict is inconclusive" in page
        assert "About 8 more blocks." in page
        assert "clear-session  · behind" in text(app, "#verdict-race")
        assert "c" not in app.screen.active_bindings


async def test_an_error_of_the_story_is_raised_after_the_screen_is_gone() -> None:
    app, _ = app_of(failing("fold.py is gone"))
    async with app.run_test() as pilot:
        await settle(pilot, lambda: app.session.ended)
    with pytest.raises(GreenfixError, match=r"fold\.py is gone"):
        _ = app.outcome


def test_review_returns_what_the_story_returned() -> None:
    app, _ = app_of(*scanning(()))

    async def leave(pilot: Pilot[Any]) -> None:
        await settle(pilot, lambda: app.session.ended)
        await pilot.press("q")

    assert app.review(headless=True, auto_pilot=leave) == Outcome(RESULT)


def test_an_error_of_the_screens_does_not_leave_the_story_waiting() -> None:
    app, story = app_of(reviewing(candidates()))

    async def crash(pilot: Pilot[Any]) -> None:
        await review_open(pilot, app)
        raise ValueError("a bug of ours")

    with pytest.raises(ValueError, match="a bug of ours"):
        app.review(headless=True, auto_pilot=crash)
    assert story.answers == [()]


async def test_stages_can_be_looked_at_again_but_not_ahead() -> None:
    app, _ = app_of(reviewing(candidates()), *measuring(1), until_cancelled)
    async with app.run_test() as pilot:
        await review_open(pilot, app)
        await press(pilot, "4")
        assert isinstance(app.screen, FindingsScreen)
        await press(pilot, "space", "v")
        await settle(pilot, lambda: app.session.stage is Stage.VERIFY and app.session.experiment.counted == 1)
        await press(pilot, "1")
        assert isinstance(app.screen, FindingsScreen)
        await press(pilot, "x")
        assert app.session.review.count(State.REJECTED) == 0
        await press(pilot, "3")
        assert isinstance(app.screen, VerifyScreen)


async def test_help_lists_the_keys_of_the_screen() -> None:
    app, _ = app_of(reviewing(candidates()))
    async with app.run_test() as pilot:
        await review_open(pilot, app)
        await press(pilot, "question_mark")
        assert isinstance(app.screen, TextDialog)
        shown = str(app.screen.query_one(Static).render())
        for what in ("Accept", "Reject all shown", "Undo", "Next file", "Quit"):
            assert what in shown, what


async def test_ten_thousand_findings_stay_in_reach() -> None:
    listed = candidates(10_000)
    app, _ = app_of(*scanning(listed), reviewing(listed))
    async with app.run_test(size=(120, 40)) as pilot:
        await review_open(pilot, app)
        await press(pilot, "G")
        assert app.screen.query_one(FindingsTable).index == 9_999
        await press(pilot, "a", "z")
        assert app.session.review.count(State.UNDECIDED) == 10_000
