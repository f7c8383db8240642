from __future__ import annotations

import pytest
from greenfix_codemods.finding import FileEdit


def diff(before: str, after: str) -> list[str]:
    return FileEdit("a.py", before.encode(), after.encode()).diff.split("\n")


def test_a_form_feed_does_not_end_a_line() -> None:
    assert diff("\x0ca = 1\n", "\x0ca = 2\n")[3:] == ["-\x0ca = 1", "+\x0ca = 2", ""]


def test_a_missing_final_line_end_is_said() -> None:
    assert diff("a = 1", "a = 2")[3:] == [
        "-a = 1",
        "\\ No newline at end of file",
        "+a = 2",
        "\\ No newline at end of file",
        "",
    ]


def test_carriage_returns_stay_in_their_lines() -> None:
    assert diff("a = 1\r\n", "a = 2\r\n")[3:] == ["-a = 1\r", "+a = 2\r", ""]


@pytest.mark.parametrize("text", ["", "a = 1\n", "a = 1"])
def test_no_change_is_no_diff(text: str) -> None:
    assert diff(text, text) == [""]
