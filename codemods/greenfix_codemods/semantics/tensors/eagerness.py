"""Where code runs eagerly: not in a ``tf.function``, not in a Keras ``call``, not in a TF1 session program.

In graph code a "tensor" is a symbol that exists while tracing; keeping it is not a leak of every pass.
"""

from __future__ import annotations

import ast
import re
from functools import cached_property

from greenfix_codemods.semantics.index import index_of
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import Function

LIBRARIES = (
    *("tensorflow.", "keras.", "tf_keras.", "numpy.", "pandas.", "matplotlib.", "sklearn.", "os.", "scipy.", "cv2."),
)
"""Never followed, not even where the scanned tree holds them: what their functions give is known by their names."""

_SESSIONS = frozenset(
    {"Session", "placeholder", "InteractiveSession", "global_variables_initializer", "disable_eager_execution"}
    | {"disable_v2_behavior"}
)
_TRAINING = re.compile(
    rb"epoch|GradientTape|apply_gradients|minimize|train_on_batch|train_step|Dataset|tfds|\.result\(|\.fit\(|episode|loss"
)
"""A file without any of these trains nothing and iterates no data: libraries are full of such files."""

_EAGER = frozenset({"enable_eager_execution", "enable_v2_behavior", "eager"})
_KERAS_BASES = ("keras.Model", "keras.models.Model", "keras.Sequential", "keras.models.Sequential", "keras.layers.")
_TRACED_METHODS = frozenset({"call", "build", "train_step", "test_step", "predict_step", "compute_loss", "get_config"})
_TRACERS = frozenset({"map", "interleave", "flat_map", "filter", "Lambda", "while_loop", "map_fn", "cond", "scan"})


class Execution:
    """Which code of a module runs eagerly."""

    def __init__(self, module: Module) -> None:
        self.module = module

    @cached_property
    def session_based(self) -> bool:
        """Whether this is a TF1 graph program: sessions or placeholders, and eager mode never switched on."""
        used = {node.attr for node in self._tensorflow_attributes}
        used |= {dotted.rpartition(".")[2] for dotted in self.module.names.imports.values() if _tensorflow(dotted)}
        return bool(used & _SESSIONS) and not used & _EAGER

    @cached_property
    def _tensorflow_attributes(self) -> tuple[ast.Attribute, ...]:
        wanted = _SESSIONS | _EAGER
        found = (node for node in self.module.once(index_of).all(ast.Attribute) if node.attr in wanted)
        return tuple(node for node in found if _tensorflow(self.module.names.raw(node) or ""))

    @cached_property
    def uses_tensorflow(self) -> bool:
        """Whether the file itself imports TensorFlow or Keras."""
        return any(_tensorflow(dotted) for dotted in self.module.names.imports.values())

    @cached_property
    def trains_here(self) -> bool:
        """Whether the code has a word of training or of data sets in it, and TensorFlow, itself or by its project."""
        if _TRAINING.search(self.module.syntax.code) is None:
            return False
        return self.uses_tensorflow or self._project_uses_tensorflow

    @property
    def _project_uses_tensorflow(self) -> bool:
        """Whether a file of the project that this one imports from imports TensorFlow: a script beside its model."""
        project = self.module.project
        for dotted in {*self.module.names.imports.values()}:
            if dotted.startswith(LIBRARIES):
                continue
            found = project.definition(dotted, self.module)
            other = found[0] if found is not None else project.imported(dotted, self.module)
            if other is not None and any(_tensorflow(each) for each in other.names.imports.values()):
                return True
        return False

    def in_graph(self, node: ast.AST) -> bool:
        """Whether ``node`` runs while a graph is traced rather than in each pass."""
        around = self.module.ancestors(node)
        return self.session_based or any(each in self._traced for each in around)

    @cached_property
    def _traced(self) -> frozenset[ast.AST]:
        index = self.module.once(index_of)
        functions: list[Function] = [*index.all(ast.FunctionDef), *index.all(ast.AsyncFunctionDef)]
        handed_over = self._handed_over
        traced: set[ast.AST] = {
            each
            for each in functions
            if self.is_decorated(each) or self.is_keras_method(each) or each.name in handed_over
        }
        return frozenset(traced | self._only_called_from(traced, functions))

    def is_decorated(self, function: Function) -> bool:
        """Whether ``function`` carries ``@tf.function`` (or its older spellings)."""
        for decorator in function.decorator_list:
            inner = decorator
            if isinstance(inner, ast.Call):
                partial = self.module.names.resolve(inner.func) == "functools.partial"
                inner = inner.args[0] if partial and inner.args else inner.func
            dotted = self.module.names.resolve(inner) or ""
            if dotted.startswith("tensorflow") and dotted.endswith((".function", ".defun")):
                return True
        return False

    def is_federated(self, function: Function) -> bool:
        """Whether ``function`` is a computation of TensorFlow Federated: its runtime gives back NumPy values."""
        decorators = (each.func if isinstance(each, ast.Call) else each for each in function.decorator_list)
        return any((self.module.names.resolve(each) or "").startswith("tensorflow_federated.") for each in decorators)

    def is_keras_method(self, function: Function) -> bool:
        """Whether ``function`` is a method of a model or layer that Keras traces."""
        parent = self.module.parents.get(function)
        return (
            isinstance(parent, ast.ClassDef)
            and function.name in _TRACED_METHODS
            and any((self.module.names.resolve(base) or "").startswith(_KERAS_BASES) for base in parent.bases)
        )

    @cached_property
    def _handed_over(self) -> frozenset[str]:
        """Functions given by name to ``tf.function(...)``, ``dataset.map(...)``, ``Lambda(...)`` and the like."""
        names: set[str] = set()
        for node in self.module.once(index_of).all(ast.Call):
            dotted = self.module.names.resolve(node.func) or ""
            method = node.func.attr if isinstance(node.func, ast.Attribute) else dotted.rpartition(".")[2]
            if dotted in ("tensorflow.function", "tensorflow.contrib.eager.defun") or method in _TRACERS:
                given = (argument.id for argument in node.args if isinstance(argument, ast.Name))
                names.update(name for name in given if not self._is_parameter(name, node))
                names.update(
                    each.attr
                    for each in node.args
                    if isinstance(each, ast.Attribute) and ast.unparse(each.value) == "self"
                )
            elif method == "compile":
                names.update(each.value.id for each in node.keywords if isinstance(each.value, ast.Name))
        return frozenset(names)

    def _is_parameter(self, name: str, node: ast.AST) -> bool:
        """Whether a function around ``node`` has a parameter of that name: another thing than the function of it."""
        around = (each.args for each in self.module.ancestors(node) if isinstance(each, Function))
        parameters = (each.arg for given in around for each in ast.walk(given) if isinstance(each, ast.arg))
        return name in parameters

    def _only_called_from(self, traced: set[ast.AST], functions: list[Function]) -> set[ast.AST]:
        """Functions whose every call in this file stands in graph code."""
        by_name = {function.name: function for function in functions}
        callers: dict[str, list[ast.AST]] = {}
        for node in self.module.once(index_of).all(ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", None)
            if name in by_name:
                callers.setdefault(name, []).append(node)
        found: set[ast.AST] = set()
        for _ in range(3):  # helpers of helpers; deeper ones stay eager, which only costs precision
            for name, calls in callers.items():
                known = traced | found
                if all(any(each in known for each in self.module.ancestors(call)) for call in calls):
                    found.add(by_name[name])
        return found


def _tensorflow(dotted: str) -> bool:
    return dotted.partition(".")[0] in ("tensorflow", "keras", "tf_keras", "tensorflow_probability")


def execution_of(module: Module) -> Execution:
    """How ``module`` runs; ask through ``module.once(execution_of)``."""
    return Execution(module)
