from __future__ import annotations

import itertools

import numpy as np
import pytest
from greenfix_verify.sign_flips import flipped_sums, interval, p_value
from numpy.typing import NDArray


def test_the_p_value_is_the_share_of_all_flips_at_least_as_favourable() -> None:
    savings = [0.3, -0.1, 0.25, 0.4, -0.05]
    flips = [
        sum(sign * value for sign, value in zip(signs, savings, strict=True))
        for signs in itertools.product([1, -1], repeat=5)
    ]
    assert p_value(savings) == sum(total >= sum(savings) - 1e-12 for total in flips) / 32


def test_six_blocks_that_all_save_have_the_smallest_p_value_of_six() -> None:
    assert p_value([0.2, 0.21, 0.19, 0.2, 0.2, 0.2]) == 1 / 64


def test_equal_readings_show_nothing() -> None:
    assert p_value([0.0] * 7) == 1.0


def test_ties_count_against_the_candidate_whatever_the_rounding() -> None:
    assert p_value([0.1, 0.1, 0.1, -0.1]) == 5 / 16


def test_twenty_four_blocks_are_counted_exactly() -> None:
    savings = np.random.default_rng(3).normal(0.3, 1.0, 24)
    drawn = np.random.default_rng(4).choice([-1.0, 1.0], (200_000, 24)) @ savings
    assert p_value(savings) == pytest.approx(np.mean(drawn >= savings.sum()), abs=0.004)
    assert p_value(savings) * 2**24 == int(p_value(savings) * 2**24)


def _signs(blocks: int) -> NDArray[np.float64]:
    """Shape (4096, blocks): a block that alone differs from 0 shows its own signs."""
    return np.stack([list(flipped_sums(np.eye(1, blocks, block)[0]))[-1] for block in range(blocks)], axis=1)


def test_the_subgroup_is_a_group_and_starts_with_the_identity() -> None:
    signs = _signs(30)
    assert (signs[0] == 1.0).all()
    rows = {tuple(row) for row in signs}
    assert len(rows) == 4096
    assert all(tuple(signs[77] * row) in rows for row in signs)


def test_any_five_signs_of_the_subgroup_are_independent_up_to_39_blocks() -> None:
    generators = _signs(39)[1 << np.arange(12)] < 0
    columns = [int(bits @ (1 << np.arange(12))) for bits in generators.T]
    pairs = [first ^ second for first, second in itertools.combinations(columns, 2)]
    triples = {first ^ second ^ third for first, second, third in itertools.combinations(columns, 3)}
    assert 0 not in columns
    assert len({0, *columns, *pairs}) == 1 + 39 + len(pairs)  # no two, three or four multiply to a constant
    assert not triples & {*pairs}  # nor five (a pair inside the triple would leave a single sign constant)


def test_the_interval_is_where_the_two_sided_test_stops_rejecting() -> None:
    savings = np.random.default_rng(5).normal(0.1, 0.05, 9)
    ends = interval(savings.tolist(), 0.95)
    assert ends is not None
    low, high = ends
    assert p_value(savings - low) <= 0.025 < p_value(savings - low - 1e-6)
    assert p_value(high - savings) <= 0.025 < p_value(high - savings - 1e-6)


def test_five_blocks_have_no_interval_at_95_percent() -> None:
    assert interval([0.1, 0.2, 0.3, 0.1, 0.2], 0.95) is None


def test_without_blocks_there_is_nothing_to_test() -> None:
    with pytest.raises(ValueError, match="no blocks"):
        p_value([])
