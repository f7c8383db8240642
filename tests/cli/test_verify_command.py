from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from greenfix_verify.evidence import read_evidence
from greenfix_verify.verdict import BehaviourKind

from tests.greenfix_command import Greenfix
from tests.repositories import MakeRepository, git

WORK = "total = sum(number * number for number in range({}))\nprint(total > 0)\n"
PROGRAM = (sys.executable, "work.py")


@pytest.fixture
def faster(make_repository: MakeRepository) -> Path:
    """A repository whose last commit does a third of the work of the one before, without any TensorFlow."""
    folder = make_repository({"work.py": WORK.format(3_000_000)})
    (folder / "work.py").write_text(WORK.format(1_000_000))
    git(folder, "commit", "--quiet", "--all", "--message=less work")
    return folder


def test_any_change_that_saves_is_said_to_save_with_all_its_evidence(
    greenfix: Greenfix, faster: Path, tmp_path: Path
) -> None:
    file = tmp_path / "evidence.json"
    command = ("--baseline", "HEAD~1", "--evidence", file, "--format", "json", "--", *PROGRAM)
    done = greenfix("verify", faster, *command)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["verdict"], result["evidence"]) == ("saves", str(file))
    evidence = read_evidence(file)
    assert [arm.revision for arm in evidence.arms] == [git(faster, "rev-parse", name) for name in ("HEAD~1", "HEAD")]
    assert evidence.command.argv == PROGRAM
    assert evidence.verdicts["candidate"].blocks == result["blocks"]
    assert evidence.spent_joules > 0
    assert [exclusion.reason for exclusion in evidence.exclusions] == ["warm-up", "warm-up"]
    assert "-total = sum(number * number for number in range(3000000))" in evidence.arms[1].diff
    assert greenfix("report", file, "--check").returncode == 0


def test_the_other_way_round_it_costs(greenfix: Greenfix, faster: Path) -> None:
    done = greenfix("verify", faster, "--baseline", "HEAD", "--candidate", "HEAD~1", "--", *PROGRAM)
    assert done.returncode == 1
    assert done.stdout.startswith("costs: ")
    assert "estimated" in done.stdout


def test_a_guard_lets_a_change_pass_that_computes_something_else_for_less(greenfix: Greenfix, faster: Path) -> None:
    program = WORK.format(1_000_000) + "print('another result')\n"
    git(faster, "checkout", "--quiet", "-b", "feature", "HEAD~1")
    (faster / "work.py").write_text(program)
    git(faster, "commit", "--quiet", "--all", "--message=another result")
    guard = ("--baseline", "main", "--merge-base", "--fail-on", "cost", "--format", "json", "--max-blocks", "6")
    done = greenfix("verify", faster, *guard, "--", *PROGRAM)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    evidence = read_evidence(Path(result["evidence"]))
    assert result["verdict"] == "saves"
    assert evidence.verdicts["candidate"].behaviour is BehaviourKind.DIFFERS
    assert [arm.revision for arm in evidence.arms] == [git(faster, "rev-parse", name) for name in ("main~1", "feature")]
    git(faster, "checkout", "--quiet", "main")
    (faster / "work.py").write_text("raise SystemExit('broken')\n")
    git(faster, "commit", "--quiet", "--all", "--message=broken")
    done = greenfix("verify", faster, *guard, "--baseline", "feature", "--candidate", "main", "--", *PROGRAM)
    assert done.returncode == 1
    assert json.loads(done.stdout)["verdict"] == "changes behaviour"


def test_histories_without_a_common_commit_have_no_merge_base(greenfix: Greenfix, faster: Path) -> None:
    git(faster, "checkout", "--quiet", "--orphan", "other")
    git(faster, "commit", "--quiet", "--message=unrelated")
    done = greenfix("verify", faster, "--baseline", "main", "--merge-base", "--", *PROGRAM)
    assert done.returncode == 2
    assert "have no common commit" in done.stderr


def test_an_unknown_revision_is_named(greenfix: Greenfix, faster: Path) -> None:
    done = greenfix("verify", faster, "--baseline", "v9", "--", *PROGRAM)
    assert done.returncode == 2
    assert "'v9' names no commit" in done.stderr


def test_without_a_command_it_is_a_usage_error(greenfix: Greenfix, faster: Path) -> None:
    assert greenfix("verify", faster, "--baseline", "HEAD~1").returncode == 2


def test_what_the_program_prints_is_shown_when_asked(greenfix: Greenfix, faster: Path) -> None:
    done = greenfix("verify", faster, "--baseline", "HEAD~1", "--max-blocks", "5", "--verbose", "--", *PROGRAM)
    assert "    | True" in done.stderr


RESULTS = (
    "import os\nopen('metrics.json', 'w').write('{\"auc\": %s}')\nprint('loss', os.environ['LOSS'])\n"
    "open('w.csv', 'w').write('w\\n1\\n')\n"
)


def test_declared_results_are_compared_and_stand_in_the_evidence(
    greenfix: Greenfix, make_repository: MakeRepository, tmp_path: Path
) -> None:
    folder = make_repository({"work.py": WORK.format(10) + RESULTS % 0.5})
    (folder / "work.py").write_text(WORK.format(10) + RESULTS % 0.6)
    git(folder, "commit", "--quiet", "--all", "--message=other results")
    file = tmp_path / "evidence.json"
    declared = ("--metrics", "metrics.json", "--metric-pattern", r"loss (\d+)", "--output", "w.csv", "--env", "LOSS=2")
    arguments = ("--baseline", "HEAD~1", "--max-blocks", "5", "--no-observe", "--evidence", file, *declared)
    done = greenfix("verify", folder, *arguments, "--", *PROGRAM)
    assert done.returncode == 1, done.stderr
    assert "auc is 0.5 in the original and 0.6 in the candidate" in done.stdout
    evidence = read_evidence(file)
    assert (evidence.policy.metrics_file, evidence.policy.outputs) == ("metrics.json", ("w.csv",))
    assert evidence.policy.environment == ("LOSS=2",)
    assert evidence.runs[0].behaviour.metrics["stdout"] == (2.0,)
    assert evidence.runs[0].behaviour.outputs["w.csv"].numbers == {"w": (1.0,)}


def test_a_declared_result_that_the_original_does_not_give_is_named(greenfix: Greenfix, faster: Path) -> None:
    done = greenfix("verify", faster, "--baseline", "HEAD~1", "--output", "model.npz", "--", *PROGRAM)
    assert done.returncode == 2
    assert "--output model.npz was not written" in done.stderr


def test_a_variable_that_looks_like_a_secret_is_refused_and_not_repeated(greenfix: Greenfix, faster: Path) -> None:
    done = greenfix("verify", faster, "--baseline", "HEAD~1", "--env", "HF_TOKEN=abc123", "--", *PROGRAM)
    assert done.returncode == 2
    assert "--env HF_TOKEN looks like a secret" in done.stderr
    assert "abc123" not in done.stderr


def test_a_metric_pattern_without_a_group_is_a_usage_error(greenfix: Greenfix, faster: Path) -> None:
    done = greenfix("verify", faster, "--baseline", "HEAD~1", "--metric-pattern", "loss", "--", *PROGRAM)
    assert done.returncode == 2
    assert "needs one group" in done.stderr


def test_a_policy_that_can_never_show_anything_is_refused_before_the_first_run(
    greenfix: Greenfix, faster: Path
) -> None:
    done = greenfix("verify", faster, "--baseline", "HEAD~1", "--max-blocks", "4", "--", *PROGRAM)
    assert done.returncode == 2
    assert "4 blocks can never show a saving" in done.stderr
    assert "warm-up" not in done.stderr


@pytest.mark.parametrize("amount", ["2 days", "h", "0kWh", "-1h", "5"])
def test_a_budget_that_is_neither_time_nor_energy_is_a_usage_error(
    greenfix: Greenfix, leaking: Path, amount: str
) -> None:
    done = greenfix("verify", leaking, "--baseline", "HEAD", f"--budget={amount}", "--", *PROGRAM)
    assert done.returncode == 2
    assert "neither a time (90m, 2h) nor an energy" in done.stderr


def test_a_budget_that_is_used_up_ends_the_experiment_and_a_larger_one_goes_on(
    greenfix: Greenfix, faster: Path
) -> None:
    command = ("--baseline", "HEAD~1", "--allow-estimated", "--format", "json", "--", *PROGRAM)
    done = greenfix("verify", faster, "--budget", "0.001s", *command)
    assert done.returncode == 3
    assert json.loads(done.stdout)["blocks"] == 0
    assert "The budget is used up" in Path(json.loads(done.stdout)["evidence"]).read_text()
    again = greenfix("verify", faster, "--budget", "1h", "--budget", "1kWh", *command)
    assert "2 runs are in the ledger already" in again.stderr
