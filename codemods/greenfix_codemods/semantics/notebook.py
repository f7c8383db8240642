"""A notebook read as one program, and an edited program written back into its cells.

The program is the Python cells one after the other, line by line, with a ``pass`` after each cell: a statement that is
inserted before or after another one is then on the right side of the boundary. IPython's own lines (``%magic``,
``!command``, ``name?``) become ``pass`` and come back as they were. Writing replaces the ``source`` of edited cells in
the text of the file and nothing else, so outputs, metadata, key order, indentation and escapes stay byte for byte.
"""

from __future__ import annotations

import ast
import bisect
import itertools
import json
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from greenfix_codemods.errors import SourceError, StrategyError
from greenfix_codemods.finding import CellLine
from greenfix_codemods.semantics.ipython import ipython_lines, is_python, only_ipython
from greenfix_codemods.semantics.json_text import elements, members

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")


@dataclass(frozen=True, slots=True)
class Cell:
    """A Python cell: its place among all cells from 1, and its lines; the last one mostly has no line end.

    ``lines_before`` counts those of all code cells before it, of other languages too.
    """

    number: int
    lines: tuple[str, ...]
    lines_before: int


@dataclass(frozen=True)
class Notebook:
    """A notebook as it lies on disk. ``text`` is the JSON without byte order mark."""

    path: str
    text: str
    marked: bool
    cells: tuple[Cell, ...]

    @property
    def data(self) -> bytes:
        """The file as it was read."""
        return self.text.encode("utf-8-sig" if self.marked else "utf-8")

    @cached_property
    def program(self) -> str:
        """The Python of all cells; line numbers of findings count in here."""
        return "".join(self.parts)

    @property
    def parts(self) -> tuple[str, ...]:
        """The program cell by cell."""
        return tuple(f"{self._python(cell)}{self._boundary(cell)}\n" for cell in self.cells)

    def cell_line(self, line: int) -> CellLine:
        """Where a line of the program stands in the notebook."""
        index = bisect.bisect_right(self._starts, line) - 1
        in_cell = line - self._starts[index] + 1
        return CellLine(self.cells[index].number, in_cell, self.cells[index].lines_before + in_cell)

    def with_program(self, program: str) -> bytes:
        """The file with ``program``, an edited :attr:`program`, written back into the cells.

        Raises:
            StrategyError: the edit removed a cell's end or an IPython line, or hides the value that a cell shows.
        """
        places = elements(self.text, members(self.text, 0)["cells"][0])
        text = self.text
        for cell, lines in reversed([*zip(self.cells, self._split(program), strict=True)]):
            if lines != cell.lines:
                _check_shown(cell, lines)
                start, end = members(self.text, places[cell.number - 1][0])["source"]
                text = f"{text[:start]}{_literal(text[start:end], lines)}{text[end:]}"
        _validate(self.text, text)
        return text.encode("utf-8-sig" if self.marked else "utf-8")

    @cached_property
    def _mark(self) -> str:
        """Begins the comment on every line of ours; occurs nowhere in the notebook."""
        mark = "# ipython"
        while mark in "".join(line for cell in self.cells for line in cell.lines):
            mark += "_"
        return mark

    @cached_property
    def _starts(self) -> list[int]:
        starts = [1]
        for cell in self.cells:
            starts.append(starts[-1] + len(cell.lines) + 1)
        return starts[:-1]

    @cached_property
    def _magics(self) -> dict[str, str]:
        """Each line of ours and the notebook's line that it stands for, both without line end."""
        found: dict[str, str] = {}
        for cell in self.cells:
            for line, head in ipython_lines(cell.lines):
                found[f"{head}  {self._mark} {cell.number}.{line}"] = _bare(cell.lines[line])
        return found

    def _python(self, cell: Cell) -> str:
        lines = list(cell.lines)
        for line, head in ipython_lines(cell.lines):
            lines[line] = f"{head}  {self._mark} {cell.number}.{line}{_end_of(lines[line])}"
        text = "".join(lines)
        return text if not text or text.endswith(("\n", "\r")) else f"{text}\n"

    def _boundary(self, cell: Cell) -> str:
        return f"pass  {self._mark} {cell.number}"

    def _split(self, program: str) -> list[tuple[str, ...]]:
        """The lines of each cell in an edited program."""
        cells: list[tuple[str, ...]] = []
        current: list[str] = []
        restored: list[str] = []
        for line in _LINE.findall(program):
            bare = _bare(line)
            if len(cells) < len(self.cells) and bare == self._boundary(self.cells[len(cells)]):
                cells.append(_as_before(current, self.cells[len(cells)]))
                current = []
                continue
            if bare in self._magics:
                restored.append(bare)
            current.append(self._magics.get(bare, bare) + line[len(bare) :])
        if len(cells) != len(self.cells) or current or restored != [*self._magics]:
            raise StrategyError(f"{self.path}: the edit does not keep cells and IPython lines as they are")
        return cells


def read_notebook(data: bytes, path: str) -> Notebook:
    """Read the ``.ipynb`` in ``data``.

    Raises:
        SourceError: it is not the JSON of a notebook of format 4.
    """
    marked = data.startswith(b"\xef\xbb\xbf")
    try:
        text = data.decode("utf-8-sig")
        numbered = [*enumerate(json.loads(text)["cells"], 1)]
        sources = [(number, _lines(cell["source"])) for number, cell in numbered if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(path, f"is not a notebook of format 4: {error!r}") from error
    before = itertools.accumulate((len(lines) for _, lines in sources), initial=0)
    cells = (Cell(number, lines, count) for (number, lines), count in zip(sources, before, strict=False))
    return Notebook(path, text, marked, tuple(cell for cell in cells if is_python(cell.lines)))


def _lines(source: str | list[str]) -> tuple[str, ...]:
    text = "".join(source)
    text.encode()  # half of a surrogate pair can stand in JSON, but in no file
    return tuple(_LINE.findall(text))


def _bare(line: str) -> str:
    return line.rstrip("\r\n")


def _end_of(line: str) -> str:
    return line[len(_bare(line)) :]


def _as_before(lines: Sequence[str], cell: Cell) -> tuple[str, ...]:
    """The lines of an edited cell, ended as its lines were; the last one mostly has no line end."""
    ordered = _below_ipython(lines, cell)
    ends = {_end_of(line) for line in cell.lines} - {""}
    if len(ends) == 1:
        [end] = ends
        ordered = [f"{_bare(line)}{end}" for line in ordered]
    if ordered and not (cell.lines and _end_of(cell.lines[-1])):
        ordered[-1] = _bare(ordered[-1])
    return tuple(ordered)


def _below_ipython(lines: Sequence[str], cell: Cell) -> list[str]:
    """What was put on top of a cell, put below the IPython lines there.

    An import that comes first in the program must not come before ``%%time``, which has to stay first, nor before
    ``%load_ext``.
    """
    top = 1 + max((index for index, _ in ipython_lines(cell.lines) if only_ipython(cell.lines[:index])), default=-1)
    waiting = [_bare(line) for line in cell.lines[:top]]
    kept: list[str] = []
    put: list[str] = []
    for line in lines:
        if not waiting:
            break
        if _bare(line) == waiting[0]:
            kept.append(line)
            del waiting[0]
        else:
            put.append(line)
    return [*kept, *put, *lines[len(kept) + len(put) :]]


def _check_shown(cell: Cell, lines: Sequence[str]) -> None:
    if (shown := _shown(cell.lines)) is not None and _shown(lines) != shown:
        raise StrategyError(f"cell {cell.number} would no longer show the value of its last line")


def _shown(lines: Sequence[str]) -> str | None:
    """The last expression of a cell, whose value IPython shows."""
    body = _statements(lines)
    last = body[-1] if body else None
    if not isinstance(last, ast.Expr) or "".join(lines).rstrip().endswith(";"):
        return None
    return ast.dump(last)


def _statements(lines: Sequence[str]) -> list[ast.stmt]:
    python = list(lines)
    for index, head in ipython_lines(lines):
        python[index] = f"{head}\n"
    try:
        return ast.parse("".join(python)).body
    except SyntaxError:
        return []


def _literal(old: str, lines: Sequence[str]) -> str:
    """The JSON of ``lines`` in the style of the ``old`` value; lines that stay keep their own escapes."""
    ascii_only = old.isascii()
    places = elements(old, 0) if old.startswith("[") else []
    if not places:
        return json.dumps("".join(lines), ensure_ascii=ascii_only)
    literals = {json.loads(old[start:end]): old[start:end] for start, end in places}
    before, after = old[1 : places[0][0]], old[places[-1][1] : -1]
    between = old[places[0][1] : places[1][0]] if len(places) > 1 else f",{before}"
    written = (literals.get(line) or json.dumps(line, ensure_ascii=ascii_only) for line in lines)
    return f"[{before}{between.join(written)}{after}]"


def _validate(before: str, after: str) -> None:
    """Hold an edited notebook to the format, unless it did not fit before.

    Raises:
        StrategyError: the edit broke it, which is a bug of ours.
    """
    import nbformat  # 0.2 s, and only a notebook to be rewritten needs it

    def problem(text: str) -> nbformat.ValidationError | None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # missing cell ids are the author's, and stay as they are
            try:
                nbformat.validate(json.loads(text))
            except nbformat.ValidationError as error:
                return error
        return None

    if (error := problem(after)) is not None and problem(before) is None:
        raise StrategyError(f"the notebook would not be valid: {error}")
