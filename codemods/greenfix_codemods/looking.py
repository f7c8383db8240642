"""Looking into one file: the unit of work that a scan hands to its processes and keeps in its cache."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from greenfix_codemods.detecting import sites_and_errors
from greenfix_codemods.errors import SourceError
from greenfix_codemods.finding import FileError, Funnel, ScanResult
from greenfix_codemods.rules import all_rules
from greenfix_codemods.semantics.module import Module, Project
from greenfix_codemods.semantics.shelf import Question, Shelf
from greenfix_codemods.suppressions import apply_suppressions


@dataclass(frozen=True, slots=True)
class Task:
    """What to do with a file: parse it and, unless every rule is ``shut``, look for smells.

    Attributes:
        path: relative to the root.
        worth: whether it names a word that a rule could look for.
        rules: whether any rule is to run.
        shut: the rules that need not run.
    """

    path: str
    worth: bool
    rules: bool
    shut: frozenset[str]


@dataclass(frozen=True, slots=True)
class Looked:
    """The result for one file and the answers of the file tree that it depends on."""

    result: ScanResult
    consulted: tuple[tuple[Question, str | None], ...] = ()


def look(shelf: Shelf, task: Task) -> Looked:
    """Do it. A file that cannot be read or parsed is an error in the result."""
    project = Project(shelf.root, shelf)
    try:
        module = project.open(task.path)
        result = found_in(module, task.shut) if task.rules else ScanResult((), (), Funnel(1, 1, int(task.worth), 0))
        if module.syntax.left_out:
            result = replace(result, errors=(FileError(task.path, module.syntax.left_out), *result.errors))
    except SourceError as error:
        result = failed(task.path, error.message)
    project.forget()
    return Looked(result, tuple((question, shelf.answer(question)) for question in project.consulted))


def look_again(root: Path, path: str) -> ScanResult:
    """What a scan of the tree at ``root`` would say of its file ``path`` now. Paths and fingerprints are the same."""
    return look(Shelf(root), Task(path, worth=True, rules=True, shut=frozenset())).result


def found_in(module: Module, shut: frozenset[str]) -> ScanResult:
    """What no comment suppresses, and what the comments do. A shut rule would find nothing, so it counts as run."""
    found, errors, failures = sites_and_errors(module, shut)
    known = {rule.code for rule in all_rules()}
    judged = apply_suppressions(module, found, known - failures, known)
    funnel = Funnel(1, 1, 1, len(judged.findings))
    return ScanResult(judged.findings, errors, funnel, judged.suppressed, judged.notes)


def failed(path: str, message: str) -> ScanResult:
    """The result of a file that could not be scanned."""
    return ScanResult((), (FileError(path, message),), Funnel(1, 0, 0, 0))
