"""One parsed file and the project around it: what rules ask their questions of."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from greenfix_codemods.errors import SourceError
from greenfix_codemods.semantics.library_stars import library_star
from greenfix_codemods.semantics.names import Function, Names, read_names
from greenfix_codemods.semantics.source import Source, read_source

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Module:
    """A parsed file. Compared by identity: two parses of one file are two modules."""

    source: Source
    tree: ast.Module
    project: Project
    _known: dict[Callable[[Module], Any], Any] = field(default_factory=dict, repr=False)

    def once(self, analysis: Callable[[Module], T]) -> T:
        """The result of ``analysis(self)``, computed once for all rules and strategies that ask."""
        if analysis not in self._known:
            self._known[analysis] = analysis(self)
        result: T = self._known[analysis]
        return result

    @property
    def path(self) -> str:
        """Relative to the project root, with forward slashes."""
        return self.source.path

    @cached_property
    def parents(self) -> Mapping[ast.AST, ast.AST]:
        """Each node's parent, in breadth-first order."""
        return self._own_names.parents

    @cached_property
    def _own_names(self) -> Names:
        return read_names(self.tree)

    @cached_property
    def lines(self) -> tuple[bytes, ...]:
        """The file's lines as UTF-8, which is what ``ast`` counts its columns in."""
        return tuple(self.source.text.encode().splitlines(keepends=True))

    @cached_property
    def names(self) -> Names:
        """What the names of this file mean."""
        names = self._own_names
        if not names.stars:
            return names
        return replace(names, imports={**self.project.star_imports(names.stars, self), **names.imports})

    @cached_property
    def functions(self) -> Mapping[str, Function]:
        """Module-level functions by name; the last definition of a name counts, as at run time."""
        return {node.name: node for node in self.tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}

    @cached_property
    def classes(self) -> Mapping[str, ast.ClassDef]:
        """Module-level classes by name."""
        return {node.name: node for node in self.tree.body if isinstance(node, ast.ClassDef)}

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


@dataclass(eq=False)
class Project:
    """The files around a module, read when an import leads to them. Unreadable neighbours count as unknown."""

    root: Path
    _modules: dict[str, Module | None] = field(default_factory=dict)
    _starring: set[str] = field(default_factory=set)

    def add(self, source: Source) -> Module:
        """Parse ``source`` and remember it.

        Raises:
            SourceError: it does not parse.
        """
        module = Module(source, source.parse(), self)
        self._modules[source.path] = module
        return module

    def load(self, path: str) -> Module | None:
        """The module at ``path`` (relative to the root), or None when there is none that parses."""
        if path not in self._modules:
            self._modules[path] = None
            file = self.root / path
            if file.is_file():
                try:
                    self.add(read_source(file, path))
                except SourceError:
                    self._modules[path] = None  # its own scan reports it; here it only means "unknown"
        return self._modules[path]

    def added(self, source: Source) -> Module:
        """The module of ``source``, which an import may have led to before.

        Raises:
            SourceError: it does not parse.
        """
        return self._modules.get(source.path) or self.add(source)

    def star_imports(self, stars: Sequence[str], importer: Module) -> dict[str, str]:
        """What ``from module import *`` brings: all of this project's modules, the well-known names of libraries."""
        found: dict[str, str] = {}
        for star in stars:
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
        folder = Path(importer.path).parent
        if dotted.startswith("."):
            level = len(dotted) - len(dotted.lstrip("."))
            for _ in range(level - 1):
                folder = folder.parent
            return self._at(folder, dotted.lstrip("."))
        # A script finds modules beside itself; a package from a folder above it, or from src/.
        for base in (folder, *folder.parents, Path("src"), *self._above):
            if (found := self._at(base, dotted)) is not None:
                return found
        return None

    @cached_property
    def _above(self) -> tuple[Path, ...]:
        """The folders from which a root that is itself a package is imported, up to the one that holds it whole."""
        found: list[Path] = []
        folder = self.root.resolve()
        while (folder / "__init__.py").is_file():
            folder = folder.parent
            found.append(Path(*[".."] * (len(found) + 1)))
        return tuple(found)

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

    def _at(self, base: Path, dotted: str) -> Module | None:
        stem = base.joinpath(*dotted.split(".")) if dotted else base
        candidates = (
            (f"{stem.as_posix()}.py", (stem / "__init__.py").as_posix())
            if dotted
            else ((stem / "__init__.py").as_posix(),)
        )
        return next((module for path in candidates if (module := self.load(path.removeprefix("./")))), None)
