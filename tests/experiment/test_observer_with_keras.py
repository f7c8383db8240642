"""The observer against the real Keras 3 and tf-keras, in the interpreter that has them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from greenfix_verify.command import Command
from greenfix_verify.environment import measured_environment
from greenfix_verify.execution import execute
from greenfix_verify.observer import Observation
from greenfix_verify.run import Behaviour, Ending

from tests.target import TARGET_PYTHON as PYTHON
from tests.target import needs_tensorflow

pytestmark = [pytest.mark.experiment, needs_tensorflow]

DATA = """
import numpy as np
x = np.linspace(0, 1, 64, dtype="float32").reshape(32, 2)
y = (x.sum(axis=1) > 1).astype("float32")
"""

KERAS = (
    DATA
    + """
import keras
keras.utils.set_random_seed(1)
for fold in range(2):
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(optimizer="sgd", loss="binary_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=3, batch_size=8, validation_data=(x, y), verbose=0)
print(history.history["loss"][-1], *model.evaluate(x, y, verbose=0))
print(np.random.random())
"""
)

GRAPH = (
    DATA
    + """
import tensorflow as tf
tf.compat.v1.disable_eager_execution()
tf.keras.utils.set_random_seed(1)
model = tf.keras.Sequential([tf.keras.layers.Dense(1, activation="sigmoid", input_shape=(2,))])
model.compile(optimizer="sgd", loss="binary_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, epochs=2, batch_size=8, verbose=0)
print(history.history["loss"][-1], *model.evaluate(x, y, verbose=0))
print(np.random.random())
"""
)


def observe(folder: Path, source: str, seed: int | None = None, **variables: str) -> tuple[Behaviour, list[str]]:
    (folder / "notes").mkdir(parents=True)
    observation = Observation.of(folder / "notes", folder)
    base = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", **variables}
    base = measured_environment(Command((str(PYTHON),), PYTHON, ""), 1, base)
    lines: list[str] = []
    done = execute([str(PYTHON), "-c", source], folder, observation.environment(base, seed), tell_line=lines.append)
    assert done.ending is Ending.COMPLETED, done.detail
    return observation.behaviour(done.stdout_sha256), lines


def printed(lines: list[str]) -> list[float]:
    numbers = [line for line in lines if line.replace(".", "").replace(" ", "").replace("e-", "").isdigit()]
    return [float(number) for line in numbers[-2:] for number in line.split()]


def test_keras_3(tmp_path: Path) -> None:
    seen, lines = observe(tmp_path, KERAS)
    loss, evaluated, accuracy, _ = printed(lines)
    assert seen.observer_error == ""
    assert seen.metrics["fit[1].loss"][-1] == loss
    assert sorted(seen.metrics) == [
        "evaluate[0].loss",
        "evaluate[0].metric[1]",
        *(f"fit[{fold}].{name}" for fold in (0, 1) for name in ("accuracy", "loss", "val_accuracy", "val_loss")),
    ]
    assert (seen.metrics["evaluate[0].loss"], seen.metrics["evaluate[0].metric[1]"]) == ((evaluated,), (accuracy,))
    assert {name: seen.events[name] for name in ("fit_calls", "epochs", "steps", "evaluate_calls", "models")} == {
        "fit_calls": 2,
        "epochs": 6,
        "steps": 24,
        "evaluate_calls": 1,
        "models": 2,
    }
    assert seen.events["retraces"] >= 2


def test_graph_mode_through_tf_keras(tmp_path: Path) -> None:
    seen, lines = observe(tmp_path, GRAPH, TF_USE_LEGACY_KERAS="1")
    loss, evaluated, accuracy, _ = printed(lines)
    assert seen.observer_error == ""
    assert seen.metrics["fit[0].loss"][-1] == pytest.approx(loss)
    assert seen.metrics["evaluate[0].loss"] == pytest.approx((evaluated,))
    assert seen.metrics["evaluate[0].accuracy"] == pytest.approx((accuracy,))
    assert (seen.events["fit_calls"], seen.events["epochs"]) == (1, 2)


UNSEEDED = """
import random
import numpy as np
import keras

x = np.random.rand(64, 4)
y = np.array([random.random() for _ in x])
for _ in range(2):
    model = keras.Sequential([keras.layers.Dense(4), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x, y, epochs=2, verbose=0)
    {released}
"""


def test_a_program_that_seeds_nothing_computes_the_same_in_every_run_and_arm(tmp_path: Path) -> None:
    seen = [
        observe(tmp_path / str(number), UNSEEDED.format(released=released), seed=7)[0]
        for number, released in enumerate(("pass", "pass", "keras.backend.clear_session()"))
    ]
    assert seen[0].metrics == seen[1].metrics == seen[2].metrics
    assert len(seen[0].metrics["fit[1].loss"]) == 2


def test_without_a_seed_the_program_is_left_alone(tmp_path: Path) -> None:
    seen = [observe(tmp_path / str(number), UNSEEDED.format(released="pass"))[0] for number in range(2)]
    assert seen[0].metrics != seen[1].metrics
