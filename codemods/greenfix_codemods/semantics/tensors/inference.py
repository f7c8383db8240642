"""A small abstract interpreter: follows a value through assignments, unpacking, loops, helpers and classes.

It answers one question, ``Inference.of(expression)``: what
:class:`~greenfix_codemods.semantics.tensors.kinds.Value` does this expression give? Work per question is bounded;
what is too deep is unknown.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cached_property

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import Function, last_name
from greenfix_codemods.semantics.tensors import kinds
from greenfix_codemods.semantics.tensors.answers import Answers
from greenfix_codemods.semantics.tensors.bindings import Flow, flow_of
from greenfix_codemods.semantics.tensors.calls import Calls
from greenfix_codemods.semantics.tensors.classes import Classes, classes_of
from greenfix_codemods.semantics.tensors.eagerness import Execution, execution_of
from greenfix_codemods.semantics.tensors.kinds import Kind, Value, join, join_all, operated, step, walk
from greenfix_codemods.semantics.tensors.results import attribute_of
from greenfix_codemods.semantics.tensors.scopes import ITEM, Binding
from greenfix_codemods.semantics.tensors.variables import Variables


class Inference:
    """The kinds of the values of one module."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.answers = Answers(self._evaluate)
        self._results: dict[ast.AST, list[ast.Return | ast.Yield]] = {}

    @cached_property
    def flow(self) -> Flow:
        """The reaching definitions of the module."""
        return self.module.once(flow_of)

    @cached_property
    def _classes(self) -> Classes:
        return self.module.once(classes_of)

    @cached_property
    def _variables(self) -> Variables:
        return Variables(self)

    @cached_property
    def _call_values(self) -> Calls:
        return Calls(self)

    @staticmethod
    def elsewhere(module: Module) -> Inference:
        """The kinds of another module of the project."""
        return module.once(inference_of)

    @cached_property
    def execution(self) -> Execution:
        """What of the module runs eagerly."""
        return self.module.once(execution_of)

    def of(self, node: ast.expr) -> Value:
        """The value of ``node`` where it stands."""
        return self.answers.of(node)

    def _evaluate(self, node: ast.expr) -> Value:  # noqa: PLR0911, PLR0912, C901 - one case for each kind of expression
        match node:
            case ast.Constant():
                return _constant(node.value)
            case ast.JoinedStr():
                return kinds.TEXT
            case ast.Name():
                return _counted(node, self._variables.name(node))
            case ast.Attribute():
                return _counted(node, self._attribute(node))
            case ast.Call():
                return self._call_values.value(node)
            case ast.Tuple() | ast.List() | ast.Set():
                if any(isinstance(each, ast.Starred) for each in node.elts):
                    return kinds.SEQUENCE
                return Value(Kind.SEQUENCE, parts=tuple(self.of(each) for each in node.elts))
            case ast.Dict():
                keys = tuple(key.value if isinstance(key, ast.Constant) else None for key in node.keys)
                known = tuple(key for key in keys if isinstance(key, str))
                parts = tuple(self.of(each) for each in node.values)
                return Value(Kind.MAPPING, parts=parts, keys=known if len(known) == len(keys) else ())
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return Value(Kind.SEQUENCE, item=self.of(node.elt))
            case ast.DictComp():
                return Value(Kind.MAPPING, item=self.of(node.value))
            case ast.BinOp(op=ast.Mod()) if self.of(node.left).kind is Kind.TEXT:
                return kinds.TEXT
            case ast.BinOp():
                return operated(self.of(node.left), self.of(node.right))
            case ast.UnaryOp():
                return kinds.NUMBER if isinstance(node.op, ast.Not) else self.of(node.operand)
            case ast.Compare():
                return self._compare(node)
            case ast.BoolOp():
                return join_all([self.of(each) for each in node.values])
            case ast.IfExp():
                return join(self.of(node.body), self.of(node.orelse))
            case ast.NamedExpr() | ast.Starred() | ast.Await():
                return self.of(node.value)
            case ast.Subscript():
                return self._subscript(node)
            case ast.Lambda():
                return Value(Kind.FUNCTION, definition=(self.module, node))
            case _:
                return kinds.UNKNOWN

    def _compare(self, node: ast.Compare) -> Value:
        if isinstance(node.ops[0], ast.In | ast.NotIn | ast.Is | ast.IsNot):
            return kinds.NUMBER
        return operated(self.of(node.left), self.of(node.comparators[0]))

    def _subscript(self, node: ast.Subscript) -> Value:
        value = self.of(node.value)
        if isinstance(node.slice, ast.Slice) and value.kind is Kind.SEQUENCE:
            return Value(Kind.SEQUENCE, item=step(value, ITEM))
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            if node.slice.value in value.keys:
                return value.parts[value.keys.index(node.slice.value)]
            return step(value, ITEM)
        index = _integer(node.slice)
        return step(value, ITEM if index is None else index)

    def calls_of(self, function: Function) -> Sequence[ast.Call]:
        """The calls in this file of what has the name of ``function``."""
        return self._variables.calls.get(function.name, ())

    def given(self, binding: Binding) -> Sequence[ast.expr]:
        """What the calls in this file give for a parameter."""
        return self._variables.given(binding)

    def _attribute(self, node: ast.Attribute) -> Value:
        dotted = self.module.names.raw(node)
        if dotted is not None:
            return self._variables.definition(dotted)
        return self.member(self.of(node.value), node.attr)

    @staticmethod
    def member(value: Value, name: str) -> Value:
        """What the attribute ``name`` of ``value`` is."""
        owner = value.definition[1] if value.definition is not None else None
        if value.definition is not None and isinstance(owner, ast.ClassDef):
            found = value.definition[0].once(inference_of).attribute(owner, name)
            if found.kind is not Kind.UNKNOWN:
                return found
        return attribute_of(value, name)

    def attribute(self, owner: ast.ClassDef, name: str, depth: int = 3) -> Value:
        """What the attribute ``name`` of an instance holds, from every assignment to it in the class."""
        method = self._classes.member(owner, name)
        if method is not None:
            decorators = {last_name(each) for each in method[1].decorator_list}
            if decorators & {"property", "cached_property"}:
                return method[0].once(inference_of).returns(method[1])
            return Value(Kind.FUNCTION, definition=method)
        writes = self._classes.writes(owner).get(name, [])
        if writes:
            value = join_all([walk(self.of(value), steps) for value, steps in writes[:8]])
            by_use = value.kind is Kind.UNKNOWN and name in self._classes.trained(owner)
            return kinds.MODEL.doubtful() if by_use else value
        for base in owner.bases if depth else ():
            found = self._classes.base(base)
            if found is not None and found[1] is not owner:
                return found[0].once(inference_of).attribute(found[1], name, depth - 1)
        return kinds.UNKNOWN

    def returns(self, function: Function) -> Value:
        """What a function of this file returns; from a ``tf.function`` nothing but tensors comes back."""
        if function not in self._results:
            self._results[function] = [
                each for each in _own_nodes(function) if isinstance(each, ast.Return | ast.Yield)
            ]
        if self.execution.is_federated(function):
            return kinds.UNKNOWN
        own = self._results[function]
        results = [self.of(each.value) for each in own if isinstance(each, ast.Return) and each.value is not None]
        yields = [self.of(each.value) for each in own if isinstance(each, ast.Yield) and each.value is not None]
        if yields:
            return Value(Kind.SEQUENCE, item=join_all(yields))
        if not results:
            return kinds.NONE
        value = join_all(results)
        return kinds.as_tensors(value) if self.execution.is_decorated(function) else value

    def is_tape(self, node: ast.With) -> bool:
        """Whether ``node`` records gradients."""
        calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
        return any(self.module.names.resolve(call.func) == "tensorflow.GradientTape" for call in calls)


_COUNTS = re.compile(r"(n|num|nb)_[a-z_]+|[a-z_]*(steps|epochs|batches|samples|size|count|per_epoch)")


def _counted(node: ast.Name | ast.Attribute, value: Value) -> Value:
    """A number, where nothing is known of ``generator.steps_per_epoch`` but its name."""
    name = node.id if isinstance(node, ast.Name) else node.attr
    return kinds.NUMBER if value.kind is Kind.UNKNOWN and _COUNTS.fullmatch(name) else value


def _constant(value: object) -> Value:
    if value is None:
        return kinds.NONE
    return kinds.NUMBER if isinstance(value, int | float | complex) else kinds.TEXT


def _integer(node: ast.expr) -> int | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _integer(node.operand)
        return None if inner is None else -inner
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, int) else None


def _own_nodes(function: Function) -> Iterator[ast.AST]:
    """The nodes of a function without those of functions inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(node))


def inference_of(module: Module) -> Inference:
    """The kinds of ``module``; ask through ``module.once(inference_of)``."""
    return Inference(module)
