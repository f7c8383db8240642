"""Which Keras models are built, where, how many of them live on, and what they weigh; compile, fit and load as well."""

from __future__ import annotations

import functools
import sys
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any

from .follower import Follower
from .notes import Notes
from .sizes import variable_bytes
from .tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable

    Failed = Callable[[BaseException], None]

_nesting = threading.local()


class Models:
    """The models of this process, held weakly, by the stack that built them."""

    def __init__(self, tree: Tree, notes: Notes, follower: Follower) -> None:
        self.tree = tree
        self.notes = notes
        self.follower = follower
        self._numbers: dict[int, tuple[Any, int]] = {}
        self._built: dict[int, list[Any]] = {}
        self._weights: dict[int, int] = {}
        self._count = 0

    def built(self, model: Any) -> None:
        """Note a new model, how many of its site live with it, and what the older ones weigh."""
        if self.number(model) is not None or _inner(model, self.tree):
            return
        stack = self.tree.caller(2)
        site = self._built.setdefault(self.notes.stack_id(stack), [])
        site[:] = [entry for entry in site if entry[0]() is not None]
        older = sum(self._weight(entry[0](), entry[1]) for entry in site)
        self._count += 1
        site.append((weakref.ref(model), self._count))
        self._numbers[id(model)] = site[-1]
        name = type(model).__name__
        self.notes.event("build", stack, name, live=len(site), bytes=older, model=self._count, graph=_graph_mode())

    def number(self, model: Any) -> int | None:
        """Return the number of a model that was built under our eyes."""
        entry = self._numbers.get(id(model))
        return entry[1] if entry is not None and entry[0]() is model else None

    def _weight(self, model: Any, number: int) -> int:
        """Return the bytes of weights and optimizer state; those of an old model do not change any more."""
        if number not in self._weights:
            optimizer = getattr(model, "optimizer", None)
            state = getattr(optimizer, "variables", ())
            found = [*_variables(model), *(state() if callable(state) else state)]
            self._weights[number] = sum({id(each): variable_bytes(each) for each in found}.values())
        return self._weights[number]


def watch_models(module: Any, seat: dict[str, Any], failed: Failed) -> None:
    """Wrap the class that every Keras model is made from."""
    cls = module.Model
    _wrap_new(cls, seat, failed)
    for name in ("compile", "fit"):
        # On the class that defines it: Keras asks whether Model.compile is still the trainer's.
        owner = next(base for base in cls.__mro__ if name in vars(base))
        if not hasattr(vars(owner)[name], "_greenfix"):
            _wrap_method(owner, name, seat, failed)


def watch_loading(module: Any, seat: dict[str, Any], failed: Failed) -> None:
    """Wrap ``load_model``."""
    original = module.load_model

    @functools.wraps(original)
    def load_model(*args: Any, **kwargs: Any) -> Any:
        began = time.thread_time()
        model = original(*args, **kwargs)
        try:
            seat["notes"].event("load", seat["tree"].caller(), "load_model", time.thread_time() - began)
        except Exception as error:
            failed(error)
        return model

    module.load_model = load_model


def _wrap_new(cls: Any, seat: dict[str, Any], failed: Failed) -> None:
    original = cls.__new__
    if hasattr(original, "_greenfix"):
        return

    @functools.wraps(original)
    def __new__(kind: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N807  it becomes one
        model = original(kind, *args, **kwargs)
        try:
            seat["models"].built(model)
        except Exception as error:
            failed(error)
        return model

    __new__._greenfix = True  # type: ignore[attr-defined]  # a mark: a subclass inherits it wrapped
    cls.__new__ = staticmethod(__new__)


def _wrap_method(cls: Any, name: str, seat: dict[str, Any], failed: Failed) -> None:
    """Wrap ``fit`` or ``compile``. Only the outermost call counts."""
    original = getattr(cls, name)

    @functools.wraps(original)
    def watched(self: Any, *args: Any, **kwargs: Any) -> Any:
        if getattr(_nesting, "inside", False):
            return original(self, *args, **kwargs)
        _nesting.inside = True
        began = time.process_time()
        try:
            if name == "fit":
                seat["follower"].training()
        except Exception as error:
            failed(error)
        try:
            return original(self, *args, **kwargs)
        finally:
            _nesting.inside = False
            try:
                seconds = time.process_time() - began
                seat["notes"].event(name, seat["tree"].caller(), "", seconds, model=seat["models"].number(self))
            except Exception as error:
                failed(error)

    watched._greenfix = True  # type: ignore[attr-defined]  # a mark: a subclass inherits it wrapped
    setattr(cls, name, watched)


def _variables(model: Any) -> list[Any]:
    try:
        return list(model.variables)
    except Exception:  # a model that was never built has none
        return []


def _graph_mode() -> bool:
    """Whether TensorFlow runs as TensorFlow 1 did: one graph that every model is added to."""
    context = sys.modules.get("tensorflow.python.eager.context")
    return context is not None and not context.executing_eagerly()


def _inner(model: Any, tree: Tree) -> bool:
    """Whether Keras makes this model for itself: a Sequential of Keras 3 wraps a Functional of its own."""
    if type(model).__name__ != "Functional":
        return False
    frame: Any = sys._getframe(2)
    while frame is not None and tree.relative(frame.f_code.co_filename) is None:
        if frame.f_code.co_filename.endswith("sequential.py"):
            return True
        frame = frame.f_back
    return False


WATCHED: dict[str, Callable[[Any, dict[str, Any], Failed], None]] = {
    "keras.src.models.model": watch_models,  # Keras 3
    "tf_keras.src.engine.training": watch_models,  # tf-keras, and its graph mode
    "tf_keras.src.engine.training_v1": watch_models,
    "keras.src.engine.training": watch_models,  # Keras 2.13 to 2.15
    "keras.src.engine.training_v1": watch_models,
    "keras.engine.training": watch_models,  # Keras 2.6 to 2.12
    "keras.engine.training_v1": watch_models,
    "tensorflow.python.keras.engine.training": watch_models,  # before
    "tensorflow.python.keras.engine.training_v1": watch_models,
    "keras.src.saving.saving_api": watch_loading,
    "tf_keras.src.saving.saving_api": watch_loading,
    "keras.saving.saving_api": watch_loading,
}
