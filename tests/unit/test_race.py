from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from greenfix_verify.errors import Interrupted
from greenfix_verify.events import CandidatesScreened, RunFinished, VerifyEvent
from greenfix_verify.executor import LocalExecutor
from greenfix_verify.ledger import Ledger
from greenfix_verify.policy import Policy
from greenfix_verify.race import next_block, screen, standings
from greenfix_verify.reading import Provenance
from greenfix_verify.run import ORIGINAL, Behaviour, Ending, Run
from greenfix_verify.schedule import PlannedBlock
from greenfix_verify.screening import Fate, Screening

from tests.measuring import HERE, FakeMeter, Heard, arms, run

POLICY = Policy(allow_estimated=True)
Behave = Callable[[PlannedBlock, str], Run]


def of(
    block: PlannedBlock,
    arm: str,
    joules: float | None,
    *,
    ending: Ending = Ending.COMPLETED,
    disturbed: str = "",
    behaviour: Behaviour | None = None,
) -> Run:
    """The run of ``arm`` in ``block``."""
    position = block.order.index(arm)
    return run(
        block.number,
        position,
        arm,
        warmup=block.warmup,
        joules=joules,
        ending=ending,
        disturbed=disturbed,
        behaviour=behaviour,
    )


def raced(candidates: Sequence[str], behave: Behave, policy: Policy = POLICY) -> tuple[Run, ...]:
    """Run a whole screening in the head: ``behave`` says what a run gives."""
    runs: tuple[Run, ...] = ()
    while (block := next_block(runs, candidates, policy)) is not None:
        runs += tuple(behave(block, arm) for arm in block.order)
    return runs


def by_energy(joules: Mapping[str, float], noise: float = 0.0) -> Behave:
    rng = random.Random(7)  # noqa: S311  noise of a test
    return lambda block, arm: of(block, arm, joules[arm] * (1 + rng.uniform(-noise, noise)))


def fates(candidates: Sequence[str], runs: Sequence[Run], policy: Policy = POLICY) -> dict[str, Fate]:
    return {each.arm: each.fate for each in standings(runs, candidates, policy)}


def test_the_better_half_goes_on_after_each_round_and_the_best_one_wins() -> None:
    energies = {ORIGINAL: 100.0, "a": 90.0, "b": 70.0, "c": 80.0, "d": 99.0, "e": 95.0}
    runs = raced("abcde", by_energy(energies))
    arms_of = [{run.arm for run in runs if run.block == block} for block in range(7)]
    assert arms_of == [
        {ORIGINAL, *"abcde"},  # warm-up
        *[{ORIGINAL, *"abcde"}] * 2,
        *[{ORIGINAL, *"abc"}] * 2,
        *[{ORIGINAL, *"bc"}] * 2,
    ]
    assert fates("abcde", runs) == {"b": Fate.AHEAD} | dict.fromkeys("acde", Fate.BEHIND)
    best = standings(runs, "abcde", POLICY)[0]
    assert best.saving == pytest.approx(0.3)
    assert best.blocks == 6


def test_the_order_is_drawn_for_every_block() -> None:
    runs = raced("ab", by_energy({ORIGINAL: 100.0, "a": 90.0, "b": 80.0}), Policy(screening_blocks=20))
    firsts = {tuple(run.arm for run in runs if run.block == block) for block in range(21)}
    assert len(firsts) == 6


def test_a_candidate_that_fails_is_out_at_once_and_the_others_race_on() -> None:
    energies = {ORIGINAL: 100.0, "a": 90.0, "b": 80.0, "c": 50.0}

    def behave(block: PlannedBlock, arm: str) -> Run:
        if arm == "c":
            return of(block, arm, None, ending=Ending.FAILED)
        return of(block, arm, energies[arm])

    runs = raced("abc", behave)
    assert sum(run.arm == "c" for run in runs) == 1
    assert fates("abc", runs) == {"b": Fate.AHEAD, "a": Fate.BEHIND, "c": Fate.FAILED}
    assert standings(runs, "abc", POLICY)[-1].arm == "c"


def test_a_candidate_that_computes_something_else_is_out_although_it_needs_least() -> None:
    energies = {ORIGINAL: 100.0, "a": 90.0, "b": 80.0, "c": 10.0}

    def behave(block: PlannedBlock, arm: str) -> Run:
        behaviour = Behaviour({"loss": (0.9 if arm == "c" else 0.1,)})
        return of(block, arm, energies[arm], behaviour=behaviour)

    runs = raced("abc", behave)
    assert fates("abc", runs)["c"] is Fate.CHANGES_BEHAVIOUR
    assert fates("abc", runs)["b"] is Fate.AHEAD


def test_the_last_one_left_goes_on_without_a_number_when_the_others_fail() -> None:
    def behave(block: PlannedBlock, arm: str) -> Run:
        ending = Ending.FAILED if arm == "b" else Ending.COMPLETED
        return of(block, arm, None if arm == "b" else 1.0, ending=ending)

    runs = raced("ab", behave)
    assert {run.block for run in runs} == {0}
    assert fates("ab", runs) == {"a": Fate.AHEAD, "b": Fate.FAILED}


def test_where_even_the_best_clearly_costs_nothing_goes_on() -> None:
    runs = raced("ab", by_energy({ORIGINAL: 100.0, "a": 130.0, "b": 112.0}, noise=0.02))
    assert fates("ab", runs) == {"b": Fate.NO_SAVING, "a": Fate.BEHIND}


def test_what_may_be_chance_is_measured_in_earnest() -> None:
    runs = raced("ab", by_energy({ORIGINAL: 100.0, "a": 130.0, "b": 101.0}, noise=0.1))
    assert fates("ab", runs)["b"] is Fate.AHEAD


def test_a_disturbed_block_does_not_count_and_is_repeated() -> None:
    energies = {ORIGINAL: 100.0, "a": 90.0, "b": 80.0}

    def behave(block: PlannedBlock, arm: str) -> Run:
        disturbed = "other processes" if block.number == 1 and arm == "a" else ""
        return of(block, arm, energies[arm], disturbed=disturbed)

    runs = raced("ab", behave)
    assert {run.block for run in runs} == {0, 1, 2, 3}


def test_endless_disturbance_ends_the_race_with_what_is_known() -> None:
    runs = raced("ab", lambda block, arm: of(block, arm, 9.0, disturbed="load"))
    assert len({run.block for run in runs}) == 1 + 2 + POLICY.maximum_disturbed_blocks
    assert fates("ab", runs)["a"] is Fate.AHEAD


def test_a_third_of_the_budget_is_all_that_a_race_may_use() -> None:
    policy = Policy(budget_joules=3000.0)
    runs = raced("ab", by_energy({ORIGINAL: 100.0, "a": 100.0, "b": 100.0}), policy)
    assert {run.block for run in runs} == {0, 1, 2}
    small = Policy(budget_joules=1500.0)
    assert len({run.block for run in raced("ab", by_energy({ORIGINAL: 100.0, "a": 100.0, "b": 100.0}), small)}) == 2


def race_for_real(
    folder: Path,
    meter: FakeMeter,
    tell: Callable[[VerifyEvent], None],
    order: Sequence[str] = (),
    policy: Policy = POLICY,
    /,
    **sources: str,
) -> Screening:
    compared = arms(folder, **sources)
    executor = LocalExecutor(HERE, policy, meter, observe=False)
    with Ledger(folder / "ledger.sqlite") as ledger:
        return screen(compared, HERE, policy, ledger=ledger, executor=executor, tell=tell, order=order)


def test_the_best_guess_goes_on_where_the_budget_ends_before_a_block_counts_and_no_guess_repeats_a_run(
    tmp_path: Path,
) -> None:
    meter = FakeMeter(Provenance.ESTIMATED)
    poor = replace(POLICY, budget_seconds=0.001)
    found = [
        race_for_real(tmp_path, meter, Heard(), order, poor, original="", a="", b="")
        for order in (("a", "b"), ("b", "a"))
    ]
    assert [screening.winner for screening in found] == ["a", "b"]
    assert found[0].runs == found[1].runs


def test_a_race_that_was_interrupted_goes_on_with_the_runs_it_has(tmp_path: Path) -> None:
    programs = {"original": "sum(range(10**6))", "a": "sum(range(10**5))", "b": "sum(range(10**6))"}
    meter = FakeMeter(Provenance.ESTIMATED)

    def interrupt(event: VerifyEvent) -> None:
        if isinstance(event, RunFinished) and event.run.block == 1:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted):
        race_for_real(tmp_path, meter, interrupt, **programs)
    heard = Heard()
    screening = race_for_real(tmp_path, FakeMeter(Provenance.ESTIMATED), heard, **programs)
    assert len(screening.runs) == 3 + 1 + 2 * 3
    assert sum(isinstance(event, RunFinished) for event in heard.events) == 2 * 3
    assert sum(isinstance(event, CandidatesScreened) for event in heard.events) == 2
    assert screening.winner in {"a", "b"}
    assert meter.closed >= 1


def test_an_original_that_fails_ends_the_race_and_is_tried_again_by_the_next_call(tmp_path: Path) -> None:
    first = race_for_real(tmp_path, FakeMeter(), Heard(), original="exit(3)", a="", b="")
    assert "the original program ended badly" in first.failure
    assert first.winner is None
    (tmp_path / "original" / "program.py").write_text("")
    again = race_for_real(tmp_path, FakeMeter(Provenance.ESTIMATED), Heard(), original="", a="", b="")
    assert again.failure == ""


def test_a_meter_that_gives_no_reading_ends_the_race(tmp_path: Path) -> None:
    meter = FakeMeter(Provenance.ESTIMATED, stop_failures=(1,))
    screening = race_for_real(tmp_path, meter, Heard(), original="", a="", b="")
    assert "the meter gave no reading" in screening.failure
