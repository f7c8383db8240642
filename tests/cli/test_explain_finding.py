"""``greenfix explain FINDING``: all that is known of one place before it is measured."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from greenfix_codemods.scan import candidates, scan
from greenfix_verify.machine import this_machine
from greenfix_verify.run import Ending

from greenfix.cost_model.experience import situation
from greenfix.cost_model.memory import remember
from greenfix.cost_model.observation import Observation, Stage, machine_key
from greenfix.diagnosis.kept import remember as remember_diagnosis
from greenfix.diagnosis.value import Diagnosed, Diagnosis, State
from greenfix.errors import UsageError
from greenfix.explanation import explain_findings, named
from greenfix.folders import state_folder
from greenfix.report.explanation import explanation_json, explanation_text
from tests.greenfix_command import LEAKING, Greenfix


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """A folder outside of git with one finding, in line 3."""
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "train.py").write_text(LEAKING)
    return folder


def explained(asked: str, folder: Path) -> dict[str, Any]:
    document = json.loads(explanation_json(explain_findings(asked, folder)))
    assert document["version"] == 1
    [found] = document["findings"]
    return dict(found)


def text(asked: str, folder: Path) -> str:
    return " ".join("".join(map(explanation_text, explain_findings(asked, folder))).split())


def test_a_place_is_explained_with_what_can_be_tried_and_what_each_is_expected_to_save(
    greenfix: Greenfix, plain: Path
) -> None:
    done = greenfix("explain", "train.py:3", folder=plain)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("train.py:3 IMR001: model built in every pass of a loop (high confidence, ")
    assert "nothing releases the one before" in done.stdout
    first = explained("train.py:3", plain)["strategies"][0]["name"]
    assert f"To try, best guess first:\n  {first}\n" in done.stdout
    assert "from no measurement on this machine and 5 elsewhere" in " ".join(done.stdout.split())
    assert "nobody has measured it yet" in " ".join(done.stdout.split())  # nor published anything of release-model
    assert "Not here:\n  hoist-and-reset: the model may have no weights to remember" in done.stdout
    assert "safe: the meaning is kept." in done.stdout
    assert "The last diagnosis: none" in done.stdout
    asked = greenfix("explain", "train.py:3", "--repository", plain, "--format", "json")
    assert json.loads(asked.stdout)["findings"] == [explained("train.py:3", plain)]


def test_the_beginning_of_a_fingerprint_names_the_same_finding(plain: Path) -> None:
    by_place = explained("train.py:3", plain)
    assert explained(by_place["fingerprint"][:5].upper(), plain) == by_place
    assert explained(f"{plain}/train.py:3", plain) == by_place


def test_what_was_measured_here_moves_what_is_expected_and_is_counted(plain: Path) -> None:
    [offered] = candidates(plain, scan(plain).findings)
    before = [each for each in explained("train.py:3", plain)["strategies"] if not each["obstacle"]]
    assert before == sorted(before, key=lambda each: -each["expected"]["saving"])
    machine = machine_key(this_machine())
    last = before[-1]["name"]
    for number, program in enumerate(("one", "one", "two")):
        where = situation(offered, last, None, machine)
        seen = (Stage.CONFIRMATION, "saves", -1.5, 0.02, 6, "measured", program, f"experiment {number}", "2026-11-22")
        remember([Observation(where, *seen)], state_folder())
    [first, *_] = explained("train.py:3", plain)["strategies"]
    assert first["name"] == last
    assert first["expected"]["saving"] > 0.7 > before[-1]["expected"]["saving"]
    assert [first["expected"][key] for key in ("here", "programs", "alike")] == [3, 2, 3]
    assert "from 3 measurements of 2 programs on this machine and" in text("train.py:3", plain)


def test_what_stops_a_strategy_is_said(plain: Path) -> None:
    policy = "import keras\nkeras.mixed_precision.set_global_policy('mixed_float16')\n"
    (plain / "train.py").write_text(LEAKING.replace("import keras\n", policy))
    found = explained("train.py:4", plain)
    stopped = {each["name"]: each["obstacle"] for each in found["strategies"] if each["obstacle"]}
    assert "a dtype policy is set" in stopped["clear-session"]
    assert "Not here: clear-session: a dtype policy is set" in text("train.py:4", plain)


def test_what_a_diagnosis_saw_is_said(leaking: Path) -> None:
    [finding] = scan(leaking).findings
    seen = Diagnosed(finding.fingerprint, "IMR001", "train.py", 3, State.CONFIRMED, 2**20, 1.0, "30 models", passes=30)
    told = Diagnosis("f" * 40, ("python",), (seen,), (), (), (), 2**30, 9.0, 9.0, 0, 0.0, Ending.COMPLETED)
    (leaking / ".git" / "greenfix").mkdir()
    remember_diagnosis(told, leaking / ".git" / "greenfix")
    assert "The last diagnosis: confirmed; 30 models." in text("train.py:3", leaking)
    assert explained("train.py:3", leaking)["diagnosed"] == {
        "state": "confirmed",
        "bytes": 2**20,
        "passes": 30,
    }


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("train.py:4", "There is no finding train.py:4 in"),
        ("other.py:3", "There is no finding other.py:3 in"),
        ("0123abc", "There is no finding 0123abc in"),
        ("clear-session", "There is no rule 'clear-session'"),
    ],
)
def test_an_unknown_finding_says_what_to_do(greenfix: Greenfix, plain: Path, asked: str, said: str) -> None:
    done = greenfix("explain", asked, folder=plain)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert "`greenfix scan` lists them" in done.stderr or "a finding is named as train.py:12" in done.stderr


def test_a_prefix_of_several_fingerprints_is_refused(plain: Path) -> None:
    [finding] = scan(plain).findings
    (plain / "train.py").write_text(f"{LEAKING}\n{LEAKING}")
    both = scan(plain).findings
    with pytest.raises(UsageError, match="is the beginning of 2 fingerprints"):
        named(both, "", plain)
    assert named(both, finding.fingerprint, plain)[0].span.line == 3


def test_a_folder_that_is_not_there_is_said(greenfix: Greenfix, tmp_path: Path) -> None:
    done = greenfix("explain", "train.py:3", "--repository", tmp_path / "nowhere")
    assert done.returncode == 2
    assert "does not exist" in done.stderr


def test_a_rule_is_explained_as_json_too(greenfix: Greenfix) -> None:
    page = json.loads(greenfix("explain", "IMR001", "--format", "json").stdout)["rule"]
    assert page["code"] == "IMR001"
    assert "clear-session" in {each["name"] for each in page["strategies"]}


def test_what_fix_measured_is_what_explain_counts(greenfix: Greenfix, leaking: Path) -> None:
    options = ("--yes", "--allow-estimated", "--strategy", "clear-session", "--max-blocks", "6")
    greenfix("fix", leaking, *options, "--", sys.executable, "train.py")
    strategies = explained("train.py:3", leaking)["strategies"]
    counted = {each["name"]: (each["expected"]["here"], each["expected"]["programs"]) for each in strategies}
    assert counted.pop("clear-session") == (1, 1)
    assert set(counted.values()) == {(0, 0)}
