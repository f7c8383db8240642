"""What the rules say about work that is set up again in each pass: predictions, datasets, traces."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest
from greenfix_codemods.finding import Confidence, Finding
from greenfix_codemods.scan import scan

PREDICTING = """
import random
import numpy as np
import tensorflow as tf
from keras.models import load_model
model = load_model("a.h5")
"""
TRACING = """
import tensorflow as tf

@tf.function
def step(x, n=0):
    return x * n
"""


def found_in(tmp_path: Path, program: str, name: str = "a.py") -> list[Finding]:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(program)
    return list(scan(tmp_path).findings)


SINGLE = {
    "a list of one": "model.predict(np.array([row]))",
    "a new axis": "model.predict(row[np.newaxis, ...])",
    "None as axis": "model.predict(row[None])",
    "a row": "model.predict(rows[row : row + 1])",
    "reshaped by its method": "model.predict(row.reshape(1, -1))",
    "reshaped to a tuple": "model.predict(np.reshape(row, (1, 8, 8)))",
    "an axis by keyword": "model.predict(np.expand_dims(row, axis=0))",
    "an axis by place": "model.predict(tf.expand_dims(row, 0))",
    "converted and scaled": "one = np.expand_dims(row, 0)\none = one.astype('float32') / 255\nmodel.predict(one)",
    "its largest value": "best = np.argmax(model.predict(row)[0])",
    "one value of it": "print(model.predict(row)[0][3])",
    "one value through a name": "p = model.predict(row)\nprint(p[0][3])",
    "each of several inputs": "model.predict([row[None], np.reshape(row, (1, len(row)))])",
    "inputs assigned side by side": "a, b = row[None], other[None]\nmodel.predict([a, b])",
    "files picked by their name": "if row.endswith('a') or row.endswith('b'):\n    model.predict(load(row)[None])",
    "picked by a flag": "if done == True:\n    model.predict(row[None])",
    "drawn at random": "i = random.randint(0, 9)\nmodel.predict(x[i][None])",
}
BATCHES = {
    "a batch": "model.predict(row)",
    "one sample beside a batch": "model.predict([row[None], rows])",
    "now and then": "if step % 100 == 0:\n    model.predict(row[None])",
    "now and then, in a handler": "try:\n    work()\nexcept OSError:\n    if row:\n        model.predict(row[None])",
    "an unknown shape": "model.predict(row.reshape(size, -1))",
    "another axis": "model.predict(np.expand_dims(row, -1))",
    "an axis that is not said": "model.predict(np.expand_dims(row))",
    "a list of several": "model.predict(np.array([row, row]))",
    "an unpacked list": "model.predict(np.array([*row]))",
    "one dimension": "model.predict(np.zeros((1,)))",
    "a slice of many": "model.predict(rows[row : row + 64])",
    "a slice from the start": "model.predict(rows[:row])",
    "the first of several outputs": "mean = model.predict(row)[0]",
    "several outputs by name": "p = model.predict(row)\nprint(p[0][3], p[1][3])",
    "tiled afterwards": "one = np.array([row])\none = np.tile(one, 16).reshape(16, 2)\nmodel.predict(one)",
    "something else": "print(model.predict)\nmodel.predict()\nother.predict(row[None])",
    "only sometimes": "if row:\n    model.predict(row[None])",
    "a model of its own": "m = load_model(row)\nkept.append(m)\nm.predict(row[None])",
    "an attribute": "model.predict(row.images)",
    "a computed function": "model.predict(makers[0](row))",
}
WAITING = {
    "a person is asked": "for i in range(100):\n    row = read(input())\n    model.predict(row.reshape(1, 4))\n",
    "a history that grows by each prediction": (
        "seen = list(first)\nfor i in range(100):\n    window = seen[-8:]\n"
        "    new = model.predict(np.array([window]))\n    seen.append(new[0])\n"
    ),
    "the next input is the prediction": "for i in range(400):\n    y = model.predict(x[None])\n    x = y[0]\n",
    "a text that grows": "for i in range(400):\n    s = np.zeros((1, 9))\n    for t, c in enumerate(text):\n"
    "        s[0, t] = 1\n    p = model.predict(s)\n    text += pick(p)\n",
    "a camera": "while True:\n    model.predict(camera.read()[None])\n",
    "training as well": "for x in data:\n    model.predict(x[None])\n    model.fit(x, y)\n",
    "a few passes": "for i in range(3):\n    model.predict(x[i][None])\n",
    "a few things": "for x in (a, b, c):\n    model.predict(x[None])\n",
}


@pytest.mark.parametrize("body", SINGLE.values(), ids=SINGLE)
def test_single_samples_that_wait_for_nothing_are_claimed(body: str, tmp_path: Path) -> None:
    program = f"{PREDICTING}for row in rows:\n{indent(body, '    ')}\n"
    (finding,) = found_in(tmp_path, program)
    assert (finding.rule, finding.confidence, finding.span.line) == ("IMR006", Confidence.MEDIUM, 7)


@pytest.mark.parametrize("body", BATCHES.values(), ids=BATCHES)
def test_what_may_be_a_batch_is_left_alone(body: str, tmp_path: Path) -> None:
    program = f"{PREDICTING}for row in rows:\n{indent(body, '    ')}\n"
    assert [finding for finding in found_in(tmp_path, program) if finding.rule == "IMR006"] == []


@pytest.mark.parametrize("program", WAITING.values(), ids=WAITING)
def test_samples_that_wait_or_are_few_are_low(program: str, tmp_path: Path) -> None:
    found = [finding for finding in found_in(tmp_path, PREDICTING + program) if finding.rule == "IMR006"]
    assert [finding.confidence for finding in found] == [Confidence.LOW]


def test_a_comprehension_predicts_single_samples_too(tmp_path: Path) -> None:
    (finding,) = found_in(tmp_path, f"{PREDICTING}all = [model.predict(row)[0][1] for row in rows]\n")
    assert (finding.rule, finding.confidence) == ("IMR006", Confidence.MEDIUM)


def test_the_surest_prediction_of_a_loop_stands_for_it(tmp_path: Path) -> None:
    body = "    model.predict(later[None])\n    model.predict(row[None])\n    later = row\n"
    (finding,) = found_in(tmp_path, f"{PREDICTING}for row in rows:\n{body}")
    assert finding.confidence is Confidence.MEDIUM


def test_predictions_datasets_and_traces_of_tests_are_low(tmp_path: Path) -> None:
    program = f"{PREDICTING}{TRACING}for row in rows:\n    model.predict(row[None])\n"
    program += "for epoch in range(99):\n    tf.data.Dataset.from_tensors(x)\n    step(x, epoch)\n"
    found = found_in(tmp_path, program, "tests/a.py")
    assert [finding.rule for finding in found] == ["IMR006", "IMR005", "IMR006"]
    assert {finding.confidence for finding in found} == {Confidence.LOW}


DATASETS = {
    "arrays that stay": (
        "for e in range(9):\n    d = tf.data.Dataset.from_tensor_slices((x, y.train)).batch(2)\n",
        True,
    ),
    "arrays of the pass": ("for x in xs:\n    d = tf.data.Dataset.from_tensor_slices(x)\n", False),
    "arrays that change": (
        "for e in range(9):\n    np.random.shuffle(x)\n    x[0] = 1\n    d = tf.data.Dataset.from_tensor_slices(x)\n",
        False,
    ),
    "an object that changes": (
        "for e in range(9):\n    pool.grow()\n    d = tf.data.Dataset.from_tensors(pool.x)\n",
        False,
    ),
    "arrays computed afresh": ("for e in range(9):\n    d = tf.data.Dataset.from_tensor_slices(f(x))\n", False),
    "only sometimes": ("for e in range(9):\n    if e:\n        d = tf.data.Dataset.from_tensor_slices(x)\n", False),
    "what a loop goes over": ("for b in tf.data.Dataset.from_tensor_slices(x):\n    print(b)\n", False),
    "after the loop": ("for b in x:\n    print(b)\nelse:\n    tf.data.Dataset.from_tensor_slices(x)\n", False),
    "in a function that is defined there": (
        "for b in x:\n    def f():\n        return tf.data.Dataset.from_tensors(y)\n",
        False,
    ),
    "a few passes": ("for e in range(2):\n    d = tf.data.Dataset.from_tensor_slices(x)\n", False),
    "constants": ("for e in range(9):\n    d = tf.data.Dataset.from_tensor_slices([1, 2])\n", False),
}


@pytest.mark.parametrize(("program", "claimed"), DATASETS.values(), ids=DATASETS)
def test_a_dataset_is_claimed_when_nothing_of_it_changes(program: str, claimed: bool, tmp_path: Path) -> None:
    found = found_in(tmp_path, f"import numpy as np\nimport tensorflow as tf\n{program}")
    assert [finding.rule for finding in found] == ["IMR006"] * claimed


TRACES = {
    "a range": ("for i in range(100):\n    step(x, i)\n", True),
    "a word": ("for i in range(100):\n    step(x, n=i)\n", True),
    "enumerate": ("for i, b in enumerate(d):\n    step(b, i)\n", True),
    "arithmetic": ("for i in range(100):\n    step(x, 0.1 * (i + 1))\n", True),
    "a conversion": ("for i in range(100):\n    step(x, float(i))\n", True),
    "a string": ("for i in range(100):\n    step(x, f'{i}')\n", True),
    "a counter": ("i = 0\nwhile i < 100:\n    i += 1\n    step(x, i)\n", True),
    "a local function": (
        "def run():\n    @tf.function\n    def go(n): return n\n    for i in range(100):\n        go(i)\n",
        True,
    ),
    "a tensor": ("for i in range(100):\n    step(x, tf.constant(i))\n", False),
    "a tensor of a range": ("for i in tf.range(100):\n    step(x, i)\n", False),
    "something unknown": ("for i in range(100):\n    step(x, rates[i])\n    step(x, i * scale)\n", False),
    "one string": ("for i in range(100):\n    step(x, f'{name}')\n", False),
    "few values": ("for i in range(0, 4):\n    step(x, i)\n", False),
    "a total": ("for b in d:\n    total += b\n    step(x, total)\n", False),
    "no function of the file": ("for i in range(100):\n    other(i)\n    (lambda n: n)(i)\n    self.step(i)\n", False),
    "a parameter": ("def run(step):\n    for i in range(100):\n        step(x, i)\n", False),
    "a class": ("class step: ...\nfor i in range(100):\n    step(i)\n", False),
    "a name bound twice": ("def run():\n    go = pick()\n    for i in range(100):\n        go(i)\n", False),
}


@pytest.mark.parametrize(("program", "claimed"), TRACES.values(), ids=TRACES)
def test_python_values_that_change_trace_again(program: str, claimed: bool, tmp_path: Path) -> None:
    found = found_in(tmp_path, TRACING + program)
    assert [finding.rule for finding in found] == ["IMR005"] * claimed


def test_a_traced_function_of_another_module_is_known(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(TRACING + "class Net: ...\n")
    program = "from net import Net, step\nfor i in range(100):\n    step(x, i)  # function\n    Net(i)\n"
    (finding,) = found_in(tmp_path, dedent(program))
    assert (finding.rule, finding.path) == ("IMR005", "a.py")
