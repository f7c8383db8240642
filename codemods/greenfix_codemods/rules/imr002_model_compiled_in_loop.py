"""IMR002: one model is compiled again in every pass of a loop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from greenfix_codemods.facts import Evidence, Sign
from greenfix_codemods.finding import Smell
from greenfix_codemods.rule import Example, Rule, Site, clean, smelly
from greenfix_codemods.semantics.models.recompiles import recompiles_of
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.strategies.hoist_compile import HoistCompile
from greenfix_codemods.strategy import Strategy


class ModelCompiledInLoop(Rule):
    """The same model is compiled in every pass of a loop.

    ## What it does
    Finds ``model.compile(...)`` in a loop, or in a function that the loop calls, where the model was made before the
    loop and no pass gives the name another model.

    ## Why is this bad
    ``compile`` throws away the training function that TensorFlow traced, and the next ``fit`` traces it again; the
    optimizer starts from nothing as well. 40 passes with a ``compile`` each took 23.6 s of CPU, 4.0 s compiled once
    (TensorFlow 2.21, CPU).

    ## Example
    ```python
    for epoch in range(40):
        model.compile(optimizer="sgd", loss="mse")
        model.fit(x, y, epochs=1)
    ```

    ## Use instead
    ```python
    model.compile(optimizer="sgd", loss="mse")
    for epoch in range(40):
        model.fit(x, y, epochs=1)
    ```

    ## Fix safety
    ``hoist-compile`` is safe when the optimizer keeps no state between passes (plain SGD) or is one object made
    before the loop. Otherwise it is unsafe: compiling again resets Adam's moments, and without it they go on.
    """

    code: ClassVar[str] = "IMR002"
    title: ClassVar[str] = "model compiled in every pass of a loop"
    smell: ClassVar[Smell] = Smell.IMR
    strategies: ClassVar[tuple[type[Strategy], ...]] = (HoistCompile,)
    examples: ClassVar[tuple[Example, ...]] = (
        smelly(
            """
from tensorflow import keras

model = keras.Sequential([keras.layers.Dense(1)])
for epoch in range(10):  # <-
    model.compile(optimizer="sgd", loss="mse")
    model.fit(x, y)
"""
        ),
        smelly(
            """
import tensorflow as tf

def fit_all(model, data, rates):
    for rate in rates:  # <-
        model.compile(optimizer=tf.keras.optimizers.Adam(rate), loss="mse")
        model.fit(data, epochs=3)
"""
        ),
        smelly(
            """
from keras.models import Sequential

class Trainer:
    def __init__(self):
        self.model = Sequential()

    def prepare(self):
        self.model.compile(loss="mse", optimizer="adam")

    def run(self, batches):
        while batches:  # <-
            self.prepare()
            self.model.fit(batches.pop())
"""
        ),
        clean(
            """
from keras.models import Sequential

for units in (8, 16):
    model = Sequential()
    model.compile(loss="mse", optimizer="adam")
""",
            because="each pass has a model of its own",
        ),
        clean(
            """
from keras.models import load_model

models = [load_model("a.h5"), load_model("b.h5")]
for model in models:
    model.compile(loss="mse", optimizer="adam")
""",
            because="the loop's target is another model in each pass",
        ),
        clean(
            """
import re

for pattern in patterns:
    re.compile(pattern)
""",
            because="re.compile compiles no model",
        ),
        clean(
            """
import tensorflow as tf

def finetune(model):
    for _ in range(1):
        model.compile(loss="mse", optimizer="adam")
""",
            because="the loop runs once",
        ),
    )

    def may_find(self, evidence: Evidence) -> bool:
        """Whether there is a loop and a model."""
        return evidence.models and Sign.LOOP in evidence.own

    def sites(self, module: Module) -> Iterator[Site]:
        """Find every loop that compiles a model made before it."""
        for found in module.once(recompiles_of):
            yield self.site(module, found.place, found.compile.node, (found.receiver,), found.confidence, found.reason)
