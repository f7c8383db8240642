"""Blocks on several nodes or devices: their differences are neither noise nor a second of the other's pair."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from greenfix_verify.errors import EvidenceError
from greenfix_verify.judging import judge, used_statistics
from greenfix_verify.pairing import pair
from greenfix_verify.policy import Policy
from greenfix_verify.readings import judge_table
from greenfix_verify.run import ORIGINAL
from greenfix_verify.statistics import deviation, estimate_saving
from greenfix_verify.verdict import VerdictKind

from tests.measuring import run

RATIOS = [-0.30, -0.10, -0.31, -0.11, -0.29, -0.09, -0.30, -0.10]
PLACES = ["a", "b"] * 4


def test_the_effect_is_the_mean_of_the_places_and_the_scatter_that_within_them() -> None:
    assert deviation(RATIOS) == pytest.approx(0.1072, abs=1e-4)
    assert deviation(RATIOS, PLACES) == pytest.approx(0.00816, abs=1e-4)
    plain, stratified = estimate_saving(RATIOS, 0.95), estimate_saving(RATIOS, 0.95, PLACES)
    assert plain.estimate == stratified.estimate == pytest.approx(-math.expm1(-0.2))
    assert plain.low is not None
    assert stratified.low is not None
    assert plain.low < stratified.low < stratified.estimate


def test_a_place_of_its_own_for_every_block_is_a_sample_of_places() -> None:
    places = [str(number) for number in range(8)]
    assert estimate_saving(RATIOS, 0.95, places) == estimate_saving(RATIOS, 0.95)
    assert deviation([0.1], ["a"]) == 0.0


def test_the_stratified_interval_covers_where_places_differ() -> None:
    generator = np.random.default_rng(3)
    places = ["a", "b", "c"] * 4
    effects = np.array([-0.4, -0.2, 0.0] * 4)
    truth = -math.expm1(-0.2)
    covered = 0
    for _ in range(1000):
        saving = estimate_saving((effects + generator.normal(0.0, 0.05, 12)).tolist(), 0.95, places)
        assert saving.low is not None
        assert saving.high is not None
        covered += saving.low <= truth <= saving.high
    assert covered / 1000 == pytest.approx(0.95, abs=0.02)


def test_runs_of_two_places_are_no_pair_and_the_statistics_name_the_places() -> None:
    runs = [
        replace(run(block, place, arm, joules=100.0 * math.exp(ratio if arm == "patch" else 0.0)), stratum=where)
        for block, (ratio, where) in enumerate(zip(RATIOS, PLACES, strict=True))
        for place, arm in enumerate((ORIGINAL, "patch"))
    ]
    verdict = judge(runs, "patch", Policy())
    assert verdict.kind is VerdictKind.SAVES
    statistics = used_statistics(runs, "patch", Policy())
    assert statistics is not None
    assert [(one.name, one.blocks) for one in statistics.strata] == [("a", 3), ("b", 3)]
    savings = [one.saving for one in statistics.strata]
    assert savings == pytest.approx([-math.expm1(-0.3), -math.expm1(-0.1)])
    moved = [*runs[:-1], replace(runs[-1], stratum="c")]
    assert pair(moved, "patch").left_out == ("block 7 ran in two places",)


TABLE = "experiment,block,arm,energy_joules,stratum\n"


def test_a_table_may_say_where_its_blocks_ran(tmp_path: Path) -> None:
    rows = "".join(
        f"e,{block},original,100,{where}\ne,{block},candidate,{100 * math.exp(ratio)},{where}\n"
        for block, (ratio, where) in enumerate(zip(RATIOS, PLACES, strict=True))
    )
    file = tmp_path / "readings.csv"
    file.write_text(TABLE + rows)
    ((_, with_places),) = judge_table(file, Policy())
    file.write_text("\n".join(line.rpartition(",")[0] for line in (TABLE + rows).splitlines()))
    ((_, without),) = judge_table(file, Policy())
    assert (with_places.kind, with_places.p, with_places.saving) == (without.kind, without.p, without.saving)
    assert with_places.low is not None
    assert without.low is not None
    assert with_places.low > without.low


def test_a_block_in_two_places_is_an_error_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "readings.csv"
    file.write_text(f"{TABLE}e,1,original,100,a\ne,1,candidate,90,b\n")
    with pytest.raises(EvidenceError, match=r"line 3, stratum: block 1 of 'e' ran in 'a'"):
        list(judge_table(file, Policy()))
