"""Functions that another file of the project hands to a search, and functions that only a search can call."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from greenfix_codemods.semantics import searches
from greenfix_codemods.semantics.module import Module, Project
from greenfix_codemods.semantics.names import Function

MOST_NEIGHBOURS = 200
"""Files looked at; a folder of more is no folder of scripts."""


def searched_elsewhere(function: Function, module: Module) -> str | None:
    """Who calls ``function`` again and again, judged by the files around it; None when nobody seems to.

    An Optuna objective (it asks a ``trial`` for values) needs no proof of ``study.optimize``, unless the project only
    ever calls it directly, as people do with the best trial.
    """
    called = _called(function.name, module)
    for neighbour in _mentioning(function.name, module):
        for node in ast.walk(neighbour.tree):
            if isinstance(node, ast.Call):
                if by := _hands_over(node, function.name):
                    return f"{by} in {neighbour.path}"
                called = called or _name(node.func) == function.name
    return "Optuna" if _asks_a_trial(function) and not called else None


def _called(name: str, module: Module) -> bool:
    return any(isinstance(node, ast.Call) and _name(node.func) == name for node in ast.walk(module.tree))


def _hands_over(node: ast.Call, name: str) -> str | None:
    by = searches.searcher(_name(node.func), node)
    if by is None:
        return None
    given = (*node.args, *(keyword.value for keyword in node.keywords))
    handed = any(_name(item) == name for item in given)
    # ``lambda trial: objective(trial, data)``
    wrapped = any(isinstance(item, ast.Lambda) and any(_name(part) == name for part in ast.walk(item)) for item in given)
    return by if handed or wrapped else None


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _asks_a_trial(function: Function) -> bool:
    names = {argument.arg for argument in function.args.args if "trial" in argument.arg.lower()}
    return bool(names) and any(
        isinstance(node, ast.Attribute)
        and node.attr.startswith("suggest_")
        and isinstance(node.value, ast.Name)
        and node.value.id in names
        for node in ast.walk(function)
    )


def _mentioning(name: str, module: Module) -> Iterator[Module]:
    """The project's other files nearby that name both the function and its module."""
    own = PurePosixPath(module.path)
    for path in _nearby(module.project, own):
        file = module.project.root / path
        try:
            data = file.read_bytes()
        except OSError:
            continue  # the scan of that file reports it
        if name.encode() in data and own.stem.encode() in data and (found := module.project.load(path)) is not None:
            yield found


def _nearby(project: Project, own: PurePosixPath) -> list[str]:
    folders = [own.parent] if own.parent == PurePosixPath() else [own.parent, own.parent.parent]
    paths = [
        file.relative_to(project.root).as_posix()
        for folder in folders
        for file in sorted((project.root / folder).glob("*.py"))
    ]
    return [path for path in paths[:MOST_NEIGHBOURS] if path != str(own)]
