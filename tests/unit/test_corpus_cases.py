"""The corpus keeps its word: every case loads, and every expected line is a place where such a finding can stand."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from greenfix_codemods.rules import rule

from tests.corpus import Case, CaseError, Expected, load_case, load_cases

CASES = load_cases()
by_name = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)

REPEATING = (
    *(ast.For, ast.AsyncFor, ast.While, ast.FunctionDef),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)
NODES: dict[str, tuple[type[ast.AST], ...]] = {
    **dict.fromkeys(("IMR001", "IMR002", "IMR003", "IMR004", "IMR005", "IMR006"), REPEATING),
    **dict.fromkeys(("UTR001", "UTR002", "UTR005"), (ast.Expr, ast.Assign, ast.AugAssign)),
    "UTR003": (ast.With,),
    "UTR004": (ast.Assign, ast.AnnAssign),
}

VALID = """\
description = "A program."
smell = "IMR"
mode = "eager"
entrypoint = ["python", "train.py"]
seconds = 5
winner = "none"

[[expect]]
rule = "IMR001"
path = "train.py"
line = 3
strategies = ["clear-session"]
"""


def _source(path: Path) -> str:
    """The file as text; of a notebook its code cells one after the other, line magics blanked to keep line numbers."""
    data = path.read_bytes()
    if path.suffix != ".ipynb":
        return data.decode("utf-8")
    cells = ["".join(cell["source"]) for cell in json.loads(data)["cells"] if cell["cell_type"] == "code"]
    return re.sub(r"^[%!].*", "", "\n".join(cells), flags=re.MULTILINE)


def _nodes(case: Case, finding: Expected) -> list[ast.stmt | ast.expr]:
    """Every statement and expression that starts on the expected line."""
    tree = ast.parse(_source(case.folder / finding.path))
    found = [node for node in ast.walk(tree) if isinstance(node, (ast.stmt, ast.expr))]
    return [node for node in found if node.lineno == finding.line]


def _is_persistent_tape(node: ast.AST) -> bool:
    return isinstance(node, ast.With) and any("persistent=True" in ast.unparse(item) for item in node.items)


@by_name
def test_every_file_of_the_entrypoint_exists(case: Case) -> None:
    scripts = [word for word in case.entrypoint if word.endswith((".py", ".ipynb"))]
    assert scripts
    assert all((case.folder / script).is_file() for script in scripts)


@by_name
def test_every_expected_line_holds_a_node_of_its_rules_kind(case: Case) -> None:
    for finding in case.expect:
        assert any(isinstance(node, NODES[finding.rule]) for node in _nodes(case, finding)), finding


@by_name
def test_an_expected_tape_is_persistent(case: Case) -> None:
    for finding in case.expect:
        if finding.rule == "UTR003":
            assert any(_is_persistent_tape(node) for node in _nodes(case, finding)), finding


@by_name
def test_every_python_file_parses(case: Case) -> None:
    for file in case.folder.rglob("*.py"):
        ast.parse(file.read_bytes())


@by_name
def test_the_folder_is_named_after_its_smell_and_findings_belong_to_it(case: Case) -> None:
    assert case.name.startswith(f"{case.smell.lower()}-")
    assert all(finding.rule.startswith(case.smell) for finding in case.expect)


@by_name
def test_whatever_may_win_is_a_strategy_that_some_finding_offers(case: Case) -> None:
    offered = {name for finding in case.expect for name in finding.strategies}
    assert {case.winner, *case.ties} <= offered | {"none", "unmeasured"}


@by_name
def test_a_clean_program_has_no_winner(case: Case) -> None:
    assert case.expect or case.winner == "none"


@by_name
def test_every_strategy_of_a_rule_is_expected_or_withheld_with_a_reason(case: Case) -> None:
    """Or it is expected at another finding of the program: what is withheld counts for all of it."""
    offered = {name for finding in case.expect for name in finding.strategies}
    for finding in case.expect:
        found = rule(finding.rule)
        assert found is not None
        every = {strategy.name for strategy in found.strategies}
        assert set(finding.strategies) <= every
        assert every <= offered | {row.strategy for row in case.withhold}, finding


@by_name
def test_a_clean_program_says_what_must_not_be_done_to_it(case: Case) -> None:
    assert case.expect or case.withhold


@by_name
def test_description_reasons_and_seconds_are_given(case: Case) -> None:
    assert case.description
    assert case.seconds > 0
    assert all(len(row.why.split()) > 3 for row in case.withhold)


def test_the_corpus_has_forty_programs_and_clean_ones_among_them() -> None:
    assert len(CASES) >= 40
    assert sum(not case.expect for case in CASES) >= 10


@by_name
def test_no_strategy_is_both_offered_and_withheld(case: Case) -> None:
    offered = {name for finding in case.expect for name in finding.strategies}
    assert offered.isdisjoint(row.strategy for row in case.withhold)


def _written(tmp_path: Path, text: str) -> Path:
    folder = tmp_path / "imr-case"
    folder.mkdir()
    (folder / "case.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_case_becomes_frozen_values(tmp_path: Path) -> None:
    case = load_case(_written(tmp_path, VALID))
    assert case.name == "imr-case"
    assert case.entrypoint == ("python", "train.py")
    assert case.expect == (Expected("IMR001", "train.py", 3, ("clear-session",)),)
    assert case.requires == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("seconds = 5", "seconds = 5\nspeed = 2"), "unknown in Case: speed"),
        (("line = 3", "line = 3\nlines = 4"), "unknown in Expected: lines"),
        (('winner = "none"', ""), "missing in Case: winner"),
        (('rule = "IMR001"', ""), "missing in Expected: rule"),
        (("seconds = 5", 'seconds = "5"'), "seconds must be float"),
        (("line = 3", "line = true"), "line must be int"),
        (('["python", "train.py"]', '"python train.py"'), "entrypoint must be a list"),
        (('smell = "IMR"', 'smell = "SPU"'), "smell 'SPU' is none of IMR, UTR"),
        (('rule = "IMR001"', 'rule = "IMR1"'), "rule 'IMR1' is none of"),
        (('["clear-session"]', '["clear_session"]'), "strategy 'clear_session' is none of"),
        (('smell = "IMR"', "smell = "), "case.toml"),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else "",
)
def test_a_wrong_case_is_refused(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    with pytest.raises(CaseError, match=message):
        load_case(_written(tmp_path, VALID.replace(*change)))


def test_a_folder_without_case_toml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "imr-empty").mkdir()
    with pytest.raises(CaseError, match=r"imr-empty"):
        load_cases(tmp_path)
