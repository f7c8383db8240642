"""What the evidence says beside the runs, and which files are refused."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from greenfix_verify.errors import EvidenceError
from greenfix_verify.evidence import exclusions, judged_runs, payback, read_evidence, spent_joules, write_evidence
from greenfix_verify.evidence_schema import evidence_schema
from greenfix_verify.policy import Policy
from greenfix_verify.reading import Provenance
from greenfix_verify.run import Ending
from greenfix_verify.verdict import Verdict, VerdictKind

from tests.measuring import arms, experiment, run

ROOT = Path(__file__).parents[2]
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
        ('{"version": 3}', "version 3; this greenfix reads 1 to 2"),
        ('{"version": 1}', "missing"),
        (json.dumps({"version": 1, "guess": 1}), "unknown field 'guess'"),
    ],
)
def test_a_malformed_file_is_refused_with_its_name(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "evidence.json"
    path.write_text(text)
    with pytest.raises(EvidenceError, match=f"evidence.json: .*{message}"):
        read_evidence(path)


VERSION_1_LACKS = {
    (): {"notes"},
    ("site",): {"idle", "versions"},
    ("site", "meter"): {"driver", "cuda"},
    ("runs",): {"cooldown", "before", "during"},
}


def test_a_file_of_version_1_is_read_and_keeps_its_number(tmp_path: Path) -> None:
    evidence = experiment(tmp_path, arms(tmp_path, original="", patch=""), Policy(maximum_blocks=1))
    path = tmp_path / "evidence.json"
    write_evidence(evidence, path)
    data = json.loads(path.read_text()) | {"version": 1}
    for where, names in VERSION_1_LACKS.items():
        place = data
        for step in where:
            place = place[step]
        for each in place if isinstance(place, list) else [place]:
            for name in names:
                del each[name]
    for one in data["runs"]:
        del one["counters"]["peak_gpu_bytes"]
    data["policy"]["cooldown_seconds"] = 2.0
    path.write_text(json.dumps(data))
    read = read_evidence(path)
    assert (read.version, read.policy.cooldown_seconds) == (1, 2.0)
    assert [one.reading for one in read.runs] == [one.reading for one in evidence.runs]
    assert {(one.cooldown, one.before, one.during) for one in read.runs} == {(None, None, None)}
    jsonschema.Draft202012Validator(evidence_schema()).validate(data)


def test_a_real_file_is_valid_by_the_published_schema(tmp_path: Path) -> None:
    schema = json.loads((ROOT / "docs" / "evidence.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    sources = {"original": "print(1)", "patch": "raise SystemExit('broken')"}
    evidence = experiment(tmp_path, arms(tmp_path, **sources), Policy(maximum_blocks=1), observe=True)
    path = tmp_path / "evidence.json"
    write_evidence(evidence, path)
    data = json.loads(path.read_text())
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(data)
    assert not validator.is_valid(data | {"guess": 1})
    assert not validator.is_valid({key: value for key, value in data.items() if key != "schedule"})


def test_the_published_schema_is_that_of_the_code() -> None:
    published = json.loads((ROOT / "docs" / "evidence.schema.json").read_text())
    assert published == evidence_schema(), "run python -m greenfix_verify.evidence_schema > docs/evidence.schema.json"


def test_every_field_of_the_evidence_is_explained() -> None:
    page = (ROOT / "docs" / "evidence.md").read_text()
    schema = evidence_schema()
    names = {name for each in (schema, *schema["$defs"].values()) for name in each["properties"]}
    assert {name for name in names if f"`{name}`" not in page} == set()


def test_a_missing_file_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match=r"evidence\.json cannot be read: No such file or directory$"):
        read_evidence(tmp_path / "evidence.json")
