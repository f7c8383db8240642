"""UTR005: container of predictions or activations that grows in a loop."""

from __future__ import annotations

from collections.abc import Iterator

from greenfix_codemods.facts import Evidence
from greenfix_codemods.finding import Confidence, Smell
from greenfix_codemods.rule import Rule, Site, clean, smelly
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.tensors.growth import growths_of
from greenfix_codemods.semantics.tensors.keeping import leaks_of
from greenfix_codemods.strategies.collect_then_concat import CollectThenConcat
from greenfix_codemods.strategies.freeze_and_collect import FreezeAndCollect
from greenfix_codemods.strategies.release import ReleaseKept
from greenfix_codemods.strategies.release_and_collect import ReleaseAndCollect
from greenfix_codemods.strategies.store_numpy import StoreNumpy
from greenfix_codemods.strategies.store_scalar import StoreScalar

_DATA = (
    "import tensorflow as tf\ndata = tf.data.Dataset.from_tensor_slices((xs, ys)).batch(32)\n"
    "model = tf.keras.Sequential()\n"
)


class GrowingContainer(Rule):
    """A container, or a tensor that is concatenated, grows by tensors in every pass.

    ## What it does
    Finds `extend`, `+=` and stores under a growing key that keep tensors through a long loop, entries that become
    tensors by `history[-1] += loss`, and `total = tf.concat([total, batch], 0)` in a loop over data or steps.

    ## Why is this bad
    Iterating a tensor makes one tensor of about 0.9 kB for each row. `tf.concat` copies everything so far in each pass:
    3,000 batches took 3.2 s instead of 0.12 s.

    ## Example
    ```python
    labels = []
    for x, y in dataset:
        labels.extend(y)
    ```

    ## Use instead
    ```python
    labels = []
    for x, y in dataset:
        labels.extend(y.numpy())
    ```

    ## Fix safety
    As for UTR001. `collect-then-concat` is safe: one concat of the parts in the same order gives the same tensor. It is
    withheld where the growing tensor is read in the loop, started in it, or seen by another function.
    """

    code = "UTR005"
    title = "Container of predictions or activations grows in a loop"
    smell = Smell.UTR
    strategies = (StoreScalar, StoreNumpy, ReleaseKept, ReleaseAndCollect, FreezeAndCollect, CollectThenConcat)
    examples = (
        smelly(
            _DATA
            + "labels = []\nfor x, y in data:\n    labels.extend(y)  # <-\nprint(accuracy_score(labels, guesses))\n"
        ),
        smelly(_DATA + "labels = []\nfor x, y in data:\n    labels += [row for row in y]  # <-\n"),
        smelly(_DATA + "total = tf.zeros((0, 1))\nfor x, y in data:\n    total = tf.concat([total, y], 0)  # <-\n"),
        smelly(_DATA + "kept = {}\nfor step, (x, y) in enumerate(data):\n    kept[step] = model(x)  # <-\n"),
        clean(_DATA + "labels = []\nfor x, y in data:\n    labels.extend(y.numpy())\n", because="NumPy rows are kept"),
        clean(
            _DATA + "labels = []\nfor x, y in data.as_numpy_iterator():\n    labels.extend(y)\n",
            because="the iterator gives NumPy",
        ),
        clean(
            "import tensorflow as tf\ndef histogram(depth):\n    total = tf.zeros((0,))\n"
            "    for layer in range(depth):\n        total = tf.concat([total, tf.reshape(weights[layer], [-1])], 0)\n"
            "    return total\n",
            because="it grows over the layers of a network: a few passes",
        ),
        clean(
            _DATA + "output = tf.zeros((1, 1))\nfor i in range(100):\n    word = model(output)\n"
            "    output = tf.concat([output, word], 1)\n",
            because="a decoder reads what it wrote so far",
        ),
        clean(
            _DATA + "logs = {}\nfor x, y in data:\n    logs['last'] = model(x)\n",
            because="one entry, replaced in each pass",
        ),
    )

    def may_find(self, evidence: Evidence) -> bool:
        """Whether tensors are made again and again."""
        return evidence.tensors

    def sites(self, module: Module) -> Iterator[Site]:
        """Find the statements that make it grow."""
        for leak in module.once(leaks_of).found:
            keep = leak.keep
            if keep.grows:
                yield self.site(module, keep.statement, keep.value, (keep.name,), leak.confidence, leak.reason)
        for growth in module.once(growths_of).found:
            reason = (
                f"each pass of the loop in line {growth.loop.lineno} copies all of `{growth.name}` to add to it, "
                "so the work grows with the square of the passes"
            )
            target = growth.statement.value
            yield self.site(module, growth.statement, target, (growth.name,), Confidence.HIGH, reason)
