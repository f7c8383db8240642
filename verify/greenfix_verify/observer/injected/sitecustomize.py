"""The part of the observer that every Python of a run imports first. Standard library only, Python 3.8 or newer.

Python imports ``sitecustomize`` on its own before the program. This one watches for the modules that define Keras'
``Model`` and loads the recorder when one of them is imported; a program without Keras pays two lookups an import. With
GREENFIX_SEED it also seeds the global generators of Python, NumPy and TensorFlow before the program can draw from them.
Then it steps aside: its folder leaves ``sys.path``, and the environment's real ``sitecustomize`` runs as if alone.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # typing and importlib cost a bare Python 10 ms, which the program may never need
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

FOLDER = os.path.dirname(os.path.abspath(__file__))

WATCHED = {
    "keras.src.models.model",  # Keras 3
    "tf_keras.src.engine.training",  # tf-keras, and its graph mode
    "tf_keras.src.engine.training_v1",
    "keras.src.engine.training",  # Keras 2.13 to 2.15
    "keras.src.engine.training_v1",
    "keras.engine.training",  # Keras 2.6 to 2.12
    "keras.engine.training_v1",
    "tensorflow.python.keras.engine.training",  # before
    "tensorflow.python.keras.engine.training_v1",
}

SEEDED = {
    "numpy.random.mtrand": "seed",
    "tensorflow.python.framework.random_seed": "set_seed",
}
"""Modules that hold a global generator, and their function that seeds it. Keras 3 draws its seeds from ``random``."""


class Loader:
    """The real loader of a watched module, then what we are here for. Gone from the module when it is loaded."""

    def __init__(self, real: Any) -> None:
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def create_module(self, spec: ModuleSpec) -> Any:
        return self._real.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._real
        if module.__spec__ is not None:
            module.__spec__.loader = self._real
        self._real.exec_module(module)
        try:
            if module.__name__ in SEEDED:
                getattr(module, SEEDED[module.__name__])(int(os.environ["GREENFIX_SEED"]))
            else:
                recorder().watch(module)
        except Exception:  # without us the run is as it would be: not recorded, not seeded
            pass


class Finder:
    """Finds only what is watched, by asking the other finders."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        if name not in WATCHED and not (name in SEEDED and "GREENFIX_SEED" in os.environ):
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                loader: Any = spec.loader
                loader = Loader(loader) if hasattr(loader, "exec_module") else loader
                spec.loader = loader
                return spec
        return None


def recorder() -> Any:
    """Return the recorder, loaded by file because its folder is no longer on the path."""
    name = "_greenfix_recorder"
    if name not in sys.modules:
        import importlib.util

        spec: Any = importlib.util.spec_from_file_location(name, os.path.join(FOLDER, "recorder.py"))
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


def step_aside() -> None:
    """Import the sitecustomize that this one hides. Without one, this module stays, as ``import`` demands."""
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != FOLDER]
    ours = sys.modules.pop("sitecustomize")
    try:
        import sitecustomize  # type: ignore[import-not-found]  # noqa: F401  the real one, if there is one
    except ImportError as error:
        if error.name != "sitecustomize":
            raise
    finally:
        sys.modules.setdefault("sitecustomize", ours)


if __name__ == "sitecustomize" and os.environ.get("GREENFIX_OBSERVATION"):
    sys.meta_path.insert(0, Finder())
    if "GREENFIX_SEED" in os.environ:
        import random

        random.seed(int(os.environ["GREENFIX_SEED"]))
    step_aside()
