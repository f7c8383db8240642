"""Sizes of arrays in four steps, and what the source says of them: written-out shapes, slices, known sets."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from greenfix_codemods.semantics.names import last_name
from greenfix_codemods.semantics.tensors import sources
from greenfix_codemods.semantics.tensors.scopes import Step

FEW_ROWS = 1000
SOME_ROWS = 20_000
MANY_NUMBERS = 10_000_000
"""Numbers in an array that is large whatever its type: 10 MB of bytes, 80 MB of doubles."""
MANY_BYTES = 100_000_000
"""Bytes from which an array of known size counts as large."""
ONE_IMAGE = 4096
"""Numbers in a grey image of 64 x 64: an array of such rows is an array of images."""


class Extent(IntEnum):
    """The likely size of an array."""

    SMALL = 0
    UNKNOWN = 1
    TABLE = 2
    """A data set of unknown or of tabular size: mostly megabytes."""
    LARGE = 3
    """Images, array files: mostly hundreds of megabytes."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """An extent, with what says so: ``origin`` in words, and whether it is certain; ``numbers`` when it is counted."""

    extent: Extent
    origin: str = ""
    certain: bool = True
    numbers: int | None = None

    def at_most(self, extent: Extent) -> Estimate:
        """The same, or ``extent`` if that is less."""
        return self if self.extent <= extent else Estimate(extent)

    def as_floats(self) -> Estimate:
        """The same numbers as floats: the bytes of an image times four, or eight."""
        if self.numbers is None or self.extent is not Extent.TABLE or 4 * self.numbers < MANY_BYTES:
            return self
        return Estimate(Extent.LARGE, f"{self.origin} as floats" if self.origin else "", self.certain, self.numbers)

    def times(self, factor: int) -> Estimate:
        """The extent of so many repetitions."""
        return self if self.numbers is None or factor == 1 else counted(self.numbers * factor)


def counted(numbers: int) -> Estimate:
    """The extent of an array of so many numbers."""
    if numbers >= MANY_NUMBERS:
        return Estimate(Extent.LARGE, f"an array of {numbers:,} numbers", numbers=numbers)
    return Estimate(Extent.TABLE if numbers >= FEW_ROWS * 100 else Extent.SMALL, numbers=numbers)


SMALL = Estimate(Extent.SMALL)
UNKNOWN = Estimate(Extent.UNKNOWN)
TABLE = Estimate(Extent.TABLE)
IMAGES = Estimate(Extent.LARGE, "images or recordings read one by one")


def largest(estimates: Iterable[Estimate], default: Estimate = UNKNOWN) -> Estimate:
    """The largest of several."""
    return max(estimates, key=lambda each: (each.extent, each.certain, each.numbers or 0), default=default)


def data_set(dotted: str, steps: tuple[Step, ...]) -> Estimate:
    """A part of ``keras.datasets.mnist.load_data()``: the training images are the large part."""
    if steps[-1] == 1 and len(steps) > 1:
        return SMALL
    name = dotted.split(".")[-2]
    size = sources.IMAGE_SETS.get(name)
    if size is None:
        return TABLE
    if steps[0] == 1:
        # 10,000 images beside 50,000 or 60,000
        return Estimate(Extent.TABLE, f"test images of `keras.datasets.{name}`", numbers=size // 5)
    return Estimate(
        Extent.LARGE if size >= MANY_BYTES else Extent.TABLE, f"images of `keras.datasets.{name}`", True, size
    )


def factor(arguments: Sequence[ast.expr]) -> int:
    """8 of ``x.repeat(8)``."""
    numbers = [each.value for each in arguments if isinstance(each, ast.Constant)]
    return next((each for each in numbers if isinstance(each, int)), 1)


def few_passes(iterable: ast.expr) -> bool:
    """``["a.jpg", "b.jpg"]``, ``range(10)``: not a data set."""
    if isinstance(iterable, ast.List | ast.Tuple):
        return True
    if not isinstance(iterable, ast.Call) or last_name(iterable.func) != "range" or not iterable.args:
        return False
    end = iterable.args[1 if len(iterable.args) > 1 else 0]
    return isinstance(end, ast.Constant) and isinstance(end.value, int) and end.value < FEW_ROWS


def one_column(node: ast.expr) -> bool:
    """``8:9``."""
    if not isinstance(node, ast.Slice) or not isinstance(node.lower, ast.Constant):
        return False
    bounds = (node.lower.value, node.upper.value if isinstance(node.upper, ast.Constant) else None)
    return isinstance(bounds[0], int) and isinstance(bounds[1], int) and bounds[1] - bounds[0] == 1


def upper(node: ast.expr) -> int | None:
    """480 of ``:480``."""
    upper = node.upper if isinstance(node, ast.Slice) and node.lower is None else None
    known = isinstance(upper, ast.Constant) and isinstance(upper.value, int) and upper.value > 0
    return upper.value if known and isinstance(upper, ast.Constant) and isinstance(upper.value, int) else None


def shape_of(node: ast.Call) -> Sequence[ast.expr]:
    """The sizes that ``np.zeros((n, 28))``, ``np.random.randn(n, 8)``, ``np.random.uniform(0, 1, n)`` are given."""
    named = next((each.value for each in node.keywords if each.arg in ("shape", "size")), None)
    written = next((each for each in node.args[:3] if isinstance(each, ast.Tuple | ast.List)), None)
    if named is None and written is None and last_name(node.func) in ("rand", "randn"):
        return node.args
    place = 2 if last_name(node.func) in ("uniform", "normal") else 0
    shape = named or written or next(iter(node.args[place : place + 1]), None)
    if isinstance(shape, ast.Tuple | ast.List):
        return shape.elts
    return [] if shape is None else [shape]


def shape_extent(sizes: Sequence[int | None]) -> Estimate:
    """Large when an array of these sizes has three axes or its numbers, as far as they are known, are many."""
    known = [each for each in sizes if each is not None]
    total = math.prod(known)
    if len(known) < len(sizes):
        if total >= ONE_IMAGE:
            return Estimate(Extent.LARGE, f"an array of rows of {total:,} numbers", certain=False)
        return TABLE if len(sizes) > 1 else SMALL
    return counted(total)
