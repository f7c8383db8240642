from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from greenfix.cli import app
from tests.greenfix_command import HARMLESS, LEAKING, Greenfix

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "scan.schema.json").read_text())

UNREADABLE = {
    "broken.py": "does not parse: line 1",
    "python2.py": "does not parse: line 2: Missing parentheses",
    "latin.py": "not text in its declared encoding",
    "huge.py": "too large",
    "broken.ipynb": "not a notebook",
    "link.py": "symbolic link",
    "dangling.py": "symbolic link",
}


def test_text_names_place_rule_and_reason_on_stdout_and_the_funnel_on_stderr(greenfix: Greenfix, leaking: Path) -> None:
    done = greenfix("scan", leaking)
    assert done.returncode == 1
    assert done.stdout.startswith(f"{leaking}/train.py:3:1: IMR001 [high] ")
    assert done.stderr == "1 finding in 1 file (1 scanned, 1 with TensorFlow or training code).\n"


def test_what_is_of_low_confidence_is_counted_and_shown_when_asked_for(greenfix: Greenfix, leaking: Path) -> None:
    (leaking / "tests").mkdir()
    (leaking / "train.py").rename(leaking / "tests" / "test_train.py")
    hidden = greenfix("scan", leaking)
    assert (hidden.returncode, hidden.stdout) == (0, "")
    assert "1 less sure (--confidence low)" in hidden.stderr
    shown = greenfix("scan", leaking, "--confidence", "low")
    assert (shown.returncode, "IMR001 [low]" in shown.stdout) == (1, True)
    (leaking / "greenfix.toml").write_text('confidence = "low"\n')
    assert greenfix("scan", leaking).stdout == shown.stdout
    assert greenfix("scan", leaking, "--confidence", "medium").stdout == ""


def test_json_sets_apart_what_is_less_sure(greenfix: Greenfix, leaking: Path) -> None:
    (leaking / "tests").mkdir()
    (leaking / "train.py").rename(leaking / "tests" / "test_train.py")
    document = json.loads(greenfix("scan", leaking, "--format", "json").stdout)
    jsonschema.validate(document, SCHEMA)
    assert (document["findings"], [each["confidence"] for each in document["unsure"]]) == ([], ["low"])


def test_json_fits_its_schema_and_carries_the_patches(greenfix: Greenfix, leaking: Path) -> None:
    done = greenfix("scan", leaking, "--format", "json")
    document = json.loads(done.stdout)
    jsonschema.validate(document, SCHEMA)
    [finding] = document["findings"]
    assert (finding["rule"], finding["path"], finding["line"]) == ("IMR001", "train.py", 3)
    [patch] = [each for each in finding["strategies"] if each["name"] == "clear-session"]
    assert "+    keras." in patch["diff"]
    assert done.stderr == ""


@pytest.mark.parametrize(("line", "dialect"), [("print 'x', 1", "Python 2"), ("!nvidia-smi", "a script for IPython")])
def test_what_python_3_does_not_parse_is_found_and_not_rewritten(
    line: str, dialect: str, greenfix: Greenfix, leaking: Path
) -> None:
    with (leaking / "train.py").open("a") as program:
        program.write(f"{line}\n")
    document = json.loads(greenfix("scan", leaking, "--format", "json").stdout)
    [finding] = document["findings"]
    assert (finding["rule"], finding["line"], document["errors"]) == ("IMR001", 3, [])
    assert finding["strategies"] == []
    assert f"train.py is {dialect}, which is not rewritten" in {each["reason"] for each in finding["withheld"]}


def test_a_workflow_gets_annotations_a_job_summary_and_sarif_without_what_the_baseline_knows(
    leaking: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(leaking)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    done = CliRunner().invoke(app, ["scan", "--format", "github"])
    assert (done.exit_code, done.stdout.count("::warning file=train.py,line=3,")) == (1, 1)
    assert "| `train.py:3` | IMR001 |" in (tmp_path / "summary.md").read_text()
    done = CliRunner().invoke(app, ["scan", "--format", "sarif", "--fail-on", "none"])
    [run] = json.loads(done.stdout)["runs"]
    assert (done.exit_code, len(run["results"]), len(run["results"][0]["fixes"])) == (0, 1, 4)
    known = "1 scanned, 1 with TensorFlow or training code, 1 unchanged since the last scan"
    assert done.stderr == f"1 finding in 1 file ({known}).\n"
    CliRunner().invoke(app, ["scan", "--write-baseline"])
    baseline = ["--baseline", ".greenfix-baseline.json"]
    done = CliRunner().invoke(app, ["scan", "--format", "sarif", *baseline])
    assert (done.exit_code, json.loads(done.stdout)["runs"][0]["results"]) == (0, [])
    done = CliRunner().invoke(app, ["scan", "--format", "markdown", *baseline])
    assert (done.exit_code, done.stdout[:26]) == (0, "### greenfix: Nothing new ")


def test_nothing_found_is_exit_code_zero(greenfix: Greenfix, tmp_path: Path) -> None:
    (tmp_path / "program").mkdir()
    (tmp_path / "program" / "train.py").write_text(HARMLESS)
    done = greenfix("scan", tmp_path / "program")
    assert (done.returncode, done.stdout) == (0, "")


def test_a_single_file_is_scanned_with_its_neighbours_in_reach(greenfix: Greenfix, tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text("import keras\n\ndef build():\n    return keras.Sequential([])\n")
    (tmp_path / "train.py").write_text(
        "from models import build\n\nfor fold in range(9):\n    model = build()\n    model.fit([1.0], [1.0])\n"
    )
    done = greenfix("scan", tmp_path / "train.py", "--format", "json")
    assert [each["line"] for each in json.loads(done.stdout)["findings"]] == [3]


def test_a_missing_path_is_a_usage_error(greenfix: Greenfix, tmp_path: Path) -> None:
    done = greenfix("scan", tmp_path / "missing")
    assert done.returncode == 2
    assert "does not exist" in done.stderr


def test_files_that_cannot_be_read_are_listed_and_the_rest_goes_on(greenfix: Greenfix, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "good.py").write_text(LEAKING)
    (tree / "empty.py").write_bytes(b"")
    (tree / "broken.py").write_text("def broken(:\n")
    (tree / "python2.py").write_text("import keras\nprint 'fit'\nfor\n")
    (tree / "latin.py").write_bytes(b"import keras\nname = '\xe9'\n")
    (tree / "huge.py").write_bytes(b"import keras\n" + b"#" * 2_000_000)
    (tree / "broken.ipynb").write_text("{}")
    (tree / "link.py").symlink_to(tree / "good.py")
    (tree / "dangling.py").symlink_to(tree / "nowhere.py")
    done = greenfix("scan", tree, "--format", "json")
    document = json.loads(done.stdout)
    assert [each["path"] for each in document["findings"]] == ["good.py"]
    errors = {each["path"]: each["message"] for each in document["errors"]}
    assert set(errors) == set(UNREADABLE)
    assert [name for name, words in UNREADABLE.items() if words not in errors[name]] == []


def test_environments_and_caches_are_not_scanned(greenfix: Greenfix, tmp_path: Path) -> None:
    for folder in (".venv/lib", "env", "node_modules/x", "__pycache__"):
        (tmp_path / "tree" / folder).mkdir(parents=True)
        (tmp_path / "tree" / folder / "train.py").write_text(LEAKING)
    (tmp_path / "tree" / "env" / "pyvenv.cfg").write_text("")
    assert greenfix("scan", tmp_path / "tree").returncode == 0


def test_a_notebook_is_scanned_by_its_code_cells(greenfix: Greenfix, tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Training"]},
        {"cell_type": "code", "source": ["%matplotlib inline\n", "!pip install keras\n", "import keras"]},
        {"cell_type": "code", "source": LEAKING.split("\n", 2)[2]},
    ]
    (tmp_path / "train.ipynb").write_text(json.dumps({"cells": cells, "nbformat": 4}))
    done = greenfix("scan", tmp_path / "train.ipynb", "--format", "json")
    document = json.loads(done.stdout)
    jsonschema.validate(document, SCHEMA)
    [finding] = document["findings"]
    assert (finding["cell"], finding["cell_line"], finding["line"], finding["end_line"]) == (3, 1, 4, 7)
    assert finding["strategies"][0]["name"] == "clear-session"
    assert greenfix("scan", tmp_path / "train.ipynb").stdout.startswith(
        f"{tmp_path}/train.ipynb: cell 3, line 1: IMR001"
    )


def test_a_reader_that_goes_away_is_no_error(environment: dict[str, str], leaking: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "greenfix", "scan", str(leaking)]
    process = subprocess.Popen(command, env=environment, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    _, said = process.communicate()
    assert b"Traceback" not in said
    assert b"Exception" not in said


def test_suppressed_findings_are_counted_and_unused_suppressions_are_told(greenfix: Greenfix, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    header = "for fold in range(30):"
    (tree / "a.py").write_text(LEAKING.replace(header, f"{header}  # greenfix: ignore[IMR001] three folds only"))
    (tree / "b.py").write_text(HARMLESS.replace("mse", 'mse")  # greenfix: ignore[IMR001]\nprint("'))
    done = greenfix("scan", tree)
    assert (done.returncode, done.stdout) == (0, "")
    assert "b.py:4: nothing to suppress: IMR001 finds nothing here; remove the comment\n" in done.stderr
    assert done.stderr.endswith("2 with TensorFlow or training code, 1 suppressed).\n")
    document = json.loads(greenfix("scan", tree, "--format", "json").stdout)
    jsonschema.validate(document, SCHEMA)
    [hidden] = document["suppressed"]
    assert (hidden["rule"], hidden["line"], hidden["suppression"]) == ("IMR001", 3, "three folds only")
    assert [note["rule"] for note in document["notes"]] == ["IMR001"]


def test_settings_and_options_choose_rules_and_files_and_the_option_wins(greenfix: Greenfix, leaking: Path) -> None:
    (leaking / "pyproject.toml").write_text('[tool.greenfix]\nselect = ["UTR"]\nexclude = ["old/"]\n')
    (leaking / "old").mkdir()
    (leaking / "old" / "train.py").write_text(LEAKING)
    done = greenfix("scan", folder=leaking)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.endswith("training code, 1 file excluded).\n")
    assert greenfix("scan", "--select", "UTR,IMR001", folder=leaking).stdout.startswith("train.py:3:1: IMR001")
    done = greenfix("scan", "--select", "IMR", "--exclude", "/train.py", "--ignore", "IMR002", folder=leaking)
    assert done.stdout.startswith("old/train.py:3:1: IMR001")


def test_a_wrong_setting_is_a_usage_error_with_file_and_key(greenfix: Greenfix, leaking: Path) -> None:
    (leaking / "pyproject.toml").write_text('[tool.greenfix]\nselekt = ["UTR"]\n')
    done = greenfix("scan", leaking)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        f"greenfix: {leaking}/pyproject.toml: tool.greenfix.selekt is no setting.",
        "  Did you mean select?",
    ]


def test_a_baseline_lets_a_repository_start_clean_and_only_new_findings_count(
    greenfix: Greenfix, leaking: Path
) -> None:
    done = greenfix("scan", "--write-baseline", folder=leaking)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == ".greenfix-baseline.json now knows 1 finding.\n"
    (leaking / "greenfix.toml").write_text('baseline = ".greenfix-baseline.json"\n')
    done = greenfix("scan", folder=leaking)
    assert (done.returncode, done.stdout) == (0, "")
    assert (
        done.stderr
        == "Nothing new (1 scanned, 1 with TensorFlow or training code, 1 unchanged since the last scan, 1 known).\n"
    )
    document = json.loads(greenfix("scan", "--format", "json", folder=leaking).stdout)
    jsonschema.validate(document, SCHEMA)
    assert (document["findings"], [each["path"] for each in document["known"]]) == ([], ["train.py"])
    (leaking / "more.py").write_text(LEAKING)
    done = greenfix("scan", folder=leaking)
    assert (done.returncode, done.stdout.count("IMR001")) == (1, 1)
    assert greenfix("scan", "--fail-on", "none", folder=leaking).returncode == 0
    done = greenfix("scan", "--fail-on", "any", folder=leaking)
    assert (done.returncode, done.stdout.count("IMR001")) == (1, 2)
    assert greenfix("scan", "--baseline", "missing.json", folder=leaking).returncode == 2


def test_the_cache_is_used_until_it_is_not_wanted_and_its_damage_is_said(
    greenfix: Greenfix, leaking: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    folder = tmp_path / "scans"
    environment["GREENFIX_CACHE_DIR"] = str(folder)
    greenfix("scan", leaking, "--no-cache")
    assert not folder.exists()
    first = greenfix("scan", leaking)
    [file] = folder.iterdir()
    assert greenfix("scan", leaking, "--jobs", "2").stdout == first.stdout
    file.write_text("no cache")
    damaged = greenfix("scan", leaking)
    assert damaged.stdout == first.stdout
    assert damaged.stderr.count("the scan's cache was unusable and is made anew") == 1
