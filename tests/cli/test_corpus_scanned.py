"""Every program of the corpus through the real command: what must be found is found, what must not is not."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from typing import Any

import pytest

from tests.corpus import CORPUS, Case, load_cases

CASES = load_cases()


@cache
def findings() -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "greenfix", "scan", str(CORPUS), "--format", "json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    document = json.loads(done.stdout)
    assert document["errors"] == []
    found: list[dict[str, Any]] = document["findings"]
    return found


def of(case: Case) -> list[dict[str, Any]]:
    return [each for each in findings() if each["path"].startswith(f"{case.name}/") and each["confidence"] != "low"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_exactly_the_expected_places_are_found(case: Case) -> None:
    expected = {(each.rule, f"{case.name}/{each.path}", each.line) for each in case.expect}
    assert {(each["rule"], each["path"], each["line"]) for each in of(case)} == expected


@pytest.mark.parametrize("case", [case for case in CASES if case.expect], ids=lambda case: case.name)
def test_the_expected_strategies_are_offered_and_the_withheld_ones_are_not(case: Case) -> None:
    for expected in case.expect:
        [found] = [each for each in of(case) if (each["rule"], each["line"]) == (expected.rule, expected.line)]
        offered = {each["name"] for each in found["strategies"]}
        assert set(expected.strategies) == offered
        assert not {each.strategy for each in case.withhold} & offered
