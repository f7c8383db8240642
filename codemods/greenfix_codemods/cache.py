"""What the last scan of a tree found, for the files that have not changed, nor any file that they depend on.

One JSON file a tree. It is only ever replaced as a whole, so concurrent scans do not disturb each other (the last one
wins) and a killed scan leaves the old one. Whatever is wrong with it, the scan goes on without.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
import tempfile
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from greenfix_codemods.facts import Facts, Sign, facts_of
from greenfix_codemods.finding import (
    CellLine,
    Confidence,
    FileError,
    Finding,
    Funnel,
    ScanResult,
    Smell,
    Span,
    Suppressed,
    SuppressionNote,
)
from greenfix_codemods.looking import Looked, Task
from greenfix_codemods.semantics.shelf import Question, Shelf
from greenfix_codemods.semantics.source import decode

_RECENT = 2_000_000_000
"""ns. A file changed so shortly before it was read may change again and keep its time stamp (git's index: racy)."""


class ScanCache:
    """The cache of the tree at ``shelf.root`` in ``folder``; without a folder nothing is remembered.

    Attributes:
        problem: why the stored cache could not be used or written, in words; empty when all is well.
    """

    def __init__(self, shelf: Shelf, folder: Path | None) -> None:
        self.problem = ""
        self._shelf = shelf
        self._file = folder and folder / f"scan-{_hash(os.fsencode(shelf.root.resolve()))}.json"
        self._answers: dict[Question, str | None] = {}
        self._files: dict[str, list[Any]] = {}
        self._old: Mapping[str, Any] = self._read() if self._file is not None else {}
        self._results: dict[str, list[Any]] = {}

    def facts(self, path: str) -> Facts:
        """The facts of the file.

        Raises:
            SourceError: it cannot be read or is no text.
        """
        known = self._known(path)
        if known is not None:
            self._files[path] = known
            return Facts(Sign(known[3]), tuple(known[4]))
        known_by = self._stat(path)
        found = facts_of(decode(self._shelf.read(path), path))
        if known_by is not None:
            size, changed = known_by
            trusted = changed if time.time_ns() - changed > _RECENT else 0
            self._files[path] = [size, trusted, self._shelf.digest(path), int(found.signs), list(found.imports)]
        return found

    def result(self, task: Task) -> ScanResult | None:
        """What the task gave when it was done last, if it would give the same now."""
        entry = self._old.get("results", {}).get(task.path)
        if entry is None or entry[0] != _key(task):
            return None
        questions = self._old["questions"]
        for number in entry[1]:
            kind, path, answer = questions[number]
            if self._answer((kind, path)) != answer:
                return None
        self._results[task.path] = [entry[0], [tuple(questions[number]) for number in entry[1]], entry[2]]
        return _result(entry[2])

    def keep(self, task: Task, looked: Looked) -> None:
        """Remember what the task gave."""
        consulted = [(kind, path, answer) for (kind, path), answer in looked.consulted]
        if consulted:  # nothing was consulted: the process died
            self._results[task.path] = [_key(task), consulted, _plain(looked.result)]

    def write(self, *, whole: bool = True) -> None:
        """Replace the stored cache; after a scan that is not ``whole`` with what was stored for the other files."""
        if self._file is None:
            return
        if not whole and self._old:
            self._files = {**self._old["files"], **self._files}
            questions = [tuple(question) for question in self._old["questions"]]
            for path, (key, consulted, plain) in self._old["results"].items():
                self._results.setdefault(path, [key, [questions[number] for number in consulted], plain])
        numbers: dict[tuple[str, str, str | None], int] = {}
        results = {
            path: [key, [numbers.setdefault(question, len(numbers)) for question in consulted], plain]
            for path, (key, consulted, plain) in self._results.items()
        }
        document = {"version": version(), "files": self._files, "questions": list(numbers), "results": results}
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._file.parent, prefix=self._file.stem)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(json.dumps(document, separators=(",", ":")))  # ``json.dump`` encodes in Python, not in C
            Path(name).replace(self._file)
        except OSError as error:
            self.problem = self.problem or f"the scan's cache cannot be written: {error}"

    def _read(self) -> Mapping[str, Any]:
        assert self._file is not None  # noqa: S101  # asked only with a folder
        try:
            document = json.loads(self._file.read_bytes())
            if document["version"] != version():
                return {}
            questions = {tuple(question) for question in document["questions"]}
            whole = all(len(each) == 5 for each in document["files"].values()) and all(  # see ``facts``
                _result(entry[2]) is not None and all(number < len(document["questions"]) for number in entry[1])
                for entry in document["results"].values()
            )
            return document if whole and all(len(each) == 3 for each in questions) else {}  # same
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            self.problem = f"the scan's cache was unusable and is made anew: {self._file}: {error!r}"
            return {}

    def _known(self, path: str) -> list[Any] | None:
        """What was stored of the file, if its size and time are those of then."""
        known: list[Any] | None = self._old.get("files", {}).get(path)
        return known if known is not None and self._stat(path) == (known[0], known[1]) else None

    def _answer(self, question: Question) -> str | None:
        if question not in self._answers:
            known = self._known(question[1]) if question[0] == "file" else None
            self._answers[question] = known[2] if known is not None else self._shelf.answer(question)
        return self._answers[question]

    def _stat(self, path: str) -> tuple[int, int] | None:
        """Size and time of a file; of a link nothing is known without reading it."""
        found = self._shelf.status(path)
        return None if found is None or stat.S_ISLNK(found.st_mode) else (found.st_size, found.st_mtime_ns)


@cache
def version() -> str:
    """What a stored result depends on besides the files: the rules' code and the Python whose grammar parsed them."""
    here = Path(__file__).parent
    sources = [file.read_bytes() for file in sorted(here.rglob("*.py"))]
    return _hash(b"\0".join([*sources, sys.version.encode()]))


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]


def _key(task: Task) -> list[Any]:
    return [task.worth, task.rules, sorted(task.shut)]


def _plain(result: ScanResult) -> list[Any]:
    errors = [[error.path, error.message] for error in result.errors]
    funnel = result.funnel
    return [
        [_plain_finding(each) for each in result.findings],
        errors,
        [funnel.files, funnel.parsed, funnel.candidates, funnel.findings],
        [[_plain_finding(each.finding), each.reason] for each in result.suppressed],
        [[note.path, note.line, note.rule, note.message, _plain_place(note.cell_line)] for note in result.notes],
    ]


def _plain_finding(each: Finding) -> list[Any]:
    return [
        *(each.rule, each.smell, each.path, list(_span(each.span)), list(each.names)),
        *(each.confidence, each.reason, each.fingerprint, _plain_place(each.cell_line)),
    ]


def _plain_place(where: CellLine | None) -> list[int] | None:
    return None if where is None else [where.cell, where.line, where.joined]


def _span(span: Span) -> tuple[int, int, int, int]:
    return (span.line, span.column, span.end_line, span.end_column)


def _result(plain: list[Any]) -> ScanResult:
    """The inverse of ``_plain``, marked as coming from the cache."""
    findings, errors, (files, parsed, candidates, found), suppressed, notes = plain
    return ScanResult(
        tuple(map(_finding, findings)),
        tuple(FileError(path, message) for path, message in errors),
        Funnel(files, parsed, candidates, found, cached=1),
        tuple(Suppressed(_finding(finding), reason) for finding, reason in suppressed),
        tuple(SuppressionNote(path, line, rule, message, _place(where)) for path, line, rule, message, where in notes),
    )


def _finding(plain: list[Any]) -> Finding:
    rule, smell, path, span, names, confidence, reason, print_, where = plain
    return Finding(
        *(rule, Smell(smell), path, Span(*span), tuple(names), Confidence(confidence), reason, print_, _place(where))
    )


def _place(where: list[int] | None) -> CellLine | None:
    return None if where is None else CellLine(*where)
