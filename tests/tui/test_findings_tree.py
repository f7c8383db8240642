"""The findings screen over real files: patches during the scan, reasons that are kept, the editor."""

from __future__ import annotations

import contextlib
import subprocess
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from greenfix_codemods.events import FileScanned, ScanStarted
from greenfix_codemods.finding import Candidates, Finding
from greenfix_codemods.looking import look_again
from greenfix_codemods.scan import candidates
from textual.pilot import Pilot
from textual.widgets import Button, Input, RadioSet

from greenfix.baseline import read_baseline
from greenfix.events import DirtyTree, TreeReady
from greenfix.tui.app import ReviewApp
from greenfix.tui.diff.view import DiffView
from greenfix.tui.findings.rejecting import RejectDialog
from greenfix.tui.findings.review import Keeping, State
from tests.tui.scripted import AFTER, BEFORE, Gate, Scripted, reviewing, settle
from tests.tui.test_flow import press, review_open, text

COMMENT = b"# greenfix: ignore[IMR001] short"


@dataclass(frozen=True)
class Trees:
    """The user's tree and the checkout, both with one program that leaks."""

    root: Path
    tree: Path

    @property
    def file(self) -> Path:
        return self.root / "train.py"

    @property
    def baseline(self) -> Path:
        return self.root / ".greenfix-baseline.json"

    @property
    def ready(self) -> TreeReady:
        return TreeReady(self.root, self.tree, "4f1c9a0", self.baseline)

    @property
    def offered(self) -> tuple[Candidates, ...]:
        return candidates(self.tree, self.findings)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return look_again(self.tree, "train.py").findings


@pytest.fixture
def trees(tmp_path: Path) -> Trees:
    both = Trees(tmp_path / "mine", tmp_path / "checkout")
    for folder in (both.root, both.tree):
        folder.mkdir()
        (folder / "train.py").write_bytes(BEFORE)
    return both


def app_over(trees: Trees, *steps: Any) -> ReviewApp:
    return ReviewApp(Scripted([trees.ready, *steps]), "mine")


async def test_a_finding_is_read_and_accepted_with_its_diff_while_the_scan_runs(trees: Trees) -> None:
    gate = Gate()
    found = FileScanned("train.py", 1, trees.findings, ())
    app = app_over(trees, ScanStarted(9), found, gate, reviewing(trees.offered))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot, lambda: len(app.screen.query_one(DiffView).text) > 0)
        assert "+        tf.keras.backend.clear_session()" in app.screen.query_one(DiffView).text
        assert not app.session.review.open
        await press(pilot, "t", "space")
        gate.open()
        await settle(pilot, lambda: app.session.review.open)
        assert app.session.review.choices[0].strategy == trees.offered[0].patches[1].strategy


async def open_rejecting(pilot: Pilot[None], app: ReviewApp, keeping: Keeping, reason: str = "short") -> None:
    """The dialog with ``reason`` typed and ``keeping`` chosen, and its preview drawn."""
    await press(pilot, "r")
    await settle(pilot, lambda: isinstance(app.screen, RejectDialog))
    await press(pilot, *reason)
    buttons = list(app.screen.query_one(RadioSet).query("RadioButton"))
    await pilot.click(buttons[list(Keeping).index(keeping)])
    await pilot.pause()


async def test_a_reason_is_kept_as_a_comment_that_was_shown_before_and_can_be_undone(trees: Trees) -> None:
    app = app_over(trees, reviewing(trees.offered))
    async with app.run_test(size=(120, 40)) as pilot:
        await review_open(pilot, app)
        await open_rejecting(pilot, app, Keeping.COMMENT)
        await settle(pilot, lambda: COMMENT.decode() in app.screen.query_one(DiffView).text)
        assert trees.file.read_bytes() == BEFORE
        await press(pilot, "ctrl+s")
        await settle(pilot, lambda: app.session.review.count(State.REJECTED) == 1)
        assert COMMENT in trees.file.read_bytes()
        assert "rejected: short (kept as a comment in the file)" in text(app, "#findings-detail")
        await press(pilot, "z")
        assert trees.file.read_bytes() == BEFORE
        assert app.session.review.count(State.REJECTED) == 0
        await press(pilot, "Z")
        assert COMMENT in trees.file.read_bytes()
        await press(pilot, "x")
        assert app.session.review.count(State.REJECTED) == 1


async def test_undo_leaves_a_file_alone_that_somebody_changed_meanwhile(trees: Trees) -> None:
    app = app_over(trees, reviewing(trees.offered))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await review_open(pilot, app)
        await open_rejecting(pilot, app, Keeping.COMMENT)
        await press(pilot, "ctrl+s")
        await settle(pilot, lambda: app.session.review.count(State.REJECTED) == 1)
        trees.file.write_bytes(b"x = 1\n")
        await press(pilot, "z")
        assert trees.file.read_bytes() == b"x = 1\n"
        assert [each.message for each in app._notifications][-1].startswith("train.py was changed meanwhile")


async def test_a_reason_in_the_baseline_rejects_the_finding_in_the_next_session(trees: Trees) -> None:
    app = app_over(trees, reviewing(trees.offered))
    async with app.run_test(size=(120, 40)) as pilot:
        await review_open(pilot, app)
        await open_rejecting(pilot, app, Keeping.BASELINE)
        await press(pilot, "ctrl+s")
        await settle(pilot, lambda: app.session.review.count(State.REJECTED) == 1)
    (known,) = read_baseline(trees.baseline).known
    assert (known.fingerprint, known.reason) == (trees.findings[0].fingerprint, "short")
    again = app_over(trees, reviewing(trees.offered))
    async with again.run_test(size=(120, 40)) as pilot:
        await review_open(pilot, again)
        assert "short (kept in the baseline)" in text(again, "#findings-detail")


async def test_a_reason_for_this_session_writes_nothing(trees: Trees) -> None:
    app = app_over(trees, reviewing(trees.offered))
    async with app.run_test(size=(80, 24)) as pilot:
        await review_open(pilot, app)
        await press(pilot, "r")
        await settle(pilot, lambda: isinstance(app.screen, RejectDialog))
        await press(pilot, *"fine", "enter")
        await settle(pilot, lambda: app.session.review.count(State.REJECTED) == 1)
        assert app.session.review[0].reason == "fine"
        assert trees.file.read_bytes() == BEFORE
        assert not trees.baseline.exists()
        await press(pilot, "r", "escape")
        assert app.session.review[0].reason == "fine"


async def test_what_cannot_be_kept_is_said_and_cannot_be_confirmed(trees: Trees) -> None:
    app = app_over(trees, reviewing(trees.offered))
    async with app.run_test(size=(120, 40)) as pilot:
        await review_open(pilot, app)
        trees.file.write_bytes(b"x = 1\n")
        await open_rejecting(pilot, app, Keeping.COMMENT)
        await settle(pilot, lambda: app.screen.query_one("#confirm", Button).disabled)
        assert "no longer there" in text(app, "#reject-problem")
        await press(pilot, "ctrl+s")
        assert isinstance(app.screen, RejectDialog)
        assert app.screen.query_one(Input).value == "short"


async def test_a_broken_baseline_is_named(trees: Trees) -> None:
    trees.baseline.write_text("{")
    app = app_over(trees, reviewing(trees.offered))
    async with app.run_test(size=(200, 60)) as pilot:
        await review_open(pilot, app)
        assert "is no baseline" in text(app, "#findings-count")


@dataclass
class Editor:
    """Stands for the person's editor: notes how it was called, and edits."""

    after: bytes = BEFORE
    status: int = 0
    words: tuple[str, ...] = ()

    def __call__(self, words: list[str], *, check: bool) -> SimpleNamespace:
        self.words = tuple(words)
        Path(words[-1]).write_bytes(self.after)
        return SimpleNamespace(returncode=self.status)


@pytest.fixture
def lend(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A terminal that can be lent, to the editor given."""

    def lend_to(edit: Editor) -> Editor:
        monkeypatch.setenv("VISUAL", "vim")
        monkeypatch.setattr(ReviewApp, "suspend", lambda _: contextlib.nullcontext())
        monkeypatch.setattr(subprocess, "run", edit)
        return edit

    return lend_to


FIXED = BEFORE.replace(
    b"        model = build(128)\n", b"        tf.keras.backend.clear_session()\n        model = build(128)\n"
)


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (AFTER, "your file no longer has it"),
        (b"import os\n" + BEFORE, "your file still has it, at train.py:17"),
        (b"x = (\n", "your file cannot be scanned now"),
    ],
)
async def test_after_the_editor_the_finding_says_what_became_of_it(
    trees: Trees, lend: Any, after: bytes, said: str
) -> None:
    edit = lend(Editor(after))
    trees.file.write_bytes(b"\n\n" + BEFORE)
    app = app_over(trees, DirtyTree(("train.py",), included=False), reviewing(trees.offered))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await review_open(pilot, app)
        await press(pilot, "e")
        await settle(pilot, lambda: said in text(app, "#findings-detail"))
        assert edit.words == ("vim", "+18", str(trees.file))
        assert "commit, then run greenfix again" in [each.message for each in app._notifications][-1]
        assert len(app.session.review.entries) == 1


async def test_an_editor_that_changed_nothing_says_nothing_and_one_that_failed_does(trees: Trees, lend: Any) -> None:
    lend(Editor(BEFORE, status=3))
    app = app_over(trees, reviewing(trees.offered))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await review_open(pilot, app)
        await press(pilot, "e")
        assert [each.message for each in app._notifications] == ["vim ended with status 3."]
        assert app.session.review.edited == {}


async def test_a_terminal_that_cannot_be_lent_is_said(trees: Trees, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "vim")
    app = app_over(trees, reviewing(trees.offered))
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await review_open(pilot, app)
        await press(pilot, "e")
        assert [each.message for each in app._notifications] == ["This terminal cannot be lent to an editor."]
        trees.file.unlink()
        await press(pilot, "e")
        assert [each.message for each in app._notifications][-1] == "train.py is not in your tree."
