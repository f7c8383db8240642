"""A program on a pseudo-terminal of its own, as the benchmarks of the screens start it."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROWS, COLUMNS = 40, 120
ROOTS = ("src", "codemods", "verify")
"""Where a checkout of greenfix keeps its packages."""


@dataclass(slots=True)
class Terminal:
    """Our side of it, and all that the program has written so far."""

    side: int
    process: subprocess.Popen[bytes]
    written: bytes = b""

    def press(self, key: str) -> float:
        """Send a key, forget what was written before; returns when (s, ``time.perf_counter``)."""
        self.written = b""
        os.write(self.side, key.encode())
        return time.perf_counter()

    def read(self, wait: float) -> bool:
        """Take in what comes within ``wait`` seconds; False when nothing does."""
        if not select.select([self.side], [], [], wait)[0]:
            return False
        try:
            self.written += os.read(self.side, 65536)
        except OSError:  # what Linux says when the program has closed its side
            return False
        return True

    def until(self, there: Callable[[bytes], object], limit: float = 60.0) -> float:
        """Read until ``there`` says so of what was written; returns when (s, ``time.perf_counter``)."""
        end = time.monotonic() + limit
        while not there(self.written):
            if time.monotonic() > end:
                raise SystemExit(f"What was waited for never came; the last was {self.written[-500:]!r}")
            self.read(0.5)
        return time.perf_counter()

    def drain(self, quiet: float, limit: float) -> None:
        """Read until nothing has come for ``quiet`` seconds, at most ``limit`` seconds."""
        end = time.monotonic() + limit
        while time.monotonic() < end and self.read(quiet):
            pass


@contextmanager
def terminal(words: Sequence[str], checkout: Path | None = None) -> Iterator[Terminal]:
    """Run ``words``, with greenfix from ``checkout`` if there is one; ended at the end, whatever it does."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (ROWS, COLUMNS))
    environment = {**os.environ, "TERM": "xterm-256color", **_path(checkout)}
    process = subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, close_fds=True)
    os.close(theirs)
    opened = Terminal(ours, process)
    try:
        yield opened
    finally:
        process.terminate()
        collected = threading.Thread(target=opened.drain, args=(30.0, 30.0), daemon=True)
        collected.start()  # a full terminal would hold the program in its last write
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        os.close(ours)


def _path(checkout: Path | None) -> Mapping[str, str]:
    return {"PYTHONPATH": os.pathsep.join(str(checkout / root) for root in ROOTS)} if checkout else {}
