"""What the evidence says beside the runs, and which files are refused."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from greenfix_verify.errors import EvidenceError
from greenfix_verify.evidence import exclusions, judged_runs, payback, read_evidence, spent_joules, write_evidence
from greenfix_verify.policy import Policy
from greenfix_verify.reading import Provenance
from greenfix_verify.run import Ending
from greenfix_verify.verdict import Verdict, VerdictKind

from tests.measuring import arms, experiment, run

SAVES = Verdict(VerdictKind.SAVES, 0.2, 0.1, 0.3, 0.01, 6, Provenance.MEASURED, "it does")


def test_every_excluded_run_has_its_reason() -> None:
    runs = (
        run(0, warmup=True),
        run(1, 0, disturbed="a neighbour"),
        run(1, 1, "patch"),
        run(2, 0, ending=Ending.TIMED_OUT),
        run(3, 0),
        run(4, 0, joules=None),
        run(5, 0),
        run(5, 1, "patch"),
    )
    assert [(one.block, one.reason) for one in exclusions(runs, 2)] == [
        (0, "warm-up"),
        (1, "a neighbour"),
        (2, "timed out"),
        (3, "its block was not completed"),
        (4, "no reading"),
    ]


def test_blocks_left_behind_are_not_judged_but_the_last_one_is() -> None:
    complete = (run(1, 0), run(1, 1, "patch"))
    runs = (run(0, 0), *complete, run(2, 0, ending=Ending.FAILED))
    assert judged_runs(runs, 2) == (*complete, runs[-1])
    assert judged_runs((), 2) == ()


def test_all_energy_counts_as_spent() -> None:
    assert spent_joules((run(0, warmup=True), run(1), run(2, joules=None), run(3, disturbed="x"))) == 15.0


@pytest.mark.parametrize(("saving", "expected"), [(0.2, 100), (0.0, None), (-0.1, None), (None, None)])
def test_pay_back_is_the_number_of_runs_that_save_what_was_spent(saving: float | None, expected: int | None) -> None:
    assert payback(100.0, (run(0, joules=5.0), run(1, joules=5.0)), replace(SAVES, saving=saving)) == expected


def test_the_digest_is_that_of_the_files_bytes(tmp_path: Path) -> None:
    evidence = experiment(tmp_path, arms(tmp_path, original="", patch=""), Policy(maximum_blocks=1))
    path = tmp_path / "deep" / "evidence.json"
    assert write_evidence(evidence, path) == hashlib.sha256(path.read_bytes()).hexdigest()
    assert read_evidence(path) == evidence


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no json", "Expecting value"),
        ("[]", "version None"),
        ('{"version": 2}', "version 2; this greenfix reads version 1"),
        ('{"version": 1}', "missing"),
        (json.dumps({"version": 1, "guess": 1}), "unknown field 'guess'"),
    ],
)
def test_a_malformed_file_is_refused_with_its_name(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "evidence.json"
    path.write_text(text)
    with pytest.raises(EvidenceError, match=f"evidence.json: .*{message}"):
        read_evidence(path)


def test_a_missing_file_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match=r"evidence\.json"):
        read_evidence(tmp_path / "evidence.json")
