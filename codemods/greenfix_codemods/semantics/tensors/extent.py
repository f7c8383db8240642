"""How large an array is likely to be, by where it comes from: images yes, labels no, tables perhaps.

A ``tf.data.Dataset`` made of a NumPy array counts as an array: it copies (200 MB more for 200 MB, TensorFlow 2.21).
"""

from __future__ import annotations

import ast
from functools import cached_property

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import last_name
from greenfix_codemods.semantics.tensors import sources
from greenfix_codemods.semantics.tensors.estimates import (
    FEW_ROWS,
    IMAGES,
    SMALL,
    SOME_ROWS,
    TABLE,
    UNKNOWN,
    Estimate,
    Extent,
    data_set,
    factor,
    few_passes,
    largest,
    one_column,
    shape_extent,
    upper,
)
from greenfix_codemods.semantics.tensors.inference import Inference, inference_of
from greenfix_codemods.semantics.tensors.kinds import Kind
from greenfix_codemods.semantics.tensors.rows import DEPTH, Rows
from greenfix_codemods.semantics.tensors.scopes import ITEM, Binding, How, Step
from greenfix_codemods.semantics.tensors.uses import uses_of


class Extents:
    """The extents of the arrays of one module."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.inference: Inference = module.once(inference_of)

    @cached_property
    def rows(self) -> Rows:
        """What the lists of the module are filled with."""
        return Rows(self)

    @staticmethod
    def elsewhere(module: Module) -> Extents:
        """The extents of another module of the project."""
        return module.once(extents_of)

    def of_binding(self, binding: Binding) -> Estimate:
        """How large the value is that ``binding`` binds."""
        if binding.value is None or binding.how is not How.ASSIGN or self._lazy(binding.value):
            return UNKNOWN
        uses = self.module.once(uses_of)
        found = self._bound(binding, DEPTH)
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

    def _bound(self, binding: Binding, depth: int) -> Estimate:
        if binding.value is None:
            return UNKNOWN
        if binding.how is How.WITH:
            return self.of(binding.value, depth)  # with h5py.File(...) as file
        if binding.how is not How.ASSIGN:
            return UNKNOWN
        if _is_empty_list(binding.value, binding.steps):
            return self.rows.filled(binding)
        found = self._stepped(binding.value, binding.steps, depth)
        unsure = found.extent in (Extent.UNKNOWN, Extent.TABLE) and found.numbers is None
        return self._by_use(binding, binding.value) or found if unsure else found

    def _by_use(self, binding: Binding, value: ast.expr) -> Estimate | None:
        """Large, when what is done with an array of unknown origin says so."""
        uses = self.module.once(uses_of)
        if isinstance(value, ast.Call) and uses.as_volume(binding):
            return Estimate(Extent.LARGE, "an array of four axes by its use", certain=False)
        entry = isinstance(value, ast.Subscript) and self._archive(value.value) == "numpy.load"
        return (
            Estimate(Extent.LARGE, "an array out of an archive", certain=False)
            if entry and uses.as_array(binding)
            else None
        )

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
            return data_set(dotted, steps)
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
        return largest(self._stepped(result, steps, depth) for result in results)

    def of(self, node: ast.expr, depth: int = DEPTH) -> Estimate:  # noqa: PLR0911, C901 - one case for each kind of expression
        """How large the value of ``node`` is."""
        if depth <= 0:
            return UNKNOWN
        match node:
            case ast.Name():
                return largest(self._bound(each, depth - 1) for each in self.inference.flow.reaching(node))
            case ast.Call():
                return self._call(node, depth - 1)
            case ast.Subscript():
                return self._subscript(node, depth - 1)
            case ast.Attribute():
                return self._attribute(node, depth - 1)
            case ast.BinOp():
                found = largest((self.of(node.left, depth - 1), self.of(node.right, depth - 1)))
                return found.as_floats() if isinstance(node.op, ast.Div) else found
            case ast.UnaryOp():
                return self.of(node.operand, depth - 1)
            case ast.Constant() | ast.JoinedStr() | ast.Dict() | ast.Compare() | ast.Lambda():
                return SMALL
            case ast.Tuple() | ast.List():
                return largest((self.of(each, depth - 1) for each in node.elts), default=SMALL)
            case ast.ListComp():
                many = not few_passes(node.generators[0].iter)
                return IMAGES if many and self.rows.is_image(node.elt, depth - 1) else UNKNOWN
            case ast.IfExp():
                return largest((self.of(node.body, depth - 1), self.of(node.orelse, depth - 1)))
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
                found = self.of(node.func.value, depth).times(factor(node.args[:1]) if last == "repeat" else 1)
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
            return shape_extent(node)
        if last in sources.COMBINING and node.args:
            found = largest(self.of(each, depth) for each in node.args)
            found = found.times(factor(node.args[1:2]) if last in ("repeat", "tile") else 1)
            found = found.as_floats() if "float" in ast.unparse(node) else found
            return found.at_most(Extent.TABLE) if dotted.startswith("pandas.") else found
        return None

    def _subscript(self, node: ast.Subscript, depth: int) -> Estimate:  # noqa: PLR0911 - one case for each kind of index
        index = node.slice
        if isinstance(index, ast.Tuple) and one_column(index.elts[-1]):
            return SMALL
        if isinstance(index, ast.Tuple) and index.elts:
            last = index.elts[-1]
            number = isinstance(last, ast.UnaryOp) or (isinstance(last, ast.Constant) and isinstance(last.value, int))
            column = len(index.elts) > 1 and number  # x[:, 0] is one column, x[:, None] is all of it
            return SMALL if column and isinstance(index.elts[0], ast.Slice) else self.of(node.value, depth)
        if isinstance(index, ast.Constant) and isinstance(index.value, str):
            archive = self._archive(node.value)
            if archive is not None:  # statistics and labels lie in an .npz beside the data
                return TABLE if archive == "numpy.load" else self.of(node.value, depth)
            holder = self.inference.of(node.value)
            return SMALL if holder.kind is Kind.ARRAY and isinstance(node.value, ast.Name) else UNKNOWN
        if isinstance(index, ast.Constant) and index.value is not Ellipsis:
            return UNKNOWN
        if self.inference.of(index).kind is Kind.NUMBER:
            return SMALL
        rows = upper(index) or self._picked(index)
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


def _is_empty_list(value: ast.expr, steps: tuple[Step, ...]) -> bool:
    """``[]``, or the part of ``[], []`` that a name takes."""
    for place in steps:
        if not isinstance(value, ast.Tuple | ast.List) or not isinstance(place, int) or place >= len(value.elts):
            return False
        value = value.elts[place]
    return isinstance(value, ast.List) and not value.elts


def extents_of(module: Module) -> Extents:
    """The extents of the arrays of ``module``; ask through ``module.once(extents_of)``."""
    return Extents(module)
