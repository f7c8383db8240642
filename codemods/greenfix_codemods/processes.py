"""Looking into many files at once: processes, for threads share one interpreter lock.

Processes are spawned, not forked: the caller may have threads (a screen). A process costs 0.3 s of imports, so there
must be enough work for each.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING

from greenfix_codemods.garbage import Collector, seldom_collected
from greenfix_codemods.looking import Looked, Task, failed, look
from greenfix_codemods.semantics.shelf import Shelf

if TYPE_CHECKING:
    from ctypes import c_byte
    from multiprocessing.context import BaseContext

MOST = 8
"""Processes started when nobody says how many: each may take 300 MiB."""
FILES_EACH = 100
"""Files for which another process is worth its start."""
_CHUNK = 16

_shelf: Shelf
_collector: Collector
_cancelled: c_byte
"""Of this process; set by ``_start`` in the processes of a pool."""


def looked_into(root: Path, tasks: Sequence[Task], jobs: int | None) -> Generator[Looked, None, None]:
    """Do the tasks and give their results in order, each as soon as those before it are there.

    ``jobs`` processes at most; None: as many as there are processors, at most ``MOST``. What ends the iteration early
    (Ctrl-C, an error of the caller) ends the processes as well.
    """
    wanted = jobs or min(os.cpu_count() or 1, MOST)
    workers = min(wanted, len(tasks) // FILES_EACH)
    if workers > 1:
        yield from _by_processes(root, tasks, workers)
    else:
        yield from _here(root, tasks)


def _here(root: Path, tasks: Sequence[Task]) -> Iterator[Looked]:
    shelf, collector = Shelf(root), Collector()
    with seldom_collected():
        for task in tasks:
            yield look(shelf, task)
            collector.after(shelf.parsed_bytes)


def _by_processes(root: Path, tasks: Sequence[Task], workers: int) -> Iterator[Looked]:
    context = multiprocessing.get_context("spawn")
    cancelled = _flag(context)
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(root, cancelled))
    try:
        chunks = [tasks[start : start + _CHUNK] for start in range(0, len(tasks), _CHUNK)]
        waiting = [(chunk, pool.submit(_look, chunk)) for chunk in chunks]
        for chunk, future in waiting:
            try:
                yield from future.result()
            except BrokenProcessPool:
                yield from (_lost(task) for task in chunk)
    finally:
        cancelled.value = 1  # heard before the next file, and not only at the end of a chunk
        pool.shutdown(wait=True, cancel_futures=True)


def _flag(context: BaseContext) -> c_byte:
    """A byte without a lock: a process that is killed while it asks an event never gives the event's lock back."""
    flag: c_byte = context.RawValue("b", 0)
    return flag


def _lost(task: Task) -> Looked:
    return Looked(failed(task.path, "was not scanned: a process of the scan was ended from outside (out of memory?)"))


def _start(root: Path, cancelled: c_byte) -> None:
    global _shelf, _collector, _cancelled  # what a pool's initializer leaves for its tasks
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C reaches the whole group: end at once, without a traceback
    gc.disable()
    _shelf, _collector, _cancelled = Shelf(root), Collector(), cancelled


def _look(tasks: Sequence[Task]) -> list[Looked]:
    return [_guarded(task) for task in tasks if _wanted()]


def _wanted() -> bool:
    return not _cancelled.value


def _guarded(task: Task) -> Looked:
    _collector.after(_shelf.parsed_bytes)
    try:
        return look(_shelf, task)
    except Exception as error:  # a bug of ours: named with its file, as a rule's bug is
        return Looked(failed(task.path, f"could not be scanned: {type(error).__name__}: {error}"))
