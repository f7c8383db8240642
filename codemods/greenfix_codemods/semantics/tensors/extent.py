"""How large an array is likely to be, by where it comes from and how it is used: data sets yes, labels no."""

from __future__ import annotations

import ast
from enum import IntEnum

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.tensors.bindings import ITEM, Binding, How, Step
from greenfix_codemods.semantics.tensors.inference import Inference, inference_of
from greenfix_codemods.semantics.tensors.kinds import Kind

MANY_ROWS = 1000
_DEPTH = 8


class Extent(IntEnum):
    """The likely size of an array."""

    SMALL = 0
    UNKNOWN = 1
    LARGE = 2


_TOY_DATA = frozenset(
    {"load_iris", "load_wine", "load_breast_cancer", "load_digits", "load_diabetes", "load_boston", "load_linnerud"}
)
_SMALL_RESULTS = frozenset(
    {"arange", "linspace", "unique", "bincount", "where", "mean", "argmax", "argmin", "argsort", "nonzero", "median"}
    | {"sum", "std", "var", "min", "max", "array_equal", "allclose", "isnan", "any", "all", "random.permutation"}
    | {
        "permutation",
        "cumsum",
        "compute_class_weight",
        "class_weight",
        "shape",
        "count_nonzero",
        "histogram",
        "corrcoef",
    }
    | {"randint", "logspace", "eye", "sqrt", "to_datetime", "date_range", "mean_squared_error", "percentile", "Series"}
)
_LOADERS = frozenset(
    {"load", "loadtxt", "genfromtxt", "fromfile", "loadmat", "read_csv", "read_excel", "read_hdf", "read_pickle"}
    | {"read_parquet", "read_json", "read_table", "read_feather", "read_sql", "concat", "load_npz", "pad_sequences"}
    | {"texts_to_sequences", "fetch_openml", "make_classification", "make_regression", "make_blobs", "fetch_mldata"}
    | {"fetch_olivetti_faces", "fetch_california_housing", "fetch_lfw_people", "imread_collection", "texts_to_matrix"}
    | {"read_fwf", "memmap"}
)
_SAME_METHODS = frozenset(
    {
        "astype",
        "reshape",
        "transpose",
        "copy",
        "drop",
        "dropna",
        "fillna",
        "to_numpy",
        "reset_index",
        "flatten",
        "ravel",
    }
    | {"squeeze", "sample", "sort_values", "replace", "apply", "interpolate", "as_matrix", "swapaxes", "set_index"}
    | {"tolist", "clip", "merge", "join", "toarray", "todense", "rename", "numpy", "round", "drop_duplicates"}
)
_TRANSFORMS = frozenset({"fit_transform", "transform", "inverse_transform"})
_COMBINES = frozenset(
    {
        "concatenate",
        "stack",
        "vstack",
        "hstack",
        "dstack",
        "append",
        "repeat",
        "tile",
        "column_stack",
        "array",
        "asarray",
    }
    | {"reshape", "expand_dims", "transpose", "squeeze", "nan_to_num", "float32", "swapaxes", "moveaxis", "pad", "roll"}
    | {"shuffle", "copy", "clip", "log", "log1p", "abs", "divide", "subtract", "multiply", "rollaxis", "flip", "resize"}
    | {"DataFrame", "get_dummies", "preprocess_input", "normalize", "scale", "asfarray", "delete", "zscore", "resample"}
)
_IMAGES = frozenset({"imread", "img_to_array", "resize", "open", "load_img", "imresize", "cvtColor", "decode_jpeg"})
_ARRAY_ATTRIBUTES = frozenset(
    {"shape", "iloc", "loc", "astype", "reshape", "ndim", "nbytes", "to_numpy", "dropna", "T"}
)
_ARRAY_TAKERS = frozenset(
    {"concatenate", "vstack", "hstack", "stack", "train_test_split", "expand_dims", "pad_sequences", "fit_transform"}
)


class Extents:
    """The extents of the arrays of one module."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.inference: Inference = module.once(inference_of)
        self._memo: dict[ast.AST, Extent] = {}

    def of_binding(self, binding: Binding) -> Extent:
        """How large the value is that ``binding`` binds."""
        if binding.value is None or binding.how is not How.ASSIGN:
            return Extent.UNKNOWN
        if isinstance(binding.value, ast.List) and not binding.value.elts:
            return self._filled(binding)
        found = self._stepped(binding.value, binding.steps, _DEPTH)
        if found is Extent.UNKNOWN and self._from_outside(binding) and self._used_as_array(binding):
            return Extent.LARGE
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

    def known(self, binding: Binding) -> bool:
        """Whether the origin of ``binding`` says that it is large, without its uses."""
        if binding.value is None or (isinstance(binding.value, ast.List) and not binding.value.elts):
            return binding.value is not None
        return self._stepped(binding.value, binding.steps, _DEPTH) is Extent.LARGE

    def _stepped(self, node: ast.expr, steps: tuple[Step, ...], depth: int) -> Extent:
        """The extent of a part of ``node``; of ``train_test_split`` and ``load_data`` the parts are known."""
        if not steps:
            return self.of(node, depth)
        if isinstance(node, ast.Tuple | ast.List) and isinstance(steps[0], int) and steps[0] < len(node.elts):
            return self._stepped(node.elts[steps[0]], steps[1:], depth)
        if isinstance(node, ast.Call):
            return self._part_of_call(node, steps, depth)
        if isinstance(node, ast.Subscript | ast.Name | ast.Attribute):
            return self.of(node, depth) if len(steps) == 1 and steps[0] != ITEM else Extent.UNKNOWN
        return Extent.UNKNOWN

    def _part_of_call(self, node: ast.Call, steps: tuple[Step, ...], depth: int) -> Extent:
        last = _last(node.func)
        if last == "train_test_split" and isinstance(steps[0], int) and node.args:
            which = steps[0] // 2
            return self.of(node.args[which], depth - 1) if which < len(node.args) else Extent.UNKNOWN
        if last == "load_data" and (self.module.names.resolve(node.func) or "").startswith("keras.datasets"):
            return Extent.SMALL if steps[-1] == 1 else Extent.LARGE
        if last in _TOY_DATA or last == "next":
            return Extent.SMALL
        if last == "shuffle" and isinstance(steps[0], int) and steps[0] < len(node.args):
            return self.of(node.args[steps[0]], depth - 1)
        helper = self.inference.of(node.func).definition
        if depth and helper is not None and isinstance(helper[1], ast.FunctionDef):
            return helper[0].once(extents_of).returned(helper[1], steps, depth - 2)
        return Extent.UNKNOWN

    def returned(self, function: ast.FunctionDef, steps: tuple[Step, ...], depth: int) -> Extent:
        """The extent of what a function returns (or of a part of it)."""
        if depth <= 0:
            return Extent.UNKNOWN
        results = [node.value for node in ast.walk(function) if isinstance(node, ast.Return) and node.value is not None]
        return max((self._stepped(result, steps, depth) for result in results), default=Extent.UNKNOWN)

    def of(self, node: ast.expr, depth: int = _DEPTH) -> Extent:  # noqa: PLR0911, C901 - one case for each kind of expression
        """How large the value of ``node`` is."""
        if depth <= 0:
            return Extent.UNKNOWN
        match node:
            case ast.Name():
                bindings = self.inference.flow.reaching(node)
                return max((self._bound(each, depth - 1) for each in bindings), default=Extent.UNKNOWN)
            case ast.Call():
                return self._call(node, depth - 1)
            case ast.Subscript():
                return self._subscript(node, depth - 1)
            case ast.Attribute():
                return self._attribute(node, depth - 1)
            case ast.BinOp():
                return max(self.of(node.left, depth - 1), self.of(node.right, depth - 1))
            case ast.UnaryOp():
                return self.of(node.operand, depth - 1)
            case ast.Constant() | ast.JoinedStr() | ast.Dict() | ast.Compare() | ast.Lambda():
                return Extent.SMALL
            case ast.Tuple() | ast.List():
                return max((self.of(each, depth - 1) for each in node.elts), default=Extent.SMALL)
            case ast.ListComp():
                return self._comprehension(node)
            case ast.IfExp():
                return max(self.of(node.body, depth - 1), self.of(node.orelse, depth - 1))
            case _:
                return Extent.UNKNOWN

    def _bound(self, binding: Binding, depth: int) -> Extent:
        if binding.value is None or binding.how is not How.ASSIGN:
            return Extent.UNKNOWN
        if isinstance(binding.value, ast.List) and not binding.value.elts:
            return self._filled(binding)
        return self._stepped(binding.value, binding.steps, depth)

    def _call(self, node: ast.Call, depth: int) -> Extent:  # noqa: C901, PLR0911, PLR0912 - one case for each family of functions
        last = _last(node.func)
        if last in _TOY_DATA or last in _SMALL_RESULTS or last == "next":
            return Extent.SMALL
        dotted = self.module.names.resolve(node.func)
        if dotted is not None:
            if last in _LOADERS and dotted.startswith(("numpy.", "pandas.", "scipy.", "sklearn.", "keras.")):
                return Extent.LARGE
            if last in ("zeros", "ones", "empty", "full", "rand", "randn", "random", "normal", "uniform"):
                return _shape_extent(node)
            if last in _COMBINES and node.args:
                return self.of(node.args[0], depth)
            if last in ("load_data",):
                return Extent.LARGE
        helper = self.inference.of(node.func).definition
        if helper is not None and isinstance(helper[1], ast.FunctionDef):
            return helper[0].once(extents_of).returned(helper[1], (), depth - 1)
        if isinstance(node.func, ast.Attribute) and dotted is None:
            if last in _SAME_METHODS:
                return self.of(node.func.value, depth)
            if last in _TRANSFORMS and node.args:
                return self.of(node.args[0], depth)
            if last in ("texts_to_sequences", "texts_to_matrix"):
                return Extent.LARGE
            if last == "predict" and node.args:
                return self.of(node.args[0], depth)
            if last == "pop":
                return Extent.SMALL
        if isinstance(node.func, ast.Name) and last in ("list", "tuple") and node.args:
            return self.of(node.args[0], depth)
        return Extent.UNKNOWN

    def _subscript(self, node: ast.Subscript, depth: int) -> Extent:
        index = node.slice
        if isinstance(index, ast.Tuple) and _one_column(index.elts[-1]):
            return Extent.SMALL
        if isinstance(index, ast.Tuple):
            last = index.elts[-1]
            column = len(index.elts) > 1 and isinstance(last, ast.Constant | ast.UnaryOp)  # x[:, 0] is one column
            return Extent.SMALL if column and _is_all(index.elts[0]) else self.of(node.value, depth)
        if isinstance(index, ast.Constant) and isinstance(index.value, str):
            holder = self.inference.of(node.value)
            table = holder.kind is Kind.ARRAY and isinstance(node.value, ast.Name)
            return Extent.SMALL if table else Extent.UNKNOWN
        if isinstance(index, ast.Constant):
            return Extent.UNKNOWN
        if self.inference.of(index).kind is Kind.NUMBER or _first_few(index):
            return Extent.SMALL
        return self.of(node.value, depth)

    def _attribute(self, node: ast.Attribute, depth: int) -> Extent:
        if node.attr in ("values", "T", "iloc", "loc"):
            return self.of(node.value, depth)
        if node.attr in ("shape", "size", "columns", "index", "target", "feature_names", "target_names"):
            return Extent.SMALL
        return Extent.UNKNOWN if node.attr != "data" else self.of(node.value, depth)

    def _comprehension(self, node: ast.ListComp) -> Extent:
        calls = [each for each in ast.walk(node.elt) if isinstance(each, ast.Call)]
        if any(_last(call.func) in _IMAGES - {"open"} for call in calls):
            return Extent.LARGE
        return Extent.UNKNOWN

    def _filled(self, binding: Binding) -> Extent:
        """A list that starts empty: large when a loop appends arrays to it."""
        owner = self.inference.flow.scope(binding.node)
        for read in self.inference.flow.bindings(owner).loads.get(binding.name, ()):
            parent = self.module.parents.get(read)
            call = self.module.parents.get(parent) if parent is not None else None
            appends = isinstance(parent, ast.Attribute) and parent.attr == "append"
            if not appends or not isinstance(call, ast.Call) or not call.args:
                continue
            if self._is_array(call.args[0]) and binding in self.inference.flow.reaching(read):
                return Extent.LARGE
        return Extent.SMALL

    def _is_array(self, node: ast.expr) -> bool:  # noqa: PLR0911 - one case each
        """Whether one element of a list is itself an array (an image, a window of rows)."""
        if isinstance(node, ast.Call):
            if _last(node.func) in _IMAGES | {"array", "asarray", "expand_dims", "load"}:
                return self.module.names.resolve(node.func) is not None or _last(node.func) != "open"
            if _last(node.func) in _SAME_METHODS and isinstance(node.func, ast.Attribute):
                return self._is_array(node.func.value)
            return False
        if isinstance(node, ast.Name):
            bindings = self.inference.flow.reaching(node)
            return any(
                each.value is not None and each.how is How.ASSIGN and not each.steps and self._is_array(each.value)
                for each in bindings
            )
        if isinstance(node, ast.Subscript):
            index = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            return any(isinstance(each, ast.Slice) for each in index) and self.of(node.value) is Extent.LARGE
        if isinstance(node, ast.BinOp):
            return self._is_array(node.left)
        return False

    def _used_as_array(self, binding: Binding) -> bool:
        """Whether something of unknown origin is used as only arrays and tables are."""
        flow = self.inference.flow
        if self.inference.of(binding.value).kind is Kind.TEXT if binding.value is not None else False:
            return False
        for read in flow.bindings(flow.scope(binding.node)).loads.get(binding.name, ()):
            if binding in flow.reaching(read) and self._array_use(read):
                return True
        return False

    def _array_use(self, read: ast.Name) -> bool:
        parent = self.module.parents.get(read)
        if isinstance(parent, ast.Attribute):
            return parent.attr in _ARRAY_ATTRIBUTES
        if isinstance(parent, ast.Subscript) and parent.value is read:
            return isinstance(parent.slice, ast.Tuple) and any(
                isinstance(each, ast.Slice) or (isinstance(each, ast.Constant) and each.value is Ellipsis)
                for each in parent.slice.elts
            )
        if isinstance(parent, ast.List | ast.Tuple):
            parent = self.module.parents.get(parent)
        return isinstance(parent, ast.Call) and _last(parent.func) in _ARRAY_TAKERS


def _last(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _one_column(node: ast.expr) -> bool:
    """``8:9``."""
    if not isinstance(node, ast.Slice) or not isinstance(node.lower, ast.Constant):
        return False
    bounds = (node.lower.value, node.upper.value if isinstance(node.upper, ast.Constant) else None)
    return isinstance(bounds[0], int) and isinstance(bounds[1], int) and bounds[1] - bounds[0] == 1


def _first_few(node: ast.expr) -> bool:
    """``:480``."""
    upper = node.upper if isinstance(node, ast.Slice) and node.lower is None else None
    return isinstance(upper, ast.Constant) and isinstance(upper.value, int) and 0 < upper.value < MANY_ROWS


def _is_all(node: ast.expr) -> bool:
    return isinstance(node, ast.Slice)


def _shape_extent(node: ast.Call) -> Extent:
    """``np.zeros((n, 28, 28))``: large unless the shape is written out and small."""
    shape = node.args[0] if node.args else None
    sizes = shape.elts if isinstance(shape, ast.Tuple | ast.List) else [shape] if shape is not None else []
    total = 1
    for each in sizes:
        if not isinstance(each, ast.Constant) or not isinstance(each.value, int):
            return Extent.LARGE if len(sizes) > 1 else Extent.SMALL
        total *= each.value
    return Extent.LARGE if total >= MANY_ROWS * 100 else Extent.SMALL


def extents_of(module: Module) -> Extents:
    """The extents of the arrays of ``module``; ask through ``module.once(extents_of)``."""
    return Extents(module)
