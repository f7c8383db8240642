"""Does what was measured bring the winner to the front? A simulated workshop, not made after the cost model.

Each program costs what its parts cost (seconds a pass): work, building a model, a graph that grows, pages for what is
kept, a garbage collection. What a strategy saves follows from that, and measuring it has noise. The cost model sees
what it sees in earnest: rule, strategy, mode, Keras, what is kept, the length of a pass, and noisy results.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import pytest
from greenfix_codemods.finding import Mode
from greenfix_codemods.rules import rule
from greenfix_verify.policy import Policy
from greenfix_verify.race import next_block, standings
from greenfix_verify.run import ORIGINAL

from greenfix.cost_model.model import CostModel
from greenfix.cost_model.observation import Observation, Situation, Stage
from greenfix.cost_model.published import published
from tests.measuring import run

NOISE = 0.05
BUILD, COLLECT, GROWTH, PAGES = 0.45, 0.2, 0.02, 0.3  # s, s, s a pass, s a GiB
LEARNING, ASKED = 40, 100


@dataclass(frozen=True)
class Program:
    """Seconds of a pass as found and after each strategy; ``passes`` of them make a run."""

    name: str
    rule: str
    mode: Mode
    kept_bytes: int | None
    before: float
    after: dict[str, float]

    @property
    def winner(self) -> str:
        return min(self.after, key=self.after.__getitem__)

    def situation(self, strategy: str) -> Situation:
        keras = 2 if self.mode is Mode.GRAPH else 3
        return Situation(self.rule, strategy, self.mode, keras, self.kept_bytes, self.before, self.name, "here")

    def measured(self, strategy: str, noise: random.Random) -> Observation:
        ratio = math.log(self.after[strategy] / self.before) + noise.gauss(0, NOISE / 2)
        fate = (Stage.SCREENING, "behind", ratio, NOISE / 2, 4, "measured")
        return Observation(self.situation(strategy), *fate, self.name, self.name, "2026-11-22")


def program(name: str, chance: random.Random) -> Program:
    work, passes = math.exp(chance.gauss(-0.5, 1.0)), chance.randint(5, 60)
    if chance.random() < 0.6:
        graph = chance.random() < 0.4
        before = work + BUILD + GROWTH * passes * graph
        after = {
            "clear-session": work + BUILD + (0 if graph else COLLECT),
            "clear-session-no-gc": work + 1.03 * BUILD + GROWTH * passes * graph,
            "freeze-and-clear": work + BUILD + COLLECT * 0.2 + GROWTH * passes * graph,
            "release-model": work + 1.01 * BUILD + GROWTH * passes * graph,
        }
        if chance.random() < 0.5:  # else something stops it
            after["hoist-and-reset"] = work + 0.15 * BUILD + GROWTH * passes * graph * 0.1
        return Program(name, "IMR001", Mode.GRAPH if graph else Mode.EAGER, None, before, after)
    kept = math.exp(chance.gauss(-2, 1.5))  # GiB a pass
    scalar = work + 0.01 * chance.random()
    after = {
        "store-scalar": scalar + chance.choice([0.0, 0.1]) * PAGES * kept,
        "release": scalar + chance.choice([0.0, 0.1]) * PAGES * kept,
        "release-and-collect": scalar + COLLECT / passes,
        "freeze-and-collect": scalar + 0.01 * chance.random(),
    }
    return Program(name, "UTR001", Mode.EAGER, int(kept * passes * 2**30), work + PAGES * kept, after)


def first_by_rule(asked: Program) -> str:
    """The fixed order: the rule's own."""
    found = rule(asked.rule)
    assert found is not None
    return next(strategy.name for strategy in found.strategies if strategy.name in asked.after)


def first_expected(asked: Program, model: CostModel) -> str:
    return max(asked.after, key=lambda strategy: model.expect(asked.situation(strategy)).worth)


@pytest.fixture(scope="module")
def hits() -> dict[str, float]:
    """How often the winner stands first, over three workshops."""
    counted = {"fixed": 0, "published": 0, "learned": 0}
    before = CostModel(published())
    for seed in range(3):
        chance = random.Random(seed)  # noqa: S311  a simulation
        past = [program(f"past {number}", chance) for number in range(LEARNING)]
        model = CostModel([*published(), *(each.measured(name, chance) for each in past for name in each.after)])
        for asked in (program(f"asked {number}", chance) for number in range(ASKED)):
            counted["fixed"] += first_by_rule(asked) == asked.winner
            counted["published"] += first_expected(asked, before) == asked.winner
            counted["learned"] += first_expected(asked, model) == asked.winner
    return {name: count / (3 * ASKED) for name, count in counted.items()}


def test_the_winner_is_usually_tried_first_once_something_was_measured(hits: dict[str, float]) -> None:
    assert hits["learned"] > 0.5
    assert hits["learned"] > hits["fixed"] + 0.2


def test_what_was_published_is_a_better_order_than_the_rules_own(hits: dict[str, float]) -> None:
    assert hits["published"] > hits["fixed"]


def test_a_budget_that_allows_no_more_than_the_warm_up_confirms_the_first() -> None:
    """Here the order counts: nothing else is known of any candidate. What is committed is still what is measured."""
    policy = Policy(budget_joules=10.0)
    order = ("hoist-and-reset", "clear-session", "a")
    runs = tuple(run(0, position, arm, warmup=True) for position, arm in enumerate((ORIGINAL, *sorted(order))))
    assert next_block(runs, order, policy) is None
    assert standings(runs, order, policy)[0].arm == "hoist-and-reset"
