from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from greenfix_verify.gate import passes_gate
from greenfix_verify.judging import is_decided, judge, used_statistics
from greenfix_verify.policy import Policy
from greenfix_verify.reading import Component, ComponentEnergy, Provenance, Reading
from greenfix_verify.run import ORIGINAL, Behaviour, Counters, Ending, Run
from greenfix_verify.verdict import BehaviourKind, VerdictKind

ARM = "clear-session"
COUNTERS = Counters(1.0, 1.0, 0.1, 1 << 20, 10, 0)
LOSS = Behaviour({"fit[0].loss": (2.0, 0.5)}, {"fit_calls": 1, "epochs": 2, "steps": 20})


def measured(joules: float) -> Reading:
    part = ComponentEnergy(Component.GPU, joules, Provenance.MEASURED, "NVML energy counter")
    return Reading((part,), 1.0, "CPU seconds")


def estimated(joules: float) -> Reading:
    return Reading((), joules, "CPU seconds")


def run(block: int, arm: str, joules: float = 100.0, *, warmup: bool = False, position: int | None = None) -> Run:
    if position is None:
        position = 0 if arm == ORIGINAL else 1
    return Run(
        block=block,
        position=position,
        arm=arm,
        warmup=warmup,
        started_at=0.0,
        ended_at=1.0,
        ending=Ending.COMPLETED,
        exit_code=0,
        reading=measured(joules),
        counters=COUNTERS,
        behaviour=LOSS,
    )


def experiment(candidate: Sequence[float], original: float = 100.0) -> list[Run]:
    """A warm-up block with wild energies, then one block for each candidate energy (J)."""
    runs = [run(0, ORIGINAL, 900.0, warmup=True), run(0, ARM, 3.0, warmup=True)]
    for block, joules in enumerate(candidate, start=1):
        runs += [run(block, ORIGINAL, original), run(block, ARM, joules)]
    return runs


SAVING = experiment([76.0, 75.0, 77.0, 76.0, 76.5, 75.5])


def changed(runs: list[Run], index: int, **changes: object) -> list[Run]:
    return [*runs[:index], replace(runs[index], **changes), *runs[index + 1 :]]  # type: ignore[arg-type] # any field


def test_six_blocks_of_a_clear_saving_save() -> None:
    verdict = judge(SAVING, ARM, Policy())
    assert verdict.kind is VerdictKind.SAVES
    assert verdict.saving == pytest.approx(0.24, abs=1e-3)
    assert verdict.low is not None
    assert verdict.high is not None
    assert 0.22 < verdict.low < 0.24 < verdict.high < 0.26
    assert (verdict.p, verdict.blocks, verdict.provenance) == (1 / 64, 6, Provenance.MEASURED)
    assert verdict.behaviour is BehaviourKind.IDENTICAL
    assert verdict.reason == (
        "The candidate needs 24.0 % less energy (95 % interval of the saving: 23.3 % to 24.7 %), "
        "shown after 6 blocks (p = 0.016)."
    )


def test_estimated_energy_is_called_estimated() -> None:
    runs = [replace(r, reading=estimated(r.reading.joules)) for r in SAVING if r.reading]
    verdict = judge(runs, ARM, Policy())
    assert "24.0 % less estimated energy" in verdict.reason
    assert verdict.provenance is Provenance.ESTIMATED


def test_a_candidate_that_needs_more_costs() -> None:
    verdict = judge(experiment([160.0, 150.0, 155.0, 158.0, 161.0, 149.0]), ARM, Policy())
    assert verdict.kind is VerdictKind.COSTS
    assert "more energy" in verdict.reason


def test_equal_energies_are_no_saving() -> None:
    verdict = judge(experiment([100.0] * 6), ARM, Policy())
    assert verdict.kind is VerdictKind.NO_SAVING
    assert "little chance of showing a saving" in verdict.reason


def test_a_saving_below_the_floor_is_no_saving_however_significant() -> None:
    verdict = judge(experiment([99.5] * 6), ARM, Policy())
    assert verdict.kind is VerdictKind.NO_SAVING
    assert "less than the 1.0 % that count as a saving" in verdict.reason
    assert judge(experiment([99.5] * 6), ARM, Policy(minimum_saving=0.001)).kind is VerdictKind.SAVES


def test_too_few_blocks_are_inconclusive_and_say_how_many_are_planned() -> None:
    verdict = judge(experiment([76.0, 75.0]), ARM, Policy())
    assert verdict.kind is VerdictKind.INCONCLUSIVE
    assert verdict.settle == "Up to 22 blocks more are planned."
    assert not is_decided(experiment([76.0, 75.0]), ARM, Policy())


def test_from_five_blocks_on_an_open_experiment_also_names_the_smallest_detectable_saving() -> None:
    verdict = judge(experiment([90.0, 110.0, 88.0, 108.0, 89.0]), ARM, Policy())
    assert verdict.kind is VerdictKind.INCONCLUSIVE
    assert verdict.settle.startswith(
        "Up to 19 blocks more are planned. At this noise 24 blocks show savings from about "
    )


def test_an_experiment_that_ran_out_of_spare_blocks_plans_no_more_and_says_what_to_do() -> None:
    policy = Policy(maximum_blocks=6, maximum_disturbed_blocks=1)
    runs = [r if r.block < 5 else replace(r, disturbed="throttling") for r in experiment([80.0] * 4 + [70.0] * 3)]
    verdict = judge(runs, ARM, policy)
    assert verdict.kind is VerdictKind.INCONCLUSIVE
    assert "planned" not in verdict.settle
    assert "3 blocks were spoiled, more than the 1 that may be repeated" in verdict.settle
    assert "--seed" in verdict.settle


def test_no_block_yet_is_inconclusive_without_numbers() -> None:
    verdict = judge([], ARM, Policy())
    assert (verdict.kind, verdict.saving, verdict.p, verdict.blocks) == (VerdictKind.INCONCLUSIVE, None, None, 0)
    assert used_statistics([], ARM, Policy()) is None


def test_an_undecided_end_names_the_blocks_of_a_new_experiment_and_the_smallest_detectable_saving() -> None:
    runs = experiment([80.0, 110.0, 80.0, 90.0, 112.0, 85.0, 81.0, 110.0, 82.0, 80.0, 100.0, 115.0])
    verdict = judge(runs, ARM, Policy(maximum_blocks=12))
    assert verdict.kind is VerdictKind.INCONCLUSIVE
    assert "more blocks" in verdict.settle
    assert "At this noise 12 blocks show savings from about" in verdict.settle
    assert is_decided(runs, ARM, Policy(maximum_blocks=12))


def test_a_hopeless_experiment_whose_estimate_is_a_saving_blames_the_noise() -> None:
    runs = experiment([80.0, 115.0, 80.0, 90.0, 118.0, 85.0, 81.0, 115.0, 82.0, 117.0])
    verdict = judge(runs, ARM, Policy(maximum_blocks=12))
    assert (verdict.kind, verdict.blocks) == (VerdictKind.INCONCLUSIVE, 10)
    assert "A new experiment with" in verdict.settle
    assert is_decided(runs, ARM, Policy(maximum_blocks=12))


def test_blocks_after_the_stop_change_nothing() -> None:
    later = [run(block, arm, 500.0) for block in range(7, 12) for arm in (ORIGINAL, ARM)]
    assert judge([*SAVING, *later], ARM, Policy()) == judge(SAVING, ARM, Policy())


def test_a_failing_original_makes_the_measurement_invalid() -> None:
    runs = changed(SAVING, 4, ending=Ending.FAILED, exit_code=1, detail="ModuleNotFoundError: keras", reading=None)
    verdict = judge(runs, ARM, Policy())
    assert verdict.kind is VerdictKind.INVALID
    assert "original program fails in block 2" in verdict.reason
    assert "ModuleNotFoundError: keras" in verdict.reason
    assert is_decided(runs, ARM, Policy())


@pytest.mark.parametrize(
    ("ending", "words"),
    [(Ending.FAILED, "fails"), (Ending.KILLED, "is killed"), (Ending.TIMED_OUT, "takes too long")],
)
def test_a_candidate_that_does_not_complete_changes_behaviour(ending: Ending, words: str) -> None:
    verdict = judge(changed(SAVING, 1, ending=ending, detail="KeyError: 'auc_1'", reading=None), ARM, Policy())
    assert verdict.kind is VerdictKind.CHANGES_BEHAVIOUR
    assert verdict.reason.startswith(f"The patched program {words} in block 0")
    assert "KeyError: 'auc_1'" in verdict.reason


def test_a_missing_reading_is_invalid_and_never_0_joules() -> None:
    verdict = judge(changed(SAVING, 3, reading=None), ARM, Policy())
    assert (verdict.kind, verdict.saving) == (VerdictKind.INVALID, None)
    assert "no reading for the run of block 1 (clear-session)" in verdict.reason


@pytest.mark.parametrize("joules", [0.0, -4.0, math.nan, math.inf])
def test_an_impossible_energy_is_invalid(joules: float) -> None:
    assert judge(changed(SAVING, 3, reading=measured(joules)), ARM, Policy()).kind is VerdictKind.INVALID


def test_readings_of_different_counters_are_invalid() -> None:
    verdict = judge(changed(SAVING, 3, reading=estimated(80.0)), ARM, Policy())
    assert verdict.kind is VerdictKind.INVALID
    assert "same counters" in verdict.reason


def test_a_disturbed_block_is_left_out_with_its_reason_and_its_repetition_counts() -> None:
    spoiled = changed(SAVING, 3, disturbed="foreign load 40 %", reading=measured(300.0))
    verdict = judge([*spoiled, run(1, ORIGINAL), run(1, ARM, 76.0)], ARM, Policy())
    assert (verdict.kind, verdict.blocks) == (VerdictKind.SAVES, 6)
    assert "Left out: block 1 was disturbed: foreign load 40 %." in verdict.reason


def test_an_interrupted_block_never_pairs_runs_of_different_attempts() -> None:
    interrupted = [
        run(7, ORIGINAL, 100.0, position=0),
        run(7, ARM, 76.0, position=0),
        run(7, ORIGINAL, 100.0, position=1),
    ]
    statistics = used_statistics([*experiment([76.0]), *interrupted], ARM, Policy())
    assert statistics is not None
    assert statistics.blocks == 2
    verdict = judge([*experiment([76.0]), *interrupted], ARM, Policy())
    assert "Left out: block 7 is incomplete." in verdict.reason


def test_another_arm_that_fails_does_not_matter() -> None:
    other = [replace(run(1, "del-model", 1.0, position=2), ending=Ending.FAILED)]
    assert judge([*SAVING, *other], ARM, Policy()) == judge(SAVING, ARM, Policy())


def test_other_results_change_behaviour_and_name_the_metric_with_both_values() -> None:
    worse = replace(LOSS, metrics={"fit[0].loss": (2.0, 0.9)})
    runs = [replace(r, behaviour=worse) if r.arm == ARM else r for r in SAVING]
    verdict = judge(runs, ARM, Policy())
    assert verdict.kind is VerdictKind.CHANGES_BEHAVIOUR
    assert "fit[0].loss is 0.5 in the original and 0.9 in the candidate" in verdict.reason
    assert verdict.saving == pytest.approx(0.24, abs=1e-3)


def test_a_saving_whose_results_scatter_too_much_is_inconclusive() -> None:
    runs = [replace(r, behaviour=Behaviour({"loss": (0.5 + 0.1 * math.sin(7.0 * i),)})) for i, r in enumerate(SAVING)]
    verdict = judge(runs, ARM, Policy())
    assert (verdict.kind, verdict.behaviour) == (VerdictKind.INCONCLUSIVE, BehaviourKind.UNDECIDED)
    assert "Fix the seeds" in verdict.settle


def test_the_gate_commits_a_measured_saving() -> None:
    verdict = judge(SAVING, ARM, Policy())
    assert passes_gate(verdict, Policy()).commit


@pytest.mark.parametrize("kind", [kind for kind in VerdictKind if kind is not VerdictKind.SAVES])
def test_the_gate_commits_nothing_else(kind: VerdictKind) -> None:
    decision = passes_gate(replace(judge(SAVING, ARM, Policy()), kind=kind), Policy())
    assert not decision.commit
    assert kind in decision.why


def test_the_gate_commits_an_estimated_saving_only_when_told_so() -> None:
    verdict = replace(judge(SAVING, ARM, Policy()), provenance=Provenance.ESTIMATED)
    assert not passes_gate(verdict, Policy()).commit
    assert passes_gate(verdict, Policy(allow_estimated=True)).commit


def test_the_gate_commits_unknown_behaviour_only_when_told_so() -> None:
    verdict = replace(judge(SAVING, ARM, Policy()), behaviour=BehaviourKind.UNKNOWN)
    assert not passes_gate(verdict, Policy()).commit
    assert passes_gate(verdict, Policy(allow_unknown_behaviour=True)).commit


def test_the_statistics_rest_on_the_blocks_of_the_verdict() -> None:
    later = [run(block, arm, 500.0) for block in range(7, 12) for arm in (ORIGINAL, ARM)]
    statistics = used_statistics([*SAVING, *later], ARM, Policy())
    assert statistics is not None
    assert (statistics.blocks, statistics.original_mean, statistics.candidate_mean) == (6, 100.0, 76.0)
    assert statistics.original_sd == 0.0
