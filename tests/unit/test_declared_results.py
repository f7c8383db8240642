"""What programs without Keras histories compute, as the person declared it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from greenfix_verify.behaviour import compare_behaviour
from greenfix_verify.declared import DeclaredResults, compiled
from greenfix_verify.errors import DeclarationError, PolicyError
from greenfix_verify.judging import judge
from greenfix_verify.policy import Policy
from greenfix_verify.run import Behaviour, OutputFile
from greenfix_verify.verdict import BehaviourKind

from tests.measuring import arms, experiment

SMALL = Policy(maximum_blocks=5, warmup_blocks=0, maximum_disturbed_blocks=0)


def behaviour_of(policy: Policy, folder: Path, lines: Sequence[str] = ()) -> Behaviour:
    declared = DeclaredResults(policy, folder)
    for line in lines:
        declared.see(line)
    return declared.added_to(Behaviour({"fit[0].loss": (1.0,)}))


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        (r"acc=([\d.]+)", {"stdout": (0.5, 0.75)}),
        (r"acc=(?P<accuracy>[\d.]+)", {"accuracy": (0.5, 0.75)}),
        (r"acc=(?P<accuracy>[\d.]+) loss=(?P<loss>\S+)", {"accuracy": (0.5, 0.75), "loss": (2.0, 1.0)}),
        (r"acc=(?P<accuracy>[\d.]+)|end=(?P<end>\d+)", {"accuracy": (0.5, 0.75), "end": (3.0,)}),
    ],
)
def test_groups_of_a_pattern_are_metrics_with_their_values_in_order(
    tmp_path: Path, pattern: str, found: dict[str, tuple[float, ...]]
) -> None:
    lines = ["acc=0.5 loss=2", "nothing", "acc=0.75 loss=1", "end=3"]
    seen = behaviour_of(Policy(metric_pattern=pattern), tmp_path, lines)
    assert seen.metrics == {"fit[0].loss": (1.0,), **found}
    assert seen.missing == ()


@pytest.mark.parametrize(
    ("pattern", "lines", "clause"),
    [
        (r"acc=([\d.]+)", ["loss=2"], "--metric-pattern matched no line of standard output for stdout"),
        (r"acc=(\w+)", ["acc=high"], "--metric-pattern found 'high' for stdout, which is no number"),
        (r"a=(?P<a>\d)|b=(?P<b>\d)", ["a=1"], "--metric-pattern matched no line of standard output for b"),
    ],
)
def test_a_pattern_that_finds_no_number_is_missing(tmp_path: Path, pattern: str, lines: list[str], clause: str) -> None:
    assert behaviour_of(Policy(metric_pattern=pattern), tmp_path, lines).missing == (clause,)


@pytest.mark.parametrize("pattern", ["acc", "(", r"(\d) (\d)", r"(?P<a>\d) (\d)"])
def test_a_pattern_that_names_no_metric_is_refused(pattern: str) -> None:
    with pytest.raises(PolicyError, match="--metric-pattern"):
        compiled(pattern)


def test_files_count_when_this_run_wrote_them(tmp_path: Path) -> None:
    (tmp_path / "stale.json").write_text('{"auc": 1}')
    (tmp_path / "old.bin").write_bytes(b"x")
    declared = DeclaredResults(Policy(metrics_file="stale.json", outputs=("old.bin", "gone.bin", "new.csv")), tmp_path)
    (tmp_path / "new.csv").write_text("w\n1\n")
    seen = declared.added_to(Behaviour())
    assert seen.metrics == {}
    assert [(name, file.numbers) for name, file in seen.outputs.items()] == [("new.csv", {"w": (1.0,)})]
    assert seen.missing == (
        "--metrics stale.json was there before the run and was not written again",
        "--output old.bin was there before the run and was not written again",
        "--output gone.bin was not written",
    )


def test_one_file_may_be_metrics_and_output_and_a_malformed_one_says_what_is_wrong(tmp_path: Path) -> None:
    policy = Policy(metrics_file="m.json", outputs=("m.json",))
    declared = DeclaredResults(policy, tmp_path)
    (tmp_path / "m.json").write_text('{"test": {"auc": 0.9}}')
    seen = declared.added_to(Behaviour())
    assert (seen.metrics, list(seen.outputs)) == ({"test.auc": (0.9,)}, ["m.json"])
    (tmp_path / "m.json").write_text("{")
    assert declared.added_to(Behaviour()).missing[0].startswith("--metrics m.json cannot be read: Expecting")


def outputs(*files: OutputFile) -> list[Behaviour]:
    return [Behaviour(outputs={"out": file}) for file in files]


def numbers(*values: float, name: str = "w") -> OutputFile:
    return OutputFile(repr((name, values)), {name: values})


SAME = OutputFile("a")
OTHER = OutputFile("b")


@pytest.mark.parametrize(
    ("case", "original", "candidate", "kind"),
    [
        ("same bytes", [SAME] * 2, [SAME] * 2, BehaviourKind.IDENTICAL),
        ("settled bytes, not the same", [SAME] * 3, [OTHER] * 3, BehaviourKind.DIFFERS),
        ("too few runs", [SAME] * 2, [OTHER] * 2, BehaviourKind.UNDECIDED),
        ("bytes that scatter", [SAME, OTHER, SAME], [OTHER, SAME, SAME], BehaviourKind.UNDECIDED),
        ("last digits", [numbers(1, 5)] * 2, [numbers(1 + 1e-7, 5)] * 2, BehaviourKind.EQUIVALENT),
        ("near zero", [numbers(1e-9, 5)] * 2, [numbers(3e-9, 5)] * 2, BehaviourKind.EQUIVALENT),
        ("one of two numbers", [numbers(1, 5)] * 3, [numbers(1, 6)] * 3, BehaviourKind.DIFFERS),
        ("a single run", [numbers(1, 5)], [numbers(1, 6)], BehaviourKind.UNDECIDED),
        ("shorter", [numbers(1, 5)] * 2, [numbers(1)] * 2, BehaviourKind.DIFFERS),
        ("not always as long", [numbers(1, 5), numbers(1)], [numbers(1)] * 2, BehaviourKind.UNDECIDED),
        ("another array", [numbers(1)] * 2, [numbers(1, name="v")] * 2, BehaviourKind.DIFFERS),
        ("not a number", [numbers(1)] * 2, [numbers(float("nan"))] * 2, BehaviourKind.DIFFERS),
        ("not a number at times", [numbers(1), numbers(float("nan"))], [numbers(1)] * 2, BehaviourKind.UNDECIDED),
        ("not a number in both", [numbers(float("nan"), 1)] * 2, [numbers(float("nan"), 1.001)] * 2, "equivalent"),
    ],
)
def test_outputs_are_compared_by_hash_and_else_number_by_number(
    case: str, original: list[OutputFile], candidate: list[OutputFile], kind: str
) -> None:
    assert compare_behaviour(outputs(*original), outputs(*candidate), Policy()).kind == kind, case


def test_the_number_that_differs_is_shown() -> None:
    result = compare_behaviour(outputs(*[numbers(1, 5)] * 3), outputs(*[numbers(1, 6)] * 3), Policy())
    assert result.metrics == ("out: w",)
    assert result.text == "The results differ: out: w[1] is 5 in the original and 6 in the candidate (margin 0.05)."


def test_what_only_the_candidate_does_not_give_differs() -> None:
    before, after = [Behaviour({"auc": (1.0,)})] * 2, [Behaviour({"auc": (1.0,)}, missing=("x was not written",))] * 2
    result = compare_behaviour(before, after, Policy())
    assert (result.kind, result.metrics) == (BehaviourKind.DIFFERS, ("x was not written",))
    assert "in the candidate x was not written" in result.text


WRITES = "open('metrics.json', 'w').write('{\"auc\": %s}'); print('acc=%s'); open('w.csv', 'w').write('w\\n%s\\n')"


def test_an_experiment_compares_what_was_declared(tmp_path: Path) -> None:
    policy = replace(SMALL, metrics_file="metrics.json", metric_pattern=r"acc=(.+)", outputs=("w.csv",))
    compared = arms(tmp_path, original=WRITES % (1, 2, 3), patch=WRITES % (1, 2, 4))
    evidence = experiment(tmp_path, compared, policy)
    assert evidence.runs[0].behaviour.metrics == {"auc": (1.0,), "stdout": (2.0,)}
    assert evidence.policy.outputs == ("w.csv",)
    verdict = judge(evidence.runs, "patch", policy)
    assert (verdict.kind, verdict.behaviour) == ("changes behaviour", "differs")
    assert "w.csv: w[0] is 3 in the original and 4 in the candidate" in verdict.reason


def test_an_original_that_does_not_write_what_was_declared_ends_the_experiment_and_is_not_recorded(
    tmp_path: Path,
) -> None:
    policy = replace(SMALL, outputs=("model.npy",))
    compared = arms(tmp_path, original="print('done')", patch="print('done')")
    for _ in range(2):
        with pytest.raises(DeclarationError, match=r"--output model\.npy was not written.*Correct the option"):
            experiment(tmp_path, compared, policy)
