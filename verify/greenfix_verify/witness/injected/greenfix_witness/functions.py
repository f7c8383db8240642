"""How often ``tf.function`` is made and traced, from where, and the CPU seconds of each trace."""

from __future__ import annotations

import functools
import threading
import time
from typing import TYPE_CHECKING, Any

from .follower import unfollowed

if TYPE_CHECKING:
    from collections.abc import Callable

    Failed = Callable[[BaseException], None]

_depth = threading.local()


def watch_class(module: Any, seat: dict[str, Any], failed: Failed) -> None:
    """Wrap the class behind ``tf.function``: note each that the program makes, and follow nobody while one runs."""
    made, called = module.Function.__init__, module.Function.__call__
    if hasattr(called, "_greenfix"):  # the older module is another name of the newer one
        return

    @functools.wraps(made)
    def __init__(self: Any, python_function: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807  it becomes one
        made(self, python_function, *args, **kwargs)
        try:
            code = getattr(python_function, "__code__", None)
            if code is not None and seat["tree"].relative(code.co_filename) is not None:
                seat["notes"].event("function", seat["tree"].caller(), str(code.co_name))
        except Exception as error:
            failed(error)

    @functools.wraps(called)
    def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N807  it becomes one
        with unfollowed():
            return called(self, *args, **kwargs)

    __call__._greenfix = True  # type: ignore[attr-defined]  # a mark: wrapped once is enough
    module.Function.__init__ = __init__
    module.Function.__call__ = __call__


def watch_traces(module: Any, seat: dict[str, Any], failed: Failed) -> None:
    """Wrap what makes a graph from a Python function. Graphs made inside another one (branches, loops) are its part."""
    original = module.func_graph_from_py_func

    @functools.wraps(original)
    def func_graph_from_py_func(name: Any, *args: Any, **kwargs: Any) -> Any:
        if getattr(_depth, "inside", False):
            return original(name, *args, **kwargs)
        _depth.inside = True
        began = time.thread_time()
        try:
            with unfollowed():
                return original(name, *args, **kwargs)
        finally:
            _depth.inside = False
            try:
                seat["notes"].event("trace", seat["tree"].caller(), str(name), time.thread_time() - began)
            except Exception as error:
                failed(error)

    module.func_graph_from_py_func = func_graph_from_py_func


WATCHED: dict[str, Callable[[Any, dict[str, Any], Failed], None]] = {
    "tensorflow.python.eager.polymorphic_function.polymorphic_function": watch_class,
    "tensorflow.python.eager.def_function": watch_class,  # up to TensorFlow 2.10
    "tensorflow.python.framework.func_graph": watch_traces,
}
