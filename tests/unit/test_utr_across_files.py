"""Tensors and numbers that come from helpers in other files of the project."""

from __future__ import annotations

from pathlib import Path

import pytest
from greenfix_codemods.finding import Confidence
from greenfix_codemods.scan import scan

MODEL = """\
import tensorflow as tf
class Net(tf.keras.Model):
    def call(self, x):
        return x
class Trainer:
    def __init__(self, net):
        self.net = net
        self.optimizer = tf.keras.optimizers.Adam()
    def loss_of(self, x):
        return tf.reduce_mean(self.net(x))
    def step(self, x):
        with tf.GradientTape() as tape:
            loss = self.loss_of(x)
        self.optimizer.apply_gradients(zip(tape.gradient(loss, self.net.weights), self.net.weights))
        return loss
    def number(self, x):
        return self.step(x).numpy()
    @tf.function
    def fast(self, x):
        return self.step(x), x
def average(values):
    return sum(values) / len(values)
"""
HEAD = "import tensorflow as tf\nfrom lib.steps import Net, Trainer, average\ntrainer = Trainer(Net())\nlosses = []\n"


def project(folder: Path, program: str) -> Path:
    (folder / "lib").mkdir()
    (folder / "lib" / "__init__.py").write_text("")
    (folder / "lib" / "steps.py").write_text(MODEL)
    (folder / "train.py").write_text(program)
    return folder


def claims(folder: Path) -> list[int]:
    findings = [each for each in scan(folder).findings if each.smell.value == "UTR"]
    return [each.span.line for each in findings if each.confidence is not Confidence.LOW]


@pytest.mark.parametrize(
    "kept", ["trainer.step(x)", "trainer.fast(x)[0]", "trainer.loss_of(x)", "tf.reduce_mean(Net()(x))"]
)
def test_a_helper_elsewhere_that_returns_a_tensor_is_followed(kept: str, tmp_path: Path) -> None:
    program = HEAD + f"for epoch in range(100):\n    trainer.step(x)\n    losses.append({kept})\n"
    assert claims(project(tmp_path, program)) == [7]


@pytest.mark.parametrize("kept", ["trainer.number(x)", "trainer.step(x).numpy()", "float(trainer.step(x))"])
def test_a_helper_elsewhere_that_returns_a_number_is_followed(kept: str, tmp_path: Path) -> None:
    program = HEAD + f"for epoch in range(100):\n    trainer.step(x)\n    losses.append({kept})\n"
    assert claims(project(tmp_path, program)) == []


def test_a_tuple_of_a_helper_elsewhere_is_unpacked(tmp_path: Path) -> None:
    program = HEAD + "for epoch in range(100):\n    loss, batch = trainer.fast(x)\n    losses.append(loss)\n"
    assert claims(project(tmp_path, program)) == [7]


def test_a_file_that_imports_tensorflow_only_through_its_project_is_looked_at(tmp_path: Path) -> None:
    program = HEAD.partition("\n")[2] + "for epoch in range(100):\n    losses.append(trainer.step(x))\n"
    assert claims(project(tmp_path, program)) == [5]
