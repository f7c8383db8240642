"""Every screen as a picture, compared with the one a person has looked at.

``pytest tests/tui/test_snapshots.py --snapshot-update`` draws all of them anew; look at the differences before they are
committed. Stories are scripted and clocks stand still, so that a picture changes only when a screen does.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from greenfix_verify.events import CommandRan
from greenfix_verify.verdict import VerdictKind
from textual.pilot import Pilot
from textual.widgets import Input

from greenfix.events import Following, TrialEnded
from greenfix.settings import Appearance
from greenfix.tui.app import ReviewApp
from greenfix.tui.facts import Fact
from tests.tui.scripted import (
    COMMITTED,
    Scripted,
    candidates,
    concluding,
    drawn,
    measuring,
    planning,
    racing,
    reviewing,
    scanning,
    settle,
    trial,
    until_cancelled,
)

Prepare = Callable[[Pilot[None], ReviewApp], Awaitable[None]]


async def _review(pilot: Pilot[None], app: ReviewApp) -> None:
    await settle(pilot, lambda: app.session.review.open)
    await pilot.press("space", "down", "x", "up")
    await drawn(pilot)


async def _verify(pilot: Pilot[None], app: ReviewApp) -> None:
    await settle(pilot, lambda: len(app.session.experiment.blocks) == 5 and app.session.experiment.blocks[4].verdict)


async def _race(pilot: Pilot[None], app: ReviewApp) -> None:
    await settle(pilot, lambda: app.session.screening is not None)


async def _asked(pilot: Pilot[None], app: ReviewApp) -> None:
    await settle(pilot, lambda: app.session.concluding)


async def _ended(pilot: Pilot[None], app: ReviewApp) -> None:
    await settle(pilot, lambda: app.session.ended)


async def _planned(pilot: Pilot[None], app: ReviewApp) -> None:
    await _review(pilot, app)
    await pilot.press("v")
    await settle(pilot, lambda: app.session.planner is not None and app.screen.query(Fact).first().display)


async def _commit(pilot: Pilot[None], app: ReviewApp) -> None:
    await _asked(pilot, app)
    await pilot.press("c")
    await pilot.pause()


async def _committed(pilot: Pilot[None], app: ReviewApp) -> None:
    await _commit(pilot, app)
    await pilot.press("c")
    await _ended(pilot, app)


def _then(prepare: Prepare, *keys: str) -> Prepare:
    """The screen, and what these keys open over it."""

    async def both(pilot: Pilot[None], app: ReviewApp) -> None:
        await prepare(pilot, app)
        for key in keys:
            await pilot.press(key)
            await pilot.pause()

    return both


LISTED = candidates(8)
HERE = Path("/home/ada/kfold")
MONDAY = time.mktime((2026, 11, 23, 9, 30, 0, 0, 0, -1))
"""In whatever time zone the picture is drawn."""
COMMANDS = [
    CommandRan(("git", "cat-file", "--batch"), HERE, None, 0.01),
    CommandRan(("git", "status", "--porcelain=v1", "-z"), HERE, 0, 0.02),
    CommandRan(("git", "clean", "-ffdq"), Path("/tmp/tree/kfold"), 0, 0.01),  # noqa: S108  a name to show
    CommandRan(("python", "train.py", "--epochs", "5"), Path("/tmp/tree/kfold"), 1, 41.26),  # noqa: S108  same
]
REVIEWING = [*COMMANDS, *scanning(LISTED), reviewing(LISTED)]
SAVES, UNSURE = trial(), trial(VerdictKind.INCONCLUSIVE)
SAVING = [*measuring(6), TrialEnded(SAVES), concluding(SAVES), COMMITTED]

STORIES: dict[str, tuple[list[Any], Prepare]] = {
    "findings": (REVIEWING, _review),
    "plan": ([*REVIEWING, planning(), until_cancelled], _planned),
    "race": ([*racing(), until_cancelled], _race),
    "verify": ([*measuring(4), until_cancelled], _verify),
    "background": ([Following(4711, MONDAY, Path("nowhere"), True), *measuring(4), until_cancelled], _verify),
    "verdict": (SAVING, _asked),
    "commit": (SAVING, _commit),
    "inconclusive": ([*measuring(4), TrialEnded(UNSURE)], _ended),
    "committed": (SAVING, _committed),
}
DIALOGS: dict[str, tuple[list[Any], Prepare]] = {
    "help": (REVIEWING, _then(_review, "question_mark")),
    "commands": (REVIEWING, _then(_review, "at")),
    "reject": (REVIEWING, _then(_review, "r")),
}
ASKED: dict[str, tuple[list[Any], Prepare]] = {
    "palette": (REVIEWING, _then(_review, "ctrl+p")),
    "leave": (REVIEWING, _then(_review, "q")),
}


@dataclass(frozen=True)
class Shot:
    """One picture: what is shown, how large, in which colours."""

    name: str
    size: tuple[int, int]
    theme: str = "dark"

    def __str__(self) -> str:
        return f"{self.name}-{self.size[0]}x{self.size[1]}-{self.theme}"


SIZES = SMALL, MIDDLE, _ = (80, 24), (120, 40), (200, 60)
SHOTS = [
    *(Shot(name, size, theme) for name in (*STORIES, *DIALOGS) for size in SIZES for theme in ("dark", "light")),
    *(Shot(name, SMALL) for name in ASKED),
    Shot("findings", MIDDLE, "ansi"),
]


@pytest.fixture(autouse=True)
def _no_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load and temperature of the machine that draws are in no picture."""
    monkeypatch.setattr("greenfix.tui.plan.screen.IDLE_SECONDS", 3600.0)
    monkeypatch.setattr("greenfix.tui.verify.screen.DEVICE_SECONDS", 3600.0)


@pytest.mark.parametrize("shot", SHOTS, ids=str)
def test_the_screen_looks_as_it_did(shot: Shot, snap_compare: Any) -> None:
    steps, prepare = {**STORIES, **DIALOGS, **ASKED}[shot.name]
    app = ReviewApp(Scripted(steps), "kfold", Appearance(shot.theme))
    app.animation_level = "none"
    app.session.experiment._clock = lambda: 83.0

    async def ready(pilot: Pilot[None]) -> None:
        await prepare(pilot, app)
        for box in app.screen.query(Input):
            box.cursor_blink = False
        await pilot.wait_for_scheduled_animations()
        await pilot.pause()

    assert snap_compare(app, terminal_size=shot.size, run_before=ready)
