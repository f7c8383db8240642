from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from greenfix_verify.errors import PolicyError
from greenfix_verify.holm import shares
from greenfix_verify.judging import is_decided, judge, used_statistics
from greenfix_verify.policy import Policy
from greenfix_verify.run import ORIGINAL, Ending, Run
from greenfix_verify.verdict import VerdictKind

from tests.measuring import run

CLEAR = [-0.30, -0.28, -0.31, -0.29, -0.27, -0.32, -0.30, -0.29]
SLIGHT = [-0.10, -0.02, -0.05, -0.08, -0.01, -0.005, -0.06, -0.09]
NOTHING = [0.01, -0.01, 0.02, -0.02, 0.01, -0.01, 0.02, -0.02]


def runs_of(ratios: Mapping[str, Sequence[float]]) -> list[Run]:
    blocks = max(map(len, ratios.values()))
    runs = []
    for block in range(blocks):
        runs.append(run(block, 0, ORIGINAL, joules=100.0))
        runs += [
            run(block, place, arm, joules=100.0 * math.exp(values[block]))
            for place, (arm, values) in enumerate(ratios.items(), start=1)
        ]
    return runs


def test_one_patch_has_all_of_alpha() -> None:
    share = shares({"a": CLEAR}, Policy())["a"]
    assert (share.policy, share.waiting, share.adjusted(0.01)) == (Policy(), 1, 0.01)


def test_a_patch_that_passes_leaves_its_share_to_the_others() -> None:
    found = shares({"clear": CLEAR, "slight": SLIGHT, "nothing": NOTHING}, Policy())
    assert found["clear"].policy.alpha == pytest.approx(0.05 / 3)
    assert found["slight"].policy.alpha == pytest.approx(0.05 / 2)
    assert found["nothing"].policy.alpha == pytest.approx(0.05)


def test_adjusted_p_values_never_fall_and_never_exceed_one() -> None:
    found = shares({"a": CLEAR, "b": CLEAR, "c": NOTHING}, Policy())
    assert found["b"].adjusted(0.0) >= found["a"].least_p
    assert found["b"].least_p == 3 * 2.0**-8
    assert found["c"].adjusted(0.9) <= 1.0


def test_without_blocks_a_patch_waits() -> None:
    found = shares({"a": (), "b": CLEAR}, Policy())
    assert found["b"].policy.alpha == 0.025
    assert found["a"].policy.alpha == 0.05


def test_an_impossible_share_is_refused() -> None:
    with pytest.raises(PolicyError, match=r"alpha 0\.01666"):
        shares({"a": CLEAR, "b": CLEAR, "c": CLEAR}, Policy(maximum_blocks=5))


def test_what_one_patch_would_show_alone_needs_more_among_three() -> None:
    six = runs_of({"a": CLEAR[:6]})
    assert judge(six, "a", Policy()).kind is VerdictKind.SAVES
    among = runs_of({"a": CLEAR[:6], "b": NOTHING[:6], "c": NOTHING[:6]})
    assert judge(among, "a", Policy()).kind is VerdictKind.INCONCLUSIVE
    assert not is_decided(among, "a", Policy())
    longer = runs_of({"a": CLEAR, "b": NOTHING, "c": NOTHING})
    verdict = judge(longer, "a", Policy())
    assert (verdict.kind, verdict.p, verdict.blocks) == (VerdictKind.SAVES, 3 * 2.0**-8, 8)
    assert verdict.reason.endswith("Corrected for 3 patches in one experiment (Holm).")
    statistics = used_statistics(longer, "a", Policy())
    assert statistics is not None
    assert statistics.blocks == 8


def test_a_patch_that_fails_or_has_no_reading_takes_nothing_from_its_share() -> None:
    longer = runs_of({"a": CLEAR, "b": NOTHING})
    failed = [one if one.arm != "b" else run(one.block, 2, "b", ending=Ending.FAILED) for one in longer]
    assert judge(failed, "a", Policy()).kind is VerdictKind.SAVES
    assert judge(failed, "b", Policy()).kind is VerdictKind.CHANGES_BEHAVIOUR
    blind = [one if one.arm != "b" else run(one.block, 2, "b", joules=None) for one in longer]
    assert judge(blind, "a", Policy()).kind is VerdictKind.SAVES
    assert judge(blind, "b", Policy()).kind is VerdictKind.INVALID


def test_of_three_useless_patches_any_saves_in_at_most_5_percent() -> None:
    generator, policy, experiments = np.random.default_rng(7), Policy(), 300
    wrong = 0
    for _ in range(experiments):
        original = generator.normal(0.0, 0.05, 24)
        ratios = {name: (generator.normal(0.0, 0.05, 24) - original).tolist() for name in "abc"}
        wrong += any(share.waiting < 3 for share in shares(ratios, policy).values())
    assert wrong / experiments <= 0.05 + 3 * 0.0126  # three standard errors


def test_power_is_shared_and_not_lost() -> None:
    generator, policy = np.random.default_rng(8), Policy()
    both = 0
    for _ in range(60):
        ratios = {name: generator.normal(-0.2, 0.07, 24).tolist() for name in "ab"}
        both += {share.policy.alpha for share in shares(ratios, policy).values()} == {0.025, 0.05}
    assert both >= 57
