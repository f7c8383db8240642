"""What is expected of a strategy: from nothing, from little, from much."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from greenfix_codemods.finding import Mode
from hypothesis import given
from hypothesis import strategies as st

from greenfix.cost_model.model import CostModel, covariance
from greenfix.cost_model.observation import Observation, Situation, Stage
from greenfix.cost_model.published import published

HERE = "this machine"
ASKED = Situation("IMR001", "clear-session", Mode.EAGER, 3, finding="asked", machine=HERE)


def observed(
    saving: float | None, situation: Situation = ASKED, error: float = 0.03, fate: str = "behind", program: str = "a"
) -> Observation:
    ratio = None if saving is None else math.log1p(-saving)
    where = (situation, Stage.SCREENING, fate, ratio, None if saving is None else error, 4, "estimated")
    return Observation(*where, program, f"experiment of {situation.finding}", "2026-11-22")


def elsewhere(number: int, **changes: object) -> Situation:
    return replace(ASKED, finding=f"place {number}", **changes)  # type: ignore[arg-type]  # names of fields


situations = st.builds(
    Situation,
    rule=st.sampled_from(["IMR001", "IMR004", "UTR001"]),
    strategy=st.sampled_from(["clear-session", "hoist-and-reset"]),
    mode=st.sampled_from(Mode),
    keras=st.sampled_from([2, 3]),
    kept_bytes=st.none() | st.integers(1, 2**36),
    pass_seconds=st.none() | st.floats(0.001, 1e4),
    finding=st.sampled_from(["", "asked", "other"]),
    machine=st.sampled_from([HERE, "there"]),
)
observations = st.builds(observed, st.floats(-3.0, 0.95), situations, st.floats(0.005, 0.3))


def test_who_knows_nothing_expects_no_saving_and_says_how_little_that_is() -> None:
    expected = CostModel(()).expect(ASKED)
    assert expected.saving == 0
    assert expected.low < -1.5
    assert expected.high > 0.6
    assert (expected.here, expected.programs, expected.elsewhere) == (0, 0, 0)


def test_without_measurements_here_the_published_ones_are_expected() -> None:
    model = CostModel(published())
    eager, graph = model.expect(ASKED), model.expect(replace(ASKED, mode=Mode.GRAPH, keras=2))
    assert eager.saving < 0
    assert graph.saving > 0.3
    assert (eager.here, eager.elsewhere) == (0, 5)


def test_many_measurements_outweigh_what_was_published() -> None:
    mine = [observed(0.4, elsewhere(number), program=str(number)) for number in range(40)]
    expected = CostModel((*published(), *mine)).expect(ASKED)
    assert expected.saving == pytest.approx(0.4, abs=0.03)
    assert (expected.here, expected.programs, expected.alike, expected.elsewhere) == (40, 40, 40, 5)


def test_what_was_measured_of_this_very_place_counts_most() -> None:
    others = [observed(0.4, elsewhere(number)) for number in range(10)]
    expected = CostModel((*others, *[observed(-0.2, error=0.01)] * 3)).expect(ASKED)
    assert expected.saving == pytest.approx(-0.2, abs=0.01)


def test_a_new_place_stays_uncertain_however_many_others_were_measured() -> None:
    many = CostModel([observed(0.4, elsewhere(number), 0.01) for number in range(60)]).expect(ASKED)
    assert many.high - many.low > 0.3


def test_another_rule_says_less_than_the_same_rule_and_more_than_nothing() -> None:
    same, other = (CostModel([observed(0.5, elsewhere(1, rule=rule))]).expect(ASKED) for rule in ("IMR001", "IMR004"))
    assert 0 < other.saving < same.saving < 0.5
    assert (same.alike, other.alike) == (1, 0)


@pytest.mark.parametrize("changes", [{"mode": Mode.GRAPH}, {"keras": 2}, {"machine": "there"}, {"pass_seconds": 9.0}])
def test_what_differs_more_says_less(changes: dict[str, object]) -> None:
    asked = replace(ASKED, pass_seconds=0.1)
    near = CostModel([observed(0.5, replace(asked, finding="b"))]).expect(asked)
    far = CostModel([observed(0.5, replace(asked, finding="b", **changes))]).expect(asked)  # type: ignore[arg-type]  # names of fields
    assert 0 < far.saving < near.saving


def test_a_strategy_tried_only_on_large_leaks_is_not_better_by_that() -> None:
    """Both save the same where both were tried; one was also tried on a leak where nothing can be saved."""
    large = {"kept_bytes": 2**33, "pass_seconds": 0.1}
    small = {"kept_bytes": 2**16, "pass_seconds": 0.1}
    tried = [
        observed(0.5, elsewhere(1, strategy="store-scalar", **large)),
        observed(0.5, elsewhere(1, strategy="release", **large)),
        observed(0.0, elsewhere(2, strategy="store-scalar", **small)),
    ]
    model = CostModel(tried)
    one, other = (
        model.expect(Situation("IMR001", name, Mode.EAGER, 3, 2**33, 0.1, "new", HERE))
        for name in ("store-scalar", "release")
    )
    assert abs(one.saving - other.saving) < 0.05


def test_what_fails_or_computes_something_else_lowers_the_chance_and_not_the_saving() -> None:
    good = [observed(0.3, elsewhere(number)) for number in range(3)]
    bad = [observed(None, elsewhere(number), fate="changes behaviour") for number in range(3, 6)]
    before, after = CostModel(good).expect(ASKED), CostModel((*good, *bad)).expect(ASKED)
    assert after.saving == pytest.approx(before.saving)
    assert (before.chance, after.chance) == (12 / 13, 12 / 16)
    assert 0 < after.worth < before.worth


def test_17_of_19_published_trials_lie_in_the_interval_that_the_other_programs_give_for_them() -> None:
    everything = published()
    outside = []
    for left_out in everything:
        expected = CostModel([each for each in everything if each.program != left_out.program]).expect(
            left_out.situation
        )
        assert left_out.log_ratio is not None
        saving = 1 - math.exp(left_out.log_ratio)
        if not expected.low < saving < expected.high:
            outside.append(round(saving, 2))
    assert (len(everything), sorted(outside)) == (19, [0.8, 0.83])


@given(st.lists(observations, max_size=8), situations, st.randoms(use_true_random=False))
def test_the_order_of_the_measurements_does_not_matter(
    known: list[Observation], asked: Situation, order: random.Random
) -> None:
    shuffled = known.copy()
    order.shuffle(shuffled)
    assert CostModel(known).expect(asked) == CostModel(shuffled).expect(asked)


@given(st.lists(observations, max_size=8), situations, st.floats(-1.0, 0.9), st.floats(0.01, 1.0))
def test_a_larger_saving_measured_at_a_place_never_lowers_what_is_expected_of_it(
    known: list[Observation], asked: Situation, saving: float, more: float
) -> None:
    """And what is expected never rises by more than what was measured."""
    asked = replace(asked, finding="asked")
    before, after = (
        CostModel((*known, observed(each, asked))).expect(asked).saving
        for each in (saving, 1 - (1 - saving) / (1 + more))
    )
    assert before <= after + 1e-9
    assert (1 - before) / (1 - after) <= 1 + more + 1e-9


@given(st.lists(observations, max_size=8), observations, situations)
def test_every_further_measurement_narrows_the_interval_or_leaves_it(
    known: list[Observation], further: Observation, asked: Situation
) -> None:
    before, after = CostModel(known).expect(asked), CostModel((*known, further)).expect(asked)
    ratios = [(1 - each.low) / (1 - each.high) for each in (before, after)]
    assert ratios[1] <= ratios[0] * (1 + 1e-6)
    assert after.low < after.saving < after.high


@given(situations, situations)
def test_nothing_has_more_in_common_with_another_than_with_itself(one: Situation, other: Situation) -> None:
    shared = covariance(one, other)
    assert shared == covariance(other, one)
    assert 0 <= shared <= covariance(one, one) + 1e-12
