"""The detached experiment of a repository: where it is kept, whether it still runs, how it is started and ended.

One folder, ``.git/greenfix/detached``:

- ``story.json``: what was asked for and decided, so that the story can be told again. No environment: that of the
  process is inherited, and it may hold tokens.
- ``lock``: held by the process as long as it lives, with its number inside. The kernel lets go of it however that
  process ends, and a machine that was started anew holds none: no other process of this number is taken for it.
- ``journal.jsonl``: what it tells. ``log``: the same for people, and whatever goes wrong. ``pause``, ``enough``: what
  is wished of it.
"""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from greenfix_verify.codec import decode, encode

from greenfix.detached.control import Control
from greenfix.detached.decisions import Decisions
from greenfix.detached.journal import NAMED
from greenfix.errors import UsageError
from greenfix.workflow import Request

_TRIES = 20
"""Whoever looks whether the lock is free holds it for a moment."""


@dataclass(frozen=True, slots=True)
class Instructions:
    """What a detached process is told.

    Attributes:
        since: when it was detached (s since the epoch).
        commits: whether it commits by itself what passes the gate; else it stops at the verdict.
    """

    request: Request
    decisions: Decisions
    since: float
    commits: bool


class AlreadyDetached(UsageError):
    """An experiment of this repository goes on without a person already; ``do`` says how to get at it."""

    def __init__(self, do: str) -> None:
        super().__init__("An experiment of this repository goes on in the background.", do)


@dataclass(frozen=True, slots=True)
class Detached(Control):
    """A detached experiment, whether it still runs or not."""

    told: Instructions


def find(state: Path) -> Detached | None:
    """The detached experiment of a repository, if there is one.

    Raises:
        UsageError: another version of greenfix left it there.
    """
    folder = state / "detached"
    return read(folder) if Control(folder).story.exists() else None


def read(folder: Path) -> Detached:
    """The detached experiment in ``folder``.

    Raises:
        UsageError: another version of greenfix left it there.
    """
    file = Control(folder).story
    try:
        return Detached(folder, decode(Instructions, json.loads(file.read_bytes()), named=NAMED))
    except ValueError as error:
        raise UsageError(f"{file} is from another version of greenfix ({error}).", "Remove it.") from error


def start(state: Path, request: Request, decisions: Decisions, *, commits: bool) -> Detached:
    """Begin to tell a story in a process of its own, which outlives this one and its terminal.

    Raises:
        AlreadyDetached: there is one that runs.
    """
    folder = state / "detached"
    folder.mkdir(exist_ok=True)
    request = replace(request, path=request.path.resolve(), base=decisions.base)
    with _locked(Control(folder).lock) as lock:
        detached = Detached(folder, Instructions(request, decisions, time.time(), commits))
        detached.forget()
        text = json.dumps(encode(detached.told), allow_nan=False)
        detached.story.write_text(text, encoding="utf-8")
        with detached.log.open("wb") as log:
            # -P: the folder that the person stands in may hold a module of theirs with a name of ours
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "greenfix.detached.process", str(folder), str(lock)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # no terminal: closing it sends nothing
                pass_fds=[lock],
            )
        os.truncate(lock, 0)
        os.pwrite(lock, str(process.pid).encode(), 0)
        process.returncode = 0  # it is not ours to wait for
    return detached


@contextmanager
def _locked(file: Path) -> Iterator[int]:
    """The lock, which whoever inherits the descriptor goes on holding."""
    lock = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        for left in reversed(range(_TRIES)):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if not left:
                    raise AlreadyDetached("`greenfix fix` shows it.") from error
                time.sleep(0.05)
        yield lock
    finally:
        os.close(lock)


def ways(detached: Detached) -> str:
    """How to come back to it, to end it and to read along, a line each."""
    repository = shlex.quote(os.path.relpath(detached.told.request.path))
    return (
        f"come back:  greenfix fix {repository}\n"
        f"  end it:     kill -INT {detached.process}  (finished runs are kept)\n"
        f"  read along: tail -f {shlex.quote(os.path.relpath(detached.log))}"
    )
