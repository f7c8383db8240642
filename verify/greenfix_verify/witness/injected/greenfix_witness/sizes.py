"""How many tensors and arrays a value holds, and their bytes: each buffer once, however often it is named.

A view keeps the whole array behind it alive, so it counts with that array's bytes. What lies in a file (``memmap``) is
no memory. Of a pandas table the columns count, without the strings that they point to. Nothing is imported and nothing
computed: shapes and element sizes are read.
"""

from __future__ import annotations

import gc
import sys
from typing import Any

MOST_NODES = 200_000
"""Objects that one measurement looks at: some 0.1 s."""


class Scale:
    """Measures values; ``own`` says whether a type is one of the program's, whose instances are looked into."""

    def __init__(self, own: Any = None) -> None:
        self.own = own or (lambda kind: False)

    def weigh(self, *values: Any) -> tuple[int, int]:
        """Return the number of tensors and arrays that ``values`` hold, and the bytes of their buffers."""
        buffers = self.buffers(*values)
        return len(buffers), sum(buffers.values())

    def buffers(self, *values: Any) -> dict[int, int]:
        """Return the bytes of each buffer that ``values`` hold, by its identity."""
        found: dict[int, int] = {}
        seen: set[int] = set()
        open_: list[Any] = list(values)
        while open_ and len(seen) < MOST_NODES:
            value = open_.pop()
            if id(value) in seen:
                continue
            seen.add(id(value))
            size = _buffer(value)
            if size is not None:
                found[size[0]] = size[1]
            else:
                open_.extend(self._inside(value))
        return found

    def _inside(self, value: Any) -> list[Any]:
        kind = type(value)
        if isinstance(value, dict):
            return list(value.values())
        if isinstance(value, (list, tuple, set, frozenset)) or kind.__name__ == "deque":
            return list(value)
        if kind.__name__ == "IndexedSlices":
            return [value.values, value.indices]
        if self.own(kind):
            return list(getattr(value, "__dict__", {}).values())
        return []


def _buffer(value: Any) -> tuple[int, int] | None:
    """Return identity and bytes of the buffer of a tensor, a table or an array, None for anything else."""
    kind = type(value)
    if kind.__name__ == "EagerTensor":
        return id(value), tensor_bytes(value)
    if kind.__name__ in ("DataFrame", "Series") and kind.__module__.startswith("pandas."):
        used = value.memory_usage(index=False)
        return id(value), int(used.sum() if kind.__name__ == "DataFrame" else used)
    numpy = sys.modules.get("numpy")
    ndarray = getattr(numpy, "ndarray", None)  # absent while NumPy is being imported
    if ndarray is None or not isinstance(value, ndarray):
        return None
    whole = value
    while isinstance(whole.base, ndarray):
        whole = whole.base
    mapped = type(whole.base).__name__ == "mmap"
    return id(whole), 0 if mapped else int(whole.nbytes)


def tensor_bytes(tensor: Any) -> int:
    """Return the bytes of an eager tensor."""
    return int(tensor.shape.num_elements() or 0) * int(tensor.dtype.size)


def living_tensors() -> tuple[int, int]:
    """Return count and bytes of all eager tensors of the process. The collector knows them all; 0.1 s."""
    sizes = [tensor_bytes(each) for each in gc.get_objects() if type(each).__name__ == "EagerTensor"]
    return len(sizes), sum(sizes)


def variable_bytes(variable: Any) -> int:
    """Return the bytes of a variable of Keras or TensorFlow, which know their types by name or by value."""
    elements = 1
    for size in tuple(variable.shape):
        elements *= int(size or 0)
    kind = variable.dtype
    if hasattr(kind, "size"):
        return elements * int(kind.size)
    bits = "".join(letter for letter in str(kind) if letter.isdigit())
    return elements * int(bits or 8) // 8
