"""The quick version of benchmarks/races.py."""

from __future__ import annotations

from typing import Any

import pytest
from greenfix_verify.policy import Policy
from greenfix_verify.verdict import VerdictKind

from tests.benchmarks import load

races = load("races")


@pytest.fixture(scope="module")
def equal() -> list[Any]:
    """150 races of six candidates that save nothing."""
    found: list[Any] = races.simulate(races.Field("6 equal", (0.0,) * 6, 0.05), 150, Policy())
    return found


def test_choosing_the_best_of_six_equal_ones_does_not_inflate_what_is_reported(equal: list[Any]) -> None:
    confirmed = [each for each in equal if each.fresh is not None]
    assert races.mean_error(confirmed, "in_race") > 1.5
    assert abs(races.mean_error(confirmed, "corrected")) < 0.5 + 3 * 0.22  # points; three standard errors


def test_six_equal_candidates_are_called_a_saving_no_more_often_than_one(equal: list[Any]) -> None:
    saves = sum(each.verdict is VerdictKind.SAVES for each in equal)
    assert saves / len(equal) <= 0.05 + 3 * 0.018


def test_a_clear_winner_is_found_and_needs_few_runs() -> None:
    found = races.simulate(races.Field("one saves", (-0.6, -0.1, 0.24, 0.0), 0.05), 50, Policy())
    assert all(each.best_chosen and each.verdict is VerdictKind.SAVES for each in found)
    assert sum(each.runs for each in found) / len(found) < 45
