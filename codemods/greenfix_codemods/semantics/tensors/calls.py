"""What a call gives: of TensorFlow, of a builtin, of a function, class or method of the project, of a model."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from greenfix_codemods.semantics.index import index_of
from greenfix_codemods.semantics.names import last_name
from greenfix_codemods.semantics.progress import PROGRESS
from greenfix_codemods.semantics.tensors import kinds
from greenfix_codemods.semantics.tensors.classes import classes_of
from greenfix_codemods.semantics.tensors.keeps import keep_of
from greenfix_codemods.semantics.tensors.kinds import Kind, Value, functions_in, join_all
from greenfix_codemods.semantics.tensors.results import METHODS, builtin_result, method_result
from greenfix_codemods.semantics.tensors.tensorflow_api import loss_value, result_of

if TYPE_CHECKING:
    from greenfix_codemods.semantics.tensors.inference import Inference


_WRAPPERS = frozenset({"tensorflow.function", "functools.partial"})
"""Functions that give a function which runs the one they are given."""
_OPAQUE = frozenset({Kind.UNKNOWN, Kind.INSTANCE, Kind.MODEL})


class Calls:
    """The calls of one module."""

    def __init__(self, inference: Inference) -> None:
        self.module = inference.module
        self._inference = inference

    def value(self, node: ast.Call) -> Value:  # noqa: C901, PLR0911 - one case each
        """What the call ``node`` gives."""
        arguments = tuple(self._inference.of(each) for each in node.args[:6])
        if arguments and last_name(node.func) in PROGRESS:
            return arguments[0]
        dotted = self.module.names.resolve(node.func)
        if dotted is not None:
            known = result_of(dotted, node, arguments)
            if known.kind is not Kind.UNKNOWN:
                return known
            if dotted.startswith(("tensorflow.", "keras.")) or dotted in _WRAPPERS:
                return self._wrapped(dotted, arguments)
        if isinstance(node.func, ast.Name) and self._inference.flow.owner(node.func) is None:
            if node.func.id == "getattr" and (name := _written(node.args[1:2])) is not None:
                return self._inference.member(arguments[0], name)
            built_in = builtin_result(node.func.id, arguments)
            if built_in is not None:
                return self._sum(node.args[0]) if built_in.kind is Kind.UNKNOWN and node.func.id == "sum" else built_in
        if isinstance(node.func, ast.Call) and not node.func.args:
            outer = self.module.names.resolve(node.func.func)
            if outer in _WRAPPERS:  # tf.function(reduce_retracing=True)(step)
                return self._wrapped(outer, arguments)
        if isinstance(node.func, ast.Attribute) and dotted is None:
            return self._method(node, node.func, arguments)
        callee = self._inference.of(node.func)
        return self._called(callee, node, arguments)

    def _sum(self, added: ast.expr) -> Value:
        """``sum(losses)`` of a list that is filled by ``append``: of the kind of what is appended."""
        flow = self._inference.flow
        keeps = (keep_of(each) for each in self.module.once(index_of).all(ast.Expr))
        appended = [
            self._inference.of(keep.value)
            for keep in keeps
            if keep is not None and isinstance(added, ast.Name) and keep.how == "append" and keep.name == added.id
            if flow.scope(keep.statement) is flow.scope(added)
        ]
        return join_all(appended)

    @staticmethod
    def _wrapped(dotted: str, arguments: tuple[Value, ...]) -> Value:
        """``tf.function(f)`` is ``f``, ``tf.cond`` and ``tf.map_fn`` give tensors."""
        if dotted in _WRAPPERS and arguments and arguments[0].kind is Kind.FUNCTION:
            return arguments[0]
        return (
            kinds.TENSOR
            if dotted in ("tensorflow.map_fn", "tensorflow.cond", "tensorflow.while_loop")
            else kinds.UNKNOWN
        )

    def _method(self, node: ast.Call, function: ast.Attribute, arguments: tuple[Value, ...]) -> Value:
        receiver = self._inference.of(function.value)
        owner = receiver.definition[1] if receiver.definition is not None else None
        if receiver.definition is not None and isinstance(owner, ast.ClassDef):
            module = receiver.definition[0]
            method = module.once(classes_of).member(owner, function.attr)
            if method is not None:
                return self._inference.elsewhere(method[0]).returns(method[1])
            held = self._inference.elsewhere(module).attribute(owner, function.attr)
            if held.kind is not Kind.UNKNOWN:
                return self._called(held, node, arguments)
        if receiver.kind is Kind.STRATEGY and function.attr in ("run", "experimental_run_v2") and arguments:
            return self._called(arguments[0], node, arguments[1:])
        known = method_result(receiver, function.attr, arguments)
        if known.kind is Kind.UNKNOWN and receiver.kind in _OPAQUE and function.attr not in METHODS:
            return self._unknown_call(node)
        return known

    def _called(self, callee: Value, node: ast.Call, arguments: tuple[Value, ...]) -> Value:  # noqa: PLR0911 - same
        if callee.definition is not None:
            return self._defined(callee, arguments)
        if functions := functions_in(callee):
            return _same_kind([self._defined(each, arguments) for each in functions])
        match callee.kind:
            case Kind.MODEL:
                symbolic = any(kinds.contains(each, Kind.SYMBOLIC) for each in arguments)
                inline = isinstance(node.func, ast.Call) and not any(each.tensor for each in arguments)
                result = kinds.TENSOR if callee.certain else kinds.TENSOR.doubtful()
                return kinds.SYMBOLIC if symbolic or inline else result
            case Kind.LOSS:
                return loss_value(callee)
            case Kind.METRIC:
                return kinds.SCALAR_TENSOR
            case Kind.UNKNOWN:
                return self._unknown_call(node)
            case _:
                return kinds.UNKNOWN

    def _defined(self, callee: Value, arguments: tuple[Value, ...]) -> Value:  # noqa: PLR0911 - one case each
        if callee.definition is None:
            return kinds.UNKNOWN
        module, definition = callee.definition
        inference, classes = self._inference.elsewhere(module), module.once(classes_of)
        if isinstance(definition, ast.ClassDef):
            if callee.kind is Kind.CLASS:
                return Value(classes.class_kind(definition), definition=callee.definition)
            if callee.kind is Kind.METRIC:
                return kinds.SCALAR_TENSOR
            if callee.kind is Kind.LOSS:
                return kinds.VECTOR_TENSOR
            method = classes.member(definition, "call") or classes.member(definition, "__call__")
            if any(kinds.contains(each, Kind.SYMBOLIC) for each in arguments):
                return kinds.SYMBOLIC
            result = self._inference.elsewhere(method[0]).returns(method[1]) if method else kinds.UNKNOWN
            return kinds.as_tensors(result) if callee.kind is Kind.MODEL else result
        if isinstance(definition, ast.Lambda):
            return inference.of(definition.body)
        if isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef):
            return inference.returns(definition)
        return kinds.UNKNOWN

    def _unknown_call(self, node: ast.Call) -> Value:
        """Calling something unknown: a model if it is called as one, under a tape or with ``training=``."""
        if any(each.arg == "training" for each in node.keywords):
            return kinds.TENSOR.doubtful()
        if (
            not node.args
            or not self._inference.execution.uses_tensorflow
            or self.module.names.raw(node.func) is not None
        ):
            return kinds.UNKNOWN
        if isinstance(node.func, ast.Name) and self._inference.flow.owner(node.func) is None:
            return kinds.UNKNOWN
        for around in self.module.ancestors(node):
            ends = isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.Module)
            if ends or (isinstance(around, ast.With) and _pauses(around)):
                return kinds.UNKNOWN
            if isinstance(around, ast.With) and self._inference.is_tape(around):
                return kinds.TENSOR.doubtful()
        return kinds.UNKNOWN


def _pauses(node: ast.With) -> bool:
    """Whether a tape does not record here: what is called is then no part of what is differentiated."""
    calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
    return any(last_name(call.func) == "stop_recording" for call in calls)


def _same_kind(results: list[Value]) -> Value:
    """What one of several functions gives: known only where all of them give tensors, or none does."""
    tensors = [each.tensor for each in results]
    return join_all(results) if all(tensors) or not any(tensors) else kinds.UNKNOWN


def _written(arguments: list[ast.expr]) -> str | None:
    """The text that is the first of the arguments."""
    first = arguments[0] if arguments else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
