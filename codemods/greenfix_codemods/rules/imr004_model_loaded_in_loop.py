"""IMR004: a model is loaded in every pass of a loop."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import ClassVar

from greenfix_codemods.facts import Evidence, Sign
from greenfix_codemods.finding import Confidence, Smell
from greenfix_codemods.rule import Example, Rule, Site, clean, smelly
from greenfix_codemods.semantics.models.keras import Made
from greenfix_codemods.semantics.models.leaks import Leak, leaks_of
from greenfix_codemods.semantics.models.recompiles import names_read
from greenfix_codemods.semantics.models.repetition import names_bound
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.strategies.clear_session import ClearSession
from greenfix_codemods.strategies.clear_session_no_gc import ClearSessionNoGc
from greenfix_codemods.strategies.freeze_and_clear import FreezeAndClear
from greenfix_codemods.strategies.release_model import ReleaseModel
from greenfix_codemods.strategy import Strategy


class ModelLoadedInLoop(Rule):
    """A saved model is loaded and used in every pass of a loop, and nothing releases the one before.

    ## What it does
    Finds ``load_model``, ``model_from_json`` and their like in a loop whose pass uses the model and does not keep it.
    When nothing in the call changes from pass to pass, the same file is read again each time: that is certain to be
    waste. Files that change may need loading, yet each model stays in the Keras state.

    ## Why is this bad
    Loading builds the model anew, with the same cost as IMR001: graph and global state grow with each pass.

    ## Example
    ```python
    for image in images:
        model = load_model("best.h5")
        model.predict(image)
    ```

    ## Use instead
    ```python
    model = load_model("best.h5")
    for image in images:
        model.predict(image)
    ```

    ## Fix safety
    The strategies clear the session in each pass, under the conditions of IMR001. Moving the call before the loop is
    left to the author: the file may be written in between.
    """

    code: ClassVar[str] = "IMR004"
    title: ClassVar[str] = "model loaded in every pass of a loop"
    smell: ClassVar[Smell] = Smell.IMR
    strategies: ClassVar[tuple[type[Strategy], ...]] = (ClearSession, ClearSessionNoGc, ReleaseModel, FreezeAndClear)
    examples: ClassVar[tuple[Example, ...]] = (
        smelly(
            """
from keras.models import load_model

for image in images:  # <-
    model = load_model("best.h5")
    model.predict(image)
"""
        ),
        smelly(
            """
import numpy as np
import tensorflow as tf

def load(path):
    return tf.keras.models.load_model(path)

mean = np.mean([load(path).predict(x) for path in paths], axis=0)  # <-
"""
        ),
        clean(
            """
from keras.models import load_model

models = []
for path in paths:
    models.append(load_model(path))
others = [load_model(path) for path in paths]
for model in models:
    model.predict(x)
""",
            because="the models are kept on purpose",
        ),
        clean(
            """
from keras import backend as K
from keras.models import load_model

for path in paths:
    K.clear_session()
    load_model(path).evaluate(x, y)
""",
            because="each pass clears the session",
        ),
        clean(
            """
from keras.models import load_model

while True:
    try:
        model = load_model(path)
        break
    except OSError:
        path = ask()
model.predict(x)
""",
            because="a loop that tries again until it works loads one model",
        ),
    )

    def may_find(self, evidence: Evidence) -> bool:
        """Whether a model is made in what it follows."""
        return evidence.models and Sign.MODEL in evidence.reached

    def sites(self, module: Module) -> Iterator[Site]:
        """Find every loop, comprehension or repeated function that loads a model in each pass."""
        for leak in module.once(leaks_of):
            if leak.made is Made.LOADED:
                confidence, reason = _judged(leak)
                yield self.site(module, leak.place, leak.build.node, leak.names, confidence, reason)


def _judged(leak: Leak) -> tuple[Confidence, str]:
    same = not leak.build.path and not names_read(leak.build.node) & names_bound(leak.place)
    if leak.confidence is Confidence.MEDIUM and same and not isinstance(leak.place, ast.FunctionDef):
        return Confidence.HIGH, f"{leak.reason}; it is the same file in each pass"
    return leak.confidence, leak.reason
