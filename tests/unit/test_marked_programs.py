"""Programs as people write them: what is not of low confidence stands where it is marked, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest
from greenfix_codemods.finding import Confidence
from greenfix_codemods.scan import scan

from tests.marked_programs import Program, marked, programs, written

RULES = {
    "models": ("IMR",),
    "kept_tensors": ("UTR001", "UTR002", "UTR005"),
    "tapes": ("UTR003",),
    "dead_arrays": ("UTR004",),
}
CASES = {
    f"{family}: {name}": (codes, program)
    for family, codes in RULES.items()
    for name, program in programs(family).items()
}
DOUBTFUL = programs("doubtful_models")


@pytest.mark.parametrize(("codes", "program"), CASES.values(), ids=CASES)
def test_exactly_the_marked_places_are_found(codes: tuple[str, ...], program: Program, tmp_path: Path) -> None:
    result = scan(written(program, tmp_path))
    assert result.errors == ()
    sure = [item for item in result.findings if item.rule.startswith(codes) and item.confidence is not Confidence.LOW]
    assert {(item.path, item.span.line) for item in sure} == marked(program)


@pytest.mark.parametrize("program", DOUBTFUL.values(), ids=DOUBTFUL)
def test_a_doubt_makes_it_low(program: Program, tmp_path: Path) -> None:
    assert [finding.confidence for finding in scan(written(program, tmp_path)).findings] == [Confidence.LOW]


def test_a_table_of_unknown_size_is_no_finding_at_all(tmp_path: Path) -> None:
    code = "import pandas as pd\nimport tensorflow as tf\ntable = pd.read_csv('t.csv')\nx = table.to_numpy() / 2\n"
    code += "model = tf.keras.Sequential()\nmodel.fit(x, y, epochs=100)\n"
    assert scan(written({"program.py": code}, tmp_path)).findings == ()
