"""How a diff is laid out: unified or split, wrapped or not."""

from __future__ import annotations

from greenfix_codemods.finding import FileEdit
from hypothesis import given
from hypothesis import strategies as st

from greenfix.tui.diff.lines import Comparison, FileDiff, Hunk, Kind
from greenfix.tui.diff.rows import Row, rows
from tests.tui.scripted import AFTER, BEFORE

CHANGED = (b"a\nb\nc\n", b"a\nB\nx\nc\n")


def folded(before: bytes, after: bytes) -> FileDiff:
    return Comparison(FileEdit("a.py", before, after)).folded()


def texts(file: FileDiff, made: list[Row]) -> list[tuple[str | None, ...]]:
    """What stands on each side of each row that is no note."""
    hunks: list[Hunk] = list(file.hunks)
    return [
        tuple(hunks[row.hunk].lines[side.index].text[side.start : side.end] if side else None for side in row.sides)
        for row in made
        if row.note is None
    ]


def test_unified_has_one_side_with_removed_before_added() -> None:
    file = folded(*CHANGED)
    assert texts(file, rows([file], split=False, width=None)) == [("a",), ("b",), ("B",), ("x",), ("c",)]


def test_split_puts_what_replaces_a_line_beside_it() -> None:
    file = folded(*CHANGED)
    assert texts(file, rows([file], split=True, width=None)) == [("a", "a"), ("b", "B"), (None, "x"), ("c", "c")]


def test_a_long_line_goes_on_in_the_next_row_of_its_side() -> None:
    file = folded(b"abcdefg\n", b"abcdefgh12\n")
    assert texts(file, rows([file], split=True, width=4)) == [("abcd", "abcd"), ("efg", "efgh"), (None, "12")]


def test_a_wide_letter_is_not_cut_in_two() -> None:
    file = folded("日本語\n".encode(), "日本語!\n".encode())
    assert texts(file, rows([file], split=False, width=5))[:2] == [("日本",), ("語",)]


def test_hunks_are_counted_over_all_files_of_a_patch() -> None:
    files = [folded(BEFORE, AFTER), folded(*CHANGED)]
    made = rows(files, split=False, width=None)
    assert [row.note.text for row in made if row.note and row.note.kind is Kind.FILE] == ["a.py", "a.py"]
    assert {row.hunk for row in made} == {0, 1}


@given(
    st.lists(st.text("ab \té日", max_size=30), max_size=8),
    st.lists(st.text("ab \té日", max_size=30), max_size=8),
    st.integers(2, 12),
)
def test_wrapping_and_splitting_lose_no_letter(before: list[str], after: list[str], width: int) -> None:
    file = folded("\n".join(before).encode(), "\n".join(after).encode())
    plain = texts(file, rows([file], split=True, width=None))
    wrapped = texts(file, rows([file], split=True, width=width))
    for side in (0, 1):
        assert "".join(row[side] or "" for row in wrapped) == "".join(row[side] or "" for row in plain)
