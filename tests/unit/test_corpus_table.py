"""The table of the corpus, and what it writes back into the cases."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks import load

corpus_race = load("corpus_race")

CASE = """\
description = "A program."  # a comment stays
smell = "UTR"
winner = "unmeasured"
ties = ["release"]

[[expect]]
rule = "UTR001"
strategies = ["store-scalar", "release", "release-and-collect"]
"""


def result(verdict: str = "saves", strategy: str | None = "store-scalar") -> dict[str, Any]:
    tried = [
        {"strategy": "store-scalar", "fate": "ahead", "saving": 0.31, "blocks": 6},
        {"strategy": "release", "fate": "behind", "saving": 0.25, "blocks": 4},
        {"strategy": "store-numpy", "fate": "changes behaviour", "saving": None, "blocks": 0},
    ]
    numbers = {"saving": 0.28, "low": 0.2, "high": 0.35, "blocks": 6, "provenance": "estimated"}
    return {"verdict": verdict, "strategy": strategy, "tried": tried, **numbers}


def cells(verdict: str, folder: Path) -> list[str]:
    evidence = folder / "utr-activations.evidence"
    evidence.write_text(json.dumps({"verdicts": {"store-scalar": {"behaviour": "identical"}}}))
    row: str = corpus_race.row("utr-activations", result(verdict), folder)
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def test_a_row_says_verdict_winner_losers_interval_and_provenance(tmp_path: Path) -> None:
    assert cells("saves", tmp_path) == [
        *("utr-activations", "eager", "saves", "store-scalar", "28.0 %", "20.0 % to 35.0 %", "6", "estimated"),
        *("identical", "store-scalar 31.0 %; release 25.0 %; store-numpy  (changes behaviour)"),
    ]


def test_what_does_not_save_has_not_won(tmp_path: Path) -> None:
    assert cells("no saving", tmp_path)[3] == "none (store-scalar)"


def test_the_page_says_how_busy_the_machine_was(tmp_path: Path) -> None:
    assert "load" not in corpus_race.table([], tmp_path)
    (tmp_path / "loads.txt").write_text("3.20\n15.81\n7.00\n")
    assert ", the machine's load 3 to 16; whether" in corpus_race.table([], tmp_path)


@pytest.mark.parametrize(
    ("verdict", "strategy", "winner"),
    [
        ("saves", "store-scalar", "store-scalar"),
        ("saves", "release", "unmeasured"),  # a tie: any of them may win
        ("costs", "store-scalar", "none"),
        ("no saving", None, "none"),
        ("inconclusive", "store-scalar", "unmeasured"),
        ("invalid", "store-scalar", "unmeasured"),
        ("saves", "store-scalar+clear-session", "unmeasured"),
    ],
)
def test_the_winner_is_written_into_the_case_and_nothing_else_changes(
    tmp_path: Path, verdict: str, strategy: str | None, winner: str
) -> None:
    (tmp_path / "utr-a").mkdir()
    file = tmp_path / "utr-a" / "case.toml"
    file.write_text(CASE)
    corpus_race.update_case("utr-a", result(verdict, strategy), tmp_path)
    assert tomllib.loads(file.read_text())["winner"] == winner
    assert file.read_text().replace(f'winner = "{winner}"', 'winner = "unmeasured"') == CASE
