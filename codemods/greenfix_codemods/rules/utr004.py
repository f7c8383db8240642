"""UTR004: large array alive through a long fit though dead."""

from __future__ import annotations

from collections.abc import Iterator

from greenfix_codemods.finding import Confidence, Smell
from greenfix_codemods.rule import Rule, Site, clean, smelly
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.tensors.arrays import arrays_of
from greenfix_codemods.strategies.release_before_fit import ReleaseBeforeFit

_HEAD = (
    "import cv2\nimport numpy as np\nimport pandas as pd\nimport tensorflow as tf\n"
    "from sklearn.model_selection import train_test_split\nmodel = tf.keras.Sequential()\n"
)


class ArrayDeadBeforeFit(Rule):
    """A large array that nothing reads any more stays in memory while the model trains.

    ## What it does
    Finds assignments of large arrays (loaded data, stacked images, intermediate copies) whose last read comes before a
    long training in the same scope: a `fit` of several epochs, a training loop, or a function that holds one. Views and
    aliases are followed: an array whose memory something else still uses is not reported.

    ## Why is this bad
    The raw data, its scaled copy and its split often lie in memory side by side for hours. Dead pages push the page
    cache and the input pipeline out of memory, and RAM draws power by its size.

    ## Example
    ```python
    raw = np.load("images.npy")
    x = raw / 255.0
    model.fit(x, y, epochs=1000)
    ```

    ## Use instead
    ```python
    raw = np.load("images.npy")
    x = raw / 255.0
    del raw
    model.fit(x, y, epochs=1000)
    ```

    ## Fix safety
    `release-before-fit` deletes the name after its last use. It is withheld when the name is bound only on some paths,
    read by a closure, or imported by another file. Memory goes when every name of it is gone.
    """

    code = "UTR004"
    title = "Large array alive through a long fit though dead"
    smell = Smell.UTR
    strategies = (ReleaseBeforeFit,)
    examples = (
        smelly(_HEAD + "raw = np.load('images.npy')  # <-\nx = raw / 255.0\nmodel.fit(x, y, epochs=1000)\n"),
        smelly(
            _HEAD + "x = np.load('images.npy')  # <-\ny = np.load('labels.npy')  # <-\n"
            "x_train, x_test, y_train, y_test = train_test_split(x, y)\nmodel.fit(x_train, y_train, epochs=100)\n"
            "model.evaluate(x_test, y_test)\n"
        ),
        smelly(
            _HEAD + "images = []  # <-\nfor path in paths:\n    images.append(cv2.imread(path))\nx = np.array(images)\n"
            "model.fit(x, y, epochs=100)\n"
        ),
        smelly(
            _HEAD + "def main():\n    frame = pd.read_csv('big.csv')  # <-\n"
            "    x = frame.drop(columns=['y']).astype('float32')\n    model.fit(x, y, epochs=200)\n"
        ),
        clean(
            _HEAD + "raw = np.load('images.npy')\nx = raw.reshape(-1, 28, 28, 1)\nmodel.fit(x, y, epochs=1000)\n",
            because="a view: the training uses the same memory",
        ),
        clean(
            _HEAD + "raw = np.load('images.npy')\nx = raw[:1000]\nmodel.fit(x, y, epochs=1000)\n",
            because="a slice is a view of the whole",
        ),
        clean(
            _HEAD + "x = np.load('images.npy')\nmodel.fit(x / 255.0, y, epochs=1000)\nprint(x.shape)\n",
            because="read after the training",
        ),
        clean(
            _HEAD + "raw = np.load('images.npy')\nx = raw / 255.0\nmodel.fit(x, y)\n",
            because="one epoch is not long",
        ),
        clean(
            _HEAD + "raw = np.load('images.npy')\nx = raw / 255.0\ndel raw\nmodel.fit(x, y, epochs=1000)\n",
            because="deleted",
        ),
        clean(
            _HEAD + "raw = np.load('images.npy')\ndef example(i):\n    return raw[i]\nx = raw / 255.0\n"
            "model.fit(x, y, epochs=1000)\n",
            because="a function reads it",
        ),
        clean(
            _HEAD + "names = ['a', 'b']\nrates = np.array([0.1, 0.2])\nx = np.load('x.npy')\nprint(names, rates)\n"
            "model.fit(x, y, epochs=1000)\n",
            because="small things",
        ),
        clean(
            _HEAD + "x = np.load('x.npy')\nfor train, test in folds:\n    model.fit(x[train], y[train], epochs=100)\n",
            because="the next fold reads it again",
        ),
        clean(
            _HEAD + "class Data:\n    def __init__(self, x):\n        self.x = x\nraw = np.load('x.npy')\n"
            "data = Data(raw)\nmodel.fit(data, epochs=100)\n",
            because="an object that the training uses holds it",
        ),
    )

    def sites(self, module: Module) -> Iterator[Site]:
        """Find the assignments that bind the arrays."""
        for array in module.once(arrays_of).dead:
            binding = array.binding
            last = f"last read in line {array.last_read}" if array.last_read else "never read"
            reason = f"`{binding.name}` is {last} and is held through the training in line {array.training.lineno}"
            confidence = Confidence.HIGH if array.known else Confidence.MEDIUM
            yield self.site(module, binding.statement, binding.node, (binding.name,), confidence, reason)
