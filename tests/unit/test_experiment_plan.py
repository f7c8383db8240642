"""What will be measured, known before it is."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from greenfix_codemods.scan import Choice, candidates, scan
from greenfix_verify.command import Command
from greenfix_verify.errors import CommandError, PolicyError
from greenfix_verify.machine import this_machine
from greenfix_verify.policy import Policy
from greenfix_verify.reading import Provenance

from greenfix.errors import EntrypointError
from greenfix.experiment_plan import Planner, Setup
from greenfix.history import OneRun, ledger_file, one_run, used_commands
from greenfix.report.experiment_plan import PLAN_FACTS, plan_line, plan_text
from greenfix.repository import open_repository
from greenfix.worktree import Worktree
from tests.greenfix_command import LEAKING
from tests.measuring import arms, experiment
from tests.repositories import MakeRepository

HERE = (sys.executable, "train.py")
MAIN = "if __name__ == '__main__':\n    run()\n"


def planner_of(folder: Path, words: tuple[str, ...] = HERE, policy: Policy | None = None) -> Planner:
    offered = candidates(folder, scan(folder).findings)
    choices = [Choice(each.finding, each.patches[0].strategy) for each in offered]
    repository = open_repository(folder)
    return Planner(repository, Worktree(folder, folder), choices, offered, words, policy or Policy())


def test_a_race_and_an_experiment_are_counted_run_by_run(make_repository: MakeRepository) -> None:
    planner = planner_of(make_repository({"train.py": LEAKING}))
    plan = planner.describe(planner.first)
    race = {2: 3 + 2 * 3, 3: 4 + 2 * 4 + 2 * 3, 4: 5 + 2 * 5 + 2 * 3}[len(plan.arms)]
    assert plan.runs.least == race + 2 + 2 * plan.first_look
    assert plan.runs.most == race + 2 + 2 * 24


def test_time_and_energy_come_from_one_run_and_end_at_the_budget(make_repository: MakeRepository) -> None:
    planner = planner_of(make_repository({"train.py": LEAKING}))
    plan = planner.describe(planner.first)
    assert (plan.seconds, plan.joules) == (None, None)
    assert "unknown until the first run" in plan_line(plan)
    known = replace(plan, one_run=OneRun(10.0, 300.0, Provenance.MEASURED, 4))
    assert known.seconds is not None
    assert (known.seconds.least, known.seconds.most) == (10 * plan.runs.least, 10 * plan.runs.most)
    short = replace(known, policy=replace(plan.policy, budget_seconds=60.0))
    assert short.seconds is not None
    assert short.seconds.most == 60 + 10 * (len(plan.arms) + 1)
    assert "(measured) each" in plan_text(known)


def test_every_fact_of_the_text_is_named_once(make_repository: MakeRepository) -> None:
    planner = planner_of(make_repository({"train.py": LEAKING}))
    lines = plan_text(planner.describe(planner.first)).splitlines()
    names = [line[:12].strip() for line in lines]
    absent = {"from", "left out"}
    assert names == ["command", *(name for name in PLAN_FACTS if name not in absent)]


def two_programs(make_repository: MakeRepository, more: Mapping[str, str] | None = None) -> Path:
    files = {"model.py": LEAKING, "train.py": f"import model\n{MAIN}", "other.py": LEAKING, **(more or {})}
    return make_repository(files)


def test_what_the_command_does_not_run_is_left_and_said(make_repository: MakeRepository) -> None:
    planner = planner_of(two_programs(make_repository))
    plan = planner.describe(planner.first)
    assert plan.files == ("model.py",)
    assert [finding.path for finding in plan.left] == ["other.py"]
    assert "other.py:3 IMR001: the command does not run it" in plan_text(plan)


def test_a_command_that_runs_nothing_accepted_is_refused(make_repository: MakeRepository) -> None:
    planner = planner_of(two_programs(make_repository, {"empty.py": ""}))
    with pytest.raises(EntrypointError, match="runs none of the files"):
        planner.describe(Setup((sys.executable, "empty.py"), 24))


@pytest.mark.parametrize(
    ("words", "blocks", "error"), [(("no-such-program",), 24, CommandError), (HERE, 3, PolicyError)]
)
def test_what_could_not_be_measured_is_refused_beforehand(
    make_repository: MakeRepository, words: tuple[str, ...], blocks: int, error: type[Exception]
) -> None:
    planner = planner_of(make_repository({"train.py": LEAKING}))
    with pytest.raises(error):
        planner.describe(Setup(words, blocks))


def test_the_named_command_comes_first_then_used_ones_then_programs(
    make_repository: MakeRepository, tmp_path: Path
) -> None:
    folder = two_programs(make_repository, {"program.py": "import model\n"})
    measured(open_repository(folder).state, tmp_path)
    found = [each.text for each in planner_of(folder, ("python", "other.py")).entrypoints]
    assert found == ["python other.py", f"{sys.executable} program.py", "python program.py", "python train.py"]
    (folder / "program.py").unlink()
    found = [each.text for each in planner_of(folder, ("python", "other.py")).entrypoints]
    assert found == ["python other.py", "python train.py"]


def measured(state: Path, folder: Path, policy: Policy | None = None) -> Command:
    """Fill the ledger of ``state`` with an experiment that takes no time."""
    policy = policy or Policy(maximum_blocks=5, warmup_blocks=1)
    experiment(folder, arms(folder, original="print(1)", patch="print(1)"), policy)
    (folder / "ledger.sqlite").replace(ledger_file(state))
    return Command((sys.executable, "program.py"), None, "")


def test_earlier_runs_tell_what_one_takes_and_which_command_it_was(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    assert used_commands(state) == ()
    assert one_run(state, Command(HERE, None, ""), this_machine()) is None
    command = measured(state, tmp_path)
    found = one_run(state, command, this_machine())
    assert found is not None
    assert (found.provenance, found.runs) == (Provenance.ESTIMATED, 5)
    assert found.seconds > 0
    assert used_commands(state) == ((sys.executable, "program.py"),)


def test_runs_of_another_command_or_machine_tell_nothing(tmp_path: Path) -> None:
    command = measured(tmp_path, tmp_path / "work")
    assert one_run(tmp_path, Command((*command.argv, "--more"), None, ""), this_machine()) is None
    assert one_run(tmp_path, command, replace(this_machine(), cpu_model="another")) is None
