"""Keys are answered while the story's thread tells more than anybody can read: no key waits for its end."""

from __future__ import annotations

import subprocess
import sys
import threading
from itertools import count
from typing import Any

import pytest
from greenfix_codemods.events import FileScanned, ScanStarted
from greenfix_verify.events import ExperimentStarted, RunOutput, RunStarted
from textual.strip import Strip
from textual.widgets import Static

from greenfix.events import TrialStarted
from greenfix.tui.app import ReviewApp
from greenfix.tui.diff.view import DiffView
from greenfix.tui.findings.table import FindingsTable
from greenfix.tui.session import Stage
from greenfix.tui.verify.screen import VerifyScreen
from tests.tui.scripted import Gate, Scripted, candidates, finding, patch, reviewing, settle, until_cancelled

IN_VAIN = 500_000
"""Events after which a key that nobody answered fails the test."""
LATER = (
    "plotext", "numpy", "libcst", "scipy", "git", "codecarbon", "greenfix_codemods.scan", "greenfix.workflow",
    "greenfix.baseline",    "greenfix.tui.later", "greenfix.tui.verify.screen", "greenfix.tui.plan.screen",
)  # fmt: skip


class Flood:
    """Tells ``event(number)`` some ten thousand times a second until ``over()``; ``told`` counts."""

    def __init__(self, event: Any, over: Any) -> None:
        self.told = 0
        self._event = event
        self._over = over

    def __call__(self, front: Any) -> None:
        for number in count():
            front.tell(self._event(number))
            self.told += 1
            if number % 10 == 0 and (self._over(front) or front.cancel.wait(0.001)):
                return
            assert number < IN_VAIN, "no key was answered"


async def test_a_key_is_answered_while_a_measurement_tells_ten_thousand_lines_a_second() -> None:
    flood = Flood(lambda number: RunOutput(f"step {number}: loss 0.5"), lambda front: front.enough())
    begun = [
        TrialStarted(patch(finding(), "clear-session"), "python train.py"),
        ExperimentStarted(("original", "clear-session"), 24, 0),
        RunStarted(0, 0, "original", True),
    ]
    app = ReviewApp(Scripted([*begun, flood]), "repository")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot, lambda: isinstance(app.screen, VerifyScreen) and flood.told > 1_000)
        await pilot.press("s")
        await settle(pilot, lambda: app.session.ended)
        assert "step" in app.session.experiment.log[-1]
        assert flood.told < IN_VAIN


async def test_the_cursor_moves_while_the_scan_finds_more() -> None:
    seen = threading.Event()

    def found(number: int) -> FileScanned:
        each = finding(number, path=f"src/file_{number}.py")
        return FileScanned(each.path, number, (each,), ())

    flood = Flood(found, lambda front: seen.is_set())
    app = ReviewApp(Scripted([ScanStarted(IN_VAIN), flood]), "repository")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot, lambda: len(app.session.review.entries) > 100)
        table = app.screen.query_one(FindingsTable)
        before = flood.told
        await pilot.press("j", "j")
        await settle(pilot, lambda: table.index == 2 and flood.told > before)
        assert not app.session.ended
        seen.set()
        await settle(pilot, lambda: app.session.ended)


async def test_a_scanned_file_without_findings_draws_the_progress_and_not_the_list(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = Gate()
    found = FileScanned("src/a.py", 1, (finding(),), ())
    clean = [FileScanned(f"src/file_{number}.py", number, (), ()) for number in range(2, 60)]
    app = ReviewApp(Scripted([ScanStarted(60), found, gate, *clean, until_cancelled]), "repository")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot, lambda: len(app.session.review.entries) == 1)
        renewed: list[FindingsTable] = []
        monkeypatch.setattr(FindingsTable, "renew", renewed.append)
        gate.open()
        await settle(pilot, lambda: "59 of 60" in str(app.screen.query_one("#findings-count", Static).render()))
        assert renewed == []


async def test_a_move_of_the_cursor_draws_the_line_that_it_left_and_the_one_that_it_came_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = ReviewApp(Scripted([reviewing(candidates(8))]), "repository")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot, lambda: app.session.review.open and app.screen.query_one(FindingsTable).index == 0)
        drawn: list[int] = []
        draw = FindingsTable.render_line

        def counted(table: FindingsTable, y: int) -> Strip:
            drawn.append(y)
            return draw(table, y)

        monkeypatch.setattr(FindingsTable, "render_line", counted)
        await pilot.press("j")
        await settle(pilot, lambda: "fold_0.py:17" in str(app.screen.query_one(DiffView).border_title))
        assert sorted(drawn) == [1, 2]


async def test_while_a_key_is_held_down_only_the_cursor_moves_and_the_diff_follows_when_it_is_released(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("greenfix.tui.findings.screen.HURRY", 1.0)  # a slow machine must not look like a patient hand
    app = ReviewApp(Scripted([reviewing(candidates(8))]), "repository")
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot, lambda: app.session.review.open and app.screen.query_one(FindingsTable).index == 0)
        shown: list[Any] = []
        monkeypatch.setattr(DiffView, "show", lambda view, edits: shown.append(edits))
        await pilot.press(*"jjjjjj")
        assert app.screen.query_one(FindingsTable).index == 6
        await settle(pilot, lambda: "fold_3.py:22" in str(app.screen.query_one(DiffView).border_title))
        assert len(shown) <= 2, "the first, and the one that the cursor rests on"
        assert shown[-1] == app.session.review.entries[6].patches[0].edits


def test_the_first_screen_imports_nothing_that_only_later_ones_need() -> None:
    code = f"import sys, greenfix.tui.app; print(sorted(set(sys.modules) & {set(LATER)!r}))"
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert said == "[]\n"


def test_a_screen_is_made_when_the_story_comes_to_it_and_only_once() -> None:
    app = ReviewApp(Scripted([]), "repository")
    assert not any(app.is_screen_installed(stage) for stage in Stage)
    for stage in Stage:
        assert app.stage_screen(stage) is app.stage_screen(stage)
        assert app.stage_screen(stage).stage is stage


async def test_a_clock_that_ticks_while_the_screen_is_taken_down_stops_nothing() -> None:
    app = ReviewApp(Scripted([TrialStarted(patch(finding(), "hoist"), "python train.py"), until_cancelled]), "kfold")
    async with app.run_test() as pilot:
        await settle(pilot, lambda: isinstance(app.screen, VerifyScreen))
        await app.screen.query("#verify-what").remove()
        app.session.pausing = True
        assert isinstance(app.screen, VerifyScreen)
        app.screen._draw_what()
        await pilot.pause()
        assert app.is_running
