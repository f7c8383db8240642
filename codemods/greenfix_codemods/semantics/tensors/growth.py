"""Tensors that grow by concatenation: each pass copies everything so far, so n passes copy n squared."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from greenfix_codemods.semantics.index import index_of
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.tensors.analysis import Analysis
from greenfix_codemods.semantics.tensors.kinds import Kind
from greenfix_codemods.semantics.tensors.loops import Loop

_GROWING = frozenset({"tensorflow.concat", "tensorflow.stack", "keras.backend.concatenate", "keras.ops.concatenate"})

_TRAINING_STEPS = frozenset({"apply_gradients", "train_on_batch"})


@dataclass(frozen=True, eq=False, slots=True)
class Growth:
    """``total = tf.concat([total, batch], 0)`` in a loop over data or steps."""

    statement: ast.Assign
    name: str
    loop: Loop


class Growths(Analysis):
    """The growing tensors of one module."""

    @cached_property
    def found(self) -> tuple[Growth, ...]:
        """Every growing tensor, in source order."""
        execution = self.inference.execution
        if not execution.trains_here or execution.session_based:
            return ()
        return tuple(growth for node in self.module.once(index_of).all(ast.Assign) for growth in self._growth(node))

    def _growth(self, node: ast.Assign) -> Iterator[Growth]:
        if len(node.targets) != 1 or not isinstance(node.targets[0], ast.Name | ast.Attribute):
            return
        call, target = node.value, node.targets[0]
        if not isinstance(call, ast.Call) or self.module.names.resolve(call.func) not in _GROWING:
            return
        parts = call.args[0] if call.args else next((e.value for e in call.keywords if e.arg == "values"), None)
        name = ast.unparse(target)
        if not isinstance(parts, ast.List | ast.Tuple) or not any(ast.unparse(part) == name for part in parts.elts):
            return
        loop = self._loop(node, name)
        if loop is not None and not self.inference.execution.in_graph(node):
            yield Growth(node, name, loop)

    def _loop(self, node: ast.Assign, name: str) -> Loop | None:
        """The outermost long loop through which it grows: started before it, not read in it but to grow."""
        grown: Loop | None = None
        for loop in self.loops.around(node):
            if self._used_in(loop, node, name):
                break
            if self.loops.over_data(loop) or (self._steps(loop, node) and not self.loops.runs_once(loop)):
                grown = loop
        return grown

    def _steps(self, loop: Loop, node: ast.Assign) -> bool:
        """Whether the loop counts training steps or batches: it updates weights or calls a model in each pass.

        A decoder calls its model in each pass too, but what it writes grows along time and not along the batch.
        """
        if not self.loops.counts(loop):
            return False
        calls = [each for each in ast.walk(loop) if isinstance(each, ast.Call)]
        methods = {call.func.attr for call in calls if isinstance(call.func, ast.Attribute)}
        if methods & _TRAINING_STEPS:
            return True
        models = any(self.inference.of(call.func).kind is Kind.MODEL for call in calls)
        return (models or "predict" in methods) and _along_batch(node.value)

    def _used_in(self, loop: Loop, node: ast.Assign, name: str) -> bool:
        """Whether the loop starts it anew, or reads it elsewhere (a decoder reads what it wrote so far)."""
        inside = {id(each) for each in ast.walk(node)}
        starts = False
        for each in ast.walk(loop):
            if id(each) in inside or not isinstance(each, ast.Name | ast.Attribute) or ast.unparse(each) != name:
                continue
            if isinstance(each.ctx, ast.Load) and not self._bare_test(each):
                return True
            if isinstance(each.ctx, ast.Store) and not self._first_pass(each):
                starts = True
        return starts

    def _bare_test(self, node: ast.AST) -> bool:
        """``if total is None``."""
        parent = self.module.parents.get(node)
        return isinstance(parent, ast.Compare) and isinstance(parent.ops[0], ast.Is | ast.IsNot)

    def _first_pass(self, node: ast.AST) -> bool:
        """Whether a store stands under an ``if`` in the loop: the first pass starts it, the others grow it."""
        return any(isinstance(around, ast.If) for around in self.module.ancestors(node))


def _along_batch(call: ast.expr) -> bool:
    """Whether ``tf.concat(parts, 0)`` joins along the first axis."""
    if not isinstance(call, ast.Call):
        return False
    axis = next((each.value for each in call.keywords if each.arg == "axis"), call.args[1] if call.args[1:] else None)
    return axis is None or (isinstance(axis, ast.Constant) and axis.value == 0)


def growths_of(module: Module) -> Growths:
    """The growing tensors of ``module``; ask through ``module.once(growths_of)``."""
    return Growths(module)
