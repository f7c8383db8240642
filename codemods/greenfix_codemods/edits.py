"""The edits that strategies ask for, as values: what to put where, by the ``ast`` nodes of the site.

A strategy decides on ``ast`` and never sees LibCST; :mod:`greenfix_codemods.editing` is the one module that does. All
edits of a strategy are made together, so each of them may speak of the file as it was.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Where(StrEnum):
    """Where code goes, seen from the statement that it is anchored to."""

    BEFORE = "before"
    """On lines of its own above the statement; comments above the statement stay with it."""
    HEAD = "head"
    """Above the statement but below the comments and empty lines there: how a first import is joined by another."""
    AFTER = "after"
    """On lines of its own below the statement."""
    FIRST = "first"
    """First in the body of the loop or function, after a docstring."""
    LAST = "last"
    """Last in the body of the loop."""


@dataclass(frozen=True, slots=True)
class Insert:
    """One new statement."""

    anchor: ast.stmt
    where: Where
    code: str


@dataclass(frozen=True, slots=True)
class Move:
    """Whole statement lines, with the comments above them, to ``BEFORE`` the anchor or ``FIRST`` into its body.

    ``statements`` stand in one block, in order, before or inside of the anchor.
    """

    statements: tuple[ast.stmt, ...]
    anchor: ast.stmt
    where: Where


@dataclass(frozen=True, slots=True)
class Replace:
    """``template``, with ``{}`` for the code of the expression: ``float({})``, ``{}.numpy()``, or just ``None``."""

    expression: ast.expr
    template: str


@dataclass(frozen=True, slots=True)
class ReplaceStatement:
    """A simple statement by another one on the same line; the comment behind it stays."""

    statement: ast.stmt
    code: str


Edit = Insert | Move | Replace | ReplaceStatement
Edits = Sequence[Edit]
