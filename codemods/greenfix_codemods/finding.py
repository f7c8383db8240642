"""The values of a scan: what was found, where, how sure we are, and what could mend it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from enum import StrEnum


class Smell(StrEnum):
    """The two leaks of arXiv 2511.15229 that greenfix mends."""

    IMR = "IMR"
    """Improper Model Reuse: models built, compiled or loaded again in every pass of a loop."""
    UTR = "UTR"
    """Unreleased Tensor References: tensors or arrays kept when nobody needs them."""


class Confidence(StrEnum):
    """How sure a rule is. Both smells are "non-static" (arXiv 2511.15229): every finding says why."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    """Worth a look, but no claim."""

    def reaches(self, least: Confidence) -> bool:
        """Whether it is at least as sure as ``least``."""
        surest_first = list(Confidence)
        return surest_first.index(self) <= surest_first.index(least)


class Mode(StrEnum):
    """How TensorFlow is taken to run the program."""

    EAGER = "eager"
    GRAPH = "graph"
    """TensorFlow 1's: eager execution is turned off, or sessions are used."""


class Safety(StrEnum):
    """What a strategy may do to the program's results."""

    SAFE = "safe"
    """The meaning is kept; argued statically."""
    UNSAFE = "unsafe"
    """Results may change: only the behaviour check can tell."""
    MANUAL = "manual"
    """Explained, never applied."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a file: lines from 1, columns from 1 (in characters), the end column exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class CellLine:
    """A line of a notebook, in two ways; all count from 1.

    As its reader sees it: ``cell`` is the cell's place among all cells, ``line`` counts in it. As tools count that know
    no cells: ``joined`` counts through all code cells one after the other.
    """

    cell: int
    line: int
    joined: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One place that smells.

    ``path`` is relative to the scanned root, with forward slashes. ``fingerprint`` (16 hex digits) holds no line
    number: it stays the same when lines above the finding change. In a notebook ``span`` counts in the program
    that its cells make, and ``cell_line`` says where that is.
    """

    rule: str
    smell: Smell
    path: str
    span: Span
    names: tuple[str, ...]
    confidence: Confidence
    reason: str
    fingerprint: str
    cell_line: CellLine | None = None

    @property
    def place(self) -> str:
        """``train.py:12``, or ``train.ipynb: cell 3, line 5``."""
        return place_of(self.path, self.span.line, self.cell_line)


def place_of(path: str, line: int, cell_line: CellLine | None) -> str:
    """How a person finds a line: by its number in the file, or by cell and line in a notebook."""
    return f"{path}:{line}" if cell_line is None else f"{path}: cell {cell_line.cell}, line {cell_line.line}"


@dataclass(frozen=True, slots=True)
class FileEdit:
    """One file before and after, as bytes, so that encodings and line ends survive."""

    path: str
    before: bytes
    after: bytes
    encoding: str = "utf-8"

    @property
    def diff(self) -> str:
        """The unified diff with ``a/`` and ``b/`` prefixes, three lines of context; empty when nothing changed."""
        old, new = (_lines(data.decode(self.encoding)) for data in (self.before, self.after))
        lines = difflib.unified_diff(old, new, f"a/{self.path}", f"b/{self.path}")
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(text: str) -> list[str]:
    """Split after line feeds only: ``str.splitlines`` also splits at form feeds, which stand inside lines."""
    lines = [f"{line}\n" for line in text.split("\n")]
    lines[-1] = lines[-1].removesuffix("\n")
    return lines if lines[-1] else lines[:-1]


@dataclass(frozen=True, slots=True)
class Patch:
    """A strategy applied to findings: the edits of every file it touches.

    ``assumption`` says which Keras and which mode the program was taken to run with, and why.
    """

    strategy: str
    safety: Safety
    findings: tuple[Finding, ...]
    edits: tuple[FileEdit, ...]
    assumption: str = ""

    @property
    def diff(self) -> str:
        """The unified diff of all files, in order of their path."""
        return "".join(edit.diff for edit in self.edits)


@dataclass(frozen=True, slots=True)
class Withheld:
    """A strategy of the rule that is not offered for a finding, and the condition that stopped it.

    ``assumption`` is that of :class:`Patch`.
    """

    strategy: str
    reason: str
    assumption: str = ""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Everything that could be tried for one finding, best guess first, and what was withheld.

    ``keras`` (2 or 3; None when nothing says it) and ``mode`` are what the program is taken to run with.
    """

    finding: Finding
    patches: tuple[Patch, ...]
    withheld: tuple[Withheld, ...]
    keras: int | None = None
    mode: Mode = Mode.EAGER


@dataclass(frozen=True, slots=True)
class FileError:
    """A file that could not be scanned, with the reason in words."""

    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A finding that a ``# greenfix: ignore[...]`` comment hides, with the reason written there (may be empty)."""

    finding: Finding
    reason: str


@dataclass(frozen=True, slots=True)
class SuppressionNote:
    """A ``# greenfix: ignore`` comment that does not do what its author meant, and what to do about it.

    ``rule`` is the code that suppresses nothing; empty when the comment itself is malformed.
    """

    path: str
    line: int
    rule: str
    message: str
    cell_line: CellLine | None = None

    @property
    def place(self) -> str:
        """``train.py:12``, or ``train.ipynb: cell 3, line 5``."""
        return place_of(self.path, self.line, self.cell_line)


@dataclass(frozen=True, slots=True)
class Funnel:
    """How the passes narrowed the work.

    ``files`` were seen, ``candidates`` of them name a word that a rule could look for, ``parsed`` of them were parsed
    (in a small tree all, to report broken files), and ``findings`` came out. ``excluded`` more files were not looked
    at, as the selection asks. ``cached`` results were still true from the scan before; the other numbers do not change
    by that.
    """

    files: int
    parsed: int
    candidates: int
    findings: int
    excluded: int = 0
    cached: int = 0


@dataclass(frozen=True, slots=True)
class ScanResult:
    """All that a scan learned, sorted by path and line.

    ``findings`` holds none that is ``suppressed``, none that is ``known`` from a baseline, and none that is ``unsure``:
    found with less confidence than was asked for.
    """

    findings: tuple[Finding, ...]
    errors: tuple[FileError, ...]
    funnel: Funnel
    suppressed: tuple[Suppressed, ...] = ()
    notes: tuple[SuppressionNote, ...] = ()
    known: tuple[Finding, ...] = ()
    unsure: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """A finding and the name of the strategy that shall mend it."""

    finding: Finding
    strategy: str
