"""A ledger on a bad day: killed writers, a full disk, torn files, two greenfix at once. Nothing finished is lost."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from greenfix_verify import ledger as ledger_module
from greenfix_verify.errors import LedgerError
from greenfix_verify.ledger import Ledger

from tests.measuring import run

ROOT = Path(__file__).resolve().parent.parent.parent

WRITER = """
import sys
from pathlib import Path
from greenfix_verify.ledger import Ledger
from tests.measuring import run

with Ledger(Path(sys.argv[1])) as ledger:
    ledger.begin("digest", "header")
    for number in range(100_000):
        ledger.append("digest", run(number))
        print(number, flush=True)
"""


def start_writer(path: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT
    )


@pytest.mark.parametrize("lines", [1, 7, 40])
def test_kill_9_between_two_runs_loses_none_that_was_written(tmp_path: Path, lines: int) -> None:
    path = tmp_path / "ledger.sqlite"
    writer = start_writer(path)
    assert writer.stdout is not None
    said = [writer.stdout.readline() for _ in range(lines)]
    writer.send_signal(signal.SIGKILL)
    said += writer.stdout.readlines()
    writer.wait()
    writer.stdout.close()
    written = len([line for line in said if line.endswith("\n")])
    with Ledger(path) as ledger:
        kept = ledger.runs("digest")
        assert written <= len(kept) <= written + 1  # killed after the commit, before it could say so
        ledger.append("digest", run(len(kept)))
        assert ledger.runs("digest") == (*kept, run(len(kept)))


def append_for_ever(ledger: Ledger) -> None:
    for number in range(10_000):
        ledger.append("digest", run(number))


def test_a_full_disk_keeps_what_is_finished_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with Ledger(path) as ledger:
        ledger.begin("digest", "header")
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, before[1]))
            with pytest.raises(LedgerError, match="finished runs are kept: make room"):
                append_for_ever(ledger)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, ignored)
        finished = len(ledger.runs("digest"))
        assert finished > 10
        ledger.append("digest", run(finished))
    with Ledger(path) as ledger:
        assert ledger.runs("digest") == tuple(run(number) for number in range(finished + 1))


def filled(path: Path) -> Path:
    with Ledger(path) as ledger:
        ledger.begin("digest", "header")
        for number in range(50):
            ledger.append("digest", run(number))
    return path


@pytest.mark.parametrize("damage", ["torn in the middle", "overwritten in the middle", "another file"])
def test_a_damaged_file_is_refused_and_never_read_as_if_it_were_whole(tmp_path: Path, damage: str) -> None:
    path = filled(tmp_path / "ledger.sqlite")
    content = bytearray(path.read_bytes())
    half = len(content) // 2
    if damage == "torn in the middle":
        path.write_bytes(content[:half])
    elif damage == "overwritten in the middle":
        content[half : half + 8192] = bytes(8192)
        path.write_bytes(content)
    else:
        path.write_bytes(b"#!/bin/sh\n" * 1000)
    with pytest.raises(LedgerError, match=r"ledger\.sqlite"), Ledger(path) as ledger:
        ledger.runs("digest")


def test_two_processes_write_two_experiments_to_one_ledger(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    writer = start_writer(path)
    assert writer.stdout is not None
    writer.stdout.readline()
    with Ledger(path) as ledger:
        ledger.begin("other", "header")
        for number in range(50):
            ledger.append("other", run(number))
        writer.kill()
        writer.communicate()
        assert len(ledger.runs("other")) == 50
        assert len(ledger.runs("digest")) >= 1


def test_a_ledger_that_stays_locked_says_who_is_to_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "WAIT_SECONDS", 0.05)
    path = filled(tmp_path / "ledger.sqlite")
    holder = sqlite3.connect(path)
    with Ledger(path) as ledger:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match="another process is using it: wait"):
            ledger.append("digest", run(50))
        holder.rollback()
        ledger.append("digest", run(50))
        assert len(ledger.runs("digest")) == 51
    holder.close()


def test_a_ledger_of_a_newer_greenfix_is_left_alone(tmp_path: Path) -> None:
    path = filled(tmp_path / "ledger.sqlite")
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(LedgerError, match="newer greenfix"):
        Ledger(path)


def test_a_folder_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").mkdir()
    with pytest.raises(LedgerError, match="make its folder writable"):
        Ledger(tmp_path / "ledger.sqlite")
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerError, match="cannot be used as a ledger"):
        Ledger(tmp_path / "file" / "ledger.sqlite")
