"""``release-and-collect`` never collects inside a step loop: a collection costs 0.2 s of CPU, more than the leak."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from greenfix_codemods.finding import Candidates
from greenfix_codemods.scan import candidates, scan

from tests.corpus import Case, load_cases

NAME = "release-and-collect"
HEAD = """import tensorflow as tf
data = tf.data.Dataset.from_tensor_slices((xs, ys)).batch(32)
model = tf.keras.Sequential()
"""
ONCE_A_STEP = (
    HEAD
    + """history = []
def watch(x):
    for size in range(1, 4):
        features = model(x * size)
        history.append((tf.reduce_mean(features), features))
for epoch in range(100):
    for x, y in data:
        model.train_on_batch(x, y)
        watch(x)
print([item[0] for item in history])
"""
)
PER_EPOCH = (
    HEAD
    + """def train(epochs):
    history = []
    for epoch in range(epochs):
        for x, y in data:
            model.train_on_batch(x, y)
            features = model(x)
            history.append((tf.reduce_mean(features), features))
    return [item[0] for item in history]
print(train(100))
"""
)
COLLECTING = [case for case in load_cases() if any(NAME in finding.strategies for finding in case.expect)]


def offered(folder: Path) -> list[Candidates]:
    return [each for each in candidates(folder, scan(folder).findings) if each.finding.smell == "UTR"]


def test_release_and_collect_is_never_offered_inside_a_step_loop(tmp_path: Path) -> None:
    """A function that keeps tensors and is called in every step: after its loop is still inside the step."""
    (tmp_path / "train.py").write_text(ONCE_A_STEP)
    [found] = offered(tmp_path)
    assert NAME not in {patch.strategy for patch in found.patches}
    [reason] = [each.reason for each in found.withheld if each.strategy == NAME]
    assert reason == "the function may run once in each step, and a collection in each step costs more than the leak"


def test_the_same_function_called_once_an_epoch_may_collect(tmp_path: Path) -> None:
    """Else the test above would pass for another reason."""
    (tmp_path / "train.py").write_text(PER_EPOCH)
    [found] = offered(tmp_path)
    assert NAME in {patch.strategy for patch in found.patches}


@pytest.mark.parametrize("case", COLLECTING, ids=lambda case: case.name)
def test_in_the_corpus_no_collection_stands_in_the_loop_that_keeps(case: Case) -> None:
    for found in offered(case.folder):
        for patch in (patch for patch in found.patches if patch.strategy == NAME):
            [edit] = patch.edits
            before, after = (ast.parse(source) for source in (edit.before, edit.after))
            assert collections(before) == 0
            assert collections(after) == 1
            around = [loop for loop in loops(after) if collections(loop)]
            assert all(loops(*loop.body) for loop in around), "it stands in the innermost loop, the one of the steps"


def loops(*trees: ast.AST) -> list[ast.For | ast.While]:
    return [node for tree in trees for node in ast.walk(tree) if isinstance(node, (ast.For, ast.While))]


def collections(tree: ast.AST) -> int:
    return sum(isinstance(node, ast.Call) and ast.unparse(node) == "gc.collect()" for node in ast.walk(tree))
