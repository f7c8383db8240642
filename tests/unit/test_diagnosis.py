"""From facts of a run to what they say of findings, and what follows for trying fixes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from greenfix_codemods.finding import Confidence, Finding, Smell, Span
from greenfix_verify.run import Ending
from greenfix_verify.witness import Facts, Held, Holder, Look, Occurrence, Point, Sample, Seen

from greenfix.diagnosis.kept import remember, remembered
from greenfix.diagnosis.tying import place_of, retraced, tie
from greenfix.diagnosis.value import Diagnosed, Diagnosis, State, ordered, worth_trying
from greenfix.diagnosis.words import size_text
from greenfix.report.diagnosis import diagnosis_json, diagnosis_text, ending_text, sparkline

MIB = 1 << 20
LOOP = Point("train.py", 12, "<module>")
ELSEWHERE = Point("train.py", 90, "<module>")
BUILD = (Point("models.py", 4, "build"), LOOP)


def finding(rule: str, *names: str, print_: str = "a", line: int = 10, end_line: int = 20) -> Finding:
    span = Span(line, 1, end_line, 1)
    return Finding(rule, Smell(rule[:3]), "train.py", span, names or ("x",), Confidence.HIGH, "why", print_)


def facts(*occurrences: Occurrence, hits: int = 1, **held: Held) -> Facts:
    return Facts(occurrences, {"a": Seen(hits, "train", (), held)})


def held(*samples: tuple[int, int, int], training: Sample | None = None) -> Held:
    found = tuple(Sample(*sample) for sample in samples)
    return Held(found, max(found, key=lambda each: each.bytes), training, found[-1])


def builds(*live: int, weight: int = MIB, graph: bool = False, seconds: float = 1.0) -> list[Occurrence]:
    return [
        Occurrence("build", BUILD, "Sequential", seconds * number, live=count, bytes=weight * (count - 1), graph=graph)
        for number, count in enumerate(live)
    ]


def trace(at: float, seconds: float, name: str = "step", stack: tuple[Point, ...] = (LOOP,)) -> Occurrence:
    return Occurrence("trace", stack, name, at, seconds)


def test_models_that_live_on_confirm_with_their_weights_and_the_traces_after_the_first_pass() -> None:
    traces = [trace(0.5, 9.0), trace(1.5, 0.25), trace(2.5, 0.5)]
    said = tie(finding("IMR001"), facts(*builds(1, 2, 3), *traces, trace(1.7, 9.0, stack=(ELSEWHERE,))))
    assert (said.state, said.bytes, said.seconds) == (State.CONFIRMED, 2 * MIB, 0.75)
    assert said.evidence == (
        "3 models were built at models.py:4 in build(); 3 of them were alive at once, and the 2 older ones hold "
        "2.0 MiB of weights and optimizer state; 2 traces from the second pass on took 0.8 s of CPU"
    )


def test_a_loop_that_builds_once_is_not_confirmed() -> None:
    assert tie(finding("IMR001"), facts(*builds(1), trace(0.5, 9.0))).state is State.NOT_SEEN


def test_models_that_are_released_and_cost_nothing_are_not_confirmed() -> None:
    assert tie(finding("IMR001"), facts(*builds(1, 2, 2, 2))).state is State.NOT_SEEN


@pytest.mark.parametrize(("graph", "seconds"), [(True, 6.0), (False, 0.0)])
def test_passes_that_become_slower_count_in_graph_mode_only(graph: bool, seconds: float) -> None:
    moments = (0.0, 1.0, 3.0, 6.0, 10.0)
    found = [replace(each, at=at) for each, at in zip(builds(1, 1, 1, 1, 1, graph=graph), moments, strict=True)]
    assert tie(finding("IMR001"), facts(*found)).seconds == seconds


def test_passes_of_equal_length_are_not_called_slower() -> None:
    assert tie(finding("IMR001"), facts(*builds(1, 1, 1, 1, 1, graph=True))).seconds == 0.0


def test_loading_again_is_counted() -> None:
    loads = [Occurrence("load", (LOOP,), "load_model", at, 0.5) for at in (0.1, 1.1, 2.1)]
    said = tie(finding("IMR004"), facts(*builds(1, 2, 2), *loads))
    assert (said.state, said.seconds) == (State.CONFIRMED, 1.0)


@pytest.mark.parametrize(("rule", "kind"), [("IMR002", "compile"), ("IMR005", "function")])
def test_what_is_made_again_confirms_by_its_traces(rule: str, kind: str) -> None:
    made = [Occurrence(kind, (LOOP,), "", at) for at in (0.0, 1.0, 2.0)]
    again = tie(finding(rule), facts(*made, trace(0.5, 1.0), trace(1.5, 1.0), trace(2.5, 1.5)))
    assert (again.state, again.seconds) == (State.CONFIRMED, 2.5)
    assert tie(finding(rule), facts(*made, trace(0.5, 1.0))).state is State.NOT_SEEN
    assert tie(finding(rule), facts(*made[:1], trace(0.5, 1.0))).state is State.NOT_SEEN


def test_a_model_fitted_again_is_confirmed_and_two_models_are_not() -> None:
    fits = [Occurrence("fit", (LOOP,), "", at, model=1) for at in (0.0, 1.0)]
    assert tie(finding("IMR003"), facts(*fits)).state is State.CONFIRMED
    assert tie(finding("IMR003"), facts(fits[0], replace(fits[1], model=2))).state is State.NOT_SEEN


@pytest.mark.parametrize(
    ("samples", "state", "size"),
    [
        ([(0, 0, 0), (40, 40, 40 * MIB)], State.CONFIRMED, 40 * MIB),
        ([(0, 0, 0), (40, 0, 0)], State.NOT_SEEN, 0),
        ([(0, 1, MIB), (40, 1, MIB)], State.NOT_SEEN, 0),
        ([(0, 0, 0), (1, 1, MIB)], State.NOT_SEEN, 0),
    ],
    ids=["grows", "holds numbers", "does not grow", "one pass"],
)
def test_a_container_is_confirmed_when_it_grows(samples: list[tuple[int, int, int]], state: State, size: int) -> None:
    said = tie(finding("UTR001", "history"), facts(history=held(*samples)))
    assert (said.state, said.bytes) == (state, size)


def test_a_container_is_told_with_its_function_and_growth() -> None:
    said = tie(finding("UTR001", "history"), facts(history=held((0, 0, 0), (40, 40, 40 * MIB))))
    assert (
        said.evidence
        == "`history` in train() grew by 1.0 MiB a pass to 40 tensors and arrays, 40.0 MiB after 40 passes"
    )


def test_a_tensor_that_is_concatenated_costs_what_its_statement_takes_more_and_more() -> None:
    grown = facts(total=held((0, 1, 0), (30, 1, 30 * MIB)))
    assert grown.seen is not None
    seen = replace(grown.seen["a"], durations=(0.1, 0.1, 0.1, 0.2, 0.3))
    said = tie(finding("UTR005", "total"), replace(grown, seen={"a": seen}))
    assert (said.state, said.bytes, said.seconds) == (State.CONFIRMED, 30 * MIB, 0.3)


@pytest.mark.parametrize("rule", ["UTR002", "UTR003"])
def test_what_an_attribute_or_a_tape_holds_confirms(rule: str) -> None:
    said = tie(finding(rule, "tape"), facts(tape=held((1, 2, 3 * MIB))))
    assert (said.state, said.bytes) == (State.CONFIRMED, 3 * MIB)
    assert tie(finding(rule, "tape"), facts(tape=held((1, 0, 0)))).state is State.NOT_SEEN


def test_an_array_is_confirmed_by_what_is_held_when_the_training_begins() -> None:
    fit = Occurrence("fit", (ELSEWHERE,), "", 1.0)
    while_training = facts(fit, raw=held((1, 1, 9 * MIB), training=Sample(1, 1, 8 * MIB)))
    assert tie(finding("UTR004", "raw"), while_training).bytes == 8 * MIB
    assert tie(finding("UTR004", "raw"), facts(fit, raw=held((1, 1, 9 * MIB)))).state is State.NOT_SEEN
    assert tie(finding("UTR004", "raw"), facts(raw=held((1, 1, 9 * MIB)))).bytes == 9 * MIB


@pytest.mark.parametrize("rule", ["IMR001", "IMR002", "IMR005", "UTR001", "UTR004"])
def test_a_place_that_did_not_run_is_not_reached(rule: str) -> None:
    said = tie(finding(rule), facts(*[replace(each, stack=(ELSEWHERE,)) for each in builds(1, 2, 3)], hits=0))
    assert (said.state, said.bytes, said.seconds) == (State.NOT_REACHED, 0, 0.0)


def test_functions_traced_more_than_twice_from_one_line_are_listed_the_costliest_first() -> None:
    seen = [trace(1, 0.1, "a")] * 3 + [trace(1, 0.2, "b")] * 3 + [trace(1, 9.0, "c")] * 2
    assert [(each.name, each.count, each.point) for each in retraced(facts(*seen))] == [("b", 3, LOOP), ("a", 3, LOOP)]


@pytest.mark.parametrize(
    ("rule", "source", "look", "last", "function"),
    [
        ("IMR001", "    for fold in folds:", Look.REACHED, 10, ""),
        ("IMR001", "    def objective(trial):", Look.CALL, 20, "objective"),
        ("IMR001", "", Look.REACHED, 10, ""),
        ("UTR001", "history.append(loss)", Look.VALUE, 20, ""),
        ("UTR003", "with tf.GradientTape(persistent=True) as tape:", Look.BLOCK, 20, ""),
    ],
)
def test_the_witness_is_asked_what_the_rule_is_about(
    rule: str, source: str, look: Look, last: int, function: str
) -> None:
    place = place_of(finding(rule), source)
    assert (place.what, place.line, place.end_line, place.function) == (look, 10, last, function)


def said(print_: str, state: State, size: int = 0, seconds: float = 0.0) -> Diagnosed:
    return Diagnosed(print_, "UTR001", "train.py", 10, state, size, seconds, "seen")


DIAGNOSIS = Diagnosis(
    commit="c0ffee",
    command=("python", "train.py"),
    findings=(
        said("not reached", State.NOT_REACHED),
        said("not seen", State.NOT_SEEN),
        said("scalars", State.CONFIRMED, size=2000),
        said("list", State.CONFIRMED, size=50 * MIB),
        said("traces", State.CONFIRMED, seconds=5.0),
    ),
    retraced=(),
    holders=(Holder("train.py", "train", "history", 40, 40 * MIB),),
    memory=((0.0, 100), (1.0, 200), (2.0, 800)),
    peak_rss_bytes=1000 * MIB,
    cpu_seconds=10.0,
    wall_seconds=12.0,
    collections=3,
    collection_seconds=0.5,
    ending=Ending.COMPLETED,
)
FINDINGS = tuple(
    finding("UTR001", print_=print_) for print_ in ("not seen", "scalars", "unknown", "list", "not reached", "traces")
)


def test_confirmed_findings_come_first_the_costliest_before_the_others() -> None:
    prints = [each.fingerprint for each in ordered(FINDINGS, DIAGNOSIS)]
    assert prints == ["traces", "list", "scalars", "unknown", "not seen", "not reached"]
    assert ordered(FINDINGS, None) == FINDINGS


def test_only_what_costs_enough_is_worth_trying() -> None:
    worth = {each.fingerprint for each in FINDINGS if worth_trying(each, DIAGNOSIS)}
    assert worth == {"traces", "list", "unknown"}


def test_models_built_again_are_worth_trying_however_small_they_are() -> None:
    assert worth_trying(finding("IMR001", print_="scalars"), DIAGNOSIS)
    assert not worth_trying(finding("IMR001", print_="not reached"), DIAGNOSIS)


@pytest.mark.parametrize(
    "diagnosis",
    [None, replace(DIAGNOSIS, ending=Ending.TIMED_OUT), replace(DIAGNOSIS, limits=("it was not followed",))],
    ids=["no diagnosis", "stopped", "limited"],
)
def test_in_doubt_everything_is_worth_trying(diagnosis: Diagnosis | None) -> None:
    assert all(worth_trying(each, diagnosis) for each in FINDINGS)


def test_a_diagnosis_is_remembered_by_commit_command_and_variables(tmp_path: Path) -> None:
    remember(DIAGNOSIS, tmp_path)
    remember(replace(DIAGNOSIS, commit="beef"), tmp_path)
    remember(replace(DIAGNOSIS, cpu_seconds=20.0), tmp_path)
    assert remembered(tmp_path, "c0ffee", ["python", "train.py"]) == replace(DIAGNOSIS, cpu_seconds=20.0)
    assert remembered(tmp_path, "c0ffee", ["python", "other.py"]) is None
    assert remembered(tmp_path, "c0ffee", ["python", "train.py"], ["FOLDS=4"]) is None
    assert [path.name for path in tmp_path.iterdir()] == ["diagnosis.json"]


@pytest.mark.parametrize("text", ["", "[{}]", '{"commit": 1}', "[1]"])
def test_a_file_of_another_version_is_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "diagnosis.json").write_text(text)
    assert remembered(tmp_path, "c0ffee", ["python", "train.py"]) is None
    remember(DIAGNOSIS, tmp_path)
    assert remembered(tmp_path, "c0ffee", ["python", "train.py"]) == DIAGNOSIS


def test_only_the_newest_diagnoses_are_remembered(tmp_path: Path) -> None:
    for number in range(25):
        remember(replace(DIAGNOSIS, commit=str(number)), tmp_path)
    assert remembered(tmp_path, "4", DIAGNOSIS.command) is None
    assert remembered(tmp_path, "5", DIAGNOSIS.command) is not None


def test_the_text_says_state_place_cost_and_evidence_confirmed_first() -> None:
    text = diagnosis_text(DIAGNOSIS).splitlines()
    assert text[0] == "confirmed    train.py:10 UTR001: 5.0 s of 10.0 s CPU"
    assert text[1].strip() == "seen."
    assert text[2] == "confirmed    train.py:10 UTR001: 50.0 MiB"
    assert [line.split("  ")[0] for line in text[:10:2]] == [*["confirmed"] * 3, "not seen", "not reached"]
    assert "    40.0 MiB in   40  history in train() of train.py" in text
    assert any(line.startswith("Memory  ▂▃█") for line in text)


def test_what_limits_a_diagnosis_and_a_bad_ending_are_said() -> None:
    bad = replace(DIAGNOSIS, ending=Ending.FAILED, detail="exit code 1\nValueError: no data", limits=("no lines",))
    assert diagnosis_text(bad).endswith("Not seen: no lines.\n")
    assert "ValueError: no data" in ending_text(bad)
    assert ending_text(DIAGNOSIS) == ""


def test_the_json_is_one_object_with_every_field() -> None:
    document = json.loads(diagnosis_json(DIAGNOSIS))
    assert document["version"] == 1
    assert document["findings"][4]["state"] == "confirmed"
    assert document["holders"][0] == {
        "path": "train.py",
        "function": "train",
        "name": "history",
        "count": 40,
        "bytes": 40 * MIB,
    }


@pytest.mark.parametrize(
    ("values", "width", "bars"),
    [([], 4, ""), ([0, 0], 4, "▁▁"), ([1, 2, 4, 8], 4, "▂▃▅█"), ([8, 1, 1, 1], 2, "█▂")],
)
def test_a_sparkline_shows_the_largest_of_each_stretch(values: list[float], width: int, bars: str) -> None:
    assert sparkline(values, width) == bars


@pytest.mark.parametrize(
    ("size", "text"), [(216, "216 bytes"), (2048, "2.0 KiB"), (7590532, "7.2 MiB"), (3 << 30, "3.0 GiB")]
)
def test_bytes_read_as_people_say_them(size: int, text: str) -> None:
    assert size_text(size) == text
