"""UTR004: large array alive through a long fit though dead."""

from __future__ import annotations

from collections.abc import Iterator

from greenfix_codemods.facts import Evidence, Sign
from greenfix_codemods.finding import Confidence, Smell
from greenfix_codemods.rule import Rule, Site, clean, smelly
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.tensors.arrays import DeadArray, dead_arrays
from greenfix_codemods.semantics.tensors.estimates import Extent
from greenfix_codemods.strategies.release_before_fit import ReleaseBeforeFit

LONG_EPOCHS = 4
VERY_LONG_EPOCHS = 200
"""From so many epochs on a training is worth a look even when the size of its data is not known."""

_HEAD = (
    "import cv2\nimport numpy as np\nimport pandas as pd\nimport tensorflow as tf\n"
    "from sklearn.model_selection import train_test_split\nmodel = tf.keras.Sequential()\n"
)


class ArrayDeadBeforeFit(Rule):
    """A large array that nothing reads any more stays in memory while the model trains.

    ## What it does
    Finds assignments of arrays whose last read comes before a long training in the same scope: a `fit` of four
    epochs or more (or of a number that the source does not say), a training loop, or a function that holds one, here
    or in another file. It is a claim (medium or high) when the array is large by its origin (images or recordings
    read one by one, `np.load`, HDF5, the images of `keras.datasets` from 100 MB on, written-out sizes; through helpers,
    their parameters and objects, of other files too) or by its use (four axes), and the training takes a copy of it,
    so that both lie in memory, or only features that a model computed from it. Short trainings and arrays that nothing
    copies are low; tables, labels and sequences are no finding. Views and aliases are followed: an array whose memory
    something else still uses (a view, a list of the same images, a generator, a data set that reads from it) is not
    reported, and all names of one array are one finding.

    In notebooks the cells are taken to run from top to bottom. An array that a cell shows as its value is not reported,
    because IPython keeps what it shows; what a cell that cannot be parsed names is low.

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
            _HEAD + "x = np.load('images.npy')  # <-\ny = np.load('labels.npy')\n"
            "x_train, x_test, y_train, y_test = train_test_split(x, y)\nmodel.fit(x_train, y_train, epochs=100)\n"
            "model.evaluate(x_test, y_test)\n"
        ),
        smelly(
            _HEAD + "images = []  # <-\nfor path in paths:\n    images.append(cv2.imread(path))\nx = np.array(images)\n"
            "model.fit(x, y, epochs=100)\n"
        ),
        smelly(
            _HEAD + "def main():\n    (raw, y), _ = tf.keras.datasets.cifar10.load_data()  # <-\n"
            "    x = raw.astype('float32') / 255\n    model.fit(x, y, epochs=50)\n"
        ),
        smelly(
            _HEAD + "images = np.load('images.npy')  # <-\nX = images\nflat = X.reshape(len(X), -1)\nx = flat / 255.0\n"
            "model.fit(x, y, epochs=100)\n"
        ),
        smelly(
            _HEAD + "raw = np.load('images.npy')  # <-\ndata = tf.data.Dataset.from_tensor_slices(raw).batch(32)\n"
            "model.fit(data, epochs=100)\n"
        ),
        clean(
            _HEAD
            + "frame = pd.read_csv('houses.csv')\nx = frame.drop(columns=['price']).to_numpy().astype('float32')\n"
            "model.fit(x, y, epochs=200)\n",
            because="a table is mostly small",
        ),
        clean(
            _HEAD
            + "raw = np.load('images.npy')\nfeatures = encoder.predict(raw)\nmodel.fit(features, y, epochs=100)\n",
            because="what was computed from it is not a copy",
        ),
        clean(
            _HEAD + "test = np.load('test.npy')\nx_test = test / 255.0\n"
            "model.fit(x, y, validation_data=(x_test, y_test), epochs=100)\n",
            because="the training takes no copy of it",
        ),
        clean(
            _HEAD + "images = [cv2.imread(path) for path in ('a.png', 'b.png')]\nx = np.array(images)\n"
            "model.fit(x, y, epochs=100)\n",
            because="two images",
        ),
        clean(
            _HEAD + "raw = np.load('images.npy')\nraw = tf.constant(raw)\n"
            "data = tf.data.Dataset.from_tensor_slices((raw, y)).shuffle(9).batch(32)\nmodel.fit(data, epochs=100)\n",
            because="a data set of a tensor shares its buffer",
        ),
        clean(
            _HEAD + "raw = np.load('images.npy')\ndata = tf.data.Dataset.from_tensor_slices(raw).batch(32)\n"
            "for x in data:\n    model.train_on_batch(x, x)\n",
            because="one pass over the data",
        ),
        clean(
            _HEAD + "raw = np.load('images.npy')\nx = raw / 255.0\nmodel.fit(x, y, epochs=3)\n",
            because="three epochs are over soon",
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

    def may_find(self, evidence: Evidence) -> bool:
        """Whether something trains."""
        return evidence.eager and Sign.TRAINING in evidence.reached

    def sites(self, module: Module) -> Iterator[Site]:
        """Find the assignments that bind the arrays."""
        for array in module.once(dead_arrays):
            if array.estimate.extent is not Extent.LARGE and not array.matrix:
                continue  # nothing says that it is large: most tables take a few megabytes
            confidence, size = _judged(array, module)
            binding = array.binding
            last = f"last read in line {array.last_read}" if array.last_read else "never read"
            reason = (
                f"`{binding.name}` is {last} and is held through the training in line {array.training.lineno}, {size}"
            )
            yield self.site(module, binding.statement, binding.node, array.names, confidence, reason)


def _judged(array: DeadArray, module: Module) -> tuple[Confidence, str]:
    """How sure it is that the array is large and the training long, and what says so."""
    if not module.syntax.unread.isdisjoint(array.names):
        return Confidence.LOW, "but a cell that cannot be read may use it"
    short = array.epochs is not None and array.epochs < LONG_EPOCHS
    if array.copy is not None and not short and array.estimate.extent is Extent.LARGE:
        sure = array.estimate.certain and array.epochs is not None and not module.source.notebook
        why = f"{array.estimate.origin}, beside `{array.copy}`, which holds a copy"
        return (Confidence.HIGH if sure else Confidence.MEDIUM), why
    if array.features is not None and not short and array.estimate.certain and array.estimate.extent is Extent.LARGE:
        return Confidence.MEDIUM, f"{array.estimate.origin}, of which only `{array.features}` is still needed"
    if array.copy is not None and array.matrix and (array.epochs or 0) >= VERY_LONG_EPOCHS:
        why = f"a loaded matrix beside `{array.copy}` for {array.epochs} epochs"
        return Confidence.MEDIUM, why
    if array.estimate.extent is Extent.LARGE:
        return Confidence.LOW, "but for a short time" if short else "but nothing copies it"
    return Confidence.LOW, "but only its use as a matrix says that it is large"
