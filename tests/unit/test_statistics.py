from __future__ import annotations

import math

import pytest
from greenfix_verify.pairing import Pair
from greenfix_verify.statistics import describe, estimate_saving
from scipy import stats

CANDIDATE = [76.0, 71.0, 80.0, 77.5, 79.0, 74.0, 69.0]
PAIRS = [Pair(block, 100.0 + block, joules) for block, joules in enumerate(CANDIDATE)]
LOG_RATIOS = [math.log(joules / (100.0 + block)) for block, joules in enumerate(CANDIDATE)]


def test_the_interval_is_students_t_on_log_ratios() -> None:
    saving = estimate_saving(LOG_RATIOS, 0.95)
    low, high = stats.ttest_1samp(LOG_RATIOS, 0.0).confidence_interval(0.95)
    assert saving.estimate == pytest.approx(1.0 - stats.gmean([math.exp(ratio) for ratio in LOG_RATIOS]))
    assert saving.low == pytest.approx(1.0 - math.exp(high))
    assert saving.high == pytest.approx(1.0 - math.exp(low))


def test_a_single_pair_has_no_interval() -> None:
    assert estimate_saving([math.log(0.5)], 0.95).low is None
    assert estimate_saving([math.log(0.5)], 0.95).estimate == pytest.approx(0.5)


def test_the_figures_of_a_paired_report_agree_with_scipy() -> None:
    figures = describe(PAIRS, 0.95)
    savings = [-ratio for ratio in LOG_RATIOS]
    assert figures.paired_t_p == pytest.approx(stats.ttest_1samp(savings, 0.0, alternative="greater").pvalue)
    assert figures.wilcoxon_p == figures.sign_flip_p == 1 / 128
    assert figures.cohens_d == pytest.approx(stats.tmean(savings) / stats.tstd(savings))
    assert figures.candidate_sd == pytest.approx(stats.tstd(CANDIDATE))
    assert figures.sign_flip_low is not None
    assert figures.sign_flip_high is not None
    assert figures.sign_flip_low < figures.saving.estimate < figures.sign_flip_high


def test_an_outlier_hardly_moves_the_hodges_lehmann_saving() -> None:
    pairs = [Pair(block, 100.0, 80.0) for block in range(9)]
    spoiled = describe([*pairs, Pair(9, 100.0, 400.0)], 0.95)
    assert spoiled.hodges_lehmann_saving == pytest.approx(0.2)
    assert spoiled.saving.estimate < 0.1


def test_pairs_that_never_differ_have_no_effect_size_and_no_p_values_of_tests_that_need_scatter() -> None:
    figures = describe([Pair(block, 100.0, 100.0) for block in range(6)], 0.95)
    assert (figures.cohens_d, figures.paired_t_p, figures.wilcoxon_p, figures.sign_flip_p) == (None, None, None, 1.0)


def test_a_single_pair_can_be_described() -> None:
    figures = describe(PAIRS[:1], 0.95)
    assert (figures.blocks, figures.paired_t_p, figures.sign_flip_p) == (1, None, 0.5)
