"""A diff as lines, and the widget that shows it: folded, in the colours of the language, lines drawn when in view.

Drawing is by line because a 3,000-line diff laid out at once takes seconds. Each fold is coloured by itself, so a
triple-quoted string that opens above it looks like code; colouring the whole file would cost a second in 13,000 lines.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from enum import StrEnum
from typing import ClassVar

from greenfix_codemods.finding import FileEdit
from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.highlight import highlight
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.visual import Visual

from greenfix.message import count

CONTEXT = 3
TAB = 4
COLOURED_LINES = 1_000
"""Lexing this many lines takes about 0.1 s; a longer hunk (a whole file re-indented) stays without colours."""

OpCode = tuple[str, int, int, int, int]
Ranges = tuple[tuple[int, int], ...]


class Kind(StrEnum):
    """What a line of the diff is; the value is the sign in front of it."""

    FILE = ""
    FOLD = "⋯"
    KEPT = " "
    REMOVED = "-"
    ADDED = "+"


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line: ``old`` and ``new`` are its numbers from 1, ``changed`` the parts (start, end) that differ."""

    kind: Kind
    text: str
    old: int | None = None
    new: int | None = None
    changed: Ranges = ()


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
    hunks: tuple[Hunk, ...] = field(default=())
    hidden: int = 0


def diff(edit: FileEdit, context: int = CONTEXT) -> FileDiff:
    """The hunks of an edit, with ``context`` unchanged lines around each change."""
    old, new = (_lines(data, edit.encoding) for data in (edit.before, edit.after))
    hunks: list[Hunk] = []
    end = 0
    for group in SequenceMatcher(None, old, new).get_grouped_opcodes(context):
        hunks.append(Hunk(tuple(_hunk(group, old, new)), group[0][1] - end))
        end = group[-1][2]
    return FileDiff(edit.path, tuple(hunks), len(old) - end)


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
        emphasis = [_changed(before, after) for before, after in zip(removed, added, strict=False)]
        alone: tuple[Ranges, Ranges] = ((), ())
        emphasis += [alone] * abs(len(removed) - len(added))
        for number, (text, (changed, _)) in enumerate(zip(removed, emphasis, strict=False), old_start + 1):
            yield DiffLine(Kind.REMOVED, text, old=number, changed=changed)
        for number, (text, (_, changed)) in enumerate(zip(added, emphasis, strict=False), new_start + 1):
            yield DiffLine(Kind.ADDED, text, new=number, changed=changed)


def _changed(before: str, after: str) -> tuple[Ranges, Ranges]:
    """The parts of two lines that differ; nothing when they have little in common and emphasis would be noise."""
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if len(before) + len(after) > 1_000 or matcher.ratio() < 0.5:
        return (), ()
    codes = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    return (
        tuple((start, end) for _, start, end, _, _ in codes if start < end),
        tuple((start, end) for _, _, _, start, end in codes if start < end),
    )


def drawn(file: FileDiff) -> Iterator[tuple[DiffLine, Content]]:
    """Every line of the diff as it stands on the screen, with a coloured text."""
    yield _note(Kind.FILE, file.path)
    for hunk in file.hunks:
        if hunk.hidden:
            yield _note(Kind.FOLD, count(hunk.hidden, "unchanged line"))
        yield from zip(hunk.lines, _coloured(hunk.lines), strict=True)
    if file.hunks and file.hidden:
        yield _note(Kind.FOLD, count(file.hidden, "unchanged line"))


def _note(kind: Kind, text: str) -> tuple[DiffLine, Content]:
    return DiffLine(kind, text), Content(text)


def _coloured(lines: Sequence[DiffLine]) -> Iterator[Content]:
    """Old and new side are coloured apart: mixed, a changed quote would spoil the rest of the hunk."""
    if len(lines) > COLOURED_LINES:
        yield from (Content(line.text) for line in lines)
        return
    old = iter(_highlighted([line.text for line in lines if line.old is not None]))
    new = iter(_highlighted([line.text for line in lines if line.new is not None]))
    for line in lines:
        if line.old is not None:
            content = next(old)
        if line.new is not None:
            content = next(new)
        for start, end in line.changed:
            content = content.stylize("bold underline", start, end)
        yield content


def _highlighted(texts: Sequence[str]) -> list[Content]:
    return highlight("\n".join(texts), language="python").split("\n", allow_blank=True)[: len(texts)]


class DiffView(ScrollView, can_focus=True):
    """Shows the edits of one patch. ``{`` and ``}`` change how much unchanged code is in view."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "diff--file",
        "diff--fold",
        "diff--kept",
        "diff--removed",
        "diff--added",
        "diff--gutter",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", "Down", show=False),
        Binding("k", "scroll_up", "Up", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._edits: tuple[FileEdit, ...] = ()
        self._around = CONTEXT
        self._lines: list[tuple[DiffLine, Content]] = []
        self._digits = 0

    def show(self, edits: tuple[FileEdit, ...]) -> None:
        """Show ``edits`` from the top; nothing to do when they are shown already."""
        if edits != self._edits:
            self._edits = edits
            self._draw()
            self.scroll_home(animate=False)

    def widen(self, step: int) -> None:
        """Show more (or with a negative step fewer) unchanged lines around each change."""
        self._around = max(0, self._around + step)
        self._draw()

    @property
    def text(self) -> str:
        """What is shown, as plain text with its signs: for tests and for copying."""
        return "\n".join(f"{line.kind}{line.text}" for line, _ in self._lines)

    def _draw(self) -> None:
        self._lines = [line for edit in self._edits for line in drawn(diff(edit, self._around))]
        numbers = [number for line, _ in self._lines for number in (line.old, line.new) if number]
        self._digits = len(str(max(numbers, default=0)))
        widest = max((content.cell_length for _, content in self._lines), default=0)
        self.virtual_size = Size(widest + self._gutter_width, len(self._lines))
        self.refresh()

    @property
    def _gutter_width(self) -> int:
        return 2 * self._digits + 5

    def render_line(self, y: int) -> Strip:
        """Draw one line of the screen."""
        scroll_x, scroll_y = self.scroll_offset
        width = self.size.width
        row = y + scroll_y
        if row >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        line, content = self._lines[row]
        style = self.get_visual_style(f"diff--{line.kind.name.lower()}")
        full = max(width, self.virtual_size.width)
        text = Visual.to_strips(self, content, full, 1, style, pad=True)[0]
        if line.kind is Kind.FILE:
            return text.crop_extend(scroll_x, scroll_x + width, style.rich_style)
        gutter = Strip([self._gutter(line)])
        room = max(0, width - gutter.cell_length)
        return Strip.join([gutter, text.crop_extend(scroll_x, scroll_x + room, style.rich_style)]).crop(0, width)

    def _gutter(self, line: DiffLine) -> Segment:
        old, new = (f"{number or '':>{self._digits}}" for number in (line.old, line.new))
        component = "diff--gutter" if line.kind is Kind.KEPT else f"diff--{line.kind.name.lower()}"
        return Segment(f" {old} {new} {line.kind} ", self.get_component_rich_style(component))
