"""From a path to findings. Three passes, each only on what the one before left over.

Bytes (does the file name a TF/Keras word, or import one that does?) -> ``ast`` (real imports, a loop, what is built,
kept and released in it) -> LibCST, only for a file that is to be rewritten: LibCST parses 17 thousand lines a second,
``ast`` 200 thousand, the byte search 12 million.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path

from greenfix_codemods.cache import ScanCache
from greenfix_codemods.errors import SourceError
from greenfix_codemods.events import CacheUnusable, FileScanned, Listener, ScanStarted, silence
from greenfix_codemods.files import paths_below, root_of
from greenfix_codemods.finding import Choice, Funnel, ScanResult
from greenfix_codemods.gates import Gate, gates
from greenfix_codemods.looking import Task, failed
from greenfix_codemods.patching import candidates, compose
from greenfix_codemods.processes import looked_into
from greenfix_codemods.selection import EVERYTHING, Selection
from greenfix_codemods.semantics.shelf import Shelf

__all__ = ["Choice", "candidates", "compose", "scan"]

SMALL_TREE = 4_000_000
"""Bytes. In a tree up to this size (some 100,000 lines, half a second) files that name no TF/Keras word are parsed
too, only to report the broken ones; in a larger tree that would be most of the time."""
LARGE_TREE = 40_000_000
"""Bytes of Python. In a tree above this size (a million lines) only files in which a rule can find something are
parsed."""
_UNKNOWN = Gate(worth=True, shut=frozenset(), open=True)
"""Of a file whose bytes say nothing: that it is no text is for its own scan to report. Of a file scanned alone, too:
what it imports from the folders above is not looked at before."""


def scan(
    path: Path,
    tell: Listener = silence,
    selection: Selection = EVERYTHING,
    *,
    cache: Path | None = None,
    jobs: int | None = 1,
) -> ScanResult:
    """Find every smell in the file or tree at ``path`` that ``selection`` asks for.

    Paths in the result are relative to ``path`` (to its folder when it is a file). A file that cannot be read or
    parsed is listed under ``errors`` and the rest goes on.

    Args:
        path: a file or a folder.
        tell: hears of every file, in order.
        selection: which rules to report, and which files to look at; files that it leaves out are still followed.
        cache: the folder in which results are kept for the next scan; none are without.
        jobs: how many processes may work; None takes one for each processor. They are spawned: a script that asks for
            more than one must guard its own start with ``if __name__ == "__main__"``.
    """
    root = root_of(path)
    every = [path.name] if path.is_file() else list(paths_below(path))
    files = every if path.is_file() else selection.files(every)
    tell(ScanStarted(len(files)))
    shelf = Shelf(root)
    known = ScanCache(shelf, cache)
    near = every if path.is_dir() else [file.name for file in root.glob("*.py")]
    results = []
    try:
        tasks = dict(_tasks(shelf, known, files, near, alone=path.is_file()))
        with closing(_results(shelf, known, files, tasks, jobs)) as coming:  # an interrupt ends the processes
            for done, (file, whole) in enumerate(coming, 1):
                result = selection.of(whole)
                results.append(result)
                tell(FileScanned(file, done, result.findings, result.errors))
    finally:
        known.write(whole=len(results) == len(files))  # what an interrupted scan has found is not lost
    if known.problem:
        tell(CacheUnusable(known.problem))
    return _merged(results, excluded=len(every) - len(files))


def _tasks(
    shelf: Shelf, known: ScanCache, files: Sequence[str], near: Sequence[str], *, alone: bool
) -> Iterator[tuple[str, Task]]:
    """What has to be done with each file, if anything."""
    sizes = {file: found.st_size for file in files if (found := shelf.status(file)) is not None}
    small = alone or sum(sizes.values()) <= SMALL_TREE
    large = sum(size for file, size in sizes.items() if file.endswith(".py")) > LARGE_TREE
    facts = {}
    for file in near:
        with suppress(SourceError):  # its own scan reports it
            if not shelf.is_link(file):
                facts[file] = known.facts(file)
    opened = gates(facts)
    for file in files:
        gate = _UNKNOWN if alone else opened.get(file, _UNKNOWN)
        if not shelf.is_link(file) and (gate.open or small or (gate.worth and not large)):
            yield file, Task(file, gate.worth, gate.open, gate.shut)


def _results(
    shelf: Shelf, known: ScanCache, files: Sequence[str], tasks: dict[str, Task], jobs: int | None
) -> Generator[tuple[str, ScanResult], None, None]:
    """The result of each file, in order: from the cache, or as soon as its task is done."""
    stored = {file: known.result(task) for file, task in tasks.items()}
    new = [task for file, task in tasks.items() if stored[file] is None]
    with closing(looked_into(shelf.root, new, jobs)) as looked_at:
        for file in files:
            if shelf.is_link(file):
                yield file, failed(file, "is a symbolic link and is not followed")
            elif file not in tasks:
                yield file, ScanResult((), (), Funnel(1, 0, 0, 0))
            elif (result := stored[file]) is not None:
                yield file, result
            else:
                looked = next(looked_at)
                known.keep(tasks[file], looked)
                yield file, looked.result


def _merged(results: Sequence[ScanResult], *, excluded: int) -> ScanResult:
    findings = tuple(finding for result in results for finding in result.findings)
    errors = tuple(error for result in results for error in result.errors)
    suppressed = tuple(each for result in results for each in result.suppressed)
    notes = tuple(note for result in results for note in result.notes)
    funnels = [result.funnel for result in results]
    funnel = Funnel(
        files=sum(each.files for each in funnels),
        parsed=sum(each.parsed for each in funnels),
        candidates=sum(each.candidates for each in funnels),
        findings=len(findings),
        excluded=excluded,
        cached=sum(each.cached for each in funnels),
    )
    unsure = tuple(finding for result in results for finding in result.unsure)
    return ScanResult(findings, errors, funnel, suppressed, notes, unsure=unsure)
