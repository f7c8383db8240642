"""Two versions of a file as hunks of changed lines, each with the parts in which it differs from its counterpart."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from functools import lru_cache

from greenfix_codemods.finding import FileEdit

CONTEXT = 3
TAB = 4

OpCode = tuple[str, int, int, int, int]
Ranges = tuple[tuple[int, int], ...]
_WORDS = re.compile(r"\w+|\s+|.", re.DOTALL)


class Kind(StrEnum):
    """What a line of the diff is; the value is the sign in front of it."""

    FILE = ""
    FOLD = "⋯"
    KEPT = " "
    REMOVED = "-"
    ADDED = "+"


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line: ``old`` and ``new`` are its numbers from 1, ``partner`` the line of the other side in its place."""

    kind: Kind
    text: str
    old: int | None = None
    new: int | None = None
    partner: str = ""

    @property
    def changed(self) -> Ranges:
        """The parts (start, end) that differ from the partner; found when asked for, since few lines are in view."""
        if self.kind is Kind.REMOVED:
            return _changes(self.text, self.partner)[0]
        return _changes(self.partner, self.text)[1] if self.kind is Kind.ADDED else ()


@dataclass(frozen=True, slots=True)
class Hunk:
    """Changed lines with their context, next to each other in both files."""

    lines: tuple[DiffLine, ...]
    hidden: int
    """Unchanged lines folded away above it."""


@dataclass(frozen=True, slots=True)
class FileDiff:
    """Every hunk of one file, and how many unchanged lines follow the last."""

    path: str
    hunks: tuple[Hunk, ...] = ()
    hidden: int = 0


class Comparison:
    """Both versions of one file, compared once; how much of it is shown may change afterwards."""

    def __init__(self, edit: FileEdit) -> None:
        self._path = edit.path
        self._old, self._new = (_lines(data, edit.encoding) for data in (edit.before, edit.after))
        self._codes = SequenceMatcher(None, self._old, self._new).get_opcodes()

    def folded(self, context: int = CONTEXT) -> FileDiff:
        """The hunks, with ``context`` unchanged lines around each change."""
        hunks: list[Hunk] = []
        end = 0
        for group in _grouped(self._codes, context):
            hunks.append(Hunk(tuple(_hunk(group, self._old, self._new)), group[0][1] - end))
            end = group[-1][2]
        return FileDiff(self._path, tuple(hunks), len(self._old) - end)


def _grouped(codes: Sequence[OpCode], context: int) -> Iterator[list[OpCode]]:
    """Changes with the equal lines around them. difflib's own grouping trims the codes that it keeps, for good."""
    group: list[OpCode] = []
    for code in codes:
        tag, start, end, new_start, new_end = code
        head = (tag, start, min(end, start + context), new_start, min(new_end, new_start + context))
        tail = (tag, max(start, end - context), end, max(new_start, new_end - context), new_end)
        if tag != "equal" or (group and code is not codes[-1] and end - start <= 2 * context):
            group.append(code)
        elif not group:
            group = [tail]
        else:
            yield [*group, head]
            group = [tail]
    if any(code[0] != "equal" for code in group):
        yield group


def _lines(data: bytes, encoding: str) -> list[str]:
    """Lines as Python counts them: ``str.splitlines`` would also split at form feeds."""
    text = io.StringIO(data.decode(encoding), newline=None).read()
    return [line.expandtabs(TAB) for line in text.removesuffix("\n").split("\n")]


def _hunk(group: Sequence[OpCode], old: Sequence[str], new: Sequence[str]) -> Iterator[DiffLine]:
    for tag, old_start, old_end, new_start, new_end in group:
        if tag == "equal":
            for offset, text in enumerate(old[old_start:old_end]):
                yield DiffLine(Kind.KEPT, text, old_start + offset + 1, new_start + offset + 1)
            continue
        removed, added = old[old_start:old_end], new[new_start:new_end]
        for number, text in enumerate(removed):
            yield DiffLine(Kind.REMOVED, text, old=old_start + number + 1, partner=_at(added, number))
        for number, text in enumerate(added):
            yield DiffLine(Kind.ADDED, text, new=new_start + number + 1, partner=_at(removed, number))


def _at(lines: Sequence[str], number: int) -> str:
    return lines[number] if number < len(lines) else ""


@lru_cache(maxsize=4096)
def _changes(before: str, after: str) -> tuple[Ranges, Ranges]:
    """The words of two lines that differ; nothing when they have little in common and emphasis would be noise."""
    if not before or not after or len(before) + len(after) > 1_000:
        return (), ()
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < 0.5:
        return (), ()
    codes = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    return (
        _ranges(old, [(start, end) for _, start, end, _, _ in codes]),
        _ranges(new, [(start, end) for _, _, _, start, end in codes]),
    )


def _ranges(words: Sequence[str], spans: Sequence[tuple[int, int]]) -> Ranges:
    """Spans of words as spans of characters."""
    ends = [0]
    for word in words:
        ends.append(ends[-1] + len(word))
    return tuple((ends[start], ends[end]) for start, end in spans if start < end)
