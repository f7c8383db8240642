"""Which files of a project an entrypoint can run: the closure of its imports.

A finding in a file that the measured command never imports cannot be measured by it, so its patch must not ride along.
"""

from __future__ import annotations

from pathlib import Path
from weakref import WeakKeyDictionary

from greenfix_codemods.semantics.module import Project
from greenfix_codemods.semantics.shelf import Shelf


def reachable_files(root: Path, entry: str) -> frozenset[str]:
    """The paths (relative to ``root``) of ``entry`` and of every project file it imports, directly or not.

    Imports made by name at run time (``importlib.import_module(name)``) are not seen.
    """
    return reached_from(entry, Project(root))


def reached_from(entry: str, project: Project) -> frozenset[str]:
    """The paths of ``entry`` and of every file of ``project`` that it imports, directly or not."""
    seen = {entry}
    waiting = [entry]
    while waiting:
        new = _imported_by(waiting.pop(), project) - seen
        seen |= new
        waiting.extend(new)
    return frozenset(seen)


_direct: WeakKeyDictionary[Project | Shelf, dict[str, frozenset[str]]] = WeakKeyDictionary()
"""What each file imports itself. Paths and not modules: the trees of a large project do not fit into memory."""


def _imported_by(path: str, project: Project) -> frozenset[str]:
    known = _direct.setdefault(project.tree, {})
    if path not in known:
        known[path] = frozenset(project.leading_from(path))
    return known[path]
