"""Generated notebooks: whatever stands around a leak, only the cells that are edited change, and only once."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from greenfix_codemods.finding import Finding
from greenfix_codemods.scan import Choice, candidates, compose, scan
from greenfix_codemods.semantics.json_text import elements, members
from greenfix_codemods.semantics.notebook import read_notebook
from hypothesis import given, settings
from hypothesis import strategies as st

LEAK = 'for fold in range(30):\n    model = keras.Sequential([])\n    model.compile("sgd", "mse")\n    model.fit(x, y)'
KEEP = """\
kept = []
for step in range(500):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(net(x))
    kept.append(loss)
print(len(kept))"""
PLAIN = [
    "x = y = [1.0]",
    "x",
    "# é a comment\n\nx = 1;",
    "def f():\n    return '''\n%no magic\n'''",
    "z = (10\n  % 3)",
    "",
]
IPYTHON = [
    "%matplotlib inline",
    "!ls \\\n  -l",
    "files = !ls",
    "%%time\nx = 1",
    "%%bash\nfor i in 1; do echo; done",
    "x?",
]
TOPS = st.sampled_from(["", "%load_ext a\n", "%%time\n", "\n%%capture out\n", "!pip install keras\n\n", "# note\n"])

Style = dict[str, Any]


def _cell(source: str, markdown: bool, lines: bool) -> dict[str, Any]:
    text: object = source.splitlines(keepends=True) if lines else source
    if markdown:
        return {"cell_type": "markdown", "metadata": {}, "source": text}
    output = {"output_type": "stream", "name": "stdout", "text": "ü\u2028%"}
    return {"source": text, "outputs": [output], "execution_count": 3, "metadata": {"a": [1]}, "cell_type": "code"}


@st.composite
def notebooks(draw: st.DrawFn) -> bytes:
    """A valid notebook with leaks between cells of all kinds, in the formatting of some editor."""
    fillers = st.lists(st.sampled_from([*PLAIN, *IPYTHON]), max_size=2)
    sources = [f"{draw(TOPS)}import keras\nimport tensorflow as tf\nnet = keras.Sequential([])"]
    for leak in draw(st.lists(st.sampled_from([LEAK, KEEP]), min_size=1, max_size=2)):
        sources += [*draw(fillers), draw(TOPS) + leak + draw(st.sampled_from(["", "\n", "\n# end"]))]
    lines = draw(st.booleans())
    cells = [_cell(source, False, lines) for source in [*draw(fillers), *sources]]
    cells.insert(draw(st.integers(0, len(cells))), _cell("# Text\n%not code", True, lines))
    document = {"metadata": {}, "nbformat": 4, "cells": cells, "nbformat_minor": 4}
    style: Style = draw(st.sampled_from([{"indent": 1}, {"indent": 2, "sort_keys": True}, {"separators": (",", ":")}]))
    text = json.dumps(document, ensure_ascii=draw(st.booleans()), **style) + draw(st.sampled_from(["", "\n"]))
    return text.encode()


def raw_cells(data: bytes) -> list[str]:
    text = data.decode()
    return [text[slice(*place)] for place in elements(text, members(text, 0)["cells"][0])]


def without_sources(data: bytes) -> str:
    """The file's text with every source cut out."""
    text = data.decode()
    for start, _ in reversed(elements(text, members(text, 0)["cells"][0])):
        begin, end = members(text, start)["source"]
        text = text[:begin] + text[end:]
    return text


def _cells_of(findings: tuple[Finding, ...]) -> set[int]:
    return {each.cell_line.cell for each in findings if each.cell_line is not None}


@settings(max_examples=60)
@given(notebooks(), st.integers(0, 9))
def test_only_the_cells_that_need_it_change_and_fixing_again_changes_nothing(data: bytes, pick: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "train.ipynb"
        file.write_bytes(data)
        found = scan(file)
        assert (found.errors, found.notes) == ((), ())
        offered = [each for each in candidates(file, found.findings) if each.patches]
        choices = [Choice(each.finding, each.patches[pick % len(each.patches)].strategy) for each in offered]
        assert {"IMR001"} & {each.finding.rule for each in offered} or b"model.compile" not in data
        if not choices:
            return
        [edit] = compose(file, choices).edits
        assert edit.before == data
        file.write_bytes(edit.after)
        assert {each.fingerprint for each in scan(file).findings}.isdisjoint(
            each.finding.fingerprint for each in choices
        )

    assert without_sources(edit.after) == without_sources(data)
    nbformat.validate(json.loads(edit.after))
    before, after = raw_cells(data), raw_cells(edit.after)
    changed = {number for number, pair in enumerate(zip(before, after, strict=True), 1) if pair[0] != pair[1]}
    imports = {number for number in changed if "import gc" in "".join(json.loads(after[number - 1])["source"])}
    assert changed - imports <= _cells_of(found.findings)
    assert len(imports) <= 1
    _ipython_lines_stay(before, after)


def _ipython_lines_stay(before: list[str], after: list[str]) -> None:
    for old, new in zip(before, after, strict=True):
        first, last = ("".join(json.loads(cell)["source"]) for cell in (old, new))
        marked = [[line for line in text.split("\n") if line[:1] in {"%", "!"}] for text in (first, last)]
        assert marked[0] == marked[1]
        assert not first.lstrip().startswith("%%") or last.lstrip().startswith(first.lstrip().split("\n")[0])


@given(notebooks())
def test_reading_and_writing_back_is_the_identity(data: bytes) -> None:
    book = read_notebook(data, "train.ipynb")
    assert book.with_program(book.program) == book.data == data
