"""The ledger keeps what it is given, and notices when somebody else changed it."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import pytest
from greenfix_verify.errors import LedgerError
from greenfix_verify.ledger import Ledger
from greenfix_verify.run import Behaviour

from tests.measuring import run

RUNS = (
    run(0, 0),
    run(0, 1, "patch"),
    run(1, 0, behaviour=Behaviour({"fit[0].loss": (1.0, float("inf"))}, {"epochs": 2})),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "deep" / "ledger.sqlite"
    with Ledger(path) as ledger:
        ledger.begin("digest", "header")
        for one in RUNS:
            ledger.append("digest", one)
    return path


def alter(path: Path, statement: str, *values: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        assert connection.execute(statement, values).rowcount == 1
    connection.close()


def test_runs_come_back_as_they_went_in(path: Path) -> None:
    with Ledger(path) as ledger:
        assert ledger.header("digest") == "header"
        assert ledger.runs("digest") == RUNS


def test_appending_goes_on_where_it_stopped(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.append("digest", run(1, 1, "patch"))
    with Ledger(path) as ledger:
        assert ledger.runs("digest") == (*RUNS, run(1, 1, "patch"))


def test_experiments_do_not_mix(path: Path) -> None:
    with Ledger(path) as ledger:
        assert ledger.header("other") is None
        ledger.begin("other", "another header")
        ledger.append("other", run(0, 0))
        assert ledger.runs("other") == (run(0, 0),)
        assert ledger.runs("digest") == RUNS


@pytest.mark.parametrize(
    ("statement", "number"),
    [
        ("UPDATE runs SET body = replace(body, '5.0', '4.0') WHERE number = 1", 1),
        ("UPDATE runs SET hash = 'x' WHERE number = 2", 2),
        ("DELETE FROM runs WHERE number = 1", 1),
        ("UPDATE experiments SET header = 'x'", 0),
        ("DELETE FROM runs WHERE number = 2", 2),
        ("UPDATE heads SET runs = 4", 3),
        ("UPDATE heads SET hash = 'x'", 3),
        ("DELETE FROM heads", 3),
    ],
    ids=[
        "changed reading",
        "changed hash",
        "removed run",
        "changed header",
        "cut off at the end",
        "head of more runs",
        "head of other runs",
        "no head",
    ],
)
def test_a_damaged_chain_is_refused_with_advice(path: Path, statement: str, number: int) -> None:
    alter(path, statement)
    with Ledger(path) as ledger, pytest.raises(LedgerError, match=f"run {number} in .*; delete the file"):
        ledger.runs("digest")


def test_all_runs_cut_off_are_missed(path: Path) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("DELETE FROM runs")
    connection.close()
    with Ledger(path) as ledger, pytest.raises(LedgerError, match=r"run 0 in .*; delete the file"):
        ledger.runs("digest")


def test_a_ledger_from_before_there_were_heads_gets_them(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE heads")
    connection.execute("PRAGMA user_version = 0")
    connection.close()
    with Ledger(path) as ledger:
        assert ledger.runs("digest") == RUNS
    alter(path, "DELETE FROM runs WHERE number = 2")
    with Ledger(path) as ledger, pytest.raises(LedgerError, match="run 2 in"):
        ledger.runs("digest")


def test_a_file_that_is_no_ledger_is_refused_with_advice(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(LedgerError, match="move it away"):
        Ledger(path)


def test_a_second_writer_of_the_same_experiment_is_refused(path: Path) -> None:
    with Ledger(path) as one, Ledger(path) as two:
        one.runs("digest")
        two.runs("digest")
        one.append("digest", run(1, 1))
        with pytest.raises(LedgerError, match="another greenfix"):
            two.append("digest", run(1, 1))


def test_a_run_of_another_version_is_refused(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.begin("old", "header")
    first = hashlib.sha256(b"header").hexdigest()
    row = hashlib.sha256(f"{first}{{}}".encode()).hexdigest()
    alter(path, "INSERT INTO runs VALUES ('old', 0, '{}', ?)", row)
    alter(path, "UPDATE heads SET runs = 1, hash = ? WHERE experiment = 'old'", row)
    with Ledger(path) as ledger, pytest.raises(LedgerError, match="another version"):
        ledger.runs("old")
