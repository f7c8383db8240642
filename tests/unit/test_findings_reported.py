from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from greenfix_codemods.finding import CellLine
from greenfix_codemods.scan import candidates, scan
from greenfix_codemods.selection import Selection

from greenfix.report.findings import as_json, as_text, notes, summary
from tests.greenfix_command import HARMLESS, LEAKING

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "scan.schema.json").read_text())


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    header = "for fold in range(30):"
    (tmp_path / "a.py").write_text(LEAKING)
    (tmp_path / "b.py").write_text(LEAKING.replace(header, f"{header}  # greenfix: ignore[IMR001, IMR002] small"))
    (tmp_path / "c.py").write_text(HARMLESS)
    (tmp_path / "d.py").write_text("def broken(:\n")
    (tmp_path / "old.py").write_text("")
    return tmp_path


def test_the_summary_counts_what_is_left_out_and_why(tree: Path) -> None:
    result = scan(tree, selection=Selection(exclude=("old.py",)))
    looked = "4 scanned, 3 with TensorFlow or training code, 1 file not readable"
    assert summary(result) == f"1 finding in 1 file ({looked}, 1 suppressed, 1 file excluded)."
    known = replace(result, findings=(), known=result.findings, funnel=replace(result.funnel, findings=0))
    assert summary(known) == f"Nothing new ({looked}, 1 known, 1 suppressed, 1 file excluded)."
    assert notes(result).startswith("b.py:3: nothing to suppress: IMR002 finds nothing here")


def test_the_json_of_a_scan_fits_its_schema_with_everything_in_it(tree: Path) -> None:
    result = scan(tree)
    where = CellLine(4, 2, 9)
    book = replace(result.findings[0], path="a.ipynb", cell_line=where)
    full = replace(result, known=(book,), notes=tuple(replace(note, cell_line=where) for note in result.notes))
    document = json.loads(as_json(full, candidates(tree, result.findings)))
    jsonschema.validate(document, SCHEMA)
    [known] = document["known"]
    assert (known["cell"], known["cell_line"], known["line"], known["end_line"]) == (4, 2, 9, 12)
    assert (document["findings"][0]["cell"], document["findings"][0]["line"]) == (None, 3)
    assert [(note["cell"], note["cell_line"]) for note in document["notes"]] == [(4, 2)]


def test_a_line_of_text_names_the_place_as_a_person_finds_it(tree: Path) -> None:
    result = scan(tree / "a.py")
    assert as_text(result, (), tree / "a.py").startswith(f"{tree}/a.py:3:1: IMR001 [high] ")
    book = replace(result, findings=(replace(result.findings[0], path="a.ipynb", cell_line=CellLine(4, 2, 9)),))
    assert as_text(book, (), tree).startswith(f"{tree}/a.ipynb: cell 4, line 2: IMR001 [high] ")
    shown = as_text(result, candidates(tree / "a.py", result.findings), tree / "a.py")
    assert "\n  + clear-session (safe)\n--- a/a.py\n" in shown
