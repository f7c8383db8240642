"""How large an array is likely to be, by where it comes from: images yes, labels no, tables perhaps.

A ``tf.data.Dataset`` made of a NumPy array counts as an array: it copies (200 MB more for 200 MB, TensorFlow 2.21).
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.tensors import sources
from greenfix_codemods.semantics.tensors.bindings import ITEM, Binding, How, Step
from greenfix_codemods.semantics.tensors.inference import Inference, inference_of
from greenfix_codemods.semantics.tensors.kinds import Kind
from greenfix_codemods.semantics.tensors.uses import last_name, uses_of

FEW_ROWS = 1000
SOME_ROWS = 20_000
MANY_NUMBERS = 10_000_000
"""Numbers in an array that is large whatever its type: 10 MB of bytes, 80 MB of doubles."""
MANY_BYTES = 100_000_000
"""Bytes from which an array of known size counts as large."""
ONE_IMAGE = 4096
"""Numbers in a grey image of 64 x 64: an array of such rows is an array of images."""
_DEPTH = 14


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
        return Estimate(Extent.LARGE, f"{self.origin} as floats" if self.origin else "", self.certain)

    def times(self, factor: int) -> Estimate:
        """The extent of so many repetitions."""
        return self if self.numbers is None else counted(self.numbers * factor)


def counted(numbers: int) -> Estimate:
    """The extent of an array of so many numbers."""
    if numbers >= MANY_NUMBERS:
        return Estimate(Extent.LARGE, f"an array of {numbers:,} numbers", numbers=numbers)
    return Estimate(Extent.TABLE if numbers >= FEW_ROWS * 100 else Extent.SMALL, numbers=numbers)


SMALL = Estimate(Extent.SMALL)
UNKNOWN = Estimate(Extent.UNKNOWN)
TABLE = Estimate(Extent.TABLE)


class Extents:
    """The extents of the arrays of one module."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.inference: Inference = module.once(inference_of)

    def of_binding(self, binding: Binding) -> Estimate:
        """How large the value is that ``binding`` binds."""
        if binding.value is None or binding.how is not How.ASSIGN or self._lazy(binding.value):
            return UNKNOWN
        uses = self.module.once(uses_of)
        found = self._bound(binding, _DEPTH)
        if found.extent is Extent.UNKNOWN and self._from_outside(binding):
            if self._pickled(binding.value) and uses.as_array(binding) and not uses.as_table(binding):
                found = Estimate(Extent.LARGE, "an array out of a pickle", certain=False)
            elif uses.as_array(binding):
                found = TABLE
        if found.extent is Extent.LARGE and not found.origin.startswith("images") and uses.as_labels(binding):
            return TABLE
        return found

    def _from_outside(self, binding: Binding) -> bool:
        """Whether the value comes from a call that nothing is known of: a loader perhaps, no model's output."""
        value = binding.value
        if isinstance(value, ast.Name):
            return not self.inference.of(value).tensors
        if not isinstance(value, ast.Call) or self.inference.of(value.func).kind is Kind.MODEL:
            return False
        if isinstance(value.func, ast.Name) and self._is_called_object(value.func):
            return False
        kind = self.inference.of(value)
        return kind.kind in (Kind.UNKNOWN, Kind.SEQUENCE, Kind.ARRAY) and not kind.tensors

    def _is_called_object(self, name: ast.Name) -> bool:
        """Whether a variable is called: a model that was loaded somehow, rather than a function."""
        return any(binding.how is How.ASSIGN for binding in self.inference.flow.reaching(name))

    def _pickled(self, value: ast.expr) -> bool:
        return isinstance(value, ast.Call) and self.module.names.resolve(value.func) in sources.PICKLES

    # -- parts of values ---------------------------------------------------------------------------------------------

    def _bound(self, binding: Binding, depth: int) -> Estimate:
        if binding.value is None:
            return UNKNOWN
        if binding.how is How.WITH:
            return self.of(binding.value, depth)  # with h5py.File(...) as file
        if binding.how is not How.ASSIGN:
            return UNKNOWN
        if _is_empty_list(binding.value, binding.steps):
            return self._filled(binding)
        return self._stepped(binding.value, binding.steps, depth)

    def _stepped(self, node: ast.expr, steps: tuple[Step, ...], depth: int) -> Estimate:
        """The extent of a part of ``node``; of ``train_test_split`` and ``load_data`` the parts are known."""
        if not steps:
            return self.of(node, depth)
        if isinstance(node, ast.Tuple | ast.List) and isinstance(steps[0], int) and steps[0] < len(node.elts):
            return self._stepped(node.elts[steps[0]], steps[1:], depth)
        if isinstance(node, ast.Call):
            return self._part_of_call(node, steps, depth)
        if isinstance(node, ast.Subscript | ast.Name | ast.Attribute):
            return self.of(node, depth) if len(steps) == 1 and steps[0] != ITEM else UNKNOWN
        return UNKNOWN

    def _part_of_call(self, node: ast.Call, steps: tuple[Step, ...], depth: int) -> Estimate:
        last = last_name(node.func)
        if last == "train_test_split" and isinstance(steps[0], int) and node.args:
            which, test = divmod(steps[0], 2)
            whole = self.of(node.args[which], depth - 1) if which < len(node.args) else UNKNOWN
            return whole.at_most(Extent.TABLE) if test else whole
        dotted = self.module.names.resolve(node.func) or ""
        if last == "load_data" and dotted.startswith("keras.datasets"):
            return _data_set(dotted, steps)
        if last in sources.TOY_DATA or last == "next":
            return SMALL
        if last == "shuffle" and isinstance(steps[0], int) and steps[0] < len(node.args):
            return self.of(node.args[steps[0]], depth - 1)
        return self._helper(node, steps, depth)

    def _helper(self, node: ast.Call, steps: tuple[Step, ...], depth: int) -> Estimate:
        """What a function of the project returns, or a part of it."""
        found = self.inference.of(node.func).definition
        if depth <= 0 or found is None or not isinstance(found[1], ast.FunctionDef):
            return UNKNOWN
        return found[0].once(extents_of).returned(found[1], steps, depth - 2)

    def returned(self, function: ast.FunctionDef, steps: tuple[Step, ...], depth: int) -> Estimate:
        """The extent of what a function returns (or of a part of it)."""
        if depth <= 0:
            return UNKNOWN
        results = [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value is not None]
        return _largest(self._stepped(result, steps, depth) for result in results)

    # -- expressions -------------------------------------------------------------------------------------------------

    def of(self, node: ast.expr, depth: int = _DEPTH) -> Estimate:  # noqa: PLR0911, C901 - one case for each kind of expression
        """How large the value of ``node`` is."""
        if depth <= 0:
            return UNKNOWN
        match node:
            case ast.Name():
                return _largest(self._bound(each, depth - 1) for each in self.inference.flow.reaching(node))
            case ast.Call():
                return self._call(node, depth - 1)
            case ast.Subscript():
                return self._subscript(node, depth - 1)
            case ast.Attribute():
                return self._attribute(node, depth - 1)
            case ast.BinOp():
                found = _largest((self.of(node.left, depth - 1), self.of(node.right, depth - 1)))
                return found.as_floats() if isinstance(node.op, ast.Div) else found
            case ast.UnaryOp():
                return self.of(node.operand, depth - 1)
            case ast.Constant() | ast.JoinedStr() | ast.Dict() | ast.Compare() | ast.Lambda():
                return SMALL
            case ast.Tuple() | ast.List():
                return _largest((self.of(each, depth - 1) for each in node.elts), default=SMALL)
            case ast.ListComp():
                many = not _few_passes(node.generators[0].iter)
                return _IMAGES if many and self._is_image(node.elt, depth - 1) else UNKNOWN
            case ast.IfExp():
                return _largest((self.of(node.body, depth - 1), self.of(node.orelse, depth - 1)))
            case _:
                return UNKNOWN

    def _call(self, node: ast.Call, depth: int) -> Estimate:  # noqa: C901, PLR0911 - one case for each family of functions
        last = last_name(node.func)
        if last in sources.TOY_DATA:
            return Estimate(Extent.SMALL, numbers=sources.TOY_DATA[last])
        if last in sources.SMALL_RESULTS or last == "next":
            return SMALL
        dotted = self.module.names.resolve(node.func)
        if dotted is not None:
            found = self._library(dotted, node, depth)
            if found is not None:
                return found
        if isinstance(node.func, ast.Attribute) and dotted is None:
            if last in sources.SAME_METHODS:
                found = self.of(node.func.value, depth).times(_factor(node.args[:1]) if last == "repeat" else 1)
                return found.as_floats() if "float" in "".join(map(ast.unparse, node.args)) else found
            if last in sources.TRANSFORMS and node.args:
                return self.of(node.args[0], depth)
            if last in ("texts_to_sequences", "texts_to_matrix"):
                return TABLE
            if last == "predict" and node.args:
                return self.of(node.args[0], depth).at_most(Extent.TABLE)
            if last == "pop":
                return SMALL
        if isinstance(node.func, ast.Name) and last in ("list", "tuple") and node.args:
            return self.of(node.args[0], depth)
        return self._helper(node, (), depth)

    def _library(self, dotted: str, node: ast.Call, depth: int) -> Estimate | None:
        last = dotted.rpartition(".")[2]
        if dotted in sources.ARRAY_FILES or dotted == "h5py.File":
            return Estimate(
                Extent.LARGE, f"read by `{last}`" if last != "File" else "read from an HDF5 file", certain=False
            )
        if last in ("fetch_openml", "fetch_mldata") and "mnist" in ast.unparse(node).lower():
            return Estimate(Extent.LARGE, "the 70,000 images of MNIST as doubles")
        if last in sources.TABLE_READERS and dotted.startswith(("numpy.", "pandas.", "scipy.", "sklearn.", "keras.")):
            return TABLE
        if last in sources.SHAPED:
            return _shape_extent(node)
        if last in sources.COMBINING and node.args:
            found = _largest(self.of(each, depth) for each in node.args)
            found = found.times(_factor(node.args[1:2]) if last in ("repeat", "tile") else 1)
            found = found.as_floats() if "float" in ast.unparse(node) else found
            return found.at_most(Extent.TABLE) if dotted.startswith("pandas.") else found
        return None

    def _subscript(self, node: ast.Subscript, depth: int) -> Estimate:  # noqa: PLR0911 - one case for each kind of index
        index = node.slice
        if isinstance(index, ast.Tuple) and _one_column(index.elts[-1]):
            return SMALL
        if isinstance(index, ast.Tuple) and index.elts:
            last = index.elts[-1]
            number = isinstance(last, ast.UnaryOp) or (isinstance(last, ast.Constant) and isinstance(last.value, int))
            column = len(index.elts) > 1 and number  # x[:, 0] is one column, x[:, None] is all of it
            return SMALL if column and isinstance(index.elts[0], ast.Slice) else self.of(node.value, depth)
        if isinstance(index, ast.Constant) and isinstance(index.value, str):
            if self._archive(node.value):
                return self.of(node.value, depth)
            holder = self.inference.of(node.value)
            return SMALL if holder.kind is Kind.ARRAY and isinstance(node.value, ast.Name) else UNKNOWN
        if isinstance(index, ast.Constant) and index.value is not Ellipsis:
            return UNKNOWN
        if self.inference.of(index).kind is Kind.NUMBER:
            return SMALL
        rows = _upper(index) or self._picked(index)
        if rows is not None and rows < SOME_ROWS:
            return SMALL if rows < FEW_ROWS else self.of(node.value, depth).at_most(Extent.TABLE)
        return self.of(node.value, depth)

    def _picked(self, index: ast.expr) -> int | None:
        """How many rows ``np.random.choice(n, 1000)`` picks, when ``index`` is such a choice."""
        if not isinstance(index, ast.Name):
            return None
        for each in self.inference.flow.reaching(index):
            call = each.value
            if isinstance(call, ast.Call) and last_name(call.func) in ("choice", "randint", "sample"):
                sizes = [*call.args[1:], *(one.value for one in call.keywords if one.arg in ("size", "k"))]
                return next(
                    (one.value for one in sizes if isinstance(one, ast.Constant) and type(one.value) is int), None
                )
        return None

    def _attribute(self, node: ast.Attribute, depth: int) -> Estimate:
        if node.attr in ("values", "T", "iloc", "loc", "data", "value", "images"):
            return self.of(node.value, depth)
        if node.attr in ("shape", "size", "columns", "index", "target", "feature_names", "target_names"):
            return SMALL
        return UNKNOWN

    # -- files that hold arrays --------------------------------------------------------------------------------------

    def _archive(self, node: ast.expr) -> str | None:
        """``h5py.File`` or ``numpy.load`` when ``node`` is such a file, whose entries are arrays."""
        origins = [node]
        if isinstance(node, ast.Name):
            origins = [each.value for each in self.inference.flow.reaching(node) if each.value is not None]
        for each in origins:
            dotted = self.module.names.resolve(each.func) if isinstance(each, ast.Call) else None
            if dotted in ("h5py.File", "numpy.load"):
                return dotted
        return None

    def _lazy(self, value: ast.expr) -> bool:
        """Whether ``value`` is a file or an entry of it that is not read yet: HDF5 files and ``.npz`` archives."""
        if isinstance(value, ast.Call):
            dotted = self.module.names.resolve(value.func)
            return dotted == "h5py.File" or (dotted == "numpy.load" and ".npz" in ast.unparse(value))
        entry = isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Constant)
        return entry and isinstance(value, ast.Subscript) and self._archive(value.value) == "h5py.File"

    # -- lists of arrays ---------------------------------------------------------------------------------------------

    def _filled(self, binding: Binding) -> Estimate:
        """A list that starts empty: large when a loop appends images to it, a table when it appends arrays."""
        flow = self.inference.flow
        found = SMALL
        for read in flow.bindings(flow.scope(binding.node)).loads.get(binding.name, ()):
            parent = self.module.parents.get(read)
            call = self.module.parents.get(parent) if parent is not None else None
            appends = isinstance(parent, ast.Attribute) and parent.attr == "append"
            if not appends or not isinstance(call, ast.Call) or not call.args or binding not in flow.reaching(read):
                continue
            if not self._in_long_loop(call):
                continue
            if self._is_image(call.args[0], _DEPTH):
                return _IMAGES
            if self._is_array(call.args[0]):
                found = TABLE
        return found

    def _in_long_loop(self, node: ast.AST) -> bool:
        for around in self.module.ancestors(node):
            if isinstance(around, ast.While):
                return True
            if isinstance(around, ast.For) and not _few_passes(around.iter):
                return True
            if isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef):
                return False
        return False

    def _is_image(self, node: ast.expr, depth: int) -> bool:  # noqa: PLR0911 - one case each
        """Whether ``node`` is one image: read from a file or a video, perhaps resized or converted."""
        if depth <= 0:
            return False
        if isinstance(node, ast.Name):
            return any(self._binds_image(each, depth) for each in self.inference.flow.reaching(node))
        if isinstance(node, ast.BinOp):
            return self._is_image(node.left, depth - 1)
        if isinstance(node, ast.Subscript):
            return self._is_image(node.value, depth - 1)
        if not isinstance(node, ast.Call):
            return isinstance(node, ast.Attribute) and node.attr == "pixel_array"
        last, dotted = last_name(node.func), self.module.names.resolve(node.func)
        if (last in sources.IMAGE_READERS and dotted is not None) or dotted == "PIL.Image.open":
            return True
        if dotted is not None and dotted.startswith(sources.RECORDING_READERS):
            return True
        if last in sources.IMAGE_STEPS:
            taken = node.args[:1] if dotted is not None else [getattr(node.func, "value", node.func)]
            return any(self._is_image(each, depth - 1) for each in taken)
        helper = self.inference.of(node.func).definition
        return helper is not None and helper[0].once(extents_of).returns_image(helper[1], depth - 3)

    def _binds_image(self, binding: Binding, depth: int) -> bool:
        if binding.value is None or binding.how is not How.ASSIGN:
            return False
        if binding.steps:  # _, frame = video.read(); signal, rate = librosa.load(path)
            call = binding.value
            if binding.steps == (0,) and isinstance(call, ast.Call):
                return (self.module.names.resolve(call.func) or "").startswith(sources.RECORDING_READERS)
            return binding.steps == (1,) and isinstance(call, ast.Call) and self._reads_video(call)
        return self._is_image(binding.value, depth - 1)

    def _reads_video(self, call: ast.Call) -> bool:
        if (
            not isinstance(call.func, ast.Attribute)
            or call.func.attr != "read"
            or not isinstance(call.func.value, ast.Name)
        ):
            return False
        made = [each.value for each in self.inference.flow.reaching(call.func.value)]
        return any(isinstance(each, ast.Call) and last_name(each.func) == "VideoCapture" for each in made)

    def returns_image(self, function: ast.AST, depth: int) -> bool:
        """Whether a function of this file returns one image."""
        if not isinstance(function, ast.FunctionDef) or depth <= 0:
            return False
        results = (node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value is not None)
        return any(self._is_image(each, depth) for each in results)

    def _is_array(self, node: ast.expr) -> bool:
        """Whether one element of a list is itself an array: a window of rows, a converted row."""
        if isinstance(node, ast.Call):
            if last_name(node.func) in ("array", "asarray", "expand_dims", "load"):
                return self.module.names.resolve(node.func) is not None
            inner = node.func.value if isinstance(node.func, ast.Attribute) else None
            return inner is not None and last_name(node.func) in sources.SAME_METHODS and self._is_array(inner)
        if isinstance(node, ast.Name):
            bindings = self.inference.flow.reaching(node)
            plain = (each for each in bindings if each.how is How.ASSIGN and not each.steps)
            return any(each.value is not None and each.value is not node and self._is_row(each.value) for each in plain)
        return self._is_row(node)

    def _is_row(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Subscript):
            index = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            return any(isinstance(each, ast.Slice) for each in index) and self.of(node.value).extent >= Extent.TABLE
        return isinstance(node, ast.Call) and self._is_array(node)


_IMAGES = Estimate(Extent.LARGE, "images or recordings read one by one")


def _is_empty_list(value: ast.expr, steps: tuple[Step, ...]) -> bool:
    """``[]``, or the part of ``[], []`` that a name takes."""
    for place in steps:
        if not isinstance(value, ast.Tuple | ast.List) or not isinstance(place, int) or place >= len(value.elts):
            return False
        value = value.elts[place]
    return isinstance(value, ast.List) and not value.elts


def _largest(estimates: Iterable[Estimate], default: Estimate = UNKNOWN) -> Estimate:
    return max(estimates, key=lambda each: (each.extent, each.certain, each.numbers or 0), default=default)


def _data_set(dotted: str, steps: tuple[Step, ...]) -> Estimate:
    """A part of ``keras.datasets.mnist.load_data()``: the training images are the large part."""
    if steps[-1] == 1 and len(steps) > 1:
        return SMALL
    name = dotted.split(".")[-2]
    size = sources.IMAGE_SETS.get(name)
    if size is None or steps[0] == 1:
        return TABLE
    return Estimate(
        Extent.LARGE if size >= MANY_BYTES else Extent.TABLE, f"images of `keras.datasets.{name}`", True, size
    )


def _factor(arguments: Sequence[ast.expr]) -> int:
    """8 of ``x.repeat(8)``."""
    numbers = [each.value for each in arguments if isinstance(each, ast.Constant)]
    return next((each for each in numbers if isinstance(each, int)), 1)


def _few_passes(iterable: ast.expr) -> bool:
    """``["a.jpg", "b.jpg"]``, ``range(10)``: not a data set."""
    if isinstance(iterable, ast.List | ast.Tuple):
        return True
    if not isinstance(iterable, ast.Call) or last_name(iterable.func) != "range" or not iterable.args:
        return False
    end = iterable.args[1 if len(iterable.args) > 1 else 0]
    return isinstance(end, ast.Constant) and isinstance(end.value, int) and end.value < FEW_ROWS


def _one_column(node: ast.expr) -> bool:
    """``8:9``."""
    if not isinstance(node, ast.Slice) or not isinstance(node.lower, ast.Constant):
        return False
    bounds = (node.lower.value, node.upper.value if isinstance(node.upper, ast.Constant) else None)
    return isinstance(bounds[0], int) and isinstance(bounds[1], int) and bounds[1] - bounds[0] == 1


def _upper(node: ast.expr) -> int | None:
    """480 of ``:480``."""
    upper = node.upper if isinstance(node, ast.Slice) and node.lower is None else None
    known = isinstance(upper, ast.Constant) and isinstance(upper.value, int) and upper.value > 0
    return upper.value if known and isinstance(upper, ast.Constant) and isinstance(upper.value, int) else None


def _shape_extent(node: ast.Call) -> Estimate:
    """``np.zeros((n, 28, 28))``: large when it has three axes or its numbers, written out, are many."""
    shape = node.args[0] if node.args else None
    sizes = shape.elts if isinstance(shape, ast.Tuple | ast.List) else node.args
    known = [each.value for each in sizes if isinstance(each, ast.Constant) and isinstance(each.value, int)]
    total = math.prod(known)
    if len(known) < len(sizes):
        if total >= ONE_IMAGE:
            return Estimate(Extent.LARGE, f"an array of rows of {total:,} numbers", certain=False)
        return TABLE if len(sizes) > 1 else SMALL
    return counted(total)


def extents_of(module: Module) -> Extents:
    """The extents of the arrays of ``module``; ask through ``module.once(extents_of)``."""
    return Extents(module)
