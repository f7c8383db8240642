"""Observations are remembered in one file of JSON lines, for all repositories of a user: they are about machines.

Lines are only ever added, under a lock and with one write, and each is on the disk when ``remember`` returns. A line
that was torn by a power cut, or that another version wrote, is counted and left alone; the next one begins on a line of
its own. No code and no name of a file is in it: a program is a digest.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from greenfix_verify.codec import CodecError, canonical, decode

from greenfix.cost_model.observation import Observation

FILE = "measurements.jsonl"


@dataclass(frozen=True, slots=True)
class Remembered:
    """What could be read. ``unreadable`` lines are left out."""

    observations: tuple[Observation, ...]
    unreadable: int = 0


def remember(observations: Iterable[Observation], folder: Path) -> None:
    """Add ``observations`` to the file in ``folder``.

    Raises:
        OSError: they could not be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = "".join(f"{canonical(each)}\n" for each in observations).encode()
    with (folder / FILE).open("a+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        size = file.seek(0, os.SEEK_END)
        torn = size > 0 and os.pread(file.fileno(), 1, size - 1) != b"\n"
        data = b"\n" * torn + lines
        if file.write(data) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(file.fileno())


def recall(folder: Path) -> Remembered:
    """Everything in the file of ``folder``; of an experiment that was concluded twice, the last word.

    Raises:
        OSError: there is a file, and it cannot be read.
    """
    try:
        lines = (folder / FILE).read_bytes().splitlines()
    except FileNotFoundError:
        return Remembered(())
    found: dict[tuple[str, str, str, str], Observation] = {}
    unreadable = 0
    for line in filter(None, lines):
        try:
            each = decode(Observation, json.loads(line))
        except (ValueError, CodecError):
            unreadable += 1
        else:
            of = each.situation
            found[each.experiment, of.finding, of.rule, of.strategy] = each
    return Remembered(tuple(found.values()), unreadable)
