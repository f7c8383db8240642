"""Large arrays that no later cell of a notebook reads once a training has begun."""

from __future__ import annotations

import json
from pathlib import Path

from greenfix_codemods.finding import Confidence, Finding
from greenfix_codemods.scan import Choice, compose, scan

LOAD = "import tensorflow as tf\n(raw, y), _ = tf.keras.datasets.cifar10.load_data()\nmodel = tf.keras.Sequential()"
COPY = "x = raw / 255.0"
FIT = "model.fit(x, y, epochs=50)"


def found(folder: Path, *cells: str) -> list[Finding]:
    cell: dict[str, object] = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    code = [{**cell, "source": each.splitlines(keepends=True)} for each in cells]
    book: dict[str, object] = {"cells": code, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    (folder / "book.ipynb").write_text(json.dumps(book, indent=1))
    return [each for each in scan(folder).findings if each.rule == "UTR004"]


def test_an_array_that_no_later_cell_reads_is_a_claim_though_never_a_sure_one(tmp_path: Path) -> None:
    [finding] = found(tmp_path, LOAD, COPY, FIT)
    assert (finding.names, finding.confidence) == (("raw",), Confidence.MEDIUM)


def test_an_array_that_a_later_cell_reads_is_none(tmp_path: Path) -> None:
    assert found(tmp_path, LOAD, COPY, FIT, "print(raw[0])") == []


def test_an_array_shown_as_the_value_of_a_cell_is_none_because_the_notebook_keeps_it(tmp_path: Path) -> None:
    assert found(tmp_path, LOAD, COPY, "raw[:10]", FIT) == []


def test_its_shape_may_be_shown(tmp_path: Path) -> None:
    assert len(found(tmp_path, LOAD, COPY, "raw.shape", FIT)) == 1


def test_a_cell_that_cannot_be_parsed_may_read_it(tmp_path: Path) -> None:
    [finding] = found(tmp_path, LOAD, COPY, FIT, "plot raw now")
    assert finding.confidence is Confidence.LOW


def test_a_cell_that_cannot_be_parsed_and_does_not_name_it_cannot_read_it(tmp_path: Path) -> None:
    [finding] = found(tmp_path, LOAD, COPY, FIT, "plot the raws now")
    assert finding.confidence is Confidence.MEDIUM


def test_it_is_deleted_at_the_end_of_the_cell_that_reads_it_last(tmp_path: Path) -> None:
    [finding] = found(tmp_path, LOAD, COPY, FIT)
    patch = compose(tmp_path, [Choice(finding, "release-before-fit")])
    assert 'x = raw / 255.0\\n",\n+    "del raw"' in patch.diff
