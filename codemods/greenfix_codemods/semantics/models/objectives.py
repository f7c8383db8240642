"""Functions that another file of the project hands to a search, and functions that only a search can call."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from greenfix_codemods.errors import SourceError
from greenfix_codemods.semantics.index import index_of
from greenfix_codemods.semantics.models import searches
from greenfix_codemods.semantics.module import Module, Project
from greenfix_codemods.semantics.names import Function

_SEARCHES = re.compile(rb"\b(?:%b)\b" % "|".join(sorted(searches.NAMES)).encode())
MOST_NEIGHBOURS = 200
"""Files looked at; a folder of more is no folder of scripts."""


def searched_elsewhere(function: Function, module: Module) -> str | None:
    """Who calls ``function`` again and again, judged by the files around it; None when nobody seems to.

    An Optuna objective (it asks a ``trial`` for values) needs no proof of ``study.optimize``, unless the project only
    ever calls it directly, as people do with the best trial.
    """
    calls = module.once(_calls_of)
    called = function.name in calls.direct
    for neighbour in mentioning(function.name, module):
        calls = neighbour.once(_calls_of)
        if function.name in calls.handed:
            return f"{calls.handed[function.name]} in {neighbour.path}"
        called = called or function.name in calls.direct
    return None if called else _asks(function)


def may_be_searched(function: Function, module: Module) -> bool:
    """Whether :func:`searched_elsewhere` could name somebody: told by bytes, nothing is parsed."""
    return function.name.encode() in module.once(_searching_nearby) or _asks(function) is not None


def _searching_nearby(module: Module) -> bytes:
    """The files nearby in which a search has its name."""
    project = module.project
    return b"\n".join(
        project.read(path) for path in _nearby(project, PurePosixPath(module.path)) if project.matches(path, _SEARCHES)
    )


@dataclass(frozen=True, slots=True)
class _Calls:
    """The names that a module calls, and those that it hands to a search, with the search's name."""

    direct: frozenset[str]
    handed: dict[str, str]


def _calls_of(module: Module) -> _Calls:
    direct: set[str] = set()
    handed: dict[str, str] = {}
    for node in module.once(index_of).all(ast.Call):
        direct.add(_name(node.func))
        by = searches.searcher(module.names.raw(node.func) or _name(node.func), node)
        if by is not None:
            handed |= dict.fromkeys(_given(node), by)
    return _Calls(frozenset(direct), handed)


def _given(node: ast.Call) -> Iterator[str]:
    """The names among the arguments, also inside ``lambda trial: objective(trial, data)``."""
    for item in (*node.args, *(keyword.value for keyword in node.keywords)):
        if isinstance(item, ast.Lambda):
            yield from (_name(part) for part in ast.walk(item.body))
        elif name := _name(item):
            yield name


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _asks(function: Function) -> str | None:
    """The search whose values the function asks for: ``trial.suggest_int(...)``."""
    names = {argument.arg for argument in function.args.args if "trial" in argument.arg.lower()}
    asks = bool(names) and any(
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in names
        and node.attr.startswith("suggest_")
        for node in ast.walk(function)
    )
    return "Optuna" if asks else None


def mentioning(name: str, module: Module) -> Iterator[Module]:
    """The project's other files nearby that use a function of this name and define none."""
    own = PurePosixPath(module.path)
    for path in _nearby(module.project, own):
        try:
            data = module.project.read(path)
        except SourceError:
            continue  # the scan of that file reports it
        if name.encode() in data and (found := module.project.load(path)) is not None and name not in found.functions:
            yield found


def _nearby(project: Project, own: PurePosixPath) -> list[str]:
    folders = [own.parent] if own.parent == PurePosixPath() else [own.parent, own.parent.parent]
    paths = [path for folder in folders for path in project.scripts_in("" if str(folder) == "." else str(folder))]
    return [path for path in paths[:MOST_NEIGHBOURS] if path != str(own)]
