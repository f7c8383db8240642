"""Blocks until every candidate is decided: what is run, what is told, what is kept."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from greenfix_verify import executor, judging
from greenfix_verify.errors import Interrupted
from greenfix_verify.events import (
    BlockJudged,
    CommandRan,
    ExperimentStarted,
    RunFinished,
    RunOutput,
    RunStarted,
    VerifyEvent,
)
from greenfix_verify.evidence import judged_runs, read_evidence, write_evidence
from greenfix_verify.executor import LocalExecutor
from greenfix_verify.experiment import measure
from greenfix_verify.ledger import Ledger
from greenfix_verify.policy import Policy
from greenfix_verify.reading import Component, Provenance
from greenfix_verify.run import Arm, Ending, Run

from tests.measuring import HERE, FakeMeter, Heard, arms, experiment

QUICK = Policy(maximum_blocks=2, warmup_blocks=1)


def after(blocks: int) -> object:
    """Decide when so many blocks are there."""

    def is_decided(runs: Sequence[Run], arm: str, policy: Policy) -> bool:
        return len({run.block for run in runs if not run.warmup}) >= blocks

    return is_decided


def test_warm_up_and_every_block_are_run_and_told(tmp_path: Path) -> None:
    heard = Heard()
    evidence = experiment(tmp_path, arms(tmp_path, original="print(1)", patch="print(2)"), QUICK, tell=heard)
    assert heard.events[0] == ExperimentStarted(("original", "patch"), 2, 0)
    assert len(heard.of(RunStarted)) == len(heard.of(RunOutput)) == len(heard.of(RunFinished)) == 6
    assert [event.block for event in heard.events if isinstance(event, BlockJudged)] == [1, 2]
    assert [run.warmup for run in evidence.runs] == [True, True, False, False, False, False]
    assert [exclusion.reason for exclusion in evidence.exclusions] == ["warm-up", "warm-up"]


def test_every_measured_command_is_told_with_where_and_how_it_ran(tmp_path: Path) -> None:
    heard = Heard()
    compared = arms(tmp_path, original="print(1)", patch="raise SystemExit(3)")
    experiment(tmp_path, compared, Policy(maximum_blocks=1, warmup_blocks=0), tell=heard)
    told = {event.directory: event for event in heard.events if isinstance(event, CommandRan)}
    assert {arm.tree: told[arm.tree].exit_code for arm in compared} == {compared[0].tree: 0, compared[1].tree: 3}
    assert all(command.words == HERE.argv and command.seconds > 0 for command in told.values())


def test_runs_follow_the_schedule(tmp_path: Path) -> None:
    evidence = experiment(tmp_path, arms(tmp_path, original="", patch="", other=""), QUICK)
    ran = [tuple(run.arm for run in evidence.runs if run.block == block) for block in range(3)]
    assert ran == [block.order for block in evidence.schedule[:3]]
    assert sorted(ran[0]) == ["original", "other", "patch"]


def test_it_stops_when_every_candidate_is_decided(tmp_path: Path) -> None:
    policy = Policy(maximum_blocks=9, warmup_blocks=0)
    evidence = experiment(tmp_path, arms(tmp_path, original="", patch=""), policy, is_decided=after(2))  # type: ignore[arg-type]
    assert {run.block for run in evidence.runs} == {0, 1}


def test_each_arm_runs_in_its_own_tree(tmp_path: Path) -> None:
    source = "import os; print(os.getcwd())"
    heard = Heard()
    compared = arms(tmp_path, original=source, patch=source)
    experiment(tmp_path, compared, Policy(maximum_blocks=1, warmup_blocks=0), tell=heard)
    assert {event.line for event in heard.events if isinstance(event, RunOutput)} == {str(arm.tree) for arm in compared}


def test_an_original_that_fails_in_warm_up_ends_the_experiment(tmp_path: Path) -> None:
    evidence = experiment(tmp_path, arms(tmp_path, original="raise SystemExit('no data')", patch=""), QUICK)
    assert evidence.runs[-1].ending is Ending.FAILED
    assert evidence.runs[-1].detail == "exit code 1\nno data"
    assert {run.block for run in evidence.runs} == {0}


def test_after_a_failure_of_the_original_the_next_call_tries_again(tmp_path: Path) -> None:
    compared = arms(tmp_path, original="open('data')", patch="")
    failed = experiment(tmp_path, compared, QUICK).runs[-1]
    assert failed.ending is Ending.FAILED
    (compared[0].tree / "data").touch()
    evidence = experiment(tmp_path, compared, QUICK)
    assert evidence.runs[-1].usable
    assert len({run.block for run in evidence.runs if run.usable and not run.warmup}) == 2
    assert failed in evidence.runs


def test_the_failure_of_a_candidate_stands(tmp_path: Path) -> None:
    compared = arms(tmp_path, original="", patch="raise SystemExit(3)")
    first = experiment(tmp_path, compared, QUICK)
    assert first.runs[-1].exit_code == 3
    assert experiment(tmp_path, compared, QUICK).runs == first.runs


@pytest.mark.parametrize("failing", [{"stop_failures": [2]}, {"start_failures": [2]}], ids=["stop", "start"])
def test_a_meter_without_a_number_makes_no_reading_and_ends_the_experiment(
    tmp_path: Path, failing: dict[str, list[int]]
) -> None:
    meter = FakeMeter(Provenance.ESTIMATED, **failing)  # type: ignore[arg-type]
    evidence = experiment(tmp_path, arms(tmp_path, original="", patch=""), QUICK, meter=meter)
    assert len(evidence.runs) == 3
    assert evidence.runs[-1].reading is None
    assert evidence.runs[-1].detail.startswith("no reading: it d")
    assert evidence.exclusions[-1].reason == "no reading"


def test_estimated_energy_is_attributed_from_the_runs_own_cpu_seconds(tmp_path: Path) -> None:
    evidence = experiment(tmp_path, arms(tmp_path, original="", patch=""), QUICK)
    for run in evidence.runs:
        assert run.reading is not None
        assert run.reading.provenance is Provenance.ESTIMATED
        assert run.reading.joules == pytest.approx(4.0 * run.counters.cpu_seconds)
    assert evidence.site.idle_watts is None


def test_idle_power_is_read_once_where_a_counter_exists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "IDLE_SECONDS", 0.05)
    meter = FakeMeter()
    evidence = experiment(tmp_path, arms(tmp_path, original="", patch=""), QUICK, meter=meter)
    assert evidence.site.idle_watts is not None
    assert 0 < evidence.site.idle_watts <= 5.0 / 0.05
    assert meter.windows == 1 + len(evidence.runs)


def test_a_busy_neighbour_disturbs_what_a_counter_measured_and_the_block_is_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor, "IDLE_SECONDS", 0.01)
    cpu = iter([0.0, 1000.0])
    monkeypatch.setattr(executor, "busy_seconds", lambda: next(cpu, 1000.0))
    policy = Policy(maximum_blocks=1, warmup_blocks=0)
    evidence = experiment(tmp_path, arms(tmp_path, original="", patch=""), policy, meter=FakeMeter())
    assert "cores busy, more than 1" in evidence.runs[0].disturbed
    assert evidence.runs[0].foreign_load > 1
    assert [(run.block, bool(run.disturbed)) for run in evidence.runs] == [
        (0, True),
        (0, False),
        (1, False),
        (1, False),
    ]


def test_a_busy_neighbour_does_not_disturb_attributed_energy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cpu = iter(range(0, 10**6, 1000))
    monkeypatch.setattr(executor, "busy_seconds", lambda: next(cpu))
    evidence = experiment(tmp_path, arms(tmp_path, original="", patch=""), QUICK)
    assert all(run.foreign_load > 1 and not run.disturbed for run in evidence.runs)


def test_a_run_too_short_for_the_gpus_counter_has_no_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "IDLE_SECONDS", 0.01)
    meter = FakeMeter(component=Component.GPU)
    evidence = experiment(tmp_path, arms(tmp_path, original="", patch=""), QUICK, meter=meter)
    assert evidence.runs[-1].reading is None
    assert "too short for the GPU's counter, which needs 5 s" in evidence.runs[-1].detail


def test_blocks_that_stay_disturbed_end_the_experiment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor, "IDLE_SECONDS", 0.01)
    policy = Policy(maximum_blocks=1, warmup_blocks=0, maximum_foreign_load=-1.0, maximum_disturbed_blocks=2)
    evidence = experiment(tmp_path, arms(tmp_path, original="", patch=""), policy, meter=FakeMeter())
    assert {run.block for run in evidence.runs} == {0, 1, 2}


def test_a_finished_experiment_is_not_run_again(tmp_path: Path) -> None:
    compared = arms(tmp_path, original="", patch="")
    first = experiment(tmp_path, compared, QUICK)
    heard = Heard()
    again = experiment(tmp_path, compared, QUICK, tell=heard)
    assert again == first
    assert heard.events == [ExperimentStarted(("original", "patch"), 2, 6)]


def interrupting(block: int, position: int, cancel: threading.Event) -> object:
    def tell(event: VerifyEvent) -> None:
        if isinstance(event, RunFinished) and (event.run.block, event.run.position) == (block, position):
            cancel.set()

    return tell


def test_an_interrupted_experiment_goes_on_with_whole_blocks(tmp_path: Path) -> None:
    compared = arms(tmp_path, original="", patch="")
    cancel = threading.Event()
    with pytest.raises(Interrupted):
        experiment(tmp_path, compared, QUICK, cancel=cancel, tell=interrupting(1, 0, cancel))  # type: ignore[arg-type]
    evidence = experiment(tmp_path, compared, QUICK)
    assert [run.block for run in evidence.runs] == [0, 0, 1, 2, 2, 3, 3]
    assert evidence.exclusions[-1].reason == "its block was not completed"


def test_an_interrupted_warm_up_is_repeated(tmp_path: Path) -> None:
    compared = arms(tmp_path, original="", patch="")
    cancel = threading.Event()
    with pytest.raises(Interrupted):
        experiment(tmp_path, compared, QUICK, cancel=cancel, tell=interrupting(0, 0, cancel))  # type: ignore[arg-type]
    evidence = experiment(tmp_path, compared, QUICK)
    assert [run.block for run in evidence.runs] == [0, 0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize("error", [KeyboardInterrupt, Interrupted])
def test_an_interruption_closes_the_meter_and_keeps_what_is_finished(
    tmp_path: Path, error: type[BaseException]
) -> None:
    meter = FakeMeter(Provenance.ESTIMATED)
    finished = 0

    def tell(event: VerifyEvent) -> None:
        nonlocal finished
        finished += isinstance(event, RunFinished)
        if isinstance(event, RunOutput) and finished == 2:
            raise error

    compared = arms(tmp_path, original="print(1)", patch="print(2)")
    with pytest.raises(Interrupted):
        experiment(tmp_path, compared, QUICK, tell=tell, meter=meter)
    assert meter.closed
    assert not meter.open
    heard = Heard()
    experiment(tmp_path, compared, QUICK, tell=heard)
    assert heard.events[0] == ExperimentStarted(("original", "patch"), 2, 2)


def test_another_patch_is_another_experiment(tmp_path: Path) -> None:
    first = experiment(tmp_path, arms(tmp_path, original="", patch=""), QUICK)
    other = experiment(tmp_path, arms(tmp_path, original="", other=""), QUICK)
    assert first.experiment != other.experiment
    assert len(other.runs) == 6


def test_trees_that_nothing_identifies_are_never_resumed(tmp_path: Path) -> None:
    compared = tuple(replace(arm, revision="") for arm in arms(tmp_path, original="", patch=""))
    assert experiment(tmp_path, compared, QUICK).experiment != experiment(tmp_path, compared, QUICK).experiment


def test_the_real_judge_fits(tmp_path: Path) -> None:
    compared = arms(tmp_path, original="print(1)", patch="print(1)")
    policy = Policy(maximum_blocks=6, warmup_blocks=0)
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        evidence = measure(
            compared,
            HERE,
            policy,
            ledger=ledger,
            executor=LocalExecutor(HERE, policy, FakeMeter(Provenance.ESTIMATED), observe=False),
            judge=judging.judge,
            is_decided=judging.is_decided,
            describe=judging.used_statistics,
        )
    assert evidence.verdicts["patch"] == judging.judge(judged_runs(evidence.runs, 2), "patch", policy)
    assert evidence.statistics["patch"]["blocks"] == evidence.verdicts["patch"].blocks
    digest = write_evidence(evidence, tmp_path / "evidence.json")
    assert read_evidence(tmp_path / "evidence.json") == evidence
    assert len(digest) == 64


@pytest.mark.parametrize("names", [("patch",), ("original", "patch", "patch")])
def test_arms_without_an_original_or_with_one_name_twice_are_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="names of their own"):
        experiment(tmp_path, tuple(Arm(name, tmp_path) for name in names), QUICK)
