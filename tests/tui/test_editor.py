"""The person's editor: which one, how it is told the line, and where the line is now."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenfix.tui.findings.editor import command, editor, line_now


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("vim", "vim +7 a.py"),
        ("/usr/bin/nvim -R", "/usr/bin/nvim -R +7 a.py"),
        ("nano", "nano +7 a.py"),
        ("emacsclient -t", "emacsclient -t +7 a.py"),
        ("code", "code --wait --goto a.py:7"),
        ("code -w", "code -w --goto a.py:7"),
        ("hx", "hx a.py:7"),
        ("subl", "subl --wait a.py:7"),
        ("pycharm", "pycharm --wait --line 7 a.py"),
        ("my-editor", "my-editor a.py"),
    ],
)
def test_each_editor_is_told_the_line_in_its_own_way(words: str, expected: str) -> None:
    assert command(words.split(), Path("a.py"), 7) == expected.split()


def test_visual_goes_before_editor_and_may_have_arguments() -> None:
    assert editor({"VISUAL": "code -n", "EDITOR": "vi"}) == ["code", "-n"]
    assert editor({"VISUAL": "", "EDITOR": "vi"}) == ["vi"]


def test_without_a_wish_a_common_editor_is_taken_and_without_any_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: name if name in {"vi", "vim"} else None)
    assert editor({}) == ["vim"]
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert editor({}) == []


@given(st.lists(st.text("ab", max_size=2), max_size=6), st.integers(1, 5))
def test_lines_that_were_put_above_move_the_line(above: list[str], line: int) -> None:
    before = "\n".join(f"line {number}" for number in range(1, 6))
    assert line_now(before, "\n".join([*above, before]), line) == line + len(above)


def test_a_line_that_is_gone_is_looked_for_where_it_stood() -> None:
    assert line_now("a\nb\nc\nd", "a\nd", 3) == 2
    assert line_now("a\nb\nc", "a\nX\nc", 2) == 2
