"""What ``hoist-and-reset`` restores, on real Keras: with equal initial weights nothing is learnt differently."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from greenfix_codemods.scan import candidates, scan

from tests.target import TARGET_PYTHON, needs_tensorflow

pytestmark = [pytest.mark.experiment, needs_tensorflow]

PROGRAM = """\
import json
import sys

import numpy as np
from keras import Sequential, callbacks, initializers, layers, optimizers

rng = np.random.default_rng(0)
x = rng.normal(size=(60, 3)).astype("float32")
y = x.sum(axis=1, keepdims=True)

told = []
for fold in range(3):
    test = slice(20 * fold, 20 * fold + 20)
    x_train, y_train = np.delete(x, test, 0), np.delete(y, test, 0)
    model = Sequential([
        layers.Input((3,)),
        layers.Dense(4, kernel_initializer=initializers.GlorotUniform(seed=1)),
        layers.BatchNormalization(),
        layers.Dense(1, kernel_initializer=initializers.GlorotUniform(seed=2)),
    ])
    optimizer = optimizers.Adam(0.05)
    model.compile(optimizer=optimizer, loss="mse", metrics=["mae"])
    history = model.fit(
        x_train, y_train, epochs=4, batch_size=10, shuffle=False, verbose=0,
        callbacks=[
            callbacks.ReduceLROnPlateau(monitor="mae", patience=0, min_delta=10.0),
            callbacks.EarlyStopping(monitor="loss", patience=3, min_delta=10.0),
        ],
    )
    told.append([history.history, model.train_on_batch(x_train, y_train), model.evaluate(x[test], y[test], verbose=0)])
print(json.dumps(told, default=float))
"""


def told(file: Path) -> object:
    done = subprocess.run([TARGET_PYTHON, file], check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def test_with_equal_initial_weights_the_histories_stay_equal(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("tensorflow>=2.21\n")
    file = tmp_path / "train.py"
    file.write_text(PROGRAM)
    [offered] = candidates(file, scan(file).findings)
    [patch] = [patch for patch in offered.patches if patch.strategy == "hoist-and-reset"]
    found = told(file)
    file.write_bytes(patch.edits[0].after)
    assert b"model.reset_metrics()" in patch.edits[0].after
    assert told(file) == found
