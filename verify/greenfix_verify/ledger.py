"""The ledger: every run of every experiment, written as it ends, never changed.

One SQLite file. It survives ``kill -9`` and a power cut at any moment: write-ahead log, one transaction a run, and
``synchronous=FULL`` (one fsync a run; a run takes seconds or hours, so it costs nothing, and NORMAL could lose the last
runs in a power cut). Each row carries SHA-256 of the previous row's hash and its own text, so a changed, missing or
reordered row is found when the ledger is read. Rows cut off at the end are not: those runs are measured again, and the
evidence file, whose digest stands in the commit, has them.

An experiment is known by the digest of what makes it that experiment (arms, command, policy, environment, machine,
meter). Starting the same one again resumes it; changing anything begins a new one beside it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from greenfix_verify.codec import CodecError, canonical, decode
from greenfix_verify.errors import LedgerError
from greenfix_verify.run import Run

_SCHEMA = """
CREATE TABLE IF NOT EXISTS experiments (digest TEXT PRIMARY KEY, header TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS runs (
    experiment TEXT NOT NULL REFERENCES experiments (digest),
    number INTEGER NOT NULL,
    body TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (experiment, number)
);
"""


@dataclass(frozen=True, slots=True)
class _Link:
    """The last row of a chain: how many rows stand before the next, and the hash it continues from."""

    number: int
    hash: str


class Ledger:
    """A ledger file, open for reading and appending.

    Raises:
        LedgerError: the file is no ledger or cannot be opened; also from every method when a row does not fit its
            chain. The message says what to do.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._links: dict[str, _Link] = {}
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            # Any thread may hold the ledger, one at a time: a screen runs the experiment in a worker.
            self._connection = sqlite3.connect(path, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.executescript(_SCHEMA)

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; every run that was appended is in it."""
        self._connection.close()

    def header(self, digest: str) -> str | None:
        """Return the text an experiment was opened with, or None when it is new."""
        with self._explained():
            row = self._connection.execute("SELECT header FROM experiments WHERE digest = ?", (digest,)).fetchone()
        return None if row is None else str(row[0])

    def begin(self, digest: str, header: str) -> None:
        """Write a new experiment: its header is the first link of its chain."""
        with self._explained(), self._connection:
            self._connection.execute("INSERT INTO experiments VALUES (?, ?)", (digest, header))

    def runs(self, digest: str) -> tuple[Run, ...]:
        """Return the finished runs of an experiment in the order they ended, after checking the chain."""
        with self._explained():
            rows = self._connection.execute(
                "SELECT number, body, hash FROM runs WHERE experiment = ? ORDER BY number", (digest,)
            ).fetchall()
        link = _Link(0, _sha256(self.header(digest) or ""))
        runs = []
        for number, body, stored in rows:
            expected = _sha256(link.hash + body)
            if number != link.number or stored != expected:
                raise LedgerError(
                    f"run {link.number} in {self._path} was changed or removed after it was written; "
                    "delete the file to measure again from the start"
                )
            link = _Link(number + 1, stored)
            runs.append(self._run(body))
        self._links[digest] = link
        return tuple(runs)

    def append(self, digest: str, run: Run) -> None:
        """Write one finished run; it is on the disk when this returns."""
        if digest not in self._links:
            self.runs(digest)
        link = self._links[digest]
        body = canonical(run)
        row_hash = _sha256(link.hash + body)
        with self._explained(), self._connection:
            self._connection.execute("INSERT INTO runs VALUES (?, ?, ?, ?)", (digest, link.number, body, row_hash))
        self._links[digest] = _Link(link.number + 1, row_hash)

    def _run(self, body: str) -> Run:
        try:
            return decode(Run, json.loads(body))
        except CodecError as error:
            raise LedgerError(f"{self._path} was written by another version of greenfix: {error}") from error

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError as error:
            raise LedgerError(f"another greenfix is writing the same experiment to {self._path}; stop one") from error
        except (sqlite3.Error, OSError) as error:
            raise LedgerError(
                f"{self._path} cannot be used as a ledger ({error}); move it away to start afresh"
            ) from error


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
