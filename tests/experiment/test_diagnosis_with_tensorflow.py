"""Leaks of known size, planted into programs on real TensorFlow, and what a diagnosis says of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from greenfix_verify.command import Command
from greenfix_verify.environment import measured_environment
from greenfix_verify.execution import execute

from tests.repositories import STATE, git
from tests.target import TARGET_PYTHON, needs_tensorflow

pytestmark = [pytest.mark.experiment, needs_tensorflow]

CORPUS = Path(__file__).parents[2] / "corpus"
MIB = 1 << 20

PLANTED = """\
import gc

import numpy as np
import tensorflow as tf

gc.disable()  # nothing but references decides what lives
SQUARE = tf.ones((512, 512))
weights = tf.Variable(SQUARE)
optimizer = tf.keras.optimizers.SGD(0.1)


class Agent:
    def update(self, states):
        with tf.GradientTape() as tape:
            tape.watch(states)
            self.values = tf.square(states)  # UTR002: 4 MiB
            loss = tf.reduce_mean(self.values)
        return tape.gradient(loss, states)


def step(factor):
    with tf.GradientTape() as tape:
        output = weights * factor
        loss = tf.reduce_mean(output)
    optimizer.apply_gradients(zip(tape.gradient(loss, [weights]), [weights]))
    return output


def collect():
    history = []
    for epoch in range(40):
        output = step(0.5)
        history.append(output)  # UTR001: 40 x 1 MiB
    print(len(history))


def two_losses(x):
    for step in range(6):
        with tf.GradientTape(persistent=True) as tape:  # UTR003: two hidden layers of 8 MiB
            tape.watch(x)
            out = tf.sigmoid(tf.sigmoid(tf.sigmoid(x)))
            first = tf.reduce_mean(out)
            second = tf.reduce_sum(out)
        one = tape.gradient(first, x)
        two = tape.gradient(second, x)
        print(float(tf.reduce_sum(one + two)))
        for _ in range(3):
            tf.matmul(SQUARE, SQUARE)


@tf.function
def scaled(x, factor):
    return x * factor


def retrace():
    for number in range(12):
        scaled(SQUARE, number)  # traced anew for each number


def build():
    inputs = tf.keras.Input((64,))
    hidden = tf.keras.layers.Dense(256)(inputs)
    return tf.keras.Model(inputs, tf.keras.layers.Dense(1)(hidden))  # built


def never():
    kept = []
    for epoch in range(100):
        output = step(1.0)
        kept.append(output)  # UTR001: never called
    print(len(kept))


agent = Agent()
for episode in range(5):
    agent.update(tf.ones((1024, 1024)))
collect()
two_losses(tf.ones((2048, 1024)))
retrace()

total = tf.zeros((0, 512))
for batch in tf.data.Dataset.range(30):
    total = tf.concat([total, tf.ones((256, 512))], 0)  # UTR005: 30 x 512 KiB
print(total.shape)

x = np.ones((8, 64), "float32")
y = np.ones((8, 1), "float32")
for fold in range(10):  # IMR001: ten models, nine of them for nobody
    model = build()
    model.compile("sgd", "mse")
    model.fit(x, y, verbose=0)

raw = np.ones((2048, 8192))  # UTR004: 128 MiB
images = (raw / 2.0).astype("float32")
model = tf.keras.Sequential([tf.keras.Input((8192,)), tf.keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(images, images[:, :1], epochs=10, verbose=0)
"""

WEIGHTS = 4 * (64 * 256 + 256 + 256 + 1)

CLEAN = """\
import numpy as np
import tensorflow as tf

x = np.ones((8, 64), "float32")
y = np.ones((8, 1), "float32")


def folds(count):
    scores = []
    for fold in range(count):  # IMR001: it runs once
        model = tf.keras.Sequential([tf.keras.Input((64,)), tf.keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        scores.append(model.fit(x, y, verbose=0).history["loss"][-1])
    return scores


def step(weights, optimizer):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(weights)
    optimizer.apply_gradients(zip(tape.gradient(loss, [weights]), [weights]))
    return loss


def train(epochs, weights, optimizer):
    losses = []
    for epoch in range(epochs):
        loss = step(weights, optimizer)
        losses.append(loss)  # UTR001: one pass
    print(len(losses))


def unused(epochs, weights, optimizer):
    kept = []
    for epoch in range(epochs):
        loss = step(weights, optimizer)
        kept.append(loss)  # UTR001: never called
    print(len(kept))


print(folds(int("1")))
train(int("1"), tf.Variable(tf.ones((512, 512))), tf.keras.optimizers.SGD(0.1))
"""


@dataclass(frozen=True)
class Answer:
    source: str
    done: subprocess.CompletedProcess[str]

    @property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.done.stdout)
        return document

    def line(self, mark: str) -> int:
        (line,) = (number for number, text in enumerate(self.source.splitlines(), 1) if f"# {mark}" in text)
        return line

    def at(self, mark: str) -> dict[str, Any]:
        """What is said of the finding at the line with this comment."""
        (found,) = (each for each in self.document["findings"] if each["line"] == self.line(mark))
        said: dict[str, Any] = found
        return said


def diagnose(folder: Path, source: str) -> Answer:
    folder.mkdir(exist_ok=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    (folder / "program.py").write_text(source)
    git(folder, "add", "--all")
    git(folder, "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "--quiet", "--message=first")
    before = [git(folder, *question.split()) for question in STATE]
    command = ("--format", "json", "--", str(TARGET_PYTHON), "program.py")
    done = subprocess.run(
        [sys.executable, "-m", "greenfix", "diagnose", str(folder), *command],
        check=False,
        capture_output=True,
        text=True,
        env=environment(),
        stdin=subprocess.DEVNULL,
    )
    assert done.stdout, done.stderr
    assert [git(folder, *question.split()) for question in STATE] == before
    return Answer(source, done)


def environment() -> dict[str, str]:
    return {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    answer = diagnose(tmp_path_factory.mktemp("planted"), PLANTED)
    assert answer.done.returncode == 1, answer.done.stderr
    assert answer.document["ending"] == "completed"
    assert answer.document["limits"] == []
    return answer


@pytest.mark.parametrize(
    ("mark", "rule", "size", "holder"),
    [
        ("UTR001: 40", "UTR001", 40 * MIB, "`history` in collect()"),
        ("UTR002", "UTR002", 4 * MIB, "`self.values` in update()"),
        ("UTR003", "UTR003", 16 * MIB, "`tape` in two_losses()"),
        ("UTR004", "UTR004", 128 * MIB, "`raw`"),
        ("UTR005", "UTR005", 15 * MIB, "`total`"),
        ("IMR001", "IMR001", 9 * WEIGHTS, "10 of them were alive at once"),
    ],
)
def test_a_planted_leak_is_confirmed_with_its_holder_line_and_bytes(
    planted: Answer, mark: str, rule: str, size: int, holder: str
) -> None:
    found = planted.at(mark)
    assert (found["state"], found["rule"]) == ("confirmed", rule)
    assert found["bytes"] == pytest.approx(size, rel=0.1)
    assert holder in found["evidence"]


def test_models_are_tied_to_the_line_that_builds_them_and_what_tracing_took(planted: Answer) -> None:
    found = planted.at("IMR001")
    assert f"10 models were built at program.py:{planted.line('built')} in build()" in found["evidence"]
    assert 0.1 < found["seconds"] < planted.document["cpu_seconds"]


def test_retracing_by_a_python_argument_is_told_by_its_call_site(planted: Answer) -> None:
    (scaled,) = (each for each in planted.document["retraced"] if each["name"] == "scaled")
    assert scaled["count"] == 12
    assert scaled["point"] == {"path": "program.py", "line": planted.line("traced anew"), "function": "retrace"}
    assert scaled["seconds"] > 0


def test_a_function_that_is_never_called_is_not_reached(planted: Answer) -> None:
    assert planted.at("UTR001: never")["state"] == "not reached"


def test_the_largest_holders_are_listed_by_name(planted: Answer) -> None:
    largest = {(each["name"], each["function"]): each["bytes"] for each in planted.document["holders"]}
    assert largest["raw", ""] == 128 * MIB
    assert largest["total", ""] == 15 * MIB


def test_memory_over_time_reaches_the_peak_that_the_system_counts(planted: Answer) -> None:
    document = planted.document
    sampled = max(size for _, size in document["memory"])
    assert 0.7 < sampled / document["peak_rss_bytes"] < 1.02  # the two counts of the kernel differ by some pages


def test_in_a_clean_run_nothing_is_confirmed(tmp_path: Path) -> None:
    answer = diagnose(tmp_path, CLEAN)
    assert answer.done.returncode == 0, answer.done.stderr
    assert answer.at("IMR001")["state"] == "not seen"
    assert answer.at("UTR001: one pass")["state"] == "not seen"
    assert answer.at("UTR001: never called")["state"] == "not reached"


def test_in_graph_mode_growing_passes_are_counted_and_the_models_live_on(tmp_path: Path) -> None:
    answer = diagnose(tmp_path, (CORPUS / "imr-kfold-graph" / "train.py").read_text())
    (found,) = answer.document["findings"]
    assert (found["rule"], found["state"]) == ("IMR001", "confirmed")
    assert "8 of them were alive at once" in found["evidence"]


def test_a_diagnosed_run_takes_at_most_twice_the_cpu_time_and_loads_models_as_before(tmp_path: Path) -> None:
    source = (CORPUS / "imr-load-model" / "evaluate_shards.py").read_text()
    answer = diagnose(tmp_path / "repository", source)
    assert answer.document["ending"] == "completed", answer.document["detail"]
    assert answer.document["findings"][0]["state"] == "confirmed"
    assert "loading from the second pass on took" in answer.document["findings"][0]["evidence"]
    variables = measured_environment(Command((str(TARGET_PYTHON),), TARGET_PYTHON, ""), 0, environment())
    plain = execute([str(TARGET_PYTHON), "program.py"], tmp_path / "repository", variables)
    assert plain.detail == ""
    assert answer.document["cpu_seconds"] < 2 * plain.counters.cpu_seconds
