"""The quick version of benchmarks/operating_characteristics.py: the promises, with the error of 500 experiments."""

from __future__ import annotations

import pytest
from greenfix_verify.policy import Policy
from greenfix_verify.verdict import VerdictKind

from tests.benchmarks import load

EXPERIMENTS = 500


characteristics = load("operating_characteristics")


@pytest.mark.parametrize("noise", sorted(characteristics.NOISES))
def test_without_an_effect_at_most_5_percent_pass_and_hopelessness_is_seen_early(noise: str) -> None:
    scenario = characteristics.Scenario(noise, characteristics.NOISES[noise], 0.0)
    found = characteristics.simulate(scenario, EXPERIMENTS, Policy())
    assert found.passed <= 0.05 + 3.0 * 0.0098  # three standard errors of a share of 0.05
    assert found.verdicts[VerdictKind.COSTS] <= 0.05
    assert found.mean_blocks <= 12.0
    assert 0.89 <= found.covered <= 0.985


def test_a_large_saving_is_found_in_at_most_7_blocks() -> None:
    scenario = characteristics.Scenario("normal 5 %", characteristics.normal(0.05), 0.24)
    found = characteristics.simulate(scenario, EXPERIMENTS, Policy())
    assert found.verdicts[VerdictKind.SAVES] >= 0.95
    assert found.mean_blocks <= 7.0


def test_a_saving_as_large_as_the_noise_of_a_run_is_found_within_24_blocks() -> None:
    scenario = characteristics.Scenario("normal 5 %", characteristics.normal(0.05), 0.05)
    assert characteristics.simulate(scenario, EXPERIMENTS, Policy()).verdicts[VerdictKind.SAVES] >= 0.8


def test_the_order_of_the_arms_is_drawn_in_every_block() -> None:
    def later_needs_more(generator: object, runs: int) -> object:
        return [1.0, 2.0] * (runs // 2)

    scenario = characteristics.Scenario("steps", lambda g, n: characteristics.np.array(later_needs_more(g, n)), 0.0)
    ratios = characteristics.log_ratios(scenario, 200, characteristics.np.random.default_rng(1))
    assert 60 < sum(ratio > 0 for ratio in ratios) < 140
