from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
from pathlib import Path

from greenfix_verify.run import Ending

from greenfix.diagnosis.kept import remember
from greenfix.diagnosis.value import Diagnosed, Diagnosis, State
from tests.greenfix_command import HARMLESS, KERAS, LEAKING, Greenfix
from tests.repositories import STATE, MakeRepository, git

PROGRAM = (sys.executable, "train.py")
# A test without effect is called a saving in up to one of twenty experiments; of 20 % and more in none.
FLOOR = ("--min-saving", "0.2")
FAST = ("--yes", "--allow-estimated", "--strategy", "clear-session")


def trailers(folder: Path, branch: str) -> dict[str, str]:
    body = git(folder, "log", "-1", "--format=%(trailers:only,unfold)", branch)
    return dict(line.split(": ", 1) for line in body.splitlines())


def state(folder: Path) -> list[str]:
    return [git(folder, *command.split()) for command in STATE]


def test_a_leak_is_found_mended_measured_and_committed(greenfix: Greenfix, leaking: Path) -> None:
    before = state(leaking)
    done = greenfix("fix", leaking, *FAST, "--format", "json", "--", *PROGRAM)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["verdict"], result["strategy"], result["provenance"]) == ("saves", "clear-session", "estimated")
    assert result["low"] > 0.01
    assert result["p"] <= 0.05
    assert git(leaking, "diff", "--numstat", "main", result["branch"]).split() == ["1", "0", "train.py"]
    assert "clear_session()" in git(leaking, "show", f"{result['branch']}:train.py")
    assert git(leaking, "rev-parse", result["branch"]) == result["commit"]
    assert state(leaking) == before
    named = trailers(leaking, result["branch"])
    assert named["Greenfix-Rule"] == "IMR001"
    assert named["Greenfix-Strategy"] == "clear-session"
    assert named["Energy-Provenance"] == "estimated"
    assert named["Evidence-SHA256"] == hashlib.sha256(Path(result["evidence"]).read_bytes()).hexdigest()
    assert named["Energy-Saving"] == f"{100 * result['saving']:.1f} %"


def test_only_findings_below_the_path_asked_for_are_counted(
    greenfix: Greenfix, make_repository: MakeRepository
) -> None:
    folder = make_repository({"keras.py": KERAS, "train.py": LEAKING, "old/train.py": LEAKING, "old/tune.py": LEAKING})
    done = greenfix("fix", folder / "old", "--dry-run", "--", sys.executable, "old/train.py")
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("2 findings in 2 files (4 scanned, ")


def test_estimated_energy_is_not_committed_unless_allowed(greenfix: Greenfix, leaking: Path) -> None:
    done = greenfix("fix", leaking, "--yes", "--strategy", "clear-session", "--format", "json", "--", *PROGRAM)
    assert done.returncode == 1
    result = json.loads(done.stdout)
    assert (result["verdict"], result["commit"], result["branch"]) == ("saves", None, None)
    assert "estimated" in result["reason"]
    assert "greenfix" not in git(leaking, "branch", "--list")


def test_the_same_program_twice_saves_nothing_and_commits_nothing(greenfix: Greenfix, leaking: Path) -> None:
    options = ("--baseline", "HEAD", "--allow-estimated", *FLOOR, "--format", "json")
    done = greenfix("verify", leaking, *options, "--", *PROGRAM)
    assert done.returncode in {1, 3}
    assert json.loads(done.stdout)["verdict"] in {"no saving", "inconclusive", "costs"}
    assert git(leaking, "branch", "--list") == "* main"


def test_a_second_fix_resumes_and_repeats_no_finished_run(greenfix: Greenfix, leaking: Path) -> None:
    first = greenfix("fix", leaking, *FAST, "--branch", "one", "--", *PROGRAM)
    second = greenfix("fix", leaking, *FAST, "--branch", "two", "--", *PROGRAM)
    assert (first.returncode, second.returncode) == (0, 0)
    assert "runs are in the ledger already" in second.stderr
    assert "  block" not in second.stderr
    assert git(leaking, "rev-parse", "one^{tree}") == git(leaking, "rev-parse", "two^{tree}")


def test_without_findings_nothing_is_run(greenfix: Greenfix, make_repository: MakeRepository) -> None:
    done = greenfix("fix", make_repository({"train.py": HARMLESS}), "--yes", "--format", "json", "--", "false")
    assert done.returncode == 0
    assert json.loads(done.stdout)["reason"] == "Nothing found."


def test_a_folder_without_git_is_refused(greenfix: Greenfix, tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    done = greenfix("fix", folder, "--yes")
    assert (done.returncode, done.stdout) == (2, "")
    assert "not in a git repository" in done.stderr
    assert "git init" in done.stderr


def test_a_repository_without_commits_is_refused(greenfix: Greenfix, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    git(folder, "init", "--quiet")
    done = greenfix("fix", folder, "--yes")
    assert done.returncode == 2
    assert "no commit yet" in done.stderr


def test_a_dirty_tree_is_said_and_the_last_commit_is_measured(greenfix: Greenfix, leaking: Path) -> None:
    (leaking / "train.py").write_text(f"raise SystemExit('not committed')\n{LEAKING}")
    done = greenfix("fix", leaking, *FAST, "--", *PROGRAM)
    assert done.returncode == 0, done.stderr
    assert "1 file has uncommitted changes: the last commit is measured" in done.stderr
    assert "not committed" not in git(
        leaking, "show", "--format=", "-1", git(leaking, "branch", "--list", "greenfix/*")
    )


def test_include_dirty_measures_the_working_tree_as_it_is(greenfix: Greenfix, leaking: Path) -> None:
    (leaking / "train.py").write_text(LEAKING.replace("range(30)", "range(31)"))
    done = greenfix("fix", leaking, *FAST, "--include-dirty", "--", *PROGRAM)
    assert done.returncode == 0, done.stderr
    branch = git(leaking, "branch", "--list", "--format=%(refname:short)", "greenfix/*")
    assert "range(31)" in git(leaking, "show", f"{branch}:train.py")
    assert "range(31)" not in git(leaking, "show", "main:train.py")


def test_an_existing_branch_is_refused_before_anything_runs(greenfix: Greenfix, leaking: Path) -> None:
    git(leaking, "branch", "mine")
    done = greenfix("fix", leaking, *FAST, "--branch", "mine", "--", *PROGRAM)
    assert done.returncode == 2
    assert "The branch mine exists already." in done.stderr
    assert "warm-up" not in done.stderr


def test_a_command_that_cannot_be_found_says_where_it_was_looked_for(greenfix: Greenfix, leaking: Path) -> None:
    done = greenfix("fix", leaking, *FAST, "--", "no-such-program", "train.py")
    assert done.returncode == 2
    assert "no program called no-such-program" in done.stderr


def test_a_missing_interpreter_is_named(greenfix: Greenfix, leaking: Path) -> None:
    done = greenfix("fix", leaking, *FAST, "--", "env/bin/python", "train.py")
    assert done.returncode == 2
    assert "no interpreter at" in done.stderr


def test_a_failing_program_makes_the_measurement_invalid(greenfix: Greenfix, make_repository: MakeRepository) -> None:
    folder = make_repository({"train.py": f"{LEAKING}raise SystemExit('no data set')\n"})
    done = greenfix("fix", folder, *FAST, "--format", "json", "--", *PROGRAM)
    assert done.returncode == 4
    result = json.loads(done.stdout)
    assert (result["verdict"], result["commit"]) == ("invalid", None)
    assert "no data set" in done.stderr


def test_a_hanging_program_is_stopped_at_the_timeout(greenfix: Greenfix, make_repository: MakeRepository) -> None:
    folder = make_repository({"train.py": f"{LEAKING}import signal\nsignal.pause()\n"})
    done = greenfix("fix", folder, *FAST, "--timeout", "1", "--", *PROGRAM)
    assert done.returncode == 4
    assert "timed out" in done.stderr


def test_a_program_killed_by_a_signal_is_named_with_the_signal(
    greenfix: Greenfix, make_repository: MakeRepository
) -> None:
    folder = make_repository({"train.py": f"{LEAKING}import os\nos.kill(os.getpid(), 9)\n"})
    done = greenfix("fix", folder, *FAST, "--", *PROGRAM)
    assert done.returncode == 4
    assert "SIGKILL" in done.stderr


def test_a_finding_that_the_command_does_not_run_is_not_committed_with_it(
    greenfix: Greenfix, make_repository: MakeRepository
) -> None:
    folder = make_repository({"train.py": LEAKING, "other.py": LEAKING})
    done = greenfix("fix", folder, *FAST, "--", *PROGRAM)
    assert done.returncode == 0, done.stderr
    assert "Left as they are, because the command does not run them: other.py." in done.stderr
    branch = git(folder, "branch", "--list", "--format=%(refname:short)", "greenfix/*")
    assert git(folder, "diff", "--name-only", "main", branch) == "train.py"


def test_findings_in_several_files_need_a_command(greenfix: Greenfix, make_repository: MakeRepository) -> None:
    done = greenfix("fix", make_repository({"train.py": LEAKING, "other.py": LEAKING}), *FAST)
    assert done.returncode == 2
    assert "Which program shall be measured?" in done.stderr


def test_a_command_that_runs_no_finding_is_refused(greenfix: Greenfix, make_repository: MakeRepository) -> None:
    folder = make_repository({"train.py": LEAKING, "main.py": "print('nothing')\n"})
    done = greenfix("fix", folder, *FAST, "--", sys.executable, "main.py")
    assert done.returncode == 2
    assert "runs no file with findings" in done.stderr


def test_ctrl_c_leaves_no_worktree_no_child_and_keeps_finished_runs(
    environment: dict[str, str], leaking: Path, tmp_path: Path, greenfix: Greenfix
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    before = state(leaking)
    command = [sys.executable, "-m", "greenfix", "fix", str(leaking), *FAST, "--", *PROGRAM]
    with subprocess.Popen(
        command, env={**environment, "TMPDIR": str(scratch)}, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("  block 1"):
                process.send_signal(signal.SIGINT)
                break
        said = process.stderr.read()
    assert process.returncode == 130
    assert "Stopped. Finished runs are kept." in said
    assert list(scratch.iterdir()) == []
    assert state(leaking) == before
    again = greenfix("fix", leaking, *FAST, "--", *PROGRAM)
    assert again.returncode == 0
    assert "runs are in the ledger already" in again.stderr


def test_a_fix_without_effect_is_measured_and_not_committed(
    greenfix: Greenfix, make_repository: MakeRepository, tmp_path: Path
) -> None:
    stand_in = tmp_path / "packages" / "keras" / "__init__.py"
    stand_in.write_text(KERAS.replace("for _ in graph", "for _ in range(15)"))
    folder = make_repository({"train.py": LEAKING})
    done = greenfix("fix", folder, *FAST, *FLOOR, "--max-blocks", "8", "--format", "json", "--", *PROGRAM)
    result = json.loads(done.stdout)
    assert done.returncode == {"no saving": 1, "costs": 1, "inconclusive": 3}[result["verdict"]]
    assert git(folder, "branch", "--list") == "* main"


def test_a_fix_that_changes_what_is_computed_is_not_committed(
    greenfix: Greenfix, make_repository: MakeRepository
) -> None:
    folder = make_repository({"train.py": LEAKING.replace('"trained"', "len(keras.graph)")})
    done = greenfix("fix", folder, *FAST, "--format", "json", "--", *PROGRAM)
    assert done.returncode == 1
    assert json.loads(done.stdout)["verdict"] == "changes behaviour"
    assert git(folder, "branch", "--list") == "* main"


def test_all_strategies_that_apply_race_and_the_winner_is_proven_on_fresh_blocks(
    greenfix: Greenfix, leaking: Path
) -> None:
    offered = json.loads(greenfix("scan", leaking, "--format", "json").stdout)["findings"][0]["strategies"]
    done = greenfix("fix", leaking, "--yes", "--allow-estimated", "--format", "json", "--", *PROGRAM)
    result = json.loads(done.stdout)
    assert {each["strategy"] for each in result["tried"]} == {each["name"] for each in offered}
    [confirmed] = [each for each in result["tried"] if each["confirmed"]]
    assert (confirmed["fate"], confirmed["strategy"]) == ("ahead", result["strategy"])
    evidence = json.loads(Path(result["evidence"]).read_text())
    assert {run["arm"] for run in evidence["runs"]} == {"original", result["strategy"]}
    assert len(evidence["screening"]["standings"]) == len(offered)
    assert evidence["spent_joules"] > evidence["screening"]["spent_joules"] > 0


def test_the_evidence_is_also_written_where_asked(greenfix: Greenfix, leaking: Path, tmp_path: Path) -> None:
    done = greenfix("fix", leaking, *FAST, "--evidence", tmp_path / "mine.json", "--format", "json", "--", *PROGRAM)
    kept = Path(json.loads(done.stdout)["evidence"])
    assert (tmp_path / "mine.json").read_bytes() == kept.read_bytes()


def test_a_script_that_is_not_in_the_commit_makes_the_measurement_invalid(greenfix: Greenfix, leaking: Path) -> None:
    done = greenfix("fix", leaking, *FAST, "--", sys.executable, "missing.py")
    assert done.returncode == 4
    assert "missing.py" in done.stderr
    assert "No such file" in done.stderr


def test_attribution_says_what_each_of_two_findings_gives(greenfix: Greenfix, make_repository: MakeRepository) -> None:
    loop = LEAKING.partition("\n\n")[2].removesuffix('print("trained")\n')
    folder = make_repository({"train.py": f"{LEAKING}{loop.replace('range(30)', 'range(5)')}"})
    done = greenfix("fix", folder, *FAST, "--attribute", "--format", "json", "--", *PROGRAM)
    result = json.loads(done.stdout)
    assert len(result["shares"]) == 2, done.stderr
    [long, short] = sorted(result["shares"], key=lambda share: int(share["line"]))
    assert long["saving"] > short["saving"]
    assert "beside the others" in git(folder, "log", "-1", "--format=%B", result["commit"]).replace("\n  ", " ")


def test_what_a_diagnosis_did_not_see_leak_is_not_offered(greenfix: Greenfix, make_repository: MakeRepository) -> None:
    source = LEAKING.replace("for fold", "def unused():\n  for other in range(30):\n    model = keras.Sequential([])\n"
                             "    model.compile('sgd', 'mse')\n    model.fit([1.0], [1.0])\n\nfor fold")  # fmt: skip
    folder = make_repository({"train.py": source})
    base = git(folder, "rev-parse", "HEAD")
    listed = json.loads(greenfix("scan", folder, "--format", "json").stdout)["findings"]
    [unused, leaking] = sorted(listed, key=lambda finding: int(finding["line"]))
    diagnosed = [
        Diagnosed(each["fingerprint"], "IMR001", "train.py", each["line"], state, 0, 0.0, "")
        for each, state in ((unused, State.NOT_REACHED), (leaking, State.CONFIRMED))
    ]
    told = Diagnosis(base, PROGRAM, tuple(diagnosed), (), (), (), 1, 1.0, 1.0, 0, 0.0, Ending.COMPLETED)
    (folder / ".git" / "greenfix").mkdir()
    remember(told, folder / ".git" / "greenfix")
    done = greenfix("fix", folder, *FAST, "--", *PROGRAM)
    assert f"mending them cannot pay: train.py:{unused['line']} IMR001." in done.stderr
    assert f"train.py:{leaking['line']} IMR001" in done.stderr


def test_a_dry_run_prints_the_plan_and_runs_nothing(greenfix: Greenfix, leaking: Path) -> None:
    done = greenfix("fix", leaking, *FAST, "--dry-run", "--", *PROGRAM)
    assert done.returncode == 0, done.stderr
    plan = dict(line.split(maxsplit=1) for line in done.stdout.splitlines() if line.split()[0] in {"time", "changes"})
    assert plan == {"time": "unknown until the first run", "changes": "train.py"}
    assert not (leaking / ".git" / "greenfix" / "ledger.sqlite").exists()


def test_after_an_experiment_the_plan_knows_what_a_run_takes(greenfix: Greenfix, leaking: Path) -> None:
    greenfix("fix", leaking, *FAST, "--max-blocks", "5", "--", *PROGRAM)
    done = greenfix("fix", leaking, *FAST, "--branch", "two", "--dry-run", "--format", "json", "--", *PROGRAM)
    assert "unknown" not in json.loads(done.stdout)["reason"]
