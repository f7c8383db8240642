"""The README's pictures can be made at any time."""

from __future__ import annotations

from pathlib import Path

from tests.tui.pictures import render, scripted


async def test_one_picture_of_each_screen_is_written(tmp_path: Path) -> None:
    story, title = scripted()
    await render(story, title, tmp_path)
    expected = {"findings": "clear_session", "plan": "hoist", "verify": "elapsed", "verdict": "evidence"}
    expected["commit"] = "Evidence-SHA256"
    assert {path.stem for path in tmp_path.iterdir()} == set(expected)
    for name, word in expected.items():
        assert word in (tmp_path / f"{name}.svg").read_text(encoding="utf-8")
