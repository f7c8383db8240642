"""What the functions and classes of TensorFlow, Keras and NumPy return, by canonical name.

Sources: the API references of TensorFlow 2, Keras 2 and 3, TensorFlow Probability, TensorFlow Datasets and NumPy.
"""

from __future__ import annotations

import ast
import re

from greenfix_codemods.semantics.tensors.kinds import (
    ARRAY,
    DATASET,
    DISTRIBUTION,
    LARGE_TENSOR,
    METRIC,
    MODEL,
    NUMBER,
    OPTIMIZER,
    SCALAR_TENSOR,
    STRATEGY,
    SYMBOLIC,
    TAPE,
    TENSOR,
    UNKNOWN,
    VARIABLE,
    VECTOR_TENSOR,
    Kind,
    Size,
    Value,
)

REDUCTIONS = frozenset(
    {"reduce_mean", "reduce_sum", "reduce_max", "reduce_min", "reduce_prod", "reduce_all", "reduce_any"}
    | {"reduce_std", "reduce_variance", "reduce_logsumexp", "reduce_euclidean_norm", "norm", "l2_loss", "global_norm"}
    | {"mean", "sum", "max", "min", "std", "var", "prod"}
)

ELEMENTWISE = frozenset(
    {"abs", "add", "add_n", "cast", "constant", "convert_to_tensor", "divide", "divide_no_nan", "exp", "identity"}
    | {"is_nan", "log", "log1p", "logical_not", "maximum", "minimum", "multiply", "negative", "not_equal", "pow"}
    | {"round", "rsqrt", "sigmoid", "sqrt", "square", "stop_gradient", "subtract", "tanh", "truediv", "squeeze"}
    | {"clip_by_value", "sign", "equal", "greater", "less", "scalar_mul", "expand_dims", "reshape"}
)

_NOT_TENSORS = (
    "autograph", "compat", "config", "contrib", "debugging", "device", "distribute", "errors", "estimator",
    "executing_eagerly", "experimental", "feature_column", "flags", "gfile", "app", "get_logger", "get_static_value",
    "io.gfile", "is_tensor", "logging", "lite", "lookup", "name_scope", "nest", "numpy_function", "profiler",
    "py_function", "python", "random.set_seed", "saved_model", "set_random_seed", "summary", "sysconfig", "test",
    "tpu", "train", "types", "version", "io.TFRecordWriter", "io.write_file", "print", "function", "Session",
    "placeholder", "global_variables_initializer", "get_variable", "variable_scope", "get_default_graph", "group",
    "reset_default_graph", "while_loop", "cond", "map_fn", "switch_case", "init_scope", "control_dependencies",
)  # fmt: skip
_NOT_TENSOR_HOMES = tuple(f"{name}." for name in _NOT_TENSORS)

_LOADED_DATA = Value(
    Kind.SEQUENCE,
    parts=(Value(Kind.SEQUENCE, parts=(ARRAY, ARRAY)), Value(Kind.SEQUENCE, parts=(ARRAY, ARRAY))),
)

_NUMPY_NUMBERS = frozenset({"mean", "sum", "max", "min", "std", "var", "median", "prod", "ptp", "argmax", "argmin"})

_HOMES_OF_KERAS = re.compile(r"(losses|metrics|optimizers)\.[A-Z]")
"""Classes of Keras that TensorFlow 2 has under its own name as well: ``tf.metrics.Mean``."""


def result_of(dotted: str, call: ast.Call, arguments: tuple[Value, ...]) -> Value:  # noqa: PLR0911 - one case each
    """What calling the API ``dotted`` gives; unknown when it is not in the tables."""
    package, _, rest = dotted.partition(".")
    if dotted.startswith("tensorflow.compat.v1.losses."):
        return SCALAR_TENSOR
    if package == "keras" or (package == "tensorflow" and _HOMES_OF_KERAS.match(rest)):
        return _keras(rest, call, arguments)
    if package == "tensorflow":
        return _tensorflow(rest, call, arguments)
    if package in ("numpy", "scipy", "cv2", "pandas"):
        last = rest.rpartition(".")[2]
        if package == "numpy" and last in _NUMPY_NUMBERS and not _has_axis(call):
            return NUMBER
        return ARRAY
    if package == "tensorflow_datasets":
        return Value(Kind.DATASET, item=ARRAY) if rest.endswith("as_numpy") else DATASET
    if package == "tensorflow_probability":
        return DISTRIBUTION if rest.rpartition(".")[2][:1].isupper() else TENSOR
    if dotted.startswith(("sklearn.metrics.", "time.", "random.", "math.", "os.")):
        return NUMBER
    if dotted.startswith("sklearn.") and dotted.endswith(".train_test_split"):
        return Value(Kind.SEQUENCE, item=ARRAY)
    return UNKNOWN


def _tensorflow(rest: str, call: ast.Call, arguments: tuple[Value, ...]) -> Value:
    last = rest.rpartition(".")[2]
    if rest in ("GradientTape", "Variable"):
        return TAPE if rest == "GradientTape" else VARIABLE
    if rest.startswith("data."):
        return DATASET
    if rest.startswith("distribute.") and last.endswith("Strategy"):
        return STRATEGY
    if rest == "make_ndarray":
        return ARRAY
    if rest in _NOT_TENSORS or rest.startswith(_NOT_TENSOR_HOMES) or last[:1].isupper():
        return UNKNOWN
    return _operation(last, call, arguments)


def _operation(last: str, call: ast.Call, arguments: tuple[Value, ...]) -> Value:  # noqa: PLR0911 - one case each
    if any(argument.kind is Kind.SYMBOLIC for argument in arguments):
        return SYMBOLIC
    if last in REDUCTIONS:
        return TENSOR if _has_axis(call) else SCALAR_TENSOR
    if last in ("split", "unstack", "meshgrid", "dynamic_partition"):
        return Value(Kind.SEQUENCE, item=LARGE_TENSOR)
    if last in ("clip_by_global_norm",):
        return Value(Kind.SEQUENCE, parts=(Value(Kind.SEQUENCE, item=LARGE_TENSOR), SCALAR_TENSOR))
    if last in ELEMENTWISE and arguments:
        return Value(Kind.TENSOR, _largest(arguments))
    if last in ("shape", "rank", "size"):
        return VECTOR_TENSOR
    return TENSOR


def _largest(arguments: tuple[Value, ...]) -> Size:
    order = (Size.SCALAR, Size.SMALL, Size.UNKNOWN, Size.LARGE)
    sizes = [argument.item.size if argument.item else argument.size for argument in arguments]
    return max(sizes, key=order.index)


def _keras(rest: str, call: ast.Call, arguments: tuple[Value, ...]) -> Value:  # noqa: C901, PLR0911, PLR0912 - a table of areas
    area = rest.partition(".")[0]
    last = rest.rpartition(".")[2]
    if area == "losses":
        if not last[:1].isupper() and last not in ("get", "deserialize"):
            return VECTOR_TENSOR
        unreduced = any(each.arg == "reduction" and "none" in ast.unparse(each.value).lower() for each in call.keywords)
        return Value(Kind.LOSS, Size.SMALL if unreduced else Size.SCALAR)
    if area == "metrics":
        return METRIC if last[:1].isupper() or last == "get" else VECTOR_TENSOR
    if area == "optimizers":
        return OPTIMIZER
    if last == "Input":
        return SYMBOLIC
    if area in ("Sequential", "Model", "models", "layers", "applications"):
        if last.islower() and area == "applications":
            return arguments[0] if arguments and last == "preprocess_input" else UNKNOWN
        return MODEL
    if area == "datasets":
        return _LOADED_DATA if last == "load_data" else UNKNOWN
    if area == "backend":
        if last in ("get_value", "eval", "batch_get_value"):
            return ARRAY
        if last.startswith(("set_", "clear_", "get_", "image_data", "floatx", "epsilon", "function", "learning_phase")):
            return UNKNOWN
        return _operation(last, call, arguments)
    if area == "ops":
        return ARRAY if last == "convert_to_numpy" else _operation(last, call, arguments)
    if area in ("utils", "preprocessing"):
        return DATASET if last.endswith("_from_directory") else ARRAY if last.islower() else UNKNOWN
    return UNKNOWN


def _has_axis(call: ast.Call) -> bool:
    return len(call.args) > 1 or any(each.arg in ("axis", "keepdims", "reduction_indices") for each in call.keywords)


def loss_value(loss: Value) -> Value:
    """What calling a Keras loss object gives."""
    return VECTOR_TENSOR if loss.size is Size.SMALL else SCALAR_TENSOR
