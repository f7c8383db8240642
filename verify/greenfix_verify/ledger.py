"""The ledger: every run of every experiment, written as it ends, never changed.

One SQLite file. It survives ``kill -9`` and a power cut at any moment: write-ahead log, one transaction a run, and
``synchronous=FULL`` (one fsync a run; a run takes seconds or hours, so it costs nothing, and NORMAL could lose the last
runs in a power cut). Each row carries SHA-256 of the previous row's hash and its own text, so a changed, missing or
reordered row is found when the ledger is read. A head for each experiment, written in the same transaction as the run,
holds how many rows there are and the last hash: so rows cut off at the end are found as well. What cannot be found:
somebody who writes rows, hashes and head anew so that they fit, and the whole file replaced by an older copy of itself.
Against those stands the digest of the evidence file in the commit, and nothing on this machine.

Two processes may use one ledger: a writer waits up to ``WAIT_SECONDS`` for the other's transaction, which takes
milliseconds. Two that measure the same experiment would spoil each other's runs: the second to write is refused.

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
CREATE TABLE IF NOT EXISTS heads (
    experiment TEXT PRIMARY KEY REFERENCES experiments (digest),
    runs INTEGER NOT NULL,
    hash TEXT NOT NULL
);
"""

_VERSION = 1
"""``PRAGMA user_version``: 0 had no heads."""

WAIT_SECONDS = 30.0

_NO_SPACE = "finished runs are kept: make room on the disk, then the same command goes on where it stopped"
_ADVICE = {
    sqlite3.SQLITE_BUSY: "another process is using it: wait until it has ended, or end it",
    sqlite3.SQLITE_LOCKED: "another process is using it: wait until it has ended, or end it",
    sqlite3.SQLITE_FULL: _NO_SPACE,
    sqlite3.SQLITE_IOERR: _NO_SPACE,
    sqlite3.SQLITE_READONLY: "make it writable for this user",
    sqlite3.SQLITE_CANTOPEN: "make its folder writable for this user",
}
"""What to do by SQLite's result code. A file that is no database, or a torn one, can only be moved away."""


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
            self._connection = sqlite3.connect(path, check_same_thread=False, timeout=WAIT_SECONDS)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.executescript(_SCHEMA)
            self._migrate()

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

    def experiments(self) -> tuple[tuple[str, str], ...]:
        """Return digest and header of every experiment, in the order in which they were begun."""
        with self._explained():
            rows = self._connection.execute("SELECT digest, header FROM experiments ORDER BY rowid").fetchall()
        return tuple((str(digest), str(header)) for digest, header in rows)

    def begin(self, digest: str, header: str) -> None:
        """Write a new experiment: its header is the first link of its chain."""
        with self._explained(), self._connection:
            self._connection.execute("INSERT INTO experiments VALUES (?, ?)", (digest, header))
            self._connection.execute("INSERT INTO heads VALUES (?, 0, ?)", (digest, _sha256(header)))

    def runs(self, digest: str) -> tuple[Run, ...]:
        """Return the finished runs of an experiment in the order they ended, after checking the chain."""
        with self._explained(), self._connection:
            self._connection.execute("BEGIN")  # rows and head of one moment, whoever writes meanwhile
            rows = self._connection.execute(
                "SELECT number, body, hash FROM runs WHERE experiment = ? ORDER BY number", (digest,)
            ).fetchall()
            head = self._connection.execute("SELECT runs, hash FROM heads WHERE experiment = ?", (digest,)).fetchone()
        link = _Link(0, _sha256(self.header(digest) or ""))
        runs = []
        for number, body, stored in rows:
            expected = _sha256(link.hash + body)
            if number != link.number or stored != expected:
                raise self._damaged(link)
            link = _Link(number + 1, stored)
            runs.append(self._run(body))
        if (link.number, link.hash) != head:
            raise self._damaged(link)
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
            self._connection.execute(
                "UPDATE heads SET runs = ?, hash = ? WHERE experiment = ?", (link.number + 1, row_hash, digest)
            )
        self._links[digest] = _Link(link.number + 1, row_hash)

    def _migrate(self) -> None:
        """Give a ledger from before there were heads its heads: what it holds now is what it held then."""
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
            if version > _VERSION:
                raise LedgerError(f"{self._path} was written by a newer greenfix; use that one")
            if version == _VERSION:
                return
            for digest, header in self._connection.execute("SELECT digest, header FROM experiments").fetchall():
                last = "SELECT number + 1, hash FROM runs WHERE experiment = ? ORDER BY number DESC LIMIT 1"
                head = self._connection.execute(last, (digest,)).fetchone() or (0, _sha256(header))
                self._connection.execute("INSERT INTO heads VALUES (?, ?, ?)", (digest, *head))
            self._connection.execute(f"PRAGMA user_version = {_VERSION}")

    def _damaged(self, link: _Link) -> LedgerError:
        return LedgerError(
            f"run {link.number} in {self._path} was changed or removed after it was written; "
            "delete the file to measure again from the start"
        )

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
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # the rest is detail
            advice = _ADVICE.get(code, "move it away to start afresh")
            raise LedgerError(f"{self._path} cannot be used as a ledger ({error}); {advice}") from error
        except OSError as error:
            raise LedgerError(f"{self._path} cannot be used as a ledger ({error})") from error


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
