"""``collect-then-concat``: what it writes, and a test for each condition that stops it."""

from __future__ import annotations

from pathlib import Path

import pytest
from greenfix_codemods.rules import rule
from greenfix_codemods.semantics.module import Project
from greenfix_codemods.semantics.source import decode
from greenfix_codemods.strategies.collect_then_concat import CollectThenConcat
from greenfix_codemods.strategies.store_numpy import StoreNumpy

from tests.rewriting import STEP, obstacle, rewritten

GROWING = (
    STEP
    + """total = tf.zeros((0, 1))
for x, y in data:
    total = tf.concat([total, y], axis=0)  # all of it
print(total)
"""
)


def test_parts_are_collected_in_a_list_and_concatenated_once(tmp_path: Path) -> None:
    after = rewritten(CollectThenConcat(), GROWING, tmp_path, "UTR005")
    assert after == STEP + (
        "total = [tf.zeros((0, 1))]\nfor x, y in data:\n    total.append(y)  # all of it\n"
        "total = tf.concat(total, axis=0)\nprint(total)\n"
    )
    found = rule("UTR005")
    assert found is not None
    assert not list(found.sites(Project(tmp_path).add(decode(after.encode(), "again.py"))))


def test_several_parts_of_a_pass_are_collected_in_their_order(tmp_path: Path) -> None:
    code = GROWING.replace("[total, y]", "[total, y, y + 1]")
    assert "    total.extend([y, y + 1])" in rewritten(CollectThenConcat(), code, tmp_path, "UTR005")


def test_what_was_there_before_the_loop_stays_first_however_it_came_to_be(tmp_path: Path) -> None:
    code = GROWING.replace("\nfor x", "\nif xs:\n    total = tf.ones((1, 1))\nfor x")
    assert "\ntotal = [total]\nfor x, y in data:" in rewritten(CollectThenConcat(), code, tmp_path, "UTR005")


CONCAT_STOPS = {
    "the container is no growing tensor": (
        "grows by concatenation",
        STEP + "labels = []\nfor x, y in data:\n    labels.extend(y)\n",
    ),
    "stacking": ("adds a dimension", GROWING.replace("concat", "stack")),
    "prepending": ("do not simply come after", GROWING.replace("[total, y]", "[y, total]")),
    "doubling": ("do not simply come after", GROWING.replace("[total, y]", "[total, total, y]")),
    "a starred part": ("do not simply come after", GROWING.replace("[total, y]", "[total, *y]")),
    "parts by keyword": ("by keyword", GROWING.replace("([total, y], axis=0)", "(values=[total, y], axis=0)")),
    "an axis that is computed": ("more than a constant", GROWING.replace("axis=0", "axis=len(x)")),
    "an attribute": ("is an attribute", GROWING.replace("total", "box.total")),
    "another function reads it": ("seen by another function", GROWING + "def show():\n    print(total)\n"),
    "started in the loop": (
        "started or changed in the loop",
        GROWING.replace("    total = tf.concat", "    if y is None: total = y\n    total = tf.concat"),
    ),
    "read in the loop's test for the first pass": (
        "read in the loop",
        GROWING.replace("    total = tf.concat", "    if total is None: print(x)\n    total = tf.concat"),
    ),
    "a return from the loop": (
        "leaves the function",
        "import tensorflow as tf\ndata = tf.data.Dataset.from_tensor_slices(xs).batch(2)\ndef run(model):\n"
        "    total = tf.zeros((0, 1))\n    for x in data:\n        total = tf.concat([total, model(x)], 0)\n"
        "        if x is None: return 0\n    model.fit(data)\n    return total\n",
    ),
    "an exception": (
        "after an exception",
        STEP + "total = tf.zeros((0, 1))\ntry:\n    for x, y in data:\n        total = tf.concat([total, y], 0)\n"
        "except ValueError:\n    pass\nprint(total)\n",
    ),
    "a second statement on the line": (
        "more than one statement",
        GROWING.replace(
            "    total = tf.concat([total, y], axis=0)  # all of it", "    x; total = tf.concat([total, y], 0)"
        ),
    ),
}


@pytest.mark.parametrize(("reason", "code"), CONCAT_STOPS.values(), ids=CONCAT_STOPS.keys())
def test_collecting_the_parts_is_stopped_by(reason: str, code: str, tmp_path: Path) -> None:
    assert reason in obstacle(CollectThenConcat(), code, tmp_path, "UTR005")


def test_a_growing_tensor_is_no_container_of_tensors(tmp_path: Path) -> None:
    assert "does not add to a container" in obstacle(StoreNumpy(), GROWING, tmp_path, "UTR005")


def test_an_exception_that_is_caught_around_the_function_does_not_matter(tmp_path: Path) -> None:
    code = GROWING.replace("print(total)\n", "try:\n    print(total)\nfinally:\n    pass\n")
    assert "total.append(y)" in rewritten(CollectThenConcat(), code, tmp_path, "UTR005")


def test_a_tensor_that_is_started_together_with_others_becomes_a_list_before_the_loop(tmp_path: Path) -> None:
    code = GROWING.replace("total = tf.zeros((0, 1))", "total = last = tf.zeros((0, 1))")
    after = rewritten(CollectThenConcat(), code, tmp_path, "UTR005")
    assert "total = last = tf.zeros((0, 1))\ntotal = [total]\n" in after
