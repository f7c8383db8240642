"""IMR006: predict on one sample, or the same dataset made, in every pass of a loop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from greenfix_codemods.facts import Evidence, Sign
from greenfix_codemods.finding import Smell
from greenfix_codemods.rule import Example, Rule, Site, clean, smelly
from greenfix_codemods.semantics.models.repeated_datasets import repeated_datasets_of
from greenfix_codemods.semantics.models.small_predictions import small_predictions_of
from greenfix_codemods.semantics.module import Module


class SmallWorkSetUpInLoop(Rule):
    """``predict`` is called on one sample, or the same dataset is made, in every pass of a loop.

    ## What it does
    Finds ``model.predict`` on a single sample in a loop, where the samples do not wait for one another: a dimension of
    1 is put in front of each (``np.expand_dims(x, 0)``, ``x.reshape(1, -1)``), or it is the loop's own item and only
    ``[0]`` of the prediction is used. Finds ``tf.data.Dataset.from_tensor_slices`` of arrays that no pass changes.

    Where each input depends on the pass before (an agent that acts, a text that is generated, a camera) or the pass
    trains as well, the confidence is low.

    ## Why is this bad
    ``predict`` makes a dataset and an iterator for each call and runs callbacks: on one sample that is most of the
    work. The Keras documentation of ``Model.predict`` says to call the model itself on small inputs in a loop.
    ``from_tensor_slices`` copies the arrays each time. The catalogue of smells counts both (arXiv 2511.15229).

    ## Example
    ```python
    for image in images:
        scores.append(model.predict(image[None])[0])
    ```

    ## Use instead
    ```python
    scores = list(model.predict(images))
    ```

    ## Fix safety
    Explained only: batching changes the shapes that the loop works with, and a model called directly gives a tensor.
    """

    code: ClassVar[str] = "IMR006"
    title: ClassVar[str] = "predict on one sample, or the same dataset made, in every pass of a loop"
    smell: ClassVar[Smell] = Smell.IMR
    examples: ClassVar[tuple[Example, ...]] = (
        smelly(
            """
import numpy as np
from keras.models import load_model

model = load_model("best.h5")
for path in paths:  # <-
    image = np.expand_dims(read(path), axis=0)
    scores.append(model.predict(image / 255.0))
"""
        ),
        smelly(
            """
import random
from keras.models import Sequential

class Agent:
    def __init__(self):
        self.model = Sequential()

    def replay(self):
        for state, action, reward in random.sample(self.memory, 32):  # <-
            values = self.model.predict(state)
            values[0][action] = reward
            targets.append(values[0])
"""
        ),
        smelly(
            """
import tensorflow as tf

for epoch in range(20):  # <-
    batches = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(1000).batch(32)
    for batch in batches:
        step(batch)
"""
        ),
        clean(
            """
from keras.models import load_model

model = load_model("best.h5")
for images, labels in batches:
    scores.append(model.predict(images))
for run in range(100):
    predicted.append(model.predict(x_test)[0])
""",
            because="batches and whole sets are what predict is for, and a model may have several outputs",
        ),
        clean(
            """
import numpy as np
from keras.models import load_model

model = load_model("best.h5")
for _ in range(400):
    index = choose(model.predict(np.array([window]))[0])
    window = window[1:] + [index]
""",
            because="each input waits for the prediction before: low confidence",
        ),
        clean(
            """
import tensorflow as tf

for train, test in folds:
    batches = tf.data.Dataset.from_tensor_slices((x[train], y[train])).batch(32)
""",
            because="each fold has arrays of its own",
        ),
    )

    def may_find(self, evidence: Evidence) -> bool:
        """Whether there is a loop, and work to set up."""
        return evidence.keras and Sign.LOOP in evidence.own and Sign.SET_UP in evidence.own

    def sites(self, module: Module) -> Iterator[Site]:
        """Find every loop that predicts single samples or makes the same dataset in each pass."""
        for dataset in module.once(repeated_datasets_of):
            names = ("Dataset",)
            yield self.site(module, dataset.place, dataset.call, names, dataset.confidence, dataset.reason)
        for found in module.once(small_predictions_of):
            yield self.site(module, found.place, found.call, (found.receiver,), found.confidence, found.reason)
