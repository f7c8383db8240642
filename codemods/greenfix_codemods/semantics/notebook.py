"""A notebook read as one program, and an edited program written back into its cells.

The program is the Python cells one after the other, line by line, with a ``pass`` after each cell: a statement that is
inserted before or after another one is then on the right side of the boundary. IPython's own lines (``%magic``,
``!command``, ``name?``) become ``pass`` and come back as they were. Writing replaces the ``source`` of edited cells in
the text of the file and nothing else, so outputs, metadata, key order, indentation and escapes stay byte for byte.
"""

from __future__ import annotations

import ast
import bisect
import io
import json
import re
import tokenize
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from greenfix_codemods.errors import SourceError, StrategyError
from greenfix_codemods.finding import CellLine
from greenfix_codemods.semantics.json_text import elements, members

WRAPPING = frozenset(
    {"time", "timeit", "capture", "prun", "memit", "mprun", "lprun", "scalene", "snakeviz", "pyinstrument", "debug"}
)
"""Cell magics whose cell is Python that runs in this process; after every other ``%%`` comes another language."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
_MAGIC = re.compile(r"\s*(?:[%!]|\?{1,2}\s*[\w.%*]|[\w.%*]+\?{1,2}\s*$)")
_ASSIGNED = re.compile(r"(?P<head>\s*[\w.,\s\[\]'\"]*[^=!<>\s]\s*=\s*)[%!]\s*\w")


@dataclass(frozen=True, slots=True)
class Cell:
    """A Python cell: its place among all cells from 1, and its lines; the last one mostly has no line end."""

    number: int
    lines: tuple[str, ...]


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
        return "".join(f"{self._python(cell)}{self._boundary(cell)}\n" for cell in self.cells)

    def cell_line(self, line: int) -> CellLine:
        """Where a line of the program stands in the notebook."""
        index = bisect.bisect_right(self._starts, line) - 1
        return CellLine(self.cells[index].number, line - self._starts[index] + 1)

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
            for line, head in _ipython_lines(cell.lines):
                found[f"{head}  {self._mark} {cell.number}.{line}"] = cell.lines[line].rstrip("\r\n")
        return found

    def _python(self, cell: Cell) -> str:
        lines = list(cell.lines)
        for line, head in _ipython_lines(cell.lines):
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
            bare = line.rstrip("\r\n")
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
        cells = [Cell(number, _lines(cell["source"])) for number, cell in numbered if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(path, f"is not a notebook of format 4: {error!r}") from error
    return Notebook(path, text, marked, tuple(cell for cell in cells if _is_python(cell)))


def _lines(source: str | list[str]) -> tuple[str, ...]:
    text = "".join(source)
    text.encode()  # half of a surrogate pair can stand in JSON, but in no file
    return tuple(_LINE.findall(text))


def _is_python(cell: Cell) -> bool:
    first = next((line.strip() for line in cell.lines if line.strip()), "")
    return not first.startswith("%%") or first[2:].partition(" ")[0] in WRAPPING


def _ipython_lines(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The lines that only IPython understands, by index, each with the Python that can stand there.

    A line in the middle of a statement is never one: ``% b)`` may be the end of ``(a``. A line that ends in a
    backslash takes the next one along.
    """
    if _parses("".join(lines)):
        return
    pending, head = "", None
    for index, line in enumerate(lines):
        bare = line.rstrip("\r\n")
        if head is None and not pending:
            head = _python_for(bare)
        if head is None:
            pending = f"{pending}{line}" if _unfinished(f"{pending}{line}") else ""
        else:
            yield index, head
            head = f"{_indent(head)}pass" if bare.endswith("\\") else None


def _python_for(line: str) -> str | None:
    """What can stand for a line that only IPython understands; None when Python does."""
    if _MAGIC.match(line):
        return f"{_indent(line)}pass"
    match = _ASSIGNED.match(line)
    return f"{match['head']}None" if match else None


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _parses(code: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _unfinished(code: str) -> bool:
    """Whether a bracket, a string or a continued line is still open at the end of ``code``."""
    try:
        for _ in tokenize.generate_tokens(io.StringIO(code.lstrip()).readline):
            pass
    except tokenize.TokenError as error:
        return "EOF in multi-line" in str(error)
    return False


def _end_of(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def _as_before(lines: Sequence[str], cell: Cell) -> tuple[str, ...]:
    """The lines of an edited cell: what was put on top comes after IPython's lines there, the last line ends as before.

    An import that is put first must not come before ``%%time``, which has to stay first, nor before ``%load_ext``.
    """
    top = 1 + max((index for index, _ in _ipython_lines(cell.lines) if _only_ipython(cell.lines[:index])), default=-1)
    waiting = [line.rstrip("\r\n") for line in cell.lines[:top]]
    kept: list[str] = []
    put: list[str] = []
    for line in lines:
        if not waiting:
            break
        if line.rstrip("\r\n") == waiting[0]:
            kept.append(line)
            del waiting[0]
        else:
            put.append(line)
    ordered = [*kept, *put, *lines[len(kept) + len(put) :]]
    if not ordered or (cell.lines and _end_of(cell.lines[-1])):
        return tuple(ordered)
    return (*ordered[:-1], ordered[-1].rstrip("\r\n"))


def _only_ipython(lines: Sequence[str]) -> bool:
    """Whether nothing but IPython's lines, comments and empty lines stands here."""
    ours = {index for index, _ in _ipython_lines(lines)}
    return all(index in ours or line.lstrip()[:1] in {"", "#"} for index, line in enumerate(lines))


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
    for index, head in _ipython_lines(lines):
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
