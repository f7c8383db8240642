"""``release-before-fit``: where the ``del`` stands, and what stops it."""

from __future__ import annotations

from pathlib import Path

from greenfix_codemods.strategies.release_before_fit import ReleaseBeforeFit

from tests.rewriting import obstacle, rewritten

ARRAY = """import numpy as np
import tensorflow as tf
def main(model):
    raw = np.load("images.npy")
    x = raw / 255.0
    model.fit(x, x, epochs=100)
"""


def test_release_before_fit_stands_after_the_last_read(tmp_path: Path) -> None:
    after = rewritten(ReleaseBeforeFit(), ARRAY, tmp_path, "UTR004").splitlines()
    assert after[after.index("    del raw") - 1] == "    x = raw / 255.0"


def test_release_before_fit_stands_before_the_training_when_the_name_is_taken_again_later(tmp_path: Path) -> None:
    code = ARRAY + '    raw = np.load("more.npy")\n    print(raw.mean())\n'
    after = rewritten(ReleaseBeforeFit(), code, tmp_path, "UTR004").splitlines()
    assert after[after.index("    del raw") - 1] == "    x = raw / 255.0"
    assert after.count("    del raw") == 1


def test_release_before_fit_is_stopped_where_only_the_block_of_the_training_reads_the_array_last(
    tmp_path: Path,
) -> None:
    code = ARRAY.replace("    x = raw / 255.0\n", "    if model:\n        x = raw / 255.0\n").replace(
        "    model.fit", "        model.fit"
    )
    assert "read again in line 6" in obstacle(ReleaseBeforeFit(), code, tmp_path, "UTR004")


def test_release_before_fit_is_stopped_when_bound_only_under_an_if(tmp_path: Path) -> None:
    code = ARRAY.replace(
        '    raw = np.load("images.npy")\n    x = raw / 255.0\n',
        '    if model:\n        raw = np.load("images.npy")\n    x = raw / 255.0\n',
    )
    assert "some paths" in obstacle(ReleaseBeforeFit(), code, tmp_path, "UTR004")


def test_release_before_fit_is_stopped_by_a_second_statement_on_the_line(tmp_path: Path) -> None:
    code = ARRAY.replace("x = raw / 255.0", "x = raw / 255.0; print(x)")
    assert "more than one statement" in obstacle(ReleaseBeforeFit(), code, tmp_path, "UTR004")
