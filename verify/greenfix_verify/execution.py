"""One execution of a command in a fresh process: output as it comes, counters at the end, nothing left alive.

The command runs under ``supervisor`` (its docstring says why), in a session of its own, with standard input empty and
an environment that is given and not inherited. Everything here is one loop over three pipes: standard output,
standard error, and the supervisor's report.
"""

from __future__ import annotations

import codecs
import contextlib
import hashlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from greenfix_verify import supervisor
from greenfix_verify.errors import CommandError, Interrupted
from greenfix_verify.landlock import price_of
from greenfix_verify.run import Counters, Ending

GRACE_SECONDS = 5.0
"""After its time-out a run may take this long to end on SIGTERM."""

CANCEL_POLL_SECONDS = 0.1
TAIL_LINES = 20
LONGEST_LINE = 65536


@dataclass(frozen=True, slots=True)
class Execution:
    """How a command ended. ``exit_code`` is negative for a signal; ``detail`` says what a bad ending was."""

    ending: Ending
    exit_code: int
    detail: str
    stdout_sha256: str
    counters: Counters


def execute(
    argv: Sequence[str],
    directory: Path,
    environment: Mapping[str, str],
    *,
    timeout: float | None = None,
    tell_line: Callable[[str], None] = lambda line: None,
    see_output: Callable[[str], None] = lambda line: None,
    protected: Sequence[Path] = (),
    cancel: Event | None = None,
) -> Execution:
    """Run ``argv`` in ``directory`` and return how it ended, with nothing of it left alive.

    ``tell_line`` gets every line of both streams, ``see_output`` those of standard output. Folders in
    ``protected`` can be read but not written (``landlock``).

    Raises:
        CommandError: it could not be started at all.
        Interrupted: ``cancel`` was set; the process tree is dead.
    """
    if not directory.is_dir():
        raise CommandError(f"cannot run {argv[0]}: the directory {directory} does not exist")
    with _Supervised(argv, directory, environment, tell_line, see_output, protected) as running:
        timed_out = running.wait(timeout, cancel or Event())
        return running.result(timed_out, timeout)


class _Supervised:
    """A running command and its three pipes. Leaving the context kills whatever still lives."""

    def __init__(
        self,
        argv: Sequence[str],
        directory: Path,
        environment: Mapping[str, str],
        tell_line: Callable[[str], None],
        see_output: Callable[[str], None],
        protected: Sequence[Path],
    ) -> None:
        self._argv = argv
        self._protected = protected
        self._stdout = _Stream(tell_line, see_output)
        self._stderr = _Stream(tell_line)
        self._report = bytearray()
        report_read, report_write = os.pipe()
        folders = json.dumps([str(folder) for folder in protected])
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", supervisor.__file__, str(report_write), folders, *argv],
                cwd=directory,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(report_write,),
                start_new_session=True,  # Ctrl-C reaches greenfix alone, which then ends the run in order
                bufsize=0,
            )
        except BaseException:
            os.close(report_read)
            raise
        finally:
            os.close(report_write)
        self._selector = selectors.DefaultSelector()
        assert self._process.stdout is not None  # noqa: S101  both are pipes, for the type checker
        assert self._process.stderr is not None  # noqa: S101
        self._selector.register(self._process.stdout.fileno(), selectors.EVENT_READ, self._stdout.feed)
        self._selector.register(self._process.stderr.fileno(), selectors.EVENT_READ, self._stderr.feed)
        self._selector.register(report_read, selectors.EVENT_READ, self._report.extend)
        self._report_read = report_read

    def __enter__(self) -> _Supervised:
        return self

    def __exit__(self, *_: object) -> None:
        self._kill()
        self._process.wait()
        self._selector.close()
        os.close(self._report_read)
        for pipe in (self._process.stdout, self._process.stderr):
            assert pipe is not None  # noqa: S101  both are pipes, for the type checker
            pipe.close()

    def wait(self, timeout: float | None, cancel: Event) -> bool:
        """Read until all pipes end; return whether the time ran out first. Raises Interrupted on ``cancel``."""
        deadline = None if timeout is None else time.monotonic() + timeout
        timed_out = False
        while self._selector.get_map():
            self._read()
            if cancel.is_set():
                raise Interrupted("stopped while a run was under way")
            if deadline is not None and time.monotonic() >= deadline:
                self._kill() if timed_out else self._terminate()
                deadline = None if timed_out else time.monotonic() + GRACE_SECONDS
                timed_out = True
        return timed_out

    def result(self, timed_out: bool, timeout: float | None) -> Execution:
        """Return what the supervisor reported, in our words."""
        self._process.wait()
        report = json.loads(self._report or b"{}")
        if "error" in report:
            raise CommandError(f"cannot run {' '.join(self._argv)}: {report['error']}")
        code = int(report.get("status", self._process.returncode or 1))
        ending, words = _ending(code, timed_out, timeout, bool(report))
        tail = self._stderr.tail or self._stdout.tail
        detail = "" if ending is Ending.COMPLETED else "\n".join([words, *tail, *self._refused(tail)])
        return Execution(ending, code, detail, self._stdout.digest, _counters(report))

    def _refused(self, tail: Sequence[str]) -> list[str]:
        """What to know when the program was not let write: the reason may be ours."""
        refused = self._protected and any("Permission denied" in line for line in tail)
        return [price_of(self._protected)] if refused else []

    def _read(self) -> None:
        for key, _ in self._selector.select(CANCEL_POLL_SECONDS):
            data = os.read(key.fd, 65536)
            if not data:
                self._selector.unregister(key.fd)
            key.data(data)

    def _terminate(self) -> None:
        assert self._process.stdin is not None  # noqa: S101  a pipe, for the type checker
        with contextlib.suppress(BrokenPipeError):  # it has ended in this very moment
            self._process.stdin.write(b"t")

    def _kill(self) -> None:
        assert self._process.stdin is not None  # noqa: S101  a pipe, for the type checker
        self._process.stdin.close()


class _Stream:
    """Bytes of one pipe as lines: told one by one, the last ones kept, all of them hashed."""

    def __init__(self, *listeners: Callable[[str], None]) -> None:
        self._listeners = listeners
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._hash = hashlib.sha256()
        self._rest = ""
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    @property
    def tail(self) -> list[str]:
        return list(self._tail)

    def feed(self, data: bytes) -> None:
        """Take some bytes; none at all means the end."""
        self._hash.update(data)
        *lines, self._rest = (self._rest + self._decoder.decode(data, final=not data)).split("\n")
        for line in lines:
            self._line(line)
        if self._rest and (not data or len(self._rest) > LONGEST_LINE):
            self._line(self._rest)
            self._rest = ""

    def _line(self, line: str) -> None:
        line = line.rstrip("\r").rpartition("\r")[2]  # a progress bar overwrites itself: its last state counts
        self._tail.append(line)
        for listener in self._listeners:
            listener(line)


def _ending(code: int, timed_out: bool, timeout: float | None, reported: bool) -> tuple[Ending, str]:
    if timed_out:
        return Ending.TIMED_OUT, f"stopped after {timeout:g} s"
    if not reported:
        return Ending.KILLED, "the process that watches the run was killed"
    if code < 0:
        return Ending.KILLED, f"killed by {_signal_name(-code)}"
    if code > 0:
        return Ending.FAILED, f"exit code {code}"
    return Ending.COMPLETED, ""


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _counters(report: Mapping[str, Any]) -> Counters:
    return Counters(
        wall_seconds=report.get("wall_seconds", 0.0),
        cpu_seconds=report.get("user_seconds", 0.0) + report.get("kernel_seconds", 0.0),
        kernel_seconds=report.get("kernel_seconds", 0.0),
        peak_rss_bytes=report.get("peak_rss_bytes", 0),
        minor_page_faults=report.get("minor_page_faults", 0),
        major_page_faults=report.get("major_page_faults", 0),
    )
