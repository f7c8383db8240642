from __future__ import annotations

import math

import numpy as np
import pytest
from greenfix_verify.conclusion import judge_ratios
from greenfix_verify.policy import Policy
from greenfix_verify.sequential import plan
from greenfix_verify.stopping import corrected_mean

POLICY = Policy()
LOOKS = plan(POLICY)


@pytest.mark.parametrize("saving", [0.0, 0.05])
def test_over_many_experiments_the_corrected_saving_is_right_where_the_plain_one_is_not(saving: float) -> None:
    generator = np.random.default_rng(3)
    plain, corrected = [], []
    for _ in range(400):
        ratios = [float(ratio) for ratio in math.log1p(-saving) + generator.normal(0.0, 0.07, 24)]
        judged = judge_ratios(ratios, POLICY, LOOKS)
        assert judged.saving is not None
        plain.append(judged.saving.estimate - saving)
        corrected.append(-math.expm1(corrected_mean(ratios[: judged.blocks], LOOKS)) - saving)
    assert abs(np.mean(corrected)) < 0.005
    assert abs(np.mean(corrected)) < abs(np.mean(plain))


def test_an_experiment_that_could_not_have_stopped_earlier_needs_no_correction() -> None:
    ratios = [-0.3, -0.28, -0.31, -0.29, -0.3, -0.27]
    assert corrected_mean(ratios, LOOKS) == pytest.approx(float(np.mean(ratios)))


def test_the_order_of_the_blocks_does_not_matter_because_only_their_set_does() -> None:
    ratios = [0.05, -0.1, -0.02, 0.03, -0.08, 0.01, -0.06, -0.03, 0.02, -0.07]
    assert corrected_mean(ratios, LOOKS) == pytest.approx(corrected_mean(ratios[::-1], LOOKS), abs=0.004)


def test_runs_that_never_differ_save_nothing() -> None:
    assert corrected_mean([0.0] * 10, LOOKS) == 0.0


def test_no_blocks_are_an_error_and_not_a_zero() -> None:
    with pytest.raises(ValueError, match="no blocks"):
        corrected_mean([], LOOKS)
