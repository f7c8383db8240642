"""Keras and what ``corpus/imr-kfold-graph`` imports, without what they cost: a kept model slows the next fit.

Nothing learns. The modules have the names by which ``greenfix diagnose`` knows the real ones.
"""

from __future__ import annotations

from pathlib import Path

_MODEL = """
from types import SimpleNamespace

graph = []


class Model:
    def __new__(cls, *args, **kwargs):
        return super().__new__(cls)

    def __init__(self, layers=()):
        graph.append(self)

    def compile(self, *args, **kwargs):
        pass

    def predict_on_batch(self, x):
        import numpy as np

        return np.zeros((len(x), 3))

    def fit(self, *data, epochs=1, callbacks=(), **kwargs):
        for epoch in range(epochs):
            sum(sum(range(60000)) for _ in graph)
            for callback in callbacks:
                callback.model = self
                callback.on_epoch_end(epoch)
        return SimpleNamespace(history={"loss": [1 / (epoch + 1) for epoch in range(epochs)]})


class Sequential(Model):
    pass


def clear_session(free_memory=True):
    graph.clear()
"""

_SPLITS = """
import numpy as np


class StratifiedKFold:
    def __init__(self, n_splits, shuffle, random_state):
        self.splits = n_splits

    def split(self, X, y):
        for fold in range(self.splits):
            inside = np.arange(len(X)) % self.splits == fold
            yield np.flatnonzero(~inside), np.flatnonzero(inside)
"""

_SPACE = "from types import SimpleNamespace\n"
_FILES = {
    "keras/src/models/model.py": _MODEL,
    "keras/__init__.py": f"""{_SPACE}
from keras.src.models.model import Sequential, clear_session

backend = utils = SimpleNamespace(clear_session=clear_session)
""",
    "tf_keras/src/engine/training.py": _MODEL,
    "tensorflow/python/eager/context.py": "executing_eagerly = lambda: False\n",
    "tensorflow/keras.py": f"""{_SPACE}
from tf_keras.src.engine.training import Sequential, clear_session

backend = SimpleNamespace(clear_session=clear_session, eval=lambda tensor: tensor)
initializers = SimpleNamespace(GlorotUniform=lambda seed: None)
layers = SimpleNamespace(Dense=lambda *args, **kwargs: None)
optimizers = SimpleNamespace(legacy=SimpleNamespace(SGD=lambda rate: None))
callbacks = SimpleNamespace(Callback=object)
""",
    "tensorflow/__init__.py": f"""{_SPACE}
import numpy as np

import tensorflow.python.eager.context
from tensorflow import keras

compat = SimpleNamespace(v1=SimpleNamespace(disable_eager_execution=lambda: None))
math = SimpleNamespace(confusion_matrix=lambda labels, predicted: np.eye(3))
""",
    "sklearn/datasets.py": """
import numpy as np

load_wine = lambda return_X_y: (np.ones((178, 13)), np.arange(178) % 3)
""",
    "sklearn/model_selection.py": _SPLITS,
    "sklearn/preprocessing.py": "scale = lambda x: x\n",
}


def write_stand_in(packages: Path) -> None:
    """Write the modules below ``packages``, a folder for PYTHONPATH."""
    for name, source in _FILES.items():
        file = packages / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)
        for folder in file.relative_to(packages).parents[:-1]:
            (packages / folder / "__init__.py").touch()
