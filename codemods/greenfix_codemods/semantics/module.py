"""One parsed file and the project around it: what rules ask their questions of."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from greenfix_codemods.errors import SourceError
from greenfix_codemods.semantics.library_stars import library_star
from greenfix_codemods.semantics.locating import Locator
from greenfix_codemods.semantics.names import Function, Names, is_inside
from greenfix_codemods.semantics.shelf import Question, Shelf
from greenfix_codemods.semantics.source import Source
from greenfix_codemods.semantics.syntax import Syntax, parsed

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Module:
    """A parsed file seen from one scan. Compared by identity: two scans of one file have two modules."""

    syntax: Syntax
    project: Project
    _known: dict[Callable[[Module], Any], Any] = field(default_factory=dict, repr=False)

    def once(self, analysis: Callable[[Module], T]) -> T:
        """The result of ``analysis(self)``, computed once for all rules and strategies that ask."""
        if analysis not in self._known:
            self._known[analysis] = analysis(self)
        result: T = self._known[analysis]
        return result

    def forget(self) -> None:
        """Drop what ``once`` remembers: analyses that refer to one another and back to this module."""
        for analysis in self._known.values():
            if getattr(analysis, "module", None) is self:  # what all scans of the file share stays as it is
                vars(analysis).clear()
        self._known.clear()

    @property
    def path(self) -> str:
        """Relative to the project root, with forward slashes."""
        return self.syntax.source.path

    @property
    def source(self) -> Source:
        """The file as it lies on disk."""
        return self.syntax.source

    @property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return self.syntax.tree

    @cached_property
    def parents(self) -> Mapping[ast.AST, ast.AST]:
        """Each node's parent, in breadth-first order."""
        return self.syntax.names.parents

    @property
    def lines(self) -> tuple[bytes, ...]:
        """The file's lines as UTF-8, which is what ``ast`` counts its columns in."""
        return self.syntax.lines

    @cached_property
    def names(self) -> Names:
        """What the names of this file mean."""
        names = self.syntax.names
        if not names.stars:
            return names
        return replace(names, imports={**self.project.star_imports(names.stars, self), **names.imports})

    @cached_property
    def functions(self) -> Mapping[str, Function]:
        """Module-level functions by name; the last definition of a name counts, as at run time."""
        return self.syntax.functions

    @cached_property
    def classes(self) -> Mapping[str, ast.ClassDef]:
        """Module-level classes by name."""
        return self.syntax.classes

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around ``node``, innermost first, up to the module."""
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent

    def enclosing_function(self, node: ast.AST) -> Function | None:
        """The function whose body ``node`` runs in, if any."""
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        return next((around for around in self.ancestors(node) if isinstance(around, functions)), None)

    def enclosing_class(self, node: ast.AST) -> ast.ClassDef | None:
        """The class around ``node``, if any."""
        return next((around for around in self.ancestors(node) if isinstance(around, ast.ClassDef)), None)


class Project:
    """The files around one scanned module, read when an import leads to them. Unreadable neighbours count as unknown.

    Each scanned file has a project of its own: what an analysis finds out must depend on the files it looked at
    (``consulted``), and not on what was scanned before. The parsed trees are shared through a shelf.
    """

    def __init__(self, root: Path, shelf: Shelf | None = None) -> None:
        self.root = root
        self.consulted: dict[Question, None] = {}
        self._shelf = shelf or Shelf(root)
        self._modules: dict[str, Module | None] = {}
        self._found: dict[tuple[str, str], Module | None] = {}
        self._starring: set[str] = set()
        self._locator = Locator(root, self._shelf, self.consulted)

    @property
    def tree(self) -> Project | Shelf:
        """What all projects have in common that see the files of one tree as they lie on disk."""
        return self if self._locator.added else self._shelf

    def add(self, source: Source) -> Module:
        """Parse ``source`` and remember it in place of what is on disk.

        Raises:
            SourceError: it does not parse.
        """
        module = Module(parsed(source), self)
        self._modules[source.path] = module
        self._locator.added[source.path] = source
        return module

    def open(self, path: str) -> Module:
        """The module at ``path`` (relative to the root).

        Raises:
            SourceError: it cannot be read or parsed.
        """
        self.consulted["file", path] = None
        module = self._modules.get(path) or Module(self._shelf.syntax(path), self)
        self._modules[path] = module
        return module

    def load(self, path: str) -> Module | None:
        """The module at ``path`` (relative to the root), or None when there is none that parses."""
        if path not in self._modules:
            self._modules[path] = None
            self.consulted["file", path] = None
            if self._shelf.has_file(path):
                with suppress(SourceError):  # its own scan reports it; here it only means "unknown"
                    self.open(path)
        return self._modules[path]

    def read(self, path: str) -> bytes:
        """The bytes of a file.

        Raises:
            SourceError: it cannot be read.
        """
        self.consulted["file", path] = None
        return self._shelf.read(path)

    def scripts_in(self, folder: str) -> list[str]:
        """The Python files right in ``folder``, sorted."""
        self.consulted["scripts", folder] = None
        return self._shelf.scripts_in(folder)

    def star_imports(self, stars: Sequence[str], importer: Module) -> dict[str, str]:
        """What ``from module import *`` brings: all of this project's modules, the well-known names of libraries."""
        found: dict[str, str] = {}
        for star in stars:
            if is_inside(star):
                continue  # dear to read, and it brings nothing that a rule knows
            module = self.imported(star, importer)
            if module is None:
                found |= library_star(star)
                continue
            if module.path in self._starring:
                continue  # a circle of star imports
            self._starring.add(module.path)
            try:
                own = {name: f"{star}.{name}" for name in (*module.functions, *module.classes)}
                found |= {name: dotted for name, dotted in module.names.imports.items() if not dotted.startswith(".")}
                found |= own
            finally:
                self._starring.discard(module.path)
        return {name: dotted for name, dotted in found.items() if not name.startswith("_")}

    def imported(self, dotted: str, importer: Module) -> Module | None:
        """The project's module called ``dotted`` (leading dots are relative), as seen from ``importer``."""
        folder = importer.path.rpartition("/")[0]
        if (folder, dotted) not in self._found:
            loaded = map(self.load, self._locator.candidates(dotted, folder))
            self._found[folder, dotted] = next((module for module in loaded if module is not None), None)
        return self._found[folder, dotted]

    def forget(self) -> None:
        """Drop the modules and what was found out about them.

        They refer to one another, so that their trees would wait for the garbage collector, which took a seventh of a
        large scan.
        """
        for module in self._modules.values():
            if module is not None:
                module.forget()
        self._modules.clear()
        self._found.clear()

    @property
    def programs(self) -> Sequence[str]:
        """The paths of all Python files of the tree, without notebooks."""
        return self._shelf.programs

    def matches(self, path: str, pattern: re.Pattern[bytes]) -> bool:
        """Whether ``pattern`` is found in the file's bytes; not in those of a file that cannot be read."""
        return self._locator.matches(path, pattern)

    def imports_of(self, path: str) -> Iterable[str]:
        """The modules that the import statements of the file at ``path`` may mean, as written; nothing is parsed."""
        return self._locator.imports(path)

    def leading_from(self, path: str, outside: Set[str] = frozenset()) -> Iterator[str]:
        """The paths of the project's files that the imports of the file at ``path`` run; nothing is parsed.

        Packages whose name is in ``outside`` are not looked for.
        """
        return self._locator.leading_from(path, outside)

    def is_own(self, dotted: str, importer: Module) -> bool:
        """Whether an import of ``dotted`` runs a file of this project; nothing is parsed."""
        return any(self._locator.run_by(dotted, importer.path.rpartition("/")[0]))

    def definition(self, dotted: str, importer: Module) -> tuple[Module, Function | ast.ClassDef] | None:
        """The function or class that ``dotted`` (module and name) leads to, through re-exports, in this project."""
        for _ in range(5):  # a chain of re-exports longer than five is a cycle
            holder, _, name = dotted.rpartition(".")
            if not name:
                return None
            module = self.imported(holder or "." * (len(dotted) - len(dotted.lstrip("."))), importer)
            if module is None:
                return None
            found = module.functions.get(name) or module.classes.get(name)
            if found is not None:
                return module, found
            if name not in module.names.imports:
                return None
            dotted, importer = module.names.imports[name], module
        return None
