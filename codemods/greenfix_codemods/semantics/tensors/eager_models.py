"""Keras models whose ``call`` or ``train_step`` plainly runs eagerly: called as they are, or so compiled.

Else Keras traces these methods, and what they keep are symbols of one trace.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from greenfix_codemods.semantics.index import index_of
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import Function
from greenfix_codemods.semantics.tensors.analysis import Analysis
from greenfix_codemods.semantics.tensors.keeps import Keep, root_of
from greenfix_codemods.semantics.tensors.kinds import Kind

_TRAINING = frozenset({"fit", "train_on_batch"})
_TRACING = frozenset({"predict", "evaluate", "predict_on_batch", "test_on_batch", "fit_generator", "save"})
"""Methods that trace the model, unless it was compiled to run eagerly."""


class EagerModels(Analysis):
    """The models of one module that run eagerly."""

    def __init__(self, module: Module) -> None:
        super().__init__(module)
        self._runs: dict[Function, tuple[ast.Call, ...]] = {}

    def runs(self, function: Function) -> tuple[ast.Call, ...]:
        """The calls that run ``function``, a ``call`` or ``train_step``, eagerly; none if something traces it."""
        if function not in self._runs:
            owner = self.module.parents.get(function)
            asked = function.name in ("call", "train_step") and self.inference.execution.is_keras_method(function)
            found = self._eager(function, owner) if asked and isinstance(owner, ast.ClassDef) else ()
            self._runs[function] = found
        return self._runs[function]

    def _eager(self, function: Function, owner: ast.ClassDef) -> tuple[ast.Call, ...]:
        calls = self.module.once(index_of).all(ast.Call)
        methods = [each for each in calls if isinstance(each.func, ast.Attribute) and self._is(each.func.value, owner)]
        by_name = {each.func.attr: each for each in methods if isinstance(each.func, ast.Attribute)}
        compiled = [each for each in methods if isinstance(each.func, ast.Attribute) and each.func.attr == "compile"]
        if compiled and all(map(_eagerly, compiled)):
            return tuple(by_name[name] for name in _TRAINING & by_name.keys())
        direct = [each for each in calls if self._is(each.func, owner)]
        traced = (
            compiled or by_name.keys() & (_TRAINING | _TRACING) or any(map(self.inference.execution.in_graph, direct))
        )
        return () if traced or function.name != "call" else tuple(direct)

    def _is(self, node: ast.expr, owner: ast.ClassDef) -> bool:
        """Whether ``node`` is a model of the class ``owner``, outside of the class itself."""
        if not isinstance(node, ast.Name | ast.Attribute) or self.module.enclosing_class(node) is owner:
            return False
        value = self.inference.of(node)
        return value.kind is Kind.MODEL and value.definition is not None and value.definition[1] is owner

    def fitted(self, function: Function) -> bool:
        """Whether Keras runs it in each step of a training."""
        return any(_trains(call) for call in self.runs(function))

    def seen_from(self, keep: Keep, function: Function) -> Iterator[Keep]:
        """The calls as keeps in the model: where they stand says how long its lists live."""
        for call in self.runs(function):
            root = root_of(call.func)
            statement = next(each for each in self.module.ancestors(call) if isinstance(each, ast.stmt))
            if root is not None:
                yield replace(keep, statement=statement, container=call.func, root=root, how="append", spread=False)


def _trains(call: ast.Call) -> bool:
    """Whether ``call`` is a ``fit`` rather than a call of the model."""
    return isinstance(call.func, ast.Attribute) and call.func.attr in _TRAINING


def _eagerly(compiling: ast.Call) -> bool:
    given = next((each.value for each in compiling.keywords if each.arg == "run_eagerly"), None)
    return isinstance(given, ast.Constant) and given.value is True


def eager_models_of(module: Module) -> EagerModels:
    """The models of ``module`` that run eagerly; ask through ``module.once(eager_models_of)``."""
    return EagerModels(module)
