"""UTR001: tensor kept in a container across iterations."""

from __future__ import annotations

from collections.abc import Iterator

from greenfix_codemods.facts import Evidence
from greenfix_codemods.finding import Smell
from greenfix_codemods.rule import Rule, Site, clean, smelly
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.tensors.keeping import leaks_of
from greenfix_codemods.strategies.freeze_and_collect import FreezeAndCollect
from greenfix_codemods.strategies.release import ReleaseKept
from greenfix_codemods.strategies.release_and_collect import ReleaseAndCollect
from greenfix_codemods.strategies.store_numpy import StoreNumpy
from greenfix_codemods.strategies.store_scalar import StoreScalar

_STEP = """
import numpy as np
import tensorflow as tf
model = tf.keras.Sequential([tf.keras.layers.Dense(1)])
optimizer = tf.keras.optimizers.Adam()
def step(x, y):
    with tf.GradientTape() as tape:
        prediction = model(x, training=True)
        loss = tf.reduce_mean(tf.square(prediction - y))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    return loss
"""


class TensorKeptInContainer(Rule):
    """A list, dict or deque that lives for the whole run collects a tensor in every pass.

    ## What it does
    Finds `append` and `insert` in a long loop where the value is an eager tensor, the container was made
    before the loop and is never emptied in it, and nobody needs the tensor: the readers take numbers, or nobody reads.
    Also where a caller hands the container over, alone or in an object, and where a list of the run keeps the list of
    an epoch, returned by a function or not; then the readers in the callers count too. An evaluation that runs once
    is a claim where it keeps more than one number of each batch.

    ## Why is this bad
    A kept tensor keeps its buffer. Activations of about 60 MB kept in each of 100 steps took 22-27 s of CPU and 6.7 GiB
    where the same steps that kept the number took 13 s and 0.76 GiB: most of it the kernel mapping pages.
    A scalar costs about 0.9 kB and little time, until the list is read: the mean of 10,000 tensors takes 30 ms, of
    floats 1 ms.

    ## Example
    ```python
    history = []
    for batch in dataset:
        loss, activations = step(batch)
        history.append((loss, activations))
    ```

    ## Use instead
    ```python
    history = []
    for batch in dataset:
        loss, activations = step(batch)
        history.append(float(loss))
    ```

    ## Fix safety
    `store-numpy` keeps dtype and shape and works for every tensor. `store-scalar` is offered for single numbers only;
    averages are then computed in double precision, so their last printed digits may differ. Both wait for the step on a
    GPU. Neither is offered when a reader needs the tensor, here or in a caller, nor where a caller writes the tensors
    as they are; nothing is found when a gradient needs them.
    """

    code = "UTR001"
    title = "Tensor kept in a container across iterations"
    smell = Smell.UTR
    strategies = (StoreScalar, StoreNumpy, ReleaseKept, ReleaseAndCollect, FreezeAndCollect)
    examples = (
        smelly(
            _STEP + "losses = []\nfor epoch in range(100):\n    losses.append(step(x, y))  # <-\nprint(losses[-1])\n"
        ),
        smelly(
            _STEP + "def train(epochs):\n    losses = []\n    for epoch in range(epochs):\n        loss = step(x, y)\n"
            "        losses.append(loss)  # <-\n    return losses\n"
        ),
        smelly(
            _STEP + "mean = tf.keras.metrics.Mean()\nresults = []\nfor epoch in range(50):\n    mean(step(x, y))\n"
            "    results.append(mean.result())  # <-\n"
        ),
        smelly(
            _STEP + "totals = []\nfor epoch in range(50):\n    total = 0.0\n    for x, y in dataset:\n"
            "        total += step(x, y)\n    totals.append(total)  # <-\n"
        ),
        smelly(
            _STEP + "class Trainer:\n    def __init__(self):\n        self.losses = []\n    def fit(self, epochs):\n"
            "        for epoch in range(epochs):\n            self.losses.append(step(x, y))  # <-\n"
        ),
        smelly(_STEP + "logs = {'loss': []}\nfor epoch in range(100):\n    logs['loss'].append(step(x, y))  # <-\n"),
        smelly(
            _STEP + "kept = []\nfor epoch in range(100):\n    with tf.GradientTape() as tape:\n"
            "        loss = tf.reduce_mean(model(x))\n        kept.append(loss)  # <-\n"
            "    gradients = tape.gradient(loss, model.trainable_variables)\n"
        ),
        smelly(
            _STEP + "history = []\nfor x, y in tf.data.Dataset.from_tensor_slices(data).batch(32):\n"
            "    prediction = model(x)\n    history.append((step(x, y), prediction))  # <-\n"
            "print([item[0] for item in history])\n"
        ),
        smelly(
            _STEP + "kept = []\nfor epoch in range(8):\n    for x, y in tf.data.Dataset.range(9):\n"
            "        step(x, y)\n        kept.append(model(x))  # <-\nprint(kept[-1].numpy())\n"
        ),
        clean(
            _STEP + "losses = []\nfor epoch in range(100):\n    losses.append(step(x, y).numpy())\n",
            because="a NumPy value is kept",
        ),
        clean(
            _STEP + "losses = []\nfor epoch in range(100):\n    losses.append(float(step(x, y)))\n",
            because="a float is kept",
        ),
        clean(
            _STEP
            + "for epoch in range(100):\n    losses = []\n    for x, y in dataset:\n        losses.append(step(x, y))\n"
            "    print(np.mean(losses))\n",
            because="the list is made again in each epoch",
        ),
        clean(
            _STEP + "losses = []\nfor i in range(10000):\n    losses.append(step(x, y))\n    if i % 100 == 0:\n"
            "        losses.clear()\n",
            because="the list is emptied every hundred steps",
        ),
        clean(
            _STEP + "from collections import deque\nlast = deque(maxlen=10)\nfor i in range(10000):\n"
            "    last.append(step(x, y))\n",
            because="the deque is bounded",
        ),
        clean(
            _STEP + "def evaluate(dataset):\n    losses = []\n    for x, y in dataset:\n"
            "        losses.append(tf.reduce_mean(model(x)))\n    return tf.reduce_mean(losses)\n",
            because="a short evaluation reads its list and returns",
        ),
        clean(
            _STEP + "outputs = []\nfor x in tf.data.Dataset.from_tensor_slices(data).batch(32):\n"
            "    outputs.append(model(x))\nall_outputs = tf.concat(outputs, 0)\n",
            because="the tensors are put together and used",
        ),
        clean(
            _STEP + "for episode in range(500):\n    kept = []\n    with tf.GradientTape() as tape:\n"
            "        for t in range(1000):\n            kept.append(tf.reduce_mean(model(x)))\n"
            "        loss = tf.reduce_sum(kept)\n    gradients = tape.gradient(loss, model.trainable_variables)\n",
            because="the list feeds a gradient",
        ),
        clean(
            "import tensorflow as tf\n@tf.function\ndef forward(x):\n    kept = []\n    for i in range(100):\n"
            "        kept.append(tf.reduce_mean(x))\n    return kept\n",
            because="graph code: the tensors are symbols while it is traced",
        ),
        clean(
            "import torch as T\nlosses = []\nfor epoch in range(100):\n    loss = T.mean(model(x))\n"
            "    loss.backward()\n    losses.append(loss)\n",
            because="PyTorch is not TensorFlow",
        ),
        clean(
            "import tensorflow as tf\nmodel = tf.keras.Sequential()\nlosses, rows = [], []\nfor epoch in range(100):\n"
            "    losses.append(model.train_on_batch(x, y))\n    rows.append(model.predict(x))\n",
            because="train_on_batch gives numbers and predict NumPy",
        ),
        clean(
            "import tensorflow as tf\nskips = []\nx = tf.keras.Input((8,))\nfor i in range(100):\n"
            "    x = tf.keras.layers.Dense(8)(x)\n    skips.append(x)\n",
            because="a model is being built from symbolic tensors",
        ),
        clean(
            "import tensorflow as tf\nimage = tf.Variable(tf.zeros((8, 8)))\nshown = []\nfor i in range(1000):\n"
            "    image.assign_add(tf.ones((8, 8)))\n    shown.append(image)\n",
            because="one variable, updated in place, is kept many times",
        ),
    )

    def may_find(self, evidence: Evidence) -> bool:
        """Whether tensors are made again and again."""
        return evidence.tensors

    def sites(self, module: Module) -> Iterator[Site]:
        """Find the statements that keep."""
        for leak in module.once(leaks_of).found:
            keep = leak.keep
            if not keep.grows:
                yield self.site(module, keep.statement, keep.value, (keep.name,), leak.confidence, leak.reason)
