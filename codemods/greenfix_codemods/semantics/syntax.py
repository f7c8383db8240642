"""One file's syntax: its tree, and what can be said of it without looking at any other file."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from greenfix_codemods.errors import SourceError
from greenfix_codemods.semantics.code_bytes import code_of
from greenfix_codemods.semantics.dialects import translated
from greenfix_codemods.semantics.index import Index
from greenfix_codemods.semantics.names import Function, Names, read_names
from greenfix_codemods.semantics.source import Source


@dataclass(frozen=True, eq=False)
class Syntax:
    """A parsed file. It never changes, so that the scans of all files that import it share it.

    Attributes:
        source: the file.
        tree: its syntax tree.
        dialect: what the file is written in when it is not Python 3: "Python 2", "a script for IPython". The tree is
            then that of the same program in Python 3: lines are right, columns may be off.
        left_out: what of it could not be read in any dialect, and why.
        unread: the names that stand in what was left out.
    """

    source: Source
    tree: ast.Module
    dialect: str = ""
    left_out: str = ""
    unread: frozenset[str] = frozenset()

    @cached_property
    def names(self) -> Names:
        """What the file's own imports and bindings say; star imports need the project, see ``Module.names``."""
        return read_names(self.tree)

    @cached_property
    def index(self) -> Index:
        """The nodes by their type."""
        return Index(self.names.parents)

    @cached_property
    def code(self) -> bytes:
        """The file's bytes without comments and strings."""
        return code_of(self.source.data)

    @cached_property
    def lines(self) -> tuple[bytes, ...]:
        """The file's lines as UTF-8, which is what ``ast`` counts its columns in."""
        return tuple(self.source.text.encode().splitlines(keepends=True))

    @cached_property
    def functions(self) -> Mapping[str, Function]:
        """Module-level functions by name; the last definition of a name counts, as at run time."""
        return {node.name: node for node in self.tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}

    @cached_property
    def classes(self) -> Mapping[str, ast.ClassDef]:
        """Module-level classes by name."""
        return {node.name: node for node in self.tree.body if isinstance(node, ast.ClassDef)}


def parsed(source: Source) -> Syntax:
    """The syntax of ``source``.

    Raises:
        SourceError: it does not parse.
    """
    try:
        return Syntax(source, source.parse())
    except SourceError:
        if (found := translated(source)) is None:
            raise
        return Syntax(source, found.tree, found.dialect, found.left_out, found.unread)
