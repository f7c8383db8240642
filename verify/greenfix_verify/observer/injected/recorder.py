"""Records what Keras computed, inside the measured process. Standard library only, Python 3.8 or newer.

``fit`` and ``evaluate`` are wrapped on the class that defines Keras' ``Model``; what they return is copied, nothing is
computed, no random number drawn. Whatever goes wrong here is written down and never raised. One JSON file a process,
at its exit; a process that ends by ``os._exit`` or a signal leaves none.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any


class Recorder:
    """What was seen in this process.

    ``metrics`` holds series by name (``fit[0].loss``: one value an epoch), ``events`` counts. Of the events, ``models``
    and ``live_models`` are models that were fitted or evaluated, and those of them that are alive at the end;
    ``retraces`` counts how often their training steps were traced; ``peak_gpu_bytes`` is not a count: it is the most
    that TensorFlow's allocators held on all GPUs, up to the end of the last ``fit`` or ``evaluate``.
    """

    def __init__(self) -> None:
        self.started = time.time_ns()
        self.metrics: dict[str, list[float]] = {}
        self.events: dict[str, int] = {}
        self.error = ""
        self.models: Any = weakref.WeakSet()
        self.traces: Any = weakref.WeakKeyDictionary()
        self.nesting = threading.local()

    def fitted(self, model: Any, history: Any) -> None:
        """Copy the History of one ``fit``: every metric by epoch, epochs, steps, retraces."""
        call = self.count("fit_calls") - 1
        for name, series in (getattr(history, "history", None) or {}).items():
            self.keep(f"fit[{call}].{name}", series)
        epochs = len(getattr(history, "epoch", ()))
        self.count("epochs", epochs)
        steps = (getattr(history, "params", None) or {}).get("steps")
        if isinstance(steps, int):
            self.count("steps", steps * epochs)
        self.used(model)

    def evaluated(self, model: Any, result: Any) -> None:
        """Copy what one ``evaluate`` returned."""
        call = self.count("evaluate_calls") - 1
        if isinstance(result, dict):
            named = dict(result)
        else:
            values = list(result) if isinstance(result, (list, tuple)) else [result]
            named = dict(zip(metric_names(model, len(values)), values))
        for name, value in named.items():
            self.keep(f"evaluate[{call}].{name}", [value])
        self.used(model)

    def used(self, model: Any) -> None:
        """Remember the model, weakly, and how often its training step was traced."""
        if model not in self.models:
            self.models.add(model)
            self.count("models")
        for function in tensorflow_functions(getattr(model, "train_function", None)):
            traces = function.experimental_get_tracing_count()
            self.count("retraces", traces - self.traces.get(function, 0))
            self.traces[function] = traces
        peak = peak_gpu_bytes()
        if peak is not None:
            self.events["peak_gpu_bytes"] = peak

    def keep(self, name: str, series: Iterable[Any]) -> None:
        """Keep a series of numbers; what is no number (a list-valued metric) is left out."""
        try:
            self.metrics[name] = [float(value) for value in series]
        except (TypeError, ValueError):
            return

    def count(self, name: str, by: int = 1) -> int:
        """Add to an event and return its new count."""
        self.events[name] = self.events.get(name, 0) + by
        return self.events[name]

    def failed(self, error: Exception) -> None:
        """Keep the first of our own errors."""
        self.error = self.error or f"{type(error).__name__}: {error}"

    def write(self) -> None:
        """Write what was seen, if anything."""
        if not (self.events or self.error):
            return
        try:
            self.events["live_models"] = len(self.models)
            seen = {"started": self.started, "metrics": self.metrics, "events": self.events, "error": self.error}
            path = os.path.join(os.environ["GREENFIX_OBSERVATION"], f"{os.getpid()}.json")
            with open(f"{path}.part", "w", encoding="utf-8") as file:
                json.dump(seen, file)
            os.replace(f"{path}.part", path)
        except Exception:  # the folder is gone: there is nobody to tell, and the program must end as it would
            pass


RECORDER = Recorder()
atexit.register(RECORDER.write)


def watch(module: ModuleType) -> None:
    """Wrap the methods of the module's ``Model``; problems are recorded."""
    try:
        wrap(module.Model, "fit", RECORDER.fitted)
        wrap(module.Model, "evaluate", RECORDER.evaluated)
    except Exception as error:
        RECORDER.failed(error)


def wrap(cls: Any, name: str, record: Callable[[Any, Any], None]) -> None:
    """Replace a method by one that calls it and then records. Only the outermost call counts: ``fit`` evaluates."""
    original = getattr(cls, name)

    @functools.wraps(original)
    def recorded(self: Any, *args: Any, **kwargs: Any) -> Any:
        if getattr(RECORDER.nesting, "inside", False):
            return original(self, *args, **kwargs)
        RECORDER.nesting.inside = True
        try:
            result = original(self, *args, **kwargs)
        finally:
            RECORDER.nesting.inside = False
        try:
            record(self, result)
        except Exception as error:
            RECORDER.failed(error)
        return result

    setattr(cls, name, recorded)


def tensorflow_functions(step: Any) -> list[Any]:
    """Return the ``tf.function`` that a training step is (tf-keras), or those that it closes over (Keras 3)."""
    cells = [cell.cell_contents for cell in getattr(step, "__closure__", None) or ()]
    return [item for item in (step, *cells) if hasattr(item, "experimental_get_tracing_count")]


def peak_gpu_bytes() -> int | None:
    """Return the sum of the allocators' peaks (bytes), None where no GPU is in use.

    Asked only when TensorFlow has opened its devices already: the question itself would open them.
    """
    tensorflow: Any = sys.modules.get("tensorflow")
    context: Any = sys.modules.get("tensorflow.python.eager.context")
    if tensorflow is None or context is None or not getattr(context.context_safe(), "_initialized", False):
        return None
    gpus = tensorflow.config.list_logical_devices("GPU")
    info = tensorflow.config.experimental.get_memory_info
    return sum(info(gpu.name)["peak"] for gpu in gpus) if gpus else None


def metric_names(model: Any, length: int) -> list[str]:
    """Return the names of what ``evaluate`` returns as a list: Keras 3 calls all metrics but the loss by one name."""
    names = list(getattr(model, "metrics_names", None) or [])
    if len(names) == length and "compile_metrics" not in names:
        return names
    return ["loss", *(f"metric[{index}]" for index in range(1, length))]
