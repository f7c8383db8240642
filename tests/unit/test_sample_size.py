from __future__ import annotations

import numpy as np
import pytest
from greenfix_verify.policy import Policy
from greenfix_verify.sample_size import blocks_needed, smallest_detectable_saving
from greenfix_verify.sequential import Stop, follow, plan

POLICY = Policy()


@pytest.mark.parametrize("blocks", [5, 6, 12, 24, 48])
def test_a_plan_shows_its_smallest_detectable_saving_with_a_power_near_80_percent(blocks: int) -> None:
    sd, policy = 0.07, Policy(maximum_blocks=blocks)
    saving = smallest_detectable_saving(sd, blocks, policy)
    assert saving is not None
    ratios = np.random.default_rng(11).normal(np.log1p(-saving), sd, (400, blocks))
    power = np.mean([follow(plan(policy), row.tolist()).stop is Stop.SUCCESS for row in ratios])
    assert 0.73 < power < 0.87


def test_blocks_needed_and_smallest_detectable_saving_are_inverse() -> None:
    saving = smallest_detectable_saving(0.07, 24, POLICY)
    assert saving is not None
    assert blocks_needed(saving, 0.07, POLICY) in {24, 25}


def test_less_noise_and_more_blocks_detect_smaller_savings() -> None:
    savings = [smallest_detectable_saving(0.07, blocks, POLICY) for blocks in (5, 10, 20)]
    assert savings == sorted(savings, key=lambda saving: saving or 0.0, reverse=True)
    assert len({*savings}) == 3
    assert smallest_detectable_saving(0.0, 24, POLICY) == POLICY.minimum_saving


def test_too_few_blocks_detect_nothing() -> None:
    assert smallest_detectable_saving(0.01, 4, POLICY) is None


def test_even_without_noise_the_exact_test_needs_five_blocks() -> None:
    assert blocks_needed(0.5, 0.0, POLICY) == 5


def test_a_tiny_saving_needs_very_many_blocks_and_no_time_to_say_so() -> None:
    needed = blocks_needed(1e-9, 0.05, POLICY)
    assert needed is not None
    assert needed > 10**12


def test_no_number_of_blocks_shows_a_saving_that_is_none() -> None:
    assert blocks_needed(0.0, 0.05, POLICY) is None
    assert blocks_needed(-0.1, 0.05, POLICY) is None
