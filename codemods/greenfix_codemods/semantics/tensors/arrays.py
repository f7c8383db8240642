"""Large arrays that stay alive through a long training although nothing reads them any more."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from greenfix_codemods.semantics.index import index_of
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import LOOPS, Function
from greenfix_codemods.semantics.tensors.bindings import Binding, Bindings, Flow, How, flow_of
from greenfix_codemods.semantics.tensors.extent import Extent, Extents, extents_of
from greenfix_codemods.semantics.tensors.holding import Holding, holding_of
from greenfix_codemods.semantics.tensors.inference import Inference, inference_of
from greenfix_codemods.semantics.tensors.loops import Loops, loops_of, may_train

FEW_EPOCHS = 3
_LONG = re.compile(rb"epoch|apply_gradients|minimize|train_on_batch|GradientTape|(train|learn|fit|run)\w*\(")
_FITS = frozenset({"fit", "fit_generator"})
_EPOCHS = frozenset({"epochs", "nb_epoch", "n_epochs"})


@dataclass(frozen=True, eq=False, slots=True)
class DeadArray:
    """An array that no statement reads from ``training`` on.

    Attributes:
        binding: where it is bound.
        training: the statement of the long training.
        last_read: the line that reads it last; None when nothing reads it.
        known: whether its origin says that it is large (rather than its uses).
    """

    binding: Binding
    training: ast.stmt
    last_read: int | None
    known: bool


class Arrays:
    """The dead arrays of one module."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self._trains: dict[ast.AST, bool] = {}

    @cached_property
    def flow(self) -> Flow:
        """The reaching definitions of the module."""
        return self.module.once(flow_of)

    @cached_property
    def inference(self) -> Inference:
        """The kinds of the module."""
        return self.module.once(inference_of)

    @cached_property
    def loops(self) -> Loops:
        """The loops of the module."""
        return self.module.once(loops_of)

    @cached_property
    def extents(self) -> Extents:
        """The extents of the module."""
        return self.module.once(extents_of)

    @cached_property
    def holding(self) -> Holding:
        """What the values of the module hold."""
        return self.module.once(holding_of)

    @cached_property
    def dead(self) -> tuple[DeadArray, ...]:
        """Every dead array, scope by scope."""
        if not self.inference.execution.trains_here or not _LONG.search(self.module.source.data):
            return ()
        found: list[DeadArray] = []
        for scope, trainings in self._trainings.items():
            if isinstance(scope, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef):
                found += self._in_scope(scope, trainings)
        return tuple(found)

    @cached_property
    def _trainings(self) -> dict[ast.AST, list[ast.stmt]]:
        """The long trainings of each scope, in source order: fits of several epochs, and training loops."""
        found: dict[ast.AST, list[ast.stmt]] = {}
        nodes: list[ast.AST] = list(self.module.once(index_of).all(ast.For, ast.AsyncFor, ast.While, ast.Call))
        for node in nodes:
            statement: ast.AST | None = None
            if isinstance(node, LOOPS):
                statement = node if self._training_loop(node) else None
            elif isinstance(node, ast.Call) and self._long_call(node):
                statement = node
                while not isinstance(statement, ast.stmt):
                    statement = self.module.parents[statement]
            if isinstance(statement, ast.stmt) and not self.inference.execution.in_graph(statement):
                scope = self.flow.scope(statement)
                if not isinstance(scope, ast.Lambda):
                    found.setdefault(scope, []).append(statement)
        return {scope: sorted(each, key=lambda one: one.lineno) for scope, each in found.items()}

    def _training_loop(self, node: ast.For | ast.AsyncFor | ast.While) -> bool:
        if self.loops.runs_once(node) or not (self.loops.counts(node) or self.loops.over_data(node)):
            return False
        return any(
            isinstance(each, ast.Call)
            and isinstance(each.func, ast.Attribute)
            and each.func.attr in ("apply_gradients", "train_on_batch", "minimize")
            for each in ast.walk(node)
        ) or self._steps_in_helper(node)

    def _steps_in_helper(self, node: ast.AST) -> bool:
        for each in ast.walk(node):
            if isinstance(each, ast.Call):
                helper = self.loops.helper(each)
                if helper is not None and may_train(helper[0]) and helper[0].once(loops_of).trains(helper[1]):
                    return True
        return False

    def _long_call(self, node: ast.Call, depth: int = 2) -> bool:
        if isinstance(node.func, ast.Attribute) and node.func.attr in _FITS:
            return _has_epochs(node)
        helper = self.loops.helper(node) if depth else None
        if helper is None or helper[1].name in ("__init__", "call") or not may_train(helper[0]):
            return False
        other = helper[0].once(arrays_of)
        return other.function_trains(helper[1], depth - 1)

    def function_trains(self, function: Function, depth: int) -> bool:
        """Whether calling ``function`` of this module trains for long."""
        if function not in self._trains:
            self._trains[function] = False  # a recursion counts as "not here"
            self._trains[function] = self._contains_training(function, depth)
        return self._trains[function]

    def _contains_training(self, function: Function, depth: int) -> bool:
        for node in ast.walk(function):
            if isinstance(node, LOOPS) and self._training_loop(node):
                return True
            if isinstance(node, ast.Call) and self._long_call(node, depth):
                return True
        return False

    # -- one scope -------------------------------------------------------------------------------------------------

    def _in_scope(self, scope: ast.Module | Function, trainings: list[ast.stmt]) -> Iterator[DeadArray]:
        bindings = self.flow.bindings(scope)
        for name, bound in bindings.bound.items():
            if bindings.captured.get(name) or name in bindings.shared or name in bindings.nested_shared:
                continue
            for binding in bound:
                if binding.how is How.ASSIGN and binding.value is not None:
                    training = self._dead_through(binding, trainings, bindings)
                    if training is not None:
                        yield training

    def _dead_through(self, binding: Binding, trainings: list[ast.stmt], bindings: Bindings) -> DeadArray | None:
        line = binding.statement.lineno  # type: ignore[attr-defined]  # an assignment is located
        later = [training for training in trainings if training.lineno > line]
        if not later or self._left_over(binding, later):
            return None
        if self.extents.of_binding(binding) is not Extent.LARGE or self._callers(binding, bindings):
            return None
        for training in trainings:
            if training.lineno <= line or not self.flow.may_hold(binding, training):
                continue
            reads = [load for load in bindings.loads.get(binding.name, ()) if binding in self.flow.reaching(load)]
            if any(self._alive(read, binding, training) for read in reads):
                continue
            if self._pinned(binding.name, training, bindings):
                continue
            known = binding.value is not None and self.extents.known(binding)
            return DeadArray(binding, training, max((read.lineno for read in reads), default=None), known)
        return None

    def _left_over(self, binding: Binding, trainings: list[ast.stmt]) -> bool:
        """Whether the name is what the last pass of an earlier loop left: one example or one batch of it."""
        around = self.loops.around(binding.statement)
        return bool(around) and not any(set(around) <= set(self.loops.around(each)) for each in trainings)

    def _callers(self, binding: Binding, bindings: Bindings) -> bool:
        """Whether the value is (a view of) a parameter: the caller holds it whatever this function deletes."""
        held = self.holding.names(binding.value) if binding.value is not None else frozenset()
        owned = (bindings.bound.get(name, ()) for name in held)
        return any(each.how is How.PARAMETER for bound in owned for each in bound[:1])

    def _alive(self, read: ast.Name, binding: Binding, training: ast.stmt) -> bool:
        """Whether ``read`` comes at or after the training, or again in the next pass of a loop around both."""
        if read.lineno >= training.lineno:
            return True
        around = self.loops.around(training)
        for loop in self.loops.around(read):
            if loop in around:
                inside = loop in self.loops.around(binding.statement)
                if not inside or read.lineno < binding.statement.lineno:  # type: ignore[attr-defined]  # located
                    return True
        return False

    def _pinned(self, name: str, training: ast.stmt, bindings: Bindings) -> bool:
        """Whether something that is alive during the training holds the memory of ``name``: a view, an object."""
        holders = {name}
        for _ in range(6):  # views of views; longer chains count as pinned below
            grown = set(holders)
            for other, bound in bindings.bound.items():
                for each in bound:
                    early = each.statement.lineno <= training.lineno  # type: ignore[attr-defined]  # statements are located
                    if early and each.how is How.ASSIGN and each.value and self._holds_any(each.value, holders):
                        grown.add(other)
            if grown == holders:
                break
            holders = grown
        holders.discard(name)
        if any(self._read_from(other, training, bindings) for other in holders):
            return True
        return self._stored_away({name, *holders}, training, bindings)

    def _holds_any(self, value: ast.expr, names: set[str]) -> bool:
        return bool(self.holding.names(value) & names)

    def _read_from(self, name: str, training: ast.stmt, bindings: Bindings) -> bool:
        if bindings.captured.get(name):
            return True
        around = set(self.loops.around(training))
        return any(
            load.lineno >= training.lineno or around & set(self.loops.around(load))
            for load in bindings.loads.get(name, ())
        )

    def _stored_away(self, names: set[str], training: ast.stmt, bindings: Bindings) -> bool:
        """Whether one of ``names`` is put into an attribute, or into a container or object that outlives the line."""
        for name in names:
            for load in bindings.loads.get(name, ()):
                if load.lineno < training.lineno and self._is_stored(load, training, bindings):
                    return True
        return False

    def _is_stored(self, load: ast.Name, training: ast.stmt, bindings: Bindings) -> bool:  # noqa: PLR0911 - one case each
        for around in self.module.ancestors(load):
            if isinstance(around, ast.Assign):
                if not self.holding.names(around.value) & {load.id}:
                    return False
                for target in around.targets:
                    if isinstance(target, ast.Attribute):
                        return True
                    if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
                        return self._read_from(target.value.id, training, bindings)
                return False
            if isinstance(around, ast.Expr) and isinstance(around.value, ast.Call):
                return self._kept_by(around.value, load, training, bindings)
            if isinstance(around, ast.stmt):
                return False
        return False

    def _kept_by(self, call: ast.Call, load: ast.Name, training: ast.stmt, bindings: Bindings) -> bool:
        """``items.append(x)`` and ``trainer.set_data(x)`` keep what they are given."""
        if not isinstance(call.func, ast.Attribute):
            return False
        if not any(load.id in self.holding.names(argument) for argument in call.args):
            return False
        receiver = call.func.value
        if call.func.attr in ("append", "extend", "insert", "update", "add", "setdefault") and isinstance(
            receiver, ast.Name
        ):
            return self._read_from(receiver.id, training, bindings)
        helper = self.loops.helper(call)
        if helper is None:
            return False
        return bool(helper[0].once(holding_of).parameters_held(helper[1], 1) - {"self"})


def _has_epochs(node: ast.Call) -> bool:
    for each in node.keywords:
        if each.arg in _EPOCHS:
            return not (
                isinstance(each.value, ast.Constant)
                and isinstance(each.value.value, int)
                and each.value.value < FEW_EPOCHS
            )
    return any(each.arg is None for each in node.keywords)


def arrays_of(module: Module) -> Arrays:
    """The dead arrays of ``module``; ask through ``module.once(arrays_of)``."""
    return Arrays(module)
