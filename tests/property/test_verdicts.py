"""What must hold for any readings whatever."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from greenfix_verify.judging import judge
from greenfix_verify.policy import Policy
from greenfix_verify.reading import Component, ComponentEnergy, Provenance, Reading
from greenfix_verify.run import ORIGINAL, Behaviour, Counters, Ending, Run
from greenfix_verify.sequential import Stop, follow, plan
from greenfix_verify.sign_flips import p_value
from greenfix_verify.verdict import VerdictKind
from hypothesis import given
from hypothesis import strategies as st

ARM = "candidate"
POLICY = Policy(maximum_blocks=14)

energies = st.floats(10.0, 1000.0)
blocks = st.lists(st.tuples(energies, energies), min_size=1, max_size=14)
log_ratios = st.lists(st.floats(-1.0, 1.0), min_size=1, max_size=14)


def run(block: int, arm: str, joules: float) -> Run:
    part = ComponentEnergy(Component.CPU, joules, Provenance.MEASURED, "RAPL")
    return Run(
        block=block,
        position=int(arm == ARM),
        arm=arm,
        warmup=False,
        started_at=0.0,
        ended_at=1.0,
        ending=Ending.COMPLETED,
        exit_code=0,
        reading=Reading((part,), 1.0, "CPU seconds"),
        counters=Counters(1.0, 1.0, 0.0, 1, 0, 0),
        behaviour=Behaviour(),
    )


def experiment(pairs: list[tuple[float, float]]) -> list[Run]:
    return [
        run(block, arm, joules)
        for block, pair in enumerate(pairs)
        for arm, joules in zip((ORIGINAL, ARM), pair, strict=True)
    ]


@given(blocks, st.sampled_from([0.125, 2.0, 1024.0]))
def test_another_unit_of_energy_changes_nothing(pairs: list[tuple[float, float]], factor: float) -> None:
    scaled = [(factor * original, factor * candidate) for original, candidate in pairs]
    assert judge(experiment(scaled), ARM, POLICY) == judge(experiment(pairs), ARM, POLICY)


@given(blocks)
def test_swapping_the_arms_inverts_the_saving_and_never_saves_both_ways(pairs: list[tuple[float, float]]) -> None:
    verdict = judge(experiment(pairs), ARM, POLICY)
    swapped = judge(experiment([(candidate, original) for original, candidate in pairs]), ARM, POLICY)
    assert not verdict.kind is swapped.kind is VerdictKind.SAVES
    if verdict.kind is VerdictKind.SAVES:
        assert swapped.saving is not None
        assert swapped.saving < 0.0 or swapped.blocks < verdict.blocks  # or the other way stopped sooner, as hopeless
    if verdict.kind is VerdictKind.SAVES and swapped.blocks == verdict.blocks:
        assert verdict.saving is not None
        assert swapped.saving == pytest.approx(1.0 - 1.0 / (1.0 - verdict.saving))


@given(st.lists(st.floats(0.05, 1.0), min_size=6, max_size=14))
def test_a_saving_in_every_block_saves_and_swapped_costs(savings: list[float]) -> None:
    looks = plan(POLICY)
    saves = follow(looks, [-saving for saving in savings])
    costs = follow(looks, savings)
    assert (saves.stop, costs.stop) == (Stop.SUCCESS, Stop.HARM)
    assert saves.blocks == costs.blocks == looks.looks[0].blocks


@given(log_ratios.flatmap(lambda ratios: st.tuples(st.just(ratios), st.permutations(ratios))))
def test_the_order_of_blocks_does_not_matter_to_the_test_of_a_fixed_number(
    orders: tuple[list[float], list[float]],
) -> None:
    assert p_value(orders[0]) == p_value(orders[1])


@given(log_ratios)
def test_p_values_are_shares_of_the_flips(ratios: list[float]) -> None:
    assert 2.0 ** -len(ratios) <= p_value(ratios) <= 1.0
    decision = follow(plan(POLICY), ratios)
    assert max(2.0**-decision.blocks, 1 / 4096) <= decision.p <= 1.0


@given(blocks, st.integers(0, 14), energies, st.booleans())
def test_a_warm_up_or_disturbed_block_changes_no_number(
    pairs: list[tuple[float, float]], place: int, joules: float, warmup: bool
) -> None:
    runs = experiment(pairs)
    extra = [
        replace(run(99, arm, joules * factor), warmup=warmup, disturbed="" if warmup else "foreign load")
        for arm, factor in ((ORIGINAL, 1.0), (ARM, 7.0))
    ]
    verdict = judge([*runs[: 2 * place], *extra, *runs[2 * place :]], ARM, POLICY)
    assert replace(verdict, reason="") == replace(judge(runs, ARM, POLICY), reason="")


@given(st.lists(energies, min_size=1, max_size=14))
def test_identical_arms_never_save(joules: list[float]) -> None:
    verdict = judge(experiment([(energy, energy) for energy in joules]), ARM, POLICY)
    assert verdict.kind in {VerdictKind.NO_SAVING, VerdictKind.INCONCLUSIVE}
    assert verdict.saving == 0.0


@given(blocks)
def test_the_estimate_lies_within_its_interval(pairs: list[tuple[float, float]]) -> None:
    verdict = judge(experiment(pairs), ARM, POLICY)
    if verdict.saving is not None and verdict.low is not None and verdict.high is not None:
        assert verdict.low <= verdict.saving <= verdict.high
        assert all(math.isfinite(value) for value in (verdict.low, verdict.saving, verdict.high))
