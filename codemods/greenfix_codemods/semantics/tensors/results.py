"""What builtins and methods return, by the kind of the value they are called on."""

from __future__ import annotations

from greenfix_codemods.semantics.tensors import kinds
from greenfix_codemods.semantics.tensors.kinds import Kind, Size, Value, join_all, step
from greenfix_codemods.semantics.tensors.scopes import ITEM

_NUMBERS = frozenset({"float", "int", "len", "bool", "id", "hash", "ord", "isinstance", "complex", "callable"})
_TEXTS = frozenset({"str", "repr", "format", "input", "chr"})
_SAME = frozenset({"abs", "round", "deepcopy", "copy", "trange", "iter", "reversed", "sorted"})
_DATASET_METHODS = frozenset(
    {"map", "batch", "shuffle", "repeat", "prefetch", "take", "skip", "cache", "filter", "unbatch", "padded_batch"}
    | {"with_options", "enumerate", "interleave", "shard", "concatenate", "apply", "window", "make_one_shot_iterator"}
)
_DISTRIBUTION_METHODS = frozenset({"sample", "log_prob", "prob", "entropy", "mean", "mode", "kl_divergence", "stddev"})
METHODS = frozenset(
    {"append", "extend", "get", "items", "keys", "values", "pop", "update", "join", "split", "format", "step", "reset"}
    | {"read", "load", "add", "copy", "seek", "write", "apply_gradients"}
)
"""Methods of Python's own containers, of files and environments: never a call of a model."""


def builtin_result(name: str, arguments: tuple[Value, ...]) -> Value | None:  # noqa: C901, PLR0911 - a table
    """What the builtin ``name`` returns; None when it is no builtin that is followed."""
    first = arguments[0] if arguments else kinds.UNKNOWN
    if name in _NUMBERS:
        return kinds.NUMBER
    if name in _TEXTS:
        return kinds.TEXT
    if name in ("list", "tuple", "set", "deque"):
        return items_of(first) if arguments else kinds.SEQUENCE
    if name == "range":
        return Value(Kind.SEQUENCE, item=kinds.NUMBER)
    if name in ("dict", "defaultdict", "OrderedDict"):
        return kinds.MAPPING
    if name == "enumerate":
        return Value(Kind.SEQUENCE, item=Value(Kind.SEQUENCE, parts=(kinds.NUMBER, _item(first))))
    if name == "zip":
        return Value(Kind.SEQUENCE, item=Value(Kind.SEQUENCE, parts=tuple(map(_item, arguments))))
    if name == "next":
        return _item(first)
    if name == "sum":
        return _item(first)
    if name in ("min", "max"):
        return join_all(list(arguments)) if len(arguments) > 1 else _item(first)
    if name in _SAME:
        return first
    return None


def items_of(value: Value) -> Value:
    """``list(value)``: the same elements in a list."""
    if value.kind is Kind.SEQUENCE:
        return value
    return Value(Kind.SEQUENCE, item=_item(value))


def _item(value: Value) -> Value:
    return step(value, ITEM)


def method_result(receiver: Value, name: str, arguments: tuple[Value, ...]) -> Value:  # noqa: PLR0911, C901 - one case for each kind
    """What the method ``name`` of ``receiver`` returns."""
    everywhere = {
        "numpy": kinds.NUMBER if receiver.size is Size.SCALAR else kinds.ARRAY,
        "item": kinds.NUMBER,
        "predict": kinds.ARRAY,
        "predict_on_batch": kinds.ARRAY,
        "predict_generator": kinds.ARRAY,
        "evaluate": kinds.NUMBER,
        "train_on_batch": kinds.NUMBER,
        "test_on_batch": kinds.NUMBER,
        "fit": kinds.HISTORY,
        "fit_generator": kinds.HISTORY,
        "tolist": Value(Kind.SEQUENCE, item=kinds.NUMBER),
        "as_numpy_iterator": Value(Kind.DATASET, item=kinds.ARRAY),
        "format": kinds.TEXT,
        "join": kinds.TEXT,
        "from_generator": kinds.DATASET,
    }
    if name in everywhere:
        return everywhere[name]
    match receiver.kind:
        case Kind.METRIC:
            return kinds.SCALAR_TENSOR if name == "result" else kinds.NONE
        case Kind.TAPE:
            return _derivative(name, arguments)
        case Kind.VARIABLE:
            return kinds.TENSOR if name in ("value", "read_value") else kinds.VARIABLE
        case Kind.DATASET:
            return receiver if name in _DATASET_METHODS else kinds.UNKNOWN
        case Kind.DISTRIBUTION:
            return kinds.TENSOR if name in _DISTRIBUTION_METHODS else kinds.UNKNOWN
        case Kind.STRATEGY:
            return kinds.SCALAR_TENSOR if name == "reduce" else kinds.UNKNOWN
        case Kind.MODEL:
            return Value(Kind.SEQUENCE, item=kinds.ARRAY) if name == "get_weights" else kinds.UNKNOWN
        case Kind.TEXT | Kind.ARRAY:
            return receiver
        case Kind.TENSOR:
            return Value(Kind.SEQUENCE, item=kinds.NUMBER) if name == "get_shape" else kinds.UNKNOWN
        case Kind.SEQUENCE | Kind.MAPPING:
            return _container_method(receiver, name)
        case _:
            return kinds.UNKNOWN


def _derivative(name: str, arguments: tuple[Value, ...]) -> Value:
    if name in ("jacobian", "batch_jacobian"):
        return kinds.LARGE_TENSOR
    if name != "gradient":
        return kinds.NONE
    sources = arguments[1] if len(arguments) > 1 else kinds.UNKNOWN
    if sources.kind is Kind.SEQUENCE and sources.parts:
        return Value(Kind.SEQUENCE, parts=tuple(kinds.LARGE_TENSOR for _ in sources.parts))
    return kinds.LARGE_TENSOR if sources.kind in (Kind.TENSOR, Kind.VARIABLE) else kinds.GRADIENTS


def _container_method(receiver: Value, name: str) -> Value:
    item = _item(receiver)
    if name in ("pop", "popleft", "get", "setdefault"):
        return item
    if name == "copy":
        return receiver
    if receiver.kind is Kind.MAPPING and name == "values":
        return Value(Kind.SEQUENCE, item=item)
    if receiver.kind is Kind.MAPPING and name == "items":
        return Value(Kind.SEQUENCE, item=Value(Kind.SEQUENCE, parts=(kinds.TEXT, item)))
    return kinds.UNKNOWN


def attribute_of(value: Value, name: str) -> Value:  # noqa: PLR0911 - one case each
    """What the attribute ``name`` of a value is, for the kinds that come from TensorFlow, Keras and NumPy."""
    if value.kind in (Kind.TENSOR, Kind.ARRAY):
        if name in ("shape", "dtype", "ndim", "size", "name", "device"):
            return kinds.SEQUENCE if name == "shape" else kinds.NUMBER
        return value if name in ("T", "real", "imag", "values", "iloc", "loc") else kinds.UNKNOWN
    if value.kind is Kind.MODEL:
        if name in ("trainable_variables", "variables", "trainable_weights", "weights", "non_trainable_variables"):
            return Value(Kind.SEQUENCE, item=kinds.VARIABLE)
        if name == "losses":
            return Value(Kind.SEQUENCE, item=kinds.SCALAR_TENSOR)
        return kinds.UNKNOWN
    if value.kind is Kind.HISTORY:
        return kinds.MAPPING if name == "history" else kinds.UNKNOWN
    return kinds.UNKNOWN
