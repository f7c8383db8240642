"""What A/A blocks promise, and what they do not."""

from __future__ import annotations

import json
import math
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from greenfix_verify.events import BlockJudged, RunFinished
from greenfix_verify.evidence import Evidence
from greenfix_verify.judging import judge
from greenfix_verify.policy import Policy
from greenfix_verify.reading import Provenance
from greenfix_verify.run import ORIGINAL, Arm, Ending
from greenfix_verify.verdict import BehaviourKind

from greenfix.calibration import AGAIN, Calibration, Promise, calibration_of, noise_interval, run_calibration
from greenfix.doctor import Checkup
from greenfix.report.doctor import calibration_text, doctor_json
from greenfix.repository import open_repository
from tests.measuring import FakeMeter, Heard, arms, experiment, run
from tests.repositories import MakeRepository

POLICY = Policy(maximum_blocks=5, warmup_blocks=0, maximum_disturbed_blocks=0)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    folder = tmp_path_factory.mktemp("calibration")
    compared: tuple[Arm, ...] = arms(folder, **{ORIGINAL: "print(1)", AGAIN: "print(1)"})
    return experiment(folder, compared, replace(POLICY, maximum_blocks=5))


def evidence_of(template: Evidence, ratios: Sequence[float], **last: object) -> Evidence:
    runs = [
        run(block, position, arm, joules=joules)
        for block, ratio in enumerate(ratios)
        for position, (arm, joules) in enumerate(((ORIGINAL, 100.0), (AGAIN, 100.0 * math.exp(ratio))))
    ]
    runs[-1] = replace(runs[-1], **last)  # type: ignore[arg-type]  # any field
    verdicts = {AGAIN: judge(runs, AGAIN, POLICY)}
    return replace(template, runs=tuple(runs), verdicts=verdicts, spent_joules=1000.0)


def test_the_noise_has_an_interval_and_savings_below_it_are_not_promised(template: Evidence) -> None:
    found = calibration_of(evidence_of(template, [0.05, -0.05, 0.05, -0.05, 0.05, -0.05]))
    assert found.noise == pytest.approx(0.0548, abs=1e-4)
    assert (found.noise_low, found.noise_high) == pytest.approx((0.0342, 0.1344), abs=1e-3)
    assert [promise.blocks for promise in found.promises] == [5, 10, 20]
    assert all(promise.saving < promise.at_worst for promise in found.promises)
    assert found.promises == tuple(sorted(found.promises, key=lambda promise: -promise.saving))
    assert found.provenance is Provenance.MEASURED


def test_the_interval_covers_the_true_noise_at_its_level() -> None:
    draws = np.random.default_rng(5).normal(0.0, 0.03, (2000, 10)).std(axis=1, ddof=1)
    ends = [noise_interval(float(noise), 10, 0.95) for noise in draws]
    assert np.mean([low <= 0.03 <= high for low, high in ends]) == pytest.approx(0.95, abs=0.015)


def test_too_few_blocks_promise_nothing(template: Evidence) -> None:
    found = calibration_of(evidence_of(template, [0.05, -0.05]))
    assert (found.blocks, found.noise, found.promises) == (2, None, ())
    assert calibration_text(found).startswith("Only 2 undisturbed blocks: too few")


def test_a_run_that_fails_is_a_problem_and_no_noise(template: Evidence) -> None:
    for position in (0, 1):
        failed = {"ending": Ending.FAILED, "detail": "exit code 1", "arm": (ORIGINAL, AGAIN)[position]}
        found = calibration_of(evidence_of(template, [0.05, -0.05], **failed))
        assert "fails in block 1" in found.problem
        assert calibration_text(found).startswith("The measurement is bad: ")


CALIBRATION = Calibration(
    10, 0.02, 0.014, 0.037, (Promise(5, 0.033, 0.06),), BehaviourKind.IDENTICAL, Provenance.ESTIMATED, "", 1234.0
)


def test_the_text_refuses_to_promise_more() -> None:
    assert calibration_text(CALIBRATION) == (
        "Noise of a block: 2.0 % of estimated energy (1.4 % to 3.7 %), from 10 blocks of the program against itself.\n"
        "Smallest saving that is shown with a probability of 80 %:\n"
        "   5 blocks    3.3 %   (6.0 % at worst)\n"
        "Smaller savings may be real, but this machine does not promise to show them.\n"
        "Results of the program: identical from run to run.\n"
        "The calibration used 1.23 kJ.\n"
    )


def test_the_json_has_the_numbers() -> None:
    document = json.loads(doctor_json(Checkup((), measured=False), CALIBRATION))["calibration"]
    assert document["smallest_savings"] == [{"blocks": 5, "saving": 0.033, "at_worst": 0.06}]
    assert (document["noise"], document["provenance"], document["behaviour"]) == (0.02, "estimated", "identical")


def test_a_calibration_runs_all_its_blocks_of_one_commit_against_itself(
    make_repository: MakeRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("greenfix.calibration.CodeCarbonMeter", lambda: FakeMeter(Provenance.ESTIMATED))
    repository = open_repository(make_repository({"work.py": "print(sum(range(100_000)))\n"}))
    heard = Heard()
    words = (sys.executable, "work.py")
    found = run_calibration(repository, words, POLICY, heard, threading.Event())
    assert (found.blocks, found.problem, found.provenance) == (5, "", Provenance.ESTIMATED)
    assert len(heard.of(RunFinished)) == 10
    assert not heard.of(BlockJudged)
    again = Heard()
    assert run_calibration(repository, words, POLICY, again, threading.Event()) == found
    assert not again.of(RunFinished)
