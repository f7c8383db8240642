from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest
from greenfix_codemods.errors import SourceError, StrategyError
from greenfix_codemods.scan import Choice, candidates, compose, scan
from greenfix_codemods.semantics.ipython import ipython_lines
from greenfix_codemods.semantics.json_text import elements, members
from greenfix_codemods.semantics.notebook import Notebook, read_notebook
from greenfix_codemods.semantics.source import decode
from hypothesis import given
from hypothesis import strategies as st

LOOP = """\
for fold in range(30):
    model = keras.Sequential([])
    model.compile("sgd", "mse")
    model.fit([1.0], [1.0])"""


def code(source: str) -> dict[str, Any]:
    outputs = [{"output_type": "stream", "name": "stdout", "text": ["né\n"]}]
    return {
        "cell_type": "code",
        "execution_count": 7,
        "metadata": {"tags": ["x"]},
        "outputs": outputs,
        "source": source,
    }


def edited(book: Notebook, old: str, new: str) -> str:
    """The last cell after an edit of the program."""
    assert old in book.program
    return sources(book.with_program(book.program.replace(old, new)))[-1]


def text_cell(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def notebook(cells: Sequence[dict[str, Any]], minor: int = 4) -> dict[str, Any]:
    return {"cells": list(cells), "metadata": {"zeta": 1, "kernelspec": {"name": "p", "display_name": "P"}},
            "nbformat": 4, "nbformat_minor": minor}  # fmt: skip


def as_lines(document: dict[str, Any]) -> dict[str, Any]:
    cells = [{**cell, "source": cell["source"].splitlines(keepends=True)} for cell in document["cells"]]
    return {**document, "cells": cells}


def written(cells: Sequence[dict[str, Any]], **style: Any) -> bytes:
    return (json.dumps(as_lines(notebook(cells)), **{"indent": 1, "ensure_ascii": False, **style}) + "\n").encode()


def fixed(folder: Path, data: bytes, strategy: str = "clear-session") -> bytes:
    file = folder / "train.ipynb"
    file.write_bytes(data)
    findings = scan(folder).findings
    patch = compose(folder, [Choice(each, strategy) for each in findings])
    [edit] = patch.edits
    assert edit.before == data
    return edit.after


def sources(data: bytes) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(data)["cells"]]


STYLES: list[dict[str, Any]] = [
    {},
    {"indent": 4},
    {"indent": None},
    {"indent": None, "separators": (",", ":")},
    {"indent": "\t", "ensure_ascii": True},
    {"sort_keys": True},
]


@pytest.mark.parametrize("style", STYLES, ids=str)
@pytest.mark.parametrize("lines", [True, False])
def test_only_the_source_of_the_edited_cell_changes_whatever_the_style(
    tmp_path: Path, style: dict[str, Any], lines: bool
) -> None:
    document = notebook([text_cell("# Café"), code("import keras\nx = 'é'"), code(LOOP), code("print('ü')\n")])
    options: dict[str, Any] = {"indent": 1, "ensure_ascii": False, **style}
    before = json.dumps(as_lines(document) if lines else document, **options)
    after = fixed(tmp_path, before.encode()).decode()
    expected = json.loads(before)
    source = LOOP.replace("    model =", "    keras.backend.clear_session()\n    model =", 1)
    expected["cells"][2]["source"] = source.splitlines(keepends=True) if lines else source
    assert after == json.dumps(expected, **options)
    nbformat.validate(json.loads(after))


def test_fixing_again_finds_nothing_and_the_diff_touches_one_line(tmp_path: Path) -> None:
    data = written([code("import keras"), code(LOOP)])
    after = fixed(tmp_path, data)
    (tmp_path / "train.ipynb").write_bytes(after)
    assert scan(tmp_path).findings == ()
    assert [line for line in after.splitlines() if line not in data.splitlines()] == [
        b'    "    keras.backend.clear_session()\\n",'
    ]


def test_escapes_on_untouched_lines_stay(tmp_path: Path) -> None:
    data = written([code(f"import keras\n# a/b\n{LOOP}")]).replace(b"a/b", rb"a\/b \u00e9")
    assert rb'"# a\/b \u00e9\n"' in fixed(tmp_path, data)


def test_a_byte_order_mark_stays(tmp_path: Path) -> None:
    after = fixed(tmp_path, b"\xef\xbb\xbf" + written([code(f"import keras\n{LOOP}")]))
    assert after.startswith(b"\xef\xbb\xbf{")
    assert not after[3:].startswith(b"\xef")


IPYTHON = """\
%load_ext autoreload
!pip install -q \\
    keras
import keras
files = !ls *.csv
keras.Model?
total = (10
  % 3)
if total:
    %matplotlib inline
%timeit -n 1 "it's ("
text = '''
%not a magic
'''
"""


def test_magics_commands_and_help_lines_survive_and_the_import_joins_the_others(tmp_path: Path) -> None:
    before = written([code("%reset -f\n\n# set up\n%load_ext x"), code(IPYTHON), code(LOOP)])
    first, second, third = sources(fixed(tmp_path, before, "freeze-and-clear"))
    assert first == "%reset -f\n\n# set up\n%load_ext x"
    assert second == IPYTHON.replace("import keras\n", "import gc\nimport keras\n")
    assert third.startswith("gc.freeze()\nfor fold in range(30):\n    keras.backend.clear_session()\n")


def test_what_a_cell_magic_wraps_is_python_and_its_first_line_stays_first(tmp_path: Path) -> None:
    data = written([code(f"\n%%time\nimport keras\n{LOOP}")])
    [only] = sources(fixed(tmp_path, data, "freeze-and-clear"))
    assert only.startswith("\n%%time\nimport gc\nimport keras\ngc.freeze()\nfor fold")


@pytest.mark.parametrize("magic", ["%%bash", "%%javascript", "%%writefile train.py", "%%html"])
def test_a_cell_in_another_language_is_left_alone(tmp_path: Path, magic: str) -> None:
    cells = [code("import keras"), code(f"{magic}\n{LOOP}"), code(LOOP)]
    (tmp_path / "train.ipynb").write_bytes(written(cells))
    [finding] = scan(tmp_path).findings
    assert finding.place == "train.ipynb: cell 3, line 1"
    assert sources(fixed(tmp_path, written(cells)))[1] == f"{magic}\n{LOOP}"


def test_statements_stay_on_their_side_of_a_boundary(tmp_path: Path) -> None:
    cells = [code("import keras"), code("losses = []\n"), code(LOOP), code("print(losses)")]
    edited = sources(fixed(tmp_path, written(cells), "freeze-and-clear"))
    assert edited[1] == "losses = []\n"
    assert edited[2].startswith("gc.freeze()\nfor fold")
    assert edited[3] == "print(losses)"


def test_places_are_told_by_cell_and_line_for_suppressions_and_syntax_errors_too(tmp_path: Path) -> None:
    cells = [text_cell("text"), code("import keras\nx = 1  # greenfix: ignore[IMR001]"), code(f"\n{LOOP}")]
    (tmp_path / "train.ipynb").write_bytes(written(cells))
    result = scan(tmp_path)
    assert [each.place for each in result.findings] == ["train.ipynb: cell 3, line 2"]
    assert [note.place for note in result.notes] == ["train.ipynb: cell 2, line 2"]
    (tmp_path / "train.ipynb").write_bytes(written([*cells, code("x = 1\nfor fold in range(3)\n    pass")]))
    result = scan(tmp_path)
    [error] = result.errors
    assert error.message == "does not parse: cell 4, line 2: expected ':'; the other cells are scanned"
    assert [each.place for each in result.findings] == ["train.ipynb: cell 3, line 2"]


@pytest.mark.parametrize(
    "odd", ["    x = 1\n    y = 2", "print 'ten'", "    print 'indented'\n    if 1:\n        print 'twice'"]
)
def test_a_cell_that_only_ipython_or_python_2_runs_is_no_error(odd: str, tmp_path: Path) -> None:
    cells = [code("import keras"), code(odd), code(f"x = 1\n{LOOP}")]
    (tmp_path / "train.ipynb").write_bytes(written(cells))
    result = scan(tmp_path)
    assert (result.errors, [each.place for each in result.findings]) == ((), ["train.ipynb: cell 3, line 2"])
    [offered] = candidates(tmp_path, result.findings)
    assert (offered.patches, "which is not rewritten" in offered.withheld[0].reason) == ((), True)


def test_a_notebook_without_a_cell_that_parses_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "train.ipynb").write_bytes(written([code("for"), code("def")]))
    [error] = scan(tmp_path).errors
    assert error.message == "does not parse: cell 1, line 1: invalid syntax"


def test_reasons_name_lines_by_their_cell_and_leave_code_alone() -> None:
    source = decode(written([text_cell("a"), code("x = 1"), code("y = 1\nz = 2")]), "a.ipynb")
    told = source.told("`print('line 1')` in line 4 is read (line 1)")
    assert told == "`print('line 1')` in cell 3, line 2 is read (cell 2, line 1)"
    assert decode(b"x = 1\n", "a.py").told("read in line 4") == "read in line 4"


def test_a_suppression_in_a_cell_hides_its_finding(tmp_path: Path) -> None:
    loop = LOOP.replace("range(30):", "range(30):  # greenfix: ignore[IMR001] small")
    (tmp_path / "train.ipynb").write_bytes(written([code("import keras"), code(loop)]))
    result = scan(tmp_path)
    assert (result.findings, result.suppressed[0].finding.place) == ((), "train.ipynb: cell 2, line 1")


def test_a_cell_may_await_at_its_top_level(tmp_path: Path) -> None:
    after = fixed(tmp_path, written([code("import keras, asyncio\nawait asyncio.sleep(0)"), code(LOOP)]))
    assert "clear_session" in sources(after)[1]


def test_a_fix_that_would_hide_what_a_cell_shows_is_withheld(tmp_path: Path) -> None:
    book = read_notebook(written([code("x = 1\nx")]), "a.ipynb")
    with pytest.raises(StrategyError, match="cell 1 would no longer show the value of its last line"):
        book.with_program(book.program.replace("\nx\n", "\nx\ndel x\n"))
    hidden = read_notebook(written([code("x = 1\nx;")]), "a.ipynb")
    assert edited(hidden, "\nx;\n", "\nx;\ndel x\n") == "x = 1\nx;\ndel x"
    magic = read_notebook(written([code("%time\nx")]), "a.ipynb")
    assert edited(magic, "\nx\n", "\ny = 2\nx\n") == "%time\ny = 2\nx"


@pytest.mark.parametrize(
    ("cell", "old", "new", "expected"),
    [
        ("x = 1\n", "x = 1\n", "x = 2\n", "x = 2\n"),
        ("x = 1\r\ny = 2", "y = 2\n", "y = 3\n", "x = 1\r\ny = 3"),
        ("x = 1\r\ny = 2", "y = 2\n", "z = 3\ny = 2\n", "x = 1\r\nz = 3\r\ny = 2"),
        ("%time\nx = 1", "x = 1\n", "", "%time"),
        ("x = 1", "x = 1\n", "", ""),
    ],
)
def test_the_end_of_a_cell_stays_as_it_was(cell: str, old: str, new: str, expected: str) -> None:
    assert edited(read_notebook(written([code(cell)]), "a.ipynb"), old, new) == expected


def test_an_edit_that_no_longer_parses_shows_nothing() -> None:
    with pytest.raises(StrategyError, match="no longer show"):
        edited(read_notebook(written([code("%time\nx")]), "a.ipynb"), "\nx\n", "\nx(\n")


@pytest.mark.parametrize("lost", ["pass  # ipython 1\n", "pass  # ipython 1.0\n"])
def test_an_edit_that_loses_a_boundary_or_a_magic_is_refused(lost: str) -> None:
    book = read_notebook(written([code("%time\nx = 1"), code("y = 2")]), "a.ipynb")
    assert lost in book.program
    with pytest.raises(StrategyError, match="does not keep cells and IPython lines"):
        book.with_program(book.program.replace(lost, ""))


def test_our_own_marks_occur_nowhere_in_the_notebook() -> None:
    book = read_notebook(written([code("%time\npass  # ipython 1")]), "a.ipynb")
    assert book.program == "pass  # ipython_ 1.0\npass  # ipython 1\npass  # ipython_ 1\n"
    assert book.with_program(book.program) == book.data


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]", b"{}", b"{\"cells\": [{}]}", b"{\"cells\": [{\"cell_type\": \"code\", \"source\": [1]}]}", b"\xff",
        b"{\"cells\": [{\"cell_type\": \"code\", \"source\": \"'\\ud800'\"}]}",
        b"{\"worksheets\": [], \"nbformat\": 3}",
    ],
)  # fmt: skip
def test_what_is_no_notebook_is_said(data: bytes) -> None:
    with pytest.raises(SourceError, match="is not a notebook of format 4"):
        decode(data, "a.ipynb")


def test_a_notebook_that_was_not_valid_before_is_rewritten_all_the_same(tmp_path: Path) -> None:
    cells = [{"cell_type": "code", "source": f"import keras\n{LOOP}"}]
    assert b"clear_session" in fixed(tmp_path, json.dumps({"cells": cells, "nbformat": 4}).encode())


def test_an_edit_that_breaks_the_format_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = written([code("x = 1")])
    book = read_notebook(data, "a.ipynb")

    def validate(document: dict[str, Any]) -> None:
        if "".join(document["cells"][0]["source"]) != "x = 1":
            raise nbformat.ValidationError("broken")

    monkeypatch.setattr(nbformat, "validate", validate)
    with pytest.raises(StrategyError, match="the notebook would not be valid: broken"):
        book.with_program(book.program.replace("x = 1", "x = 2"))


def test_every_strategy_of_a_finding_is_offered_or_withheld_with_a_reason_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "train.ipynb").write_bytes(written([code("import keras"), code(LOOP)]))
    [each] = candidates(tmp_path, scan(tmp_path).findings)
    assert "clear-session" in [patch.strategy for patch in each.patches]
    assert all("notebook" not in withheld.reason for withheld in each.withheld)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, st.sampled_from([None, 0, 2]))
def test_places_in_a_json_text_hold_the_values(value: object, indent: int | None) -> None:
    text = f" {json.dumps(value, indent=indent)} "
    if isinstance(value, list):
        assert [json.loads(text[slice(*place)]) for place in elements(text, 0)] == value
    elif isinstance(value, dict):
        assert {key: json.loads(text[slice(*place)]) for key, place in members(text, 0).items()} == value
    else:
        with pytest.raises(ValueError, match="expected"):
            elements(text, 0)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("!a \\\n  b \\\n  c\nx", [0, 1, 2]),
        ("!a \\", [0]),
        ("x = (\n!a", []),
        ("x = '''\n%a\n'''\n%b", [3]),
        ("f(1,\n  2\n  % 3)\n%b", [3]),
        ("if x:\n    !a\n    y = !b\nz?", [1, 2, 3]),
        ("# %a\n\n??f", [2]),
        ("x = 1 \\\n % 2\n%b", [2]),
        ("%timeit f('", [0]),
        ("a %= 2", []),
        ("$x = 1", []),
    ],
)
def test_only_lines_that_begin_a_statement_are_ipythons(cell: str, expected: list[int]) -> None:
    assert [index for index, _ in ipython_lines(cell.splitlines(keepends=True))] == expected
