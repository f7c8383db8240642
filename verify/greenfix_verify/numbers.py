"""Numbers in the files that a program writes, as series by name.

* JSON: every number, named by its way through the document (``test.accuracy``); a list of numbers, nested or not, is
  one series. Strings and nulls are passed over.
* CSV: every column whose cells are all numbers, by its header, else by its place (``column 2``).
* NPY and NPZ: every numeric array, in C order. Pickled objects are never loaded: that would run code of the program.

Other files hold no numbers that we can read, and are compared by their hash alone. A series of more than ``KEPT``
values is condensed, because every run keeps its own in the ledger: ``KEPT`` values evenly spaced, and the mean, root
mean square, smallest and largest of all of them.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KEPT = 1000

Series = tuple[float, ...]


def read_numbers(path: Path) -> dict[str, Series]:
    """Return the series in ``path``, chosen by its suffix; empty when there is no reader or no number.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not what its suffix says.
    """
    reader = _READERS.get(path.suffix.lower())
    return {} if reader is None else _condensed(reader(path))


def read_metrics(path: Path) -> dict[str, Series]:
    """Return the metrics in ``path``: CSV by its suffix, JSON by any other.

    Raises:
        OSError: it cannot be read.
        ValueError: it is malformed, or holds no number.
    """
    series = _csv(path) if path.suffix.lower() == ".csv" else _json(path)
    if not series:
        raise ValueError("it holds no number")
    return series


def _json(path: Path) -> dict[str, Series]:
    document = json.loads(path.read_text(encoding="utf-8"))
    return dict(_flattened("", document))


def _flattened(name: str, value: Any) -> Iterator[tuple[str, Series]]:
    if isinstance(value, int | float):
        yield name or "value", (float(value),)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _flattened(f"{name}.{key}".lstrip("."), item)
    elif isinstance(value, list):
        numbers = list(_numbers(value))
        if numbers and None not in numbers:
            yield name or "values", tuple(float(number) for number in numbers if number is not None)
        else:
            for index, item in enumerate(value):
                yield from _flattened(f"{name}[{index}]", item)


def _numbers(value: list[Any]) -> Iterator[float | None]:
    """The numbers of a list, nested lists one after the other; None for what is no number."""
    for item in value:
        if isinstance(item, list):
            yield from _numbers(item)
        else:
            yield item if isinstance(item, int | float) else None


def _csv(path: Path) -> dict[str, Series]:
    with path.open(newline="", encoding="utf-8-sig") as lines:
        try:
            rows = [row for row in csv.reader(lines, strict=True) if row]
        except csv.Error as error:
            raise ValueError(str(error)) from error
    if not rows:
        return {}
    has_header = any(_number(cell) is None for cell in rows[0])
    names = rows[0] if has_header else [f"column {place}" for place in range(1, len(rows[0]) + 1)]
    cells = rows[1:] if has_header else rows
    if any(len(row) != len(names) for row in cells):
        raise ValueError("its rows have different numbers of cells")
    columns = {name: [_number(row[place]) for row in cells] for place, name in enumerate(names)}
    return {name: tuple(_complete) for name, column in columns.items() if (_complete := _known(column))}


def _known(column: list[float | None]) -> list[float]:
    """The column, or nothing when a cell is no number."""
    known = [value for value in column if value is not None]
    return known if len(known) == len(column) else []


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _npy(path: Path) -> dict[str, NDArray[np.float64]]:
    import numpy as np

    array = np.load(path, allow_pickle=False)
    return _arrays({"values": array})


def _npz(path: Path) -> dict[str, NDArray[np.float64]]:
    import numpy as np

    with np.load(path, allow_pickle=False) as archive:
        return _arrays({name: archive[name] for name in archive.files})


def _arrays(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.float64]]:
    """Numeric arrays as flat floats; a complex one as its real and its imaginary part."""
    import numpy as np

    flat: dict[str, NDArray[np.float64]] = {}
    for name, array in arrays.items():
        if array.dtype.kind in "biuf":
            flat[name] = array.astype(np.float64).ravel()
        elif array.dtype.kind == "c":
            flat[f"{name} (real)"] = array.real.astype(np.float64).ravel()
            flat[f"{name} (imaginary)"] = array.imag.astype(np.float64).ravel()
    return flat


def _condensed(series: Mapping[str, Any]) -> dict[str, Series]:
    condensed: dict[str, Series] = {}
    for name, values in series.items():
        if len(values) <= KEPT:
            condensed[name] = tuple(map(float, values))
        else:
            condensed.update(_sketch(name, values))
    return condensed


def _sketch(name: str, values: Any) -> dict[str, Series]:
    import numpy as np

    array = np.asarray(values, dtype=np.float64)
    places = np.linspace(0, array.size - 1, KEPT).astype(np.int64)
    return {
        f"{name} ({KEPT} of {array.size} values)": tuple(array[places].tolist()),
        f"{name} (mean)": (float(array.mean()),),
        f"{name} (root mean square)": (float(np.sqrt(np.mean(array**2))),),
        f"{name} (smallest)": (float(array.min()),),
        f"{name} (largest)": (float(array.max()),),
    }


_READERS: Mapping[str, Callable[[Path], Mapping[str, Any]]] = {
    ".json": _json,
    ".csv": _csv,
    ".npy": _npy,
    ".npz": _npz,
}
