"""A change that is guarded: the question is whether it costs."""

from __future__ import annotations

import random

import pytest
from greenfix_verify.conclusion import judge_ratios, verdict_on
from greenfix_verify.judging import judge
from greenfix_verify.policy import Policy
from greenfix_verify.reading import Provenance
from greenfix_verify.run import Behaviour, Ending, Run
from greenfix_verify.sequential import plan
from greenfix_verify.verdict import BehaviourKind, Verdict, VerdictKind

from greenfix.errors import ExitCode
from greenfix.outcome import guard_exit_code_of
from tests.measuring import run

SAVES = Policy(maximum_blocks=12)
GUARD = Policy(maximum_blocks=12, guard=True)


def verdict(log_ratios: list[float], policy: Policy) -> Verdict:
    return verdict_on(judge_ratios(log_ratios, policy, plan(policy)), policy, Provenance.MEASURED)


def experiments(cost: float, noise: float, number: int = 120) -> list[list[float]]:
    draw = random.Random(7)  # noqa: S311  simulated noise
    return [[draw.gauss(cost, noise) for _ in range(12)] for _ in range(number)]


def test_a_guard_shows_costs_that_the_search_for_savings_gives_up_before() -> None:
    costs = experiments(cost=0.04, noise=0.05)
    shown = {
        policy.guard: sum(verdict(each, policy).kind is VerdictKind.COSTS for each in costs)
        for policy in (SAVES, GUARD)
    }
    assert shown[True] > 1.5 * shown[False]
    assert shown[True] > 0.6 * len(costs)


def test_a_guard_rarely_blames_a_change_that_costs_nothing() -> None:
    nothing = experiments(cost=0.0, noise=0.05)
    blamed = sum(verdict(each, GUARD).kind is VerdictKind.COSTS for each in nothing)
    assert blamed <= 0.05 * len(nothing) + 3 * (0.05 * 0.95 * len(nothing)) ** 0.5


def test_a_guard_stops_early_for_a_change_that_saves_a_little_and_says_what_it_gave_up() -> None:
    found = verdict([-0.004, 0.003, -0.008, 0.002, -0.006, -0.001, -0.003, 0.001, -0.004, 0.0, 0.0, 0.0], GUARD)
    assert found.blocks < 12
    assert found.kind is VerdictKind.NO_SAVING
    assert found.reason.endswith("more blocks have little chance of showing that it costs.")


def runs(*, broken: bool = False) -> list[Run]:
    other = Behaviour({"fit[0].loss": (9.0,)})
    same = Behaviour({"fit[0].loss": (1.0,)})
    ending = Ending.FAILED if broken else Ending.COMPLETED
    return [
        each
        for block in range(6)
        for each in (
            run(block, 0, joules=100.0 + block, behaviour=same),
            run(block, 1, "patch", joules=80.0 + block % 2, behaviour=other, ending=ending),
        )
    ]


def test_what_a_guarded_change_computes_is_said_and_decides_nothing() -> None:
    assert judge(runs(), "patch", SAVES).kind is VerdictKind.CHANGES_BEHAVIOUR
    found = judge(runs(), "patch", GUARD)
    assert (found.kind, found.behaviour) == (VerdictKind.SAVES, BehaviourKind.DIFFERS)


def test_a_guarded_change_that_no_longer_runs_is_no_passing_one() -> None:
    assert guard_exit_code_of(judge(runs(broken=True), "patch", GUARD).kind) is ExitCode.FINDINGS


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (VerdictKind.SAVES, ExitCode.FINE),
        (VerdictKind.NO_SAVING, ExitCode.FINE),
        (VerdictKind.INCONCLUSIVE, ExitCode.FINE),
        (VerdictKind.COSTS, ExitCode.FINDINGS),
        (VerdictKind.INVALID, ExitCode.INVALID),
    ],
)
def test_only_what_is_shown_to_cost_stops_a_pull_request(kind: VerdictKind, code: ExitCode) -> None:
    assert guard_exit_code_of(kind) is code
