"""Every key of the findings screen, and the mouse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import pytest
from greenfix_codemods.finding import Candidates, FileEdit
from greenfix_verify.run import Ending
from greenfix_verify.verdict import VerdictKind
from textual.widgets import Markdown

from greenfix.diagnosis.value import Diagnosed, Diagnosis
from greenfix.diagnosis.value import State as Seen
from greenfix.events import Remembered, TrialEnded
from greenfix.outcome import Share
from greenfix.tui.app import ReviewApp
from greenfix.tui.diff.view import DiffView
from greenfix.tui.findings.page import RulePage
from greenfix.tui.findings.review import State
from greenfix.tui.findings.screen import FindingsScreen
from greenfix.tui.findings.table import FindingsTable
from tests.tui.scripted import (
    Gate,
    candidates,
    measuring,
    patch,
    reviewing,
    scanning,
    settle,
    trial,
    until_cancelled,
)
from tests.tui.test_flow import app_of, press, review_open, text


def screen(app: ReviewApp) -> FindingsScreen:
    return cast(FindingsScreen, app.screen)


def row(app: ReviewApp, y: int, widget: str = "DiffView") -> str:
    return "".join(segment.text for segment in app.screen.query_one(widget).render_line(y))


def long_lines() -> Sequence[Candidates]:
    """A patch with two hunks, whose lines are longer than the screen."""
    (first, *rest) = candidates()
    before = b"\n".join([b"a = " + b"1 + " * 60 + b"1", *(b"x%d = 0" % number for number in range(40)), b"z = 1"])
    after = before.replace(b"a =", b"b =").replace(b"z = 1", b"z = 2")
    edit = FileEdit(first.finding.path, before, after)
    return [replace(first, patches=(replace(patch(first.finding, "release"), edits=(edit,)),)), *rest]


async def test_the_diff_is_unified_below_100_columns_and_split_above_and_s_changes_it() -> None:
    for width, split in ((80, False), (120, True)):
        app, _ = app_of(reviewing(candidates()))
        async with app.run_test(size=(width, 40)) as pilot:
            await review_open(pilot, app)
            view = screen(app).view
            assert view.split is split
            assert ("│" in row(app, 3)) is split
            await press(pilot, "s")
            assert ("│" in row(app, 3)) is not split
            assert ("unified" if split else "split") in str(view.border_subtitle)


async def test_w_wraps_long_lines_and_unwrapped_ones_can_be_scrolled_to() -> None:
    app, _ = app_of(reviewing(long_lines()))
    async with app.run_test(size=(120, 40)) as pilot:
        await review_open(pilot, app)
        view = screen(app).view
        unwrapped = view.virtual_size
        assert unwrapped.width > view.size.width
        await press(pilot, "w")
        assert view.virtual_size.width == view.size.width
        assert view.virtual_size.height > unwrapped.height
        await press(pilot, "w")
        assert view.virtual_size == unwrapped


async def test_capital_j_and_k_go_from_hunk_to_hunk_and_the_braces_change_the_context() -> None:
    app, _ = app_of(reviewing(long_lines()))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await review_open(pilot, app)
        view = screen(app).view
        assert str(view.border_subtitle) == "hunk 1/2 · 3 around · split"
        assert row(app, 1).startswith("▌")
        await press(pilot, "J")
        assert str(view.border_subtitle).startswith("hunk 2/2")
        assert view.scroll_offset.y + view.size.height >= view.virtual_size.height
        await press(pilot, "J", "K", "K")
        assert [each.message for each in app._notifications] == ["This is the last hunk.", "This is the first hunk."]
        await press(pilot, *["right_curly_bracket"] * 9)
        assert str(view.border_subtitle) == "hunk 1/1 · whole file · split"
        assert "unchanged" not in view.text
        await press(pilot, *["left_curly_bracket"] * 9)
        assert str(view.border_subtitle) == "hunk 1/2 · 0 around · split"


async def test_a_click_on_what_is_folded_away_unfolds_it() -> None:
    app, _ = app_of(reviewing(candidates()))
    async with app.run_test(size=(120, 40)) as pilot:
        await review_open(pilot, app)
        assert "13 unchanged lines" in screen(app).view.text
        await pilot.click(DiffView, offset=(10, 2))
        await pilot.pause()
        assert "11 unchanged lines" in screen(app).view.text


async def test_a_click_on_the_state_accepts_and_a_second_one_takes_it_back() -> None:
    app, _ = app_of(reviewing(candidates()))
    async with app.run_test(size=(120, 40)) as pilot:
        await review_open(pilot, app)
        for accepted in (1, 0):
            await pilot.click(FindingsTable, offset=(2, 3))
            await pilot.pause()
            assert screen(app).table.index == 1
            assert app.session.review.count(State.ACCEPTED) == accepted


async def test_on_a_small_screen_one_pane_has_all_the_room_and_every_key_works_in_each() -> None:
    app, _ = app_of(reviewing(candidates()))
    async with app.run_test(size=(80, 24)) as pilot:
        await review_open(pilot, app)
        panes = {"list": "FindingsTable", "diff": "DiffView", "why": "#findings-why"}

        def shown() -> list[str]:
            return [name for name, selector in panes.items() if app.screen.query_one(selector).region.height]

        assert shown() == ["list"]
        await press(pilot, "tab")
        assert shown() == ["diff"]
        assert app.screen.query_one(DiffView).region.height >= 18
        await press(pilot, "space", "j", "x")
        assert [app.session.review[index].state for index in (0, 1)] == [State.ACCEPTED, State.REJECTED]
        assert str(screen(app).view.border_title).startswith("✗ UTR001 src/fold_0.py:17 · clear-session · unsafe")
        await press(pilot, "tab")
        assert shown() == ["why"]
        await press(pilot, "escape")
        assert shown() == ["list"]
        await press(pilot, "enter", "shift+tab")
        assert shown() == ["list"]
        await pilot.click("#findings-panes-bar", offset=(10, 0))
        await pilot.pause()
        assert shown() == ["diff"]


async def test_f_gives_the_pane_all_the_room_of_a_large_screen_and_takes_it_back() -> None:
    app, _ = app_of(reviewing(candidates()))
    async with app.run_test(size=(120, 40)) as pilot:
        await review_open(pilot, app)
        height = screen(app).view.region.height
        await press(pilot, "tab", "f")
        assert screen(app).view.region.height > height
        await press(pilot, "f")
        assert screen(app).view.region.height == height


async def test_u_goes_to_the_next_undecided_finding_and_begins_again_after_the_last() -> None:
    app, _ = app_of(reviewing(candidates()))
    async with app.run_test(notifications=True) as pilot:
        await review_open(pilot, app)
        await press(pilot, "j", "x", "k", "u")
        assert screen(app).table.index == 2
        await press(pilot, "u", "u")
        assert screen(app).table.index == 0
        await press(pilot, "X", "u")
        assert [each.message for each in app._notifications] == ["Every finding shown is decided."]


async def test_i_opens_the_page_of_the_rule_and_escape_closes_it() -> None:
    app, _ = app_of(reviewing(candidates()))
    async with app.run_test(size=(120, 40)) as pilot:
        await review_open(pilot, app)
        await press(pilot, "i")
        await settle(pilot, lambda: isinstance(app.screen, RulePage))
        assert "# IMR001: model built in every pass of a loop" in app.screen.query_one(Markdown).source
        await press(pilot, "j", "escape")
        assert isinstance(app.screen, FindingsScreen)


async def test_what_was_decided_during_the_scan_holds_afterwards_and_what_is_impossible_is_said() -> None:
    gate, listed = Gate(), candidates()
    app, _ = app_of(*scanning(listed)[:-2], gate, *scanning(listed)[-2:], reviewing(listed[::-1]))
    async with app.run_test(notifications=True) as pilot:
        await settle(pilot, lambda: len(app.session.review.entries) == 3)
        await press(pilot, "space", "j", "x", "j", "space")
        gate.open()
        await review_open(pilot, app)
        review = app.session.review
        states = {entry.finding.span.line: review[index].state for index, entry in enumerate(review.entries)}
        assert states == {16: State.ACCEPTED, 17: State.REJECTED, 18: State.UNDECIDED, 19: State.UNDECIDED}
        assert [each.message for each in app._notifications] == [
            "Undecided again, because no patch is possible: src/fold_1.py:18."
        ]
        await press(pilot, "z", "z")
        assert review.count(State.UNDECIDED) == 4


def diagnosis(fingerprint: str) -> Diagnosis:
    seen = Diagnosed(
        fingerprint, "IMR001", "src/fold_0.py", 16, Seen.CONFIRMED, 4096, 1.5, "10 models were alive at once"
    )
    return Diagnosis("4f1c", ("python", "train.py"), (seen,), (), (), (), 1, 1.0, 1.0, 0, 0.0, Ending.COMPLETED)


async def test_the_panel_tells_risk_assumption_diagnosis_and_what_stops_a_strategy() -> None:
    (first, *rest) = candidates()
    assumed = replace(first, patches=tuple(replace(each, assumption="Keras 3, eager") for each in first.patches))
    app, _ = app_of(Remembered(diagnosis(first.finding.fingerprint)), reviewing([assumed, *rest]))
    async with app.run_test(size=(120, 40)) as pilot:
        await review_open(pilot, app)
        panel = text(app, "#findings-detail")
        for part in (
            "rule page (i)",
            "why: build() makes a new model in every pass",
            "(high confidence)",
            "diagnosed: confirmed: 10 models were alive at once",
            "fix: clear-session calls clear_session()",
            "risk: unsafe, results may change",
            "assumed: Keras 3, eager",
            "withheld: hoist-compile, because the model's width changes from pass to pass",
            "also (t): clear-session-and-collect",
        ):
            assert part in panel, part
        await press(pilot, "slash", *"confirmed", "enter")
        assert list(app.session.review.shown) == [0]


@pytest.mark.parametrize("shares", [False, True])
async def test_after_the_experiment_the_list_shows_what_was_measured(shares: bool) -> None:
    listed = candidates()
    ended = trial(VerdictKind.SAVES)
    ended = replace(ended, patch=replace(ended.patch, findings=tuple(each.finding for each in listed[:2])))
    if shares:
        ended = replace(ended, shares=(Share(listed[0].finding, 0.031, 0.02, 0.04),))
    app, _ = app_of(reviewing(listed), *measuring(1), TrialEnded(ended), until_cancelled)
    async with app.run_test(size=(120, 40)) as pilot:
        await review_open(pilot, app)
        await press(pilot, "space", "v")
        await settle(pilot, lambda: app.session.trial is not None)
        await press(pilot, "1")
        await settle(pilot, lambda: isinstance(app.screen, FindingsScreen))
        assert ("3.1 %" if shares else "24.1 %") in row(app, 1, "FindingsTable")
        assert "24.1 %" in row(app, 2, "FindingsTable")
        said = "its own part beside the others" if shares else "saves: clear-session together with 1 other"
        assert said in text(app, "#findings-detail")
        assert "estimated" in text(app, "#findings-detail")


async def test_a_filter_goes_on_counting_while_findings_stream_in() -> None:
    gate, listed = Gate(), candidates(6)
    events = scanning(listed)
    app, _ = app_of(*events[:3], gate, *events[3:])
    async with app.run_test() as pilot:
        await settle(pilot, lambda: len(app.session.review.entries) == 2)
        await press(pilot, "slash", *"utr", "enter")
        assert list(app.session.review.shown) == [1]
        gate.open()
        await settle(pilot, lambda: app.session.ended)
        assert list(app.session.review.shown) == [1, 3, 5]


async def test_a_wide_file_of_an_edit_is_drawn_in_every_layout() -> None:
    edit = FileEdit("日本.py", "# 日本語\nx = 1\n".encode(), "# 日本語!\nx = 2\n".encode())
    (first, *_) = candidates()
    app, _ = app_of(reviewing([replace(first, patches=(replace(patch(first.finding, "release"), edits=(edit,)),))]))
    async with app.run_test(size=(120, 40)) as pilot:
        await review_open(pilot, app)
        view = screen(app).view
        for keys in (("s",), ("w",), ("s",)):
            await press(pilot, *keys)
            assert {view.render_line(y).cell_length for y in range(view.size.height)} == {view.size.width}
