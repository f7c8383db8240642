"""From a path to findings. Three passes, each only on what the one before left over.

Bytes (does the file name a TF/Keras word, or import one that does?) -> ``ast`` (real imports, a loop, what is built,
kept and released in it) -> LibCST, only for a file that is to be rewritten: LibCST parses 17 thousand lines a second,
``ast`` 200 thousand, the byte search 12 million.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from greenfix_codemods.detecting import sites_and_errors
from greenfix_codemods.errors import SourceError
from greenfix_codemods.events import FileScanned, Listener, ScanStarted, silence
from greenfix_codemods.facts import read_facts
from greenfix_codemods.files import python_files, root_of
from greenfix_codemods.finding import FileError, Funnel, ScanResult
from greenfix_codemods.gates import Gate, gates
from greenfix_codemods.patching import Choice, candidates, compose
from greenfix_codemods.semantics.module import Project
from greenfix_codemods.semantics.shelf import Shelf

__all__ = ["Choice", "candidates", "compose", "scan"]

SMALL_TREE = 4_000_000
"""Bytes. In a tree up to this size (some 100,000 lines, half a second) files that name no TF/Keras word are parsed
too, only to report the broken ones; in a larger tree that would be most of the time."""


LARGE_TREE = 40_000_000
"""Bytes. In a tree above this size (a million lines) only files in which a rule can find something are parsed."""
_UNKNOWN = Gate(worth=True, shut=frozenset())


def scan(path: Path, tell: Listener = silence) -> ScanResult:
    """Find every smell in the file or tree at ``path``.

    Paths in the result are relative to ``path`` (to its folder when it is a file). A file that cannot be read or
    parsed is listed under ``errors`` and the rest goes on.
    """
    root = root_of(path)
    files = [file.relative_to(root).as_posix() for file in python_files(path)]
    shelf = Shelf(root)
    sizes = {file: os.lstat(root / file).st_size for file in files}
    small = path.is_file() or sum(sizes.values()) <= SMALL_TREE
    large = sum(size for file, size in sizes.items() if file.endswith(".py")) > LARGE_TREE
    tell(ScanStarted(len(files)))
    near = files if path.is_dir() else [file.name for file in root.glob("*.py")]
    known = gates(read_facts(shelf, near))
    results = []
    for done, file in enumerate(files, 1):
        results.append(_scan_file(shelf, file, known.get(file, _UNKNOWN), large=large, small=small))
        tell(FileScanned(file, done, results[-1].findings, results[-1].errors))
    return _merged(results)


def _scan_file(shelf: Shelf, path: str, gate: Gate, *, small: bool, large: bool) -> ScanResult:
    if shelf.is_link(path):
        return _failed(path, "is a symbolic link and is not followed")
    if not (gate.open or small or (gate.worth and not large)):
        return ScanResult((), (), Funnel(1, 0, int(gate.worth), 0))
    try:
        module = Project(shelf.root, shelf).open(path)
    except SourceError as error:
        return _failed(path, error.message)
    if not gate.open:
        return ScanResult((), (), Funnel(1, 1, int(gate.worth), 0))
    found, errors = sites_and_errors(module, gate.shut)
    return ScanResult(tuple(site.finding for site in found), errors, Funnel(1, 1, 1, len(found)))


def _failed(path: str, message: str) -> ScanResult:
    return ScanResult((), (FileError(path, message),), Funnel(1, 0, 0, 0))


def _merged(results: Sequence[ScanResult]) -> ScanResult:
    findings = tuple(finding for result in results for finding in result.findings)
    errors = tuple(error for result in results for error in result.errors)
    funnels = [result.funnel for result in results]
    return ScanResult(
        findings,
        errors,
        Funnel(
            sum(funnel.files for funnel in funnels),
            sum(funnel.parsed for funnel in funnels),
            sum(funnel.candidates for funnel in funnels),
            len(findings),
        ),
    )
