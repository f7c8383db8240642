"""Renders the real screens as SVG for the README: ``python -m tests.tui.pictures MODULE:FUNCTION``.

FUNCTION takes nothing and returns the story to show and the title: in the README a real experiment on a corpus program.
Everything that can be accepted is accepted, the experiment runs to its end, and nothing is committed.
``tests.tui.pictures:scripted`` shows invented numbers: to look at the screens while working on them, never to publish.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
from collections.abc import Callable
from pathlib import Path

from greenfix_verify.verdict import VerdictKind
from textual.pilot import Pilot

from greenfix.events import TrialEnded
from greenfix.outcome import Outcome
from greenfix.settings import Appearance
from greenfix.tui.app import ReviewApp, Story
from greenfix.tui.facts import Fact
from greenfix.tui.session import Stage
from tests.tui.scripted import (
    RESULT,
    Scripted,
    candidates,
    concluding,
    drawn,
    measuring,
    planning,
    reviewing,
    scanning,
    trial,
)

SIZE = (120, 40)


def scripted() -> tuple[Story, str]:
    """The tests' own story."""
    listed, ended = candidates(8), trial()
    steps = [*scanning(listed), reviewing(listed), planning(), *measuring(6), TrialEnded(ended), concluding(ended)]
    return Scripted(steps, Outcome(RESULT)), "kfold"


async def render(story: Story, title: str, folder: Path, size: tuple[int, int] = SIZE) -> Outcome:
    """Run ``story`` to its end behind the real screens and write an SVG of each."""
    # Whatever theme the person at this machine chose last.
    app = ReviewApp(story, title, Appearance("dark"), detach=lambda: None)
    folder.mkdir(parents=True, exist_ok=True)
    async with app.run_test(size=size) as pilot:

        async def picture(name: str) -> None:
            await drawn(pilot)
            (folder / f"{name}.svg").write_text(app.export_screenshot(title=f"greenfix fix {title}"), encoding="utf-8")

        await _until(pilot, lambda: app.session.review.open or app.session.ended)
        await pilot.press("a")
        await picture("findings")
        await pilot.press("v")
        await _until(pilot, lambda: app.session.stage is Stage.PLAN and app.screen.query_one(Fact).display)
        await picture("plan")
        await pilot.press("v")
        await _until(pilot, lambda: app.session.concluding or app.session.ended)
        await pilot.press("3")
        await picture("verify")
        await pilot.press("4")
        await picture("verdict")
        if app.session.concluding:
            await pilot.press("c")
            await picture("commit")
        await pilot.press("q")
        await _until(pilot, lambda: app.session.ended)
    return app.outcome


async def _until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """A real experiment takes minutes: look four times a second, for as long as it takes."""
    while not condition():
        await pilot.pause(0.25)


def main() -> None:
    """Read the arguments and render."""
    parser = argparse.ArgumentParser(prog="python -m tests.tui.pictures", description=__doc__)
    parser.add_argument("story", metavar="MODULE:FUNCTION")
    parser.add_argument("--folder", type=Path, default=Path("docs/images"))
    arguments = parser.parse_args()
    module, _, function = arguments.story.partition(":")
    story, title = getattr(importlib.import_module(module), function)()
    outcome = asyncio.run(render(story, title, arguments.folder))
    if outcome.trial is None or outcome.trial.verdict.kind is not VerdictKind.SAVES:
        parser.exit(1, "The experiment did not show a saving: these pictures are not what README tells of.\n")


if __name__ == "__main__":
    main()
