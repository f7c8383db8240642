"""Which names' memory a value may still hold: aliases, views, slices, containers. Copies hold nothing.

Sources: the NumPy guide on copies and views, the pandas guide on copy-on-write, scikit-learn's ``train_test_split``
(indexes, so it copies), ``tf.data.Dataset.from_tensor_slices`` (copies NumPy, shares tensors).
"""

from __future__ import annotations

import ast

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import Function
from greenfix_codemods.semantics.tensors.classes import positional
from greenfix_codemods.semantics.tensors.inference import Inference, inference_of
from greenfix_codemods.semantics.tensors.kinds import Kind
from greenfix_codemods.semantics.tensors.scopes import Binding, How

NOTHING: frozenset[str] = frozenset()

_VIEWS = frozenset(
    {"asarray", "asanyarray", "reshape", "squeeze", "expand_dims", "transpose", "ravel", "swapaxes", "moveaxis"}
    | {"split", "array_split", "vsplit", "hsplit", "atleast_1d", "atleast_2d", "atleast_3d", "broadcast_to", "flip"}
    | {
        "fliplr",
        "flipud",
        "rot90",
        "ascontiguousarray",
        "view",
        "to_numpy",
        "get",
        "items",
        "values",
        "pop",
        "as_matrix",
    }
)
_COPYING_METHODS = frozenset(
    {"astype", "copy", "drop", "dropna", "fillna", "flatten", "mean", "sum", "std", "var", "min", "max", "argmax"}
    | {"fit_transform", "transform", "inverse_transform", "fit", "predict", "predict_proba", "evaluate", "score"}
    | {"reset_index", "sample", "merge", "groupby", "sort_values", "apply", "map", "replace", "join", "head", "tail"}
    | {"describe", "value_counts", "unique", "isin", "tolist", "isnull", "isna", "repeat", "round", "clip", "dot"}
    | {"load_data", "texts_to_sequences", "fit_on_texts", "numpy", "to_list", "corr", "shuffle", "append", "split_"}
    | {"compile", "summary", "count", "nunique", "any", "all", "cumsum", "rolling", "shift", "diff", "pivot", "argsort"}
    | {"fit_generator", "train_on_batch", "partial_fit", "fit_resample"}
)
_COPYING_PACKAGES: tuple[str, ...] = (
    "numpy.",
    "sklearn.",
    "keras.utils.",
    "keras.preprocessing.sequence.",
    "pandas.",
    "scipy.",
    "cv2.",
)
_COPYING_PACKAGES += ("tensorflow.", "skimage.", "keras.backend.", "imblearn.", "matplotlib.", "seaborn.", "librosa.")
_COPYING_BUILTINS = frozenset(
    {"len", "sum", "min", "max", "print", "int", "float", "str", "bool", "round", "abs", "any", "all", "type", "range"}
    | {"isinstance", "repr", "id", "format"}
)
_SHARING_LISTS = frozenset({"train_test_split", "shuffle", "resample"})
"""Functions of scikit-learn that index: of an array they give copies, of a list a list of the same elements."""
_JOINED_SETS = frozenset({"zip", "choose_from_datasets", "sample_from_datasets", "from_generator"})
_FACTS = frozenset({"shape", "size", "ndim", "dtype", "nbytes", "itemsize", "columns", "index", "dtypes"})
_DEPTH = 2
KEEPING = frozenset({"append", "extend", "insert", "update", "add", "setdefault"})
"""Methods by which a container keeps what it is given."""


class Holding:
    """What the expressions of one module hold."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.inference: Inference = module.once(inference_of)
        self._parameters: dict[ast.AST, frozenset[str]] = {}

    def names(self, node: ast.expr, depth: int = _DEPTH) -> frozenset[str]:  # noqa: PLR0911, PLR0912, C901 - one case for each kind of expression
        """The local names whose memory the value of ``node`` may share."""
        match node:
            case ast.Name():
                return frozenset({node.id})
            case ast.Attribute():
                return NOTHING if node.attr in _FACTS else self.names(node.value, depth)
            case ast.Subscript():
                return NOTHING if self._copies(node.slice) else self.names(node.value, depth)
            case ast.Call():
                return self._call(node, depth)
            case ast.Tuple() | ast.List() | ast.Set():
                return self._union(node.elts, depth)
            case ast.Dict():
                return self._union(node.values, depth)
            case ast.BinOp(op=ast.Add()) if self.inference.of(node.left).kind is Kind.SEQUENCE:
                return self._union([node.left, node.right], depth)  # a list of what both lists hold
            case ast.IfExp():
                return self._union([node.body, node.orelse], depth)
            case ast.BoolOp():
                return self._union(node.values, depth)
            case ast.Starred() | ast.NamedExpr() | ast.Await():
                return self.names(node.value, depth)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return self._comprehension(node.elt, node.generators, depth)
            case ast.DictComp():
                return self._comprehension(node.value, node.generators, depth)
            case _:
                return NOTHING  # arithmetic, comparisons, constants, text: new values

    def _union(self, nodes: list[ast.expr], depth: int) -> frozenset[str]:
        return NOTHING.union(*(self.names(each, depth) for each in nodes))

    def _comprehension(self, element: ast.expr, generators: list[ast.comprehension], depth: int) -> frozenset[str]:
        held = self.names(element, depth)
        for each in reversed(generators):
            targets = {node.id for node in ast.walk(each.target) if isinstance(node, ast.Name)}
            if held & targets:
                held = (held - targets) | self.names(each.iter, depth)
        return held

    def _copies(self, index: ast.expr) -> bool:
        """Whether indexing with ``index`` copies: a mask or a list of places does, numbers and slices give views."""
        if isinstance(index, ast.Tuple):
            return any(self._copies(each) for each in index.elts)
        if isinstance(index, ast.Slice | ast.Constant | ast.UnaryOp | ast.BinOp):
            return False
        if isinstance(index, ast.List | ast.Compare | ast.ListComp):
            return True
        return self.inference.of(index).kind not in (Kind.NUMBER, Kind.TEXT, Kind.NONE)

    def _call(self, node: ast.Call, depth: int) -> frozenset[str]:  # noqa: PLR0911 - one case for each kind of callee
        arguments = arguments_of(node)
        dotted = self.module.names.resolve(node.func)
        if dotted is not None and dotted.startswith(_COPYING_PACKAGES):
            return self._library(dotted, node, depth)
        if isinstance(node.func, ast.Name) and dotted is None and node.func.id in _COPYING_BUILTINS:
            return NOTHING
        helper = self._helper(node)
        if helper is not None:
            return self._through(helper, node, depth)
        if isinstance(node.func, ast.Attribute) and dotted is None:
            if node.func.attr in _COPYING_METHODS:
                dataset = self.inference.of(node.func.value).kind is Kind.DATASET  # shuffle and map copy nothing
                return self._union([node.func.value, *arguments], depth) if dataset else NOTHING
            if node.func.attr in _VIEWS:
                return self.names(node.func.value, depth)
            if self.inference.of(node.func.value).kind in (Kind.ARRAY, Kind.TEXT, Kind.NUMBER):
                return NOTHING
            return self._union([node.func.value, *arguments], depth)
        return self._union(arguments, depth)

    def _library(self, dotted: str, node: ast.Call, depth: int) -> frozenset[str]:
        last = dotted.rpartition(".")[2]
        if last in _SHARING_LISTS and node.args:
            lists = [each for each in node.args if self.inference.of(each).kind is Kind.SEQUENCE]
            return self._union(lists, depth)  # new lists of the same elements
        if dotted.startswith("numpy.") and last in _VIEWS and node.args:
            return self.names(node.args[0], depth)
        if last in _JOINED_SETS and ".data." in dotted:
            return self._union(arguments_of(node), depth)  # a data set holds those that it reads from
        if dotted.startswith("tensorflow."):
            given = [element for each in node.args for element in _written_out(each)]
            return self._union([each for each in given if self.inference.of(each).tensor], depth)
        wraps = last[:1].isupper() and not dotted.startswith(("pandas.", "sklearn."))
        return self._union(list(node.args), depth) if wraps or dotted == "pandas.DataFrame" else NOTHING

    def _helper(self, node: ast.Call) -> tuple[Module, ast.AST] | None:
        return self.inference.of(node.func).definition

    def _through(self, helper: tuple[Module, ast.AST], node: ast.Call, depth: int) -> frozenset[str]:
        """What a call of a project function hands on: the arguments that its result may hold."""
        module, function = helper
        arguments = arguments_of(node)
        if depth == 0 or not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            return self._union(arguments, depth)
        held = module.once(holding_of).parameters_held(function, depth - 1)
        given = dict(zip(positional(module, function), node.args, strict=False))
        given |= {each.arg: each.value for each in node.keywords if each.arg is not None}
        if isinstance(node.func, ast.Attribute):
            given.setdefault("self", node.func.value)
        return self._union([value for name, value in given.items() if name in held], depth - 1)

    def parameters_held(self, function: Function, depth: int) -> frozenset[str]:
        """The parameters of ``function`` whose memory its result, ``self`` or another object may hold afterwards."""
        if function not in self._parameters:
            self._parameters[function] = NOTHING  # a recursion holds nothing more than its own body
            self._parameters[function] = self._handed_on(function, depth)
        return self._parameters[function]

    def _handed_on(self, function: Function, depth: int) -> frozenset[str]:
        if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in ast.walk(function)):
            return parameters_of(function)  # a generator holds its frame
        returned = (
            each.value for each in ast.walk(function) if isinstance(each, ast.Return) and each.value is not None
        )
        kept = (
            each.value
            for each in ast.walk(function)
            if isinstance(each, ast.Assign) and any(isinstance(target, ast.Attribute) for target in each.targets)
        )
        return NOTHING.union(*(self._parameters_behind(each, depth, set()) for each in (*returned, *kept)))

    def _parameters_behind(self, node: ast.expr, depth: int, seen: set[Binding]) -> frozenset[str]:
        """The parameters whose memory the value of ``node`` may share, through what its names are bound to."""
        held = self.names(node, depth)
        names = [each for each in ast.walk(node) if isinstance(each, ast.Name) and each.id in held]
        found: set[str] = set()
        waiting = [binding for name in names for binding in self.inference.flow.reaching(name)]
        while waiting:
            binding = waiting.pop()
            if binding in seen:
                continue
            seen.add(binding)
            if binding.how is How.PARAMETER:
                found.add(binding.name)
            elif binding.how is How.AUGMENTED and isinstance(binding.node, ast.Name):
                waiting += self.inference.flow.reaching(binding.node)
            elif binding.part is not None:
                found |= self._parameters_behind(binding.part, depth, seen)
        return frozenset(found)


def _written_out(node: ast.expr) -> list[ast.expr]:
    """The elements of a tuple, list or dict that is written out, at any depth; else the expression itself."""
    if isinstance(node, ast.Tuple | ast.List):
        return [element for each in node.elts for element in _written_out(each)]
    if isinstance(node, ast.Dict):
        return [element for each in node.values for element in _written_out(each)]
    return [node]


def parameters_of(function: Function) -> frozenset[str]:
    """The names of the parameters."""
    arguments = function.args
    return frozenset(each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs))


def arguments_of(node: ast.Call) -> list[ast.expr]:
    """Everything that a call is given."""
    return [*node.args, *(each.value for each in node.keywords)]


def holding_of(module: Module) -> Holding:
    """What the values of ``module`` hold; ask through ``module.once(holding_of)``."""
    return Holding(module)
