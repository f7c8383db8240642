"""Tensors parked on ``self`` or in a module global that only the method that makes them ever reads."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from greenfix_codemods.semantics.index import index_of
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import Function
from greenfix_codemods.semantics.tensors.analysis import Analysis
from greenfix_codemods.semantics.tensors.kinds import Size, Value

_ONCE = frozenset({"__init__", "build", "setup", "__enter__", "reset", "setUp", "load", "load_data"})


@dataclass(frozen=True, eq=False, slots=True)
class Parked:
    """A tensor assigned to an attribute or global that nothing else reads.

    Attributes:
        statement: the assignment.
        target: what is assigned, ``self.grads``.
        function: the method that assigns and perhaps reads it.
        large: whether it, or another tensor parked by the same method, is more than a number.
        certain: whether the value is certainly a tensor.
    """

    statement: ast.Assign
    target: ast.Attribute | ast.Name
    function: Function
    large: bool
    certain: bool

    @property
    def name(self) -> str:
        """The target as it is written."""
        return ast.unparse(self.target)


class Attributes(Analysis):
    """The parked tensors of one module."""

    @cached_property
    def parked(self) -> tuple[Parked, ...]:
        """Every parked tensor, in source order."""
        execution = self.inference.execution
        if not execution.trains_here or execution.session_based:
            return ()
        found = [each for node in self.module.once(index_of).all(ast.Assign) for each in self._candidates(node)]
        large = {id(function) for function, node, _, value in found if self._is_large(node, value)}
        return tuple(
            Parked(statement, target, function, id(function) in large, all(each.certain for each in value.tensors))
            for function, statement, target, value in sorted(found, key=lambda each: each[1].lineno)
        )

    def _candidates(self, node: ast.Assign) -> Iterator[tuple[Function, ast.Assign, ast.Attribute | ast.Name, Value]]:
        if len(node.targets) != 1:
            return
        target = node.targets[0]
        function = self.module.enclosing_function(node)
        if function is None or function.name in _ONCE or not isinstance(target, ast.Attribute | ast.Name):
            return
        if (
            not self._outlives(target, function)
            or self._read_elsewhere(target, function)
            or self.inference.execution.in_graph(node)
        ):
            return
        if not self._repeated(function) or self._is_state(node, target, function):
            return
        value = self.inference.of(node.value)  # last: it may lead through other files
        if value.tensors:
            yield function, node, target, value

    def _outlives(self, target: ast.expr, function: Function) -> bool:
        """Whether the target lives longer than a call of ``function``: ``self.x`` or a declared global."""
        if isinstance(target, ast.Attribute):
            return isinstance(target.value, ast.Name) and target.value.id == "self"
        return isinstance(target, ast.Name) and target.id in self.flow.bindings(function).shared

    def _repeated(self, function: Function) -> bool:
        """Whether the function records gradients or is called in a loop."""
        taped = any(isinstance(node, ast.With) and self.inference.is_tape(node) for node in ast.walk(function))
        return taped or self.loops.called_in_loop(function)

    def _is_state(self, node: ast.Assign, target: ast.Attribute | ast.Name, function: Function) -> bool:
        """Whether the method reads what the last call left, or hands the value on: then somebody needs it."""
        text = ast.unparse(target)
        if any(isinstance(each, type(target)) and ast.unparse(each) == text for each in _deleted(function)):
            return True
        if any(isinstance(around, ast.If) for around in self.module.ancestors(node)):
            return True
        for each in ast.walk(function):
            if isinstance(each, type(target)) and isinstance(each.ctx, ast.Load) and ast.unparse(each) == text:
                if each.lineno <= (node.end_lineno or node.lineno):
                    return True
                if self._handed_on(each):
                    return True
        return False

    def _handed_on(self, read: ast.AST) -> bool:
        """Whether ``read`` is returned as it is or in a tuple, not only what a call makes of it."""
        for around in self.module.ancestors(read):
            if isinstance(around, ast.Return | ast.Yield):
                return True
            if isinstance(around, ast.Call | ast.BinOp | ast.stmt):
                return False
        return False

    def _read_elsewhere(self, target: ast.Attribute | ast.Name, function: Function) -> bool:
        if isinstance(target, ast.Name):
            reads: list[ast.AST] = [
                node
                for node in self.module.once(index_of).all(ast.Name)
                if node.id == target.id and isinstance(node.ctx, ast.Load)
            ]
        else:
            reads = [
                node
                for node in self.module.once(index_of).all(ast.Attribute)
                if node.attr == target.attr and isinstance(node.ctx, ast.Load)
            ]
        name = target.id if isinstance(target, ast.Name) else target.attr
        if any(node.value == name for node in self.module.once(index_of).all(ast.Constant)):
            return True  # getattr(self, "x"), a property by name
        return any(self.module.enclosing_function(node) is not function for node in reads)

    def _is_large(self, node: ast.Assign, value: Value) -> bool:
        """Gradients and batches, or what a model gives; the result of an operation on parameters may be a number."""
        if any(tensor.size is Size.LARGE for tensor in value.tensors):
            return True
        unknown = any(tensor.size is Size.UNKNOWN for tensor in value.tensors)
        return unknown and isinstance(node.value, ast.Call) and self.module.names.resolve(node.value.func) is None


def _deleted(function: Function) -> list[ast.expr]:
    return [target for node in ast.walk(function) if isinstance(node, ast.Delete) for target in node.targets]


def attributes_of(module: Module) -> Attributes:
    """The parked tensors of ``module``; ask through ``module.once(attributes_of)``."""
    return Attributes(module)
