from __future__ import annotations

import json
from pathlib import Path

import pytest
from greenfix_verify.evidence import write_evidence
from typer.testing import CliRunner

from greenfix.cli import app
from tests.evidences import SAVING, evidence_of
from tests.greenfix_command import Greenfix


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_evidence(evidence_of(SAVING), tmp_path / "evidence.json")
    return tmp_path / "evidence.json"


@pytest.mark.parametrize(
    ("form", "start"),
    [("text", "greenfix: hoist-compile"), ("markdown", "## greenfix"), ("html", "<!doctype html>"), ("json", "{")],
)
def test_evidence_is_shown_in_each_format_and_holds(file: Path, form: str, start: str) -> None:
    done = CliRunner().invoke(app, ["report", str(file), "--format", form, "--check"])
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith(start)


def test_the_check_fails_for_a_number_that_does_not_follow_from_the_runs(greenfix: Greenfix, file: Path) -> None:
    document = json.loads(file.read_text())
    document["verdicts"]["hoist-compile"]["saving"] = 0.5
    file.write_text(json.dumps(document))
    done = greenfix("report", file, "--check", "--format", "json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["check"]["matches"] is False
    assert done.stderr.startswith(f"{file}: verdicts.hoist-compile.saving is 0.5, but its runs say 0.2")
    assert CliRunner().invoke(app, ["report", str(file)]).exit_code == 0


@pytest.mark.parametrize("figures", [{"blocks": "many"}, {}, {"guess": 1}])
def test_what_is_no_evidence_is_a_usage_error(file: Path, figures: dict[str, object]) -> None:
    document = json.loads(file.read_text())
    document["statistics"] = {"hoist-compile": figures}
    file.write_text(json.dumps(document))
    broken = CliRunner().invoke(app, ["report", str(file)])
    assert broken.exit_code == 2
    assert "statistics.hoist-compile" in broken.stderr


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["report", str(tmp_path / "none.json")]).exit_code == 2
