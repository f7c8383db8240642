from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from greenfix_verify.errors import PolicyError
from greenfix_verify.policy import Policy
from greenfix_verify.sequential import SequentialPlan, Stop, follow, plan


def test_the_first_look_is_the_first_block_whose_smallest_p_value_fits_its_share() -> None:
    looks = plan(Policy()).looks
    assert [look.blocks for look in looks] == list(range(6, 25))
    assert looks[0].alpha_spent == pytest.approx(0.0179, abs=1e-4)  # Pocock-type spending at 6 of 24
    assert looks[-1].alpha_spent == pytest.approx(0.05)
    assert looks[-1].futile_below is None


def test_too_few_blocks_for_any_proof_are_refused_with_the_number_needed() -> None:
    with pytest.raises(PolicyError, match="at least 5"):
        plan(Policy(maximum_blocks=4))
    assert plan(Policy(maximum_blocks=5)).looks[0].blocks == 5


def test_six_clear_savings_stop_at_the_first_look() -> None:
    decision = follow(plan(Policy()), [math.log(0.76)] * 24)
    assert (decision.stop, decision.blocks, decision.p) == (Stop.SUCCESS, 6, 1 / 64)


def test_six_clear_losses_stop_for_harm() -> None:
    decision = follow(plan(Policy()), [math.log(1.6)] * 24)
    assert (decision.stop, decision.blocks, decision.p) == (Stop.HARM, 6, 1.0)


def test_readings_that_never_differ_are_hopeless() -> None:
    assert follow(plan(Policy()), [0.0] * 24).stop is Stop.FUTILITY


def test_before_the_first_look_nothing_stops() -> None:
    decision = follow(plan(Policy()), [-1.0] * 5)
    assert (decision.stop, decision.blocks, decision.p) == (Stop.GOES_ON, 5, 1 / 32)


@pytest.mark.parametrize("seed", range(20))
def test_blocks_after_the_stop_change_nothing(seed: int) -> None:
    looks = plan(Policy())
    ratios = np.random.default_rng(seed).normal(-0.04, 0.07, 24).tolist()
    decision = follow(looks, ratios)
    assert follow(looks, ratios[: decision.blocks]) == decision
    assert follow(looks, ratios[: decision.blocks] + [5.0] * 10).blocks == decision.blocks or (
        decision.stop is Stop.GOES_ON
    )


def _share_of_flips_that_stop(looks: SequentialPlan, ratios: list[float], stop: Stop) -> float:
    flips = itertools.product([1.0, -1.0], repeat=len(ratios))
    stopped = [follow(looks, [s * r for s, r in zip(signs, ratios, strict=True)]).stop is stop for signs in flips]
    return sum(stopped) / len(stopped)


@pytest.mark.parametrize("sizes", ["normal", "outlier", "ties"])
def test_of_all_equally_likely_flips_at_most_alpha_succeed_and_at_most_alpha_harm(sizes: str) -> None:
    looks = plan(Policy(maximum_blocks=9))
    ratios = {
        "normal": np.random.default_rng(8).normal(0.0, 0.07, 9).tolist(),
        "outlier": [0.01, 0.02, 0.4, 0.015, 0.01, 0.03, 0.02, 0.01, 0.02],
        "ties": [0.05] * 9,
    }[sizes]
    assert 0.0 < _share_of_flips_that_stop(looks, ratios, Stop.SUCCESS) <= 0.05
    assert 0.0 < _share_of_flips_that_stop(looks, ratios, Stop.HARM) <= 0.05


def test_at_success_the_adjusted_p_value_is_within_what_was_spent() -> None:
    policy = Policy()
    spent = {look.blocks: look.alpha_spent for look in plan(policy).looks}
    generator = np.random.default_rng(2)
    decisions = [follow(plan(policy), generator.normal(-0.05, 0.07, 24).tolist()) for _ in range(200)]
    succeeded = [decision for decision in decisions if decision.stop is Stop.SUCCESS]
    assert len(succeeded) > 100
    assert all(decision.p <= spent[decision.blocks] for decision in succeeded)


def test_without_blocks_there_is_nothing_to_decide() -> None:
    with pytest.raises(ValueError, match="no blocks"):
        follow(plan(Policy()), [])
