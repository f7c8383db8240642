"""A thread that looks now and then: resident memory, who holds tensors; it also writes the notes down on the way.

Reading the names of a running function from another thread is safe under the GIL: a copy of the names is read, and
nothing is written back. On Python up to 3.12 that copy keeps its values until the next look.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .follower import Follower
from .notes import Notes
from .tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator

RSS_SECONDS = 0.25
HOLDERS_SECONDS = 1.0
WRITING_SECONDS = 1.0
SHARE = 0.02
"""Of the time, for looking at holders and for writing, each."""
MOST_POINTS = 480
SMALLEST = 1 << 20
"""Bytes. Whoever holds less is not listed."""

_PAGE = os.sysconf("SC_PAGE_SIZE")


class Pulse:
    """Watches one process until it is stopped."""

    def __init__(self, tree: Tree, notes: Notes, follower: Follower) -> None:
        self._tree = tree
        self._notes = notes
        self._scale = follower.scale
        self._stopped = threading.Event()
        self._main = threading.main_thread().ident
        self._step = RSS_SECONDS
        self._holders: dict[tuple[str, str, str], list[Any]] = {}
        self._due = {"holders": 0.0, "writing": 0.0}
        self._thread = threading.Thread(target=self._run, name="greenfix-witness", daemon=True)
        self._collecting = 0.0

    def start(self) -> None:
        """Begin."""
        gc.callbacks.append(self._collected)
        self._thread.start()

    def stop(self) -> None:
        """Look a last time and end."""
        self._stopped.set()
        gc.callbacks.remove(self._collected)
        self._due["holders"] = 0.0
        self._look()

    def _run(self) -> None:
        sys.settrace(None)
        while not self._stopped.wait(self._step):
            try:
                self._look()
                self._now_and_then("writing", WRITING_SECONDS, lambda: self._notes.write(complete=False))
            except Exception as error:
                self._notes.failed(error)

    def _look(self) -> None:
        memory = self._notes.facts["memory"]
        memory.append([round(time.monotonic() - self._notes.began, 3), _resident()])
        if len(memory) > MOST_POINTS:
            del memory[1::2]
            self._step *= 2
        self._now_and_then("holders", HOLDERS_SECONDS, self._look_at_holders)

    def _now_and_then(self, what: str, every: float, act: Any) -> None:
        now = time.monotonic()
        if now < self._due[what]:
            return
        began = time.thread_time()
        act()
        took = time.thread_time() - began
        self._due[what] = now + max(every, took / SHARE)

    def _look_at_holders(self) -> None:
        for path, function, name, value in self._named():
            count, size = self._scale.weigh(value)
            if size < SMALLEST:
                continue
            known = self._holders.setdefault((path, function, name), [path, function, name, count, size])
            if size > known[4]:
                known[3:5] = [count, size]
        self._notes.facts["holders"] = sorted(self._holders.values(), key=lambda each: -each[4])[:20]

    def _named(self) -> Iterator[tuple[str, str, str, Any]]:
        """Yield every name of the program's running functions and modules: file, function, name, value."""
        frame: Any = sys._current_frames().get(self._main or 0)
        seen: set[int] = set()
        while frame is not None:
            path = self._tree.relative(frame.f_code.co_filename)
            if path is not None:
                names = frame.f_locals
                function = "" if names is frame.f_globals else frame.f_code.co_name
                seen.add(id(names))
                yield from self._spread(path, function, dict(names))
            frame = frame.f_back
        for module in list(sys.modules.values()):
            path = self._tree.module(module) if isinstance(module, ModuleType) else None
            if path is not None and id(vars(module)) not in seen:
                yield from self._spread(path, "", dict(vars(module)))

    def _spread(self, path: str, function: str, names: dict[str, Any]) -> Iterator[tuple[str, str, str, Any]]:
        for name, value in names.items():
            if name.startswith("__") or isinstance(value, (ModuleType, type)):
                continue
            if self._scale.own(type(value)):
                for attribute, held in list(getattr(value, "__dict__", {}).items()):
                    yield path, function, f"{name}.{attribute}", held
            else:
                yield path, function, name, value

    def _collected(self, phase: str, info: dict[str, Any]) -> None:
        if phase == "start":
            self._collecting = time.thread_time()
        else:
            collections = self._notes.facts["collections"]
            collections["count"] += 1
            collections["seconds"] += time.thread_time() - self._collecting


def _resident() -> int:
    """Return the resident memory of this process in bytes; 0 where the system does not tell it this way."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE
    except OSError:
        return 0
