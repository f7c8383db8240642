"""The corpus as values: each ``corpus/<smell>-<name>/case.toml`` read, checked and frozen.

A case says what must be found in a program and what mends it, so a misspelt key would silently weaken a test: the
loader knows every key, its type and its allowed values, and raises :class:`CaseError` on anything else.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

CORPUS = Path(__file__).resolve().parent.parent / "corpus"

SMELLS = ("IMR", "UTR")
MODES = ("eager", "graph")
RULES = (
    *("IMR001", "IMR002", "IMR003", "IMR004", "IMR005", "IMR006"),
    *("UTR001", "UTR002", "UTR003", "UTR004", "UTR005"),
)
STRATEGIES = (
    *("clear-session", "clear-session-no-gc", "freeze-and-clear", "release-model"),
    *("hoist-compile", "hoist-and-reset", "rebuild"),
    *("store-scalar", "store-numpy", "release", "release-and-collect", "freeze-and-collect"),
    *("collect-then-concat", "delete-tape", "release-before-fit"),
)
WINNERS = (*STRATEGIES, "none", "unmeasured")


class CaseError(Exception):
    """A ``case.toml`` that does not say what it must, with the file and the key."""


@dataclass(frozen=True, slots=True)
class Expected:
    """A finding that a scan must report, and the strategies that it must offer there, no more and no less.

    In a notebook ``line`` counts through its code cells as if they were one file, as a scan counts it.
    """

    rule: str
    path: str
    line: int
    strategies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotOffered:
    """A strategy that must not be offered for this program, and why."""

    strategy: str
    why: str


@dataclass(frozen=True, slots=True)
class Case:
    """One program of the corpus.

    ``seconds`` is the CPU time of the program as found, on a 2-core machine. ``requires`` names packages that it
    imports beyond the extra ``tensorflow``. ``winner`` is the strategy that saves most ("none": nothing saves;
    "unmeasured": nobody has raced it yet), ``ties`` are those that save as much within the noise: any of them may win.
    A hard negative has no ``expect``.
    """

    folder: Path
    description: str
    smell: str
    mode: str
    entrypoint: tuple[str, ...]
    seconds: float
    winner: str
    ties: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    expect: tuple[Expected, ...] = ()
    withhold: tuple[NotOffered, ...] = ()

    @property
    def name(self) -> str:
        """The folder's name, which is the identity of the case."""
        return self.folder.name


def load_cases(root: Path = CORPUS) -> list[Case]:
    """Every case under ``root`` in order of its name. Raises :class:`CaseError` for the first that is wrong."""
    return [load_case(folder) for folder in sorted(root.iterdir()) if folder.is_dir() and folder.name != "__pycache__"]


def load_case(folder: Path) -> Case:
    """The case of one folder. Raises :class:`CaseError` on a missing, unknown or wrongly typed key."""
    file = folder / "case.toml"
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise CaseError(f"{file}: {error}") from error
    expect = tuple(_build(Expected, row, file) for row in table.pop("expect", []))
    withhold = tuple(_build(NotOffered, row, file) for row in table.pop("withhold", []))
    case = _build(Case, {"folder": folder, **table, "expect": expect, "withhold": withhold}, file)
    _check_words(case, file)
    return case


_TYPES: dict[str, type | tuple[type, ...]] = {"str": str, "int": int, "float": (int, float)}


def _build(kind: type[T], table: Mapping[str, object], file: Path) -> T:
    """A dataclass from a table whose keys and types must be its fields'."""
    known = {field.name: field for field in fields(kind)}  # type: ignore[arg-type]  # mypy has no "type of a dataclass"
    required = {name for name, field in known.items() if field.default is MISSING}
    for word, names in (("unknown", set(table) - set(known)), ("missing", required - set(table))):
        if names:
            raise CaseError(f"{file}: {word} in {kind.__name__}: {', '.join(sorted(names))}")
    values: dict[str, Any] = {}
    for name, value in table.items():
        annotation = str(known[name].type)
        values[name] = _tuple(value, name, file) if annotation.startswith("tuple") else value
        if annotation in _TYPES and (isinstance(value, bool) or not isinstance(value, _TYPES[annotation])):
            raise CaseError(f"{file}: {name} must be {annotation}, not {value!r}")
    return kind(**values)


def _tuple(value: object, name: str, file: Path) -> tuple[object, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, (str, Expected, NotOffered)) for item in value):
        raise CaseError(f"{file}: {name} must be a list, not {value!r}")
    return tuple(value)


def _check_words(case: Case, file: Path) -> None:
    """Raises :class:`CaseError` unless every word is one of the vocabulary."""
    words = [("smell", case.smell, SMELLS), ("mode", case.mode, MODES), ("winner", case.winner, WINNERS)]
    words += [("rule", finding.rule, RULES) for finding in case.expect]
    words += [("strategy", name, STRATEGIES) for finding in case.expect for name in finding.strategies]
    words += [("strategy", row.strategy, STRATEGIES) for row in case.withhold]
    words += [("ties", name, STRATEGIES) for name in case.ties]
    for key, word, allowed in words:
        if word not in allowed:
            raise CaseError(f"{file}: {key} {word!r} is none of {', '.join(allowed)}")
