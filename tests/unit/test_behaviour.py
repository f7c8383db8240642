from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from greenfix_verify.behaviour import compare_behaviour
from greenfix_verify.policy import Policy
from greenfix_verify.run import Behaviour
from greenfix_verify.verdict import BehaviourKind


def runs(name: str, *last_values: float) -> list[Behaviour]:
    return [Behaviour({name: (value,)}) for value in last_values]


@pytest.mark.parametrize(
    ("case", "original", "candidate", "kind"),
    [
        ("last digits", [0.5, 0.5 + 1e-7, 0.5], [0.5 - 1e-7, 0.5, 0.5], BehaviourKind.EQUIVALENT),
        ("beyond the margin, deterministic", [0.5, 0.5], [0.52, 0.52], BehaviourKind.DIFFERS),
        ("within the margin, deterministic", [0.5, 0.5], [0.504, 0.504], BehaviourKind.EQUIVALENT),
        ("a single run each", [0.5], [0.52], BehaviourKind.UNDECIDED),
        ("far beyond the margin, slight scatter", [0.5, 0.5001, 0.4999], [0.7, 0.7001, 0.6999], BehaviourKind.DIFFERS),
        ("overlapping spreads", [0.4, 0.5, 0.6, 0.5], [0.45, 0.55, 0.5, 0.6], BehaviourKind.UNDECIDED),
        ("a loss of rounding size", [1e-7, 3e-7, 2e-7], [5e-7, 1e-7, 4e-7], BehaviourKind.EQUIVALENT),
        ("not a number in both", [math.nan, math.nan], [math.nan, math.nan], BehaviourKind.IDENTICAL),
        ("not a number in the candidate", [0.5, 0.5], [math.nan, math.nan], BehaviourKind.DIFFERS),
        ("not a number now and then", [0.5, math.nan], [0.5, 0.5], BehaviourKind.UNDECIDED),
    ],
)
def test_a_loss(case: str, original: Sequence[float], candidate: Sequence[float], kind: BehaviourKind) -> None:
    assert compare_behaviour(runs("loss", *original), runs("loss", *candidate), Policy()).kind is kind, case


@pytest.mark.parametrize(
    ("name", "original", "candidate", "kind"),
    [
        ("val_accuracy", 0.10, 0.104, BehaviourKind.EQUIVALENT),  # 4 % relative, yet within half a point
        ("val_accuracy", 0.90, 0.907, BehaviourKind.DIFFERS),  # 0.8 % relative, yet beyond half a point
        ("val_loss", 0.10, 0.104, BehaviourKind.DIFFERS),
        ("learning_rate", 0.001, 0.002, BehaviourKind.DIFFERS),  # between 0 and 1, but no rate of anything
        ("mean_absolute_error", 12.0, 12.1, BehaviourKind.EQUIVALENT),
    ],
)
def test_accuracies_have_an_absolute_margin_and_other_metrics_a_relative_one(
    name: str, original: float, candidate: float, kind: BehaviourKind
) -> None:
    result = compare_behaviour(runs(name, original, original), runs(name, candidate, candidate), Policy())
    assert result.kind is kind


def test_a_loss_that_fell_far_is_not_judged_by_its_last_digits() -> None:
    original = [Behaviour({"loss": (2.3, 0.1, last)}) for last in (1.0e-4, 1.2e-4, 0.9e-4)]
    candidate = [Behaviour({"loss": (2.3, 0.1, last)}) for last in (1.1e-4, 1.3e-4, 0.8e-4)]
    assert compare_behaviour(original, candidate, Policy()).kind is BehaviourKind.EQUIVALENT


def test_noise_alone_never_differs_even_with_a_hundred_metrics_and_a_look_after_every_block() -> None:
    def noisy(seed: int) -> Behaviour:
        return Behaviour({f"fit[{i}].loss": (1.0 + 0.2 * math.sin(99.0 * seed + 17.0 * i * i),) for i in range(100)})

    kinds = {
        compare_behaviour([noisy(i) for i in range(n)], [noisy(50 + i) for i in range(n)], Policy()).kind
        for n in range(1, 12)
    }
    assert kinds == {BehaviourKind.UNDECIDED}


def test_an_undecided_metric_says_how_many_runs_would_show_that_it_agrees() -> None:
    original, candidate = [0.50, 0.52, 0.48, 0.50], [0.501, 0.519, 0.481, 0.503]
    result = compare_behaviour(runs("loss", *original), runs("loss", *candidate), Policy())
    assert (result.kind, result.runs) == (BehaviourKind.UNDECIDED, 87)
    copies = 87 // 4 + 1
    settled = compare_behaviour(runs("loss", *original * copies), runs("loss", *candidate * copies), Policy())
    assert settled.kind is BehaviourKind.EQUIVALENT


@pytest.mark.parametrize("candidate", [[0.6, 0.45, 0.52], [0.5]])
def test_where_nothing_can_be_said_no_number_is_made_up(candidate: list[float]) -> None:
    result = compare_behaviour(runs("loss", 0.5, 0.52, 0.47), runs("loss", *candidate), Policy())
    assert (result.kind, result.runs) == (BehaviourKind.UNDECIDED, None)


def test_the_text_names_the_metric_and_both_values() -> None:
    result = compare_behaviour(runs("val_loss", 0.5, 0.5), runs("val_loss", 0.6, 0.6), Policy())
    assert result.metrics == ("val_loss",)
    assert result.text == "The results differ: val_loss is 0.5 in the original and 0.6 in the candidate (margin 0.005)."


@pytest.mark.parametrize("count", ["fit_calls", "epochs", "steps"])
def test_another_number_of_epochs_or_steps_differs(count: str) -> None:
    original = [Behaviour({"loss": (0.5,)}, {count: 20})] * 2
    result = compare_behaviour(original, [Behaviour({"loss": (0.5,)}, {count: 19})] * 2, Policy())
    assert result.kind is BehaviourKind.DIFFERS
    assert "20 in the original, 19 in the candidate" in result.text


def test_counts_that_describe_the_leak_are_meant_to_change() -> None:
    original = [Behaviour({"loss": (0.5,)}, {"epochs": 2, "retraces": 40, "live_models": 30})] * 2
    candidate = [Behaviour({"loss": (0.5,)}, {"epochs": 2, "retraces": 2, "live_models": 1})] * 2
    assert compare_behaviour(original, candidate, Policy()).kind is BehaviourKind.IDENTICAL


def test_early_stopping_that_varies_by_itself_does_not_differ() -> None:
    original = [Behaviour({"loss": (0.5,)}, {"epochs": epochs}) for epochs in (18, 20, 19)]
    candidate = [Behaviour({"loss": (0.5,)}, {"epochs": epochs}) for epochs in (19, 18, 20)]
    assert compare_behaviour(original, candidate, Policy()).kind is BehaviourKind.EQUIVALENT
    longer = [*candidate[:2], Behaviour({"loss": (0.5,)}, {"epochs": 25})]
    assert compare_behaviour(original, longer, Policy()).kind is BehaviourKind.UNDECIDED


def test_a_series_of_another_length_differs() -> None:
    result = compare_behaviour([Behaviour({"loss": (0.9, 0.5)})] * 2, [Behaviour({"loss": (0.5,)})] * 2, Policy())
    assert result.kind is BehaviourKind.DIFFERS
    assert "1 values in the candidate instead of 2" in result.text


def test_a_metric_that_disappears_differs() -> None:
    original = [Behaviour({"loss": (0.5,), "auc": (0.9,)})] * 2
    result = compare_behaviour(original, runs("loss", 0.5, 0.5), Policy())
    assert (result.kind, result.metrics) == (BehaviourKind.DIFFERS, ("auc",))


def test_names_that_keras_numbered_anew_are_the_same_metric() -> None:
    original = [Behaviour({"fit[0].auc": (0.9,), "fit[1].auc_1": (0.8,)})] * 2
    candidate = [Behaviour({"fit[0].auc": (0.9,), "fit[1].auc": (0.8,)})] * 2
    assert compare_behaviour(original, candidate, Policy()).kind is BehaviourKind.IDENTICAL


def test_two_metrics_of_one_fit_keep_their_numbers() -> None:
    original = [Behaviour({"auc": (0.9,), "auc_1": (0.8,)})] * 2
    candidate = [Behaviour({"auc": (0.8,), "auc_1": (0.9,)})] * 2
    assert compare_behaviour(original, candidate, Policy()).kind is BehaviourKind.DIFFERS


def test_an_output_that_is_settled_in_each_arm_but_not_the_same_differs() -> None:
    before, after = ([Behaviour(stdout_sha256=value)] * 3 for value in "ab")
    assert compare_behaviour(before, after, Policy()).kind is BehaviourKind.DIFFERS
    assert compare_behaviour(before[:2], after, Policy()).kind is BehaviourKind.UNKNOWN


def test_an_output_that_changes_from_run_to_run_says_nothing() -> None:
    timed = [Behaviour(stdout_sha256=str(run)) for run in range(6)]
    assert compare_behaviour(timed[:3], timed[3:], Policy()).kind is BehaviourKind.UNKNOWN


@pytest.mark.parametrize(
    ("hashes", "kind"),
    [
        (("a", "a", "a", "a"), BehaviourKind.IDENTICAL),
        (("a", "a", "a", "b"), BehaviourKind.UNKNOWN),
        (("", "", "", ""), BehaviourKind.UNKNOWN),
    ],
)
def test_programs_without_metrics_are_compared_by_their_output(hashes: Sequence[str], kind: BehaviourKind) -> None:
    both = [Behaviour(stdout_sha256=value) for value in hashes]
    assert compare_behaviour(both[:2], both[2:], Policy()).kind is kind


def test_equal_counts_alone_do_not_show_equal_results() -> None:
    both = [Behaviour(events={"epochs": 3}, stdout_sha256=str(i)) for i in range(4)]
    assert compare_behaviour(both[:2], both[2:], Policy()).kind is BehaviourKind.UNKNOWN


def test_without_runs_nothing_is_known() -> None:
    assert compare_behaviour([], [], Policy()).kind is BehaviourKind.UNKNOWN
