"""The order is random within each block, the same for the same seed, and written beforehand."""

from __future__ import annotations

from collections import Counter

from greenfix_verify.policy import Policy
from greenfix_verify.schedule import plan


def test_every_block_holds_every_arm_once() -> None:
    for block in plan(["original", "a", "b"], Policy()):
        assert sorted(block.order) == ["a", "b", "original"]


def test_the_same_policy_gives_the_same_schedule_and_another_seed_another() -> None:
    arms = ["original", "a"]
    assert plan(arms, Policy(seed=1)) == plan(arms, Policy(seed=1))
    assert [block.order for block in plan(arms, Policy(seed=1))] != [
        block.order for block in plan(arms, Policy(seed=2))
    ]


def test_both_orders_come_about_equally_often() -> None:
    orders = Counter(block.order for block in plan(["original", "a"], Policy(maximum_blocks=2000)))
    assert min(orders.values()) > 900


def test_warm_up_comes_first_and_spare_blocks_last() -> None:
    blocks = plan(["original", "a"], Policy(warmup_blocks=2, maximum_blocks=3, maximum_disturbed_blocks=1))
    assert [(block.number, block.warmup) for block in blocks] == [
        (0, True),
        (1, True),
        (2, False),
        (3, False),
        (4, False),
        (5, False),
    ]
