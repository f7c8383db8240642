from __future__ import annotations

from pathlib import Path

import pytest
from greenfix_verify.errors import EvidenceError
from greenfix_verify.policy import Policy
from greenfix_verify.reading import Provenance
from greenfix_verify.readings import judge_table
from greenfix_verify.verdict import BehaviourKind, VerdictKind

HEADER = "experiment,block,arm,energy_joules"


def table(path: Path, *lines: str) -> Path:
    file = path / "readings.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def pairs(experiment: str, original: str, candidate: str, blocks: int = 6) -> list[str]:
    return [
        line
        for block in range(blocks)
        for line in (f"{experiment},{block},original,{original}", f"{experiment},{block},candidate,{candidate}")
    ]


def test_each_experiment_has_a_verdict_in_order_of_appearance(tmp_path: Path) -> None:
    file = table(tmp_path, HEADER, *pairs("b", "100", "76"), *pairs("a", "100", "100"), *pairs("c", "100", "150"))
    verdicts = list(judge_table(file, Policy()))
    assert [(name, verdict.kind) for name, verdict in verdicts] == [
        ("b", VerdictKind.SAVES),
        ("a", VerdictKind.NO_SAVING),
        ("c", VerdictKind.COSTS),
    ]
    assert verdicts[0][1].provenance is Provenance.MEASURED
    assert verdicts[0][1].behaviour is BehaviourKind.UNKNOWN


def test_rows_may_stand_in_any_order_and_columns_too(tmp_path: Path) -> None:
    lines = [",".join(reversed(line.split(","))) for line in reversed(pairs("a", "100", "76"))]
    file = table(tmp_path, ",".join(reversed(HEADER.split(","))), *lines)
    assert [verdict.kind for _, verdict in judge_table(file, Policy())] == [VerdictKind.SAVES]


def test_blanks_around_cells_and_empty_lines_mean_nothing(tmp_path: Path) -> None:
    lines = [line.replace(",", " ,  ") for line in pairs("a", "100", "76")]
    file = table(tmp_path, "\ufeffexperiment, block, arm, energy_joules", "", *lines, "")
    assert [(name, verdict.kind) for name, verdict in judge_table(file, Policy())] == [("a", VerdictKind.SAVES)]


def test_energies_as_far_apart_as_may_be_are_judged(tmp_path: Path) -> None:
    file = table(tmp_path, HEADER, *pairs("a", "1e18", "1e-9"), *pairs("b", "1e-9", "1e18"))
    assert [verdict.kind for _, verdict in judge_table(file, Policy())] == [VerdictKind.SAVES, VerdictKind.COSTS]


def test_no_difference_is_a_saving_of_zero_without_a_sign(tmp_path: Path) -> None:
    [(_, verdict)] = judge_table(table(tmp_path, HEADER, *pairs("a", "100", "100")), Policy())
    assert (str(verdict.saving), str(verdict.low), str(verdict.high)) == ("0.0", "0.0", "0.0")
    assert "-0.0" not in verdict.reason


def test_an_incomplete_block_is_left_out_and_said_so(tmp_path: Path) -> None:
    file = table(tmp_path, HEADER, *pairs("a", "100", "76"), "a,6,original,100")
    [(_, verdict)] = judge_table(file, Policy())
    assert (verdict.kind, verdict.blocks) == (VerdictKind.SAVES, 6)
    assert verdict.reason.endswith("Left out as incomplete: block 6.")


def test_a_metric_column_is_compared(tmp_path: Path) -> None:
    lines = [f"{line},{0.9 if 'original' in line else 0.7}" for line in pairs("a", "100", "76")]
    [(_, verdict)] = judge_table(table(tmp_path, f"{HEADER},metric", *lines), Policy())
    assert verdict.kind is VerdictKind.CHANGES_BEHAVIOUR
    assert "0.9 in the original and 0.7 in the candidate" in verdict.reason


def test_an_empty_metric_is_no_metric(tmp_path: Path) -> None:
    lines = [f"{line}," for line in pairs("a", "100", "76")]
    [(_, verdict)] = judge_table(table(tmp_path, f"{HEADER},metric", *lines), Policy())
    assert (verdict.kind, verdict.behaviour) == (VerdictKind.SAVES, BehaviourKind.UNKNOWN)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "no readings below its header|line 1: missing column"),
        (["experiment,block,arm"], "line 1: missing column energy_joules"),
        ([HEADER], "no readings below its header"),
        (
            [HEADER, "a,0,original,100", "a,0,patched,76"],
            "line 3, arm: 'patched' is neither 'original' nor",
        ),
        ([HEADER, "a,first,original,100"], "line 2, block: 'first' is not a whole number"),
        ([HEADER, "a,0,original,much"], "line 2, energy_joules: 'much' is not a number"),
        ([HEADER, "a,0,original,0"], "line 2, energy_joules: 0 is not an energy above 0 J"),
        ([HEADER, "a,0,original,nan"], "line 2, energy_joules: nan is not an energy above 0 J"),
        ([HEADER, "a,0,original,1e400"], "line 2, energy_joules: 1e400 is not an energy above 0 J"),
        ([HEADER, "a,0,original,1e30"], "line 2, energy_joules: 1e30 J is not the energy of a program"),
        ([HEADER, "a,0,original,1e-30"], "line 2, energy_joules: 1e-30 J is not the energy of a program"),
        ([HEADER, "a,0,original,1_0"], "line 2, energy_joules: '1_0' is not a number"),
        ([HEADER, "a,1_0,original,5"], "line 2, block: '1_0' is not a whole number"),
        ([f"{HEADER},arm", "a,0,original,5,candidate"], "line 1: two columns are called 'arm'"),
        ([HEADER, ",0,original,5"], "line 2, experiment: empty"),
        ([HEADER, "a,0,original,5", "a,0,original,5"], "line 3, block: a second reading of original in block 0 of 'a'"),
        ([HEADER, "a,0,original"], "line 2: not as many fields"),
        ([HEADER, "a,0,original,5,6"], "line 2: not as many fields"),
        ([f"{HEADER},metric", "a,0,original,5,good"], "line 2, metric: 'good' is not a number"),
        ([HEADER, 'a,0,original,"5'], "not a CSV table"),
    ],
)
def test_a_malformed_table_is_refused_with_file_line_and_field(tmp_path: Path, lines: list[str], message: str) -> None:
    with pytest.raises(EvidenceError, match=message) as caught:
        list(judge_table(table(tmp_path, *lines), Policy()))
    assert "readings.csv" in str(caught.value)


def test_a_missing_file_is_an_error_of_the_evidence(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="cannot be read"):
        list(judge_table(tmp_path / "none.csv", Policy()))


def test_bytes_that_are_no_text_are_an_error_of_the_evidence(tmp_path: Path) -> None:
    file = tmp_path / "readings.csv"
    file.write_bytes(b"\xff\xfe\x00binary")
    with pytest.raises(EvidenceError, match="UTF-8"):
        list(judge_table(file, Policy()))
