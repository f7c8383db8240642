"""Where a scope trains for long: fits of several epochs, training loops, calls of functions that hold one."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Set
from functools import cached_property

from greenfix_codemods.semantics.index import index_of
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import LOOPS, Function, last_name
from greenfix_codemods.semantics.progress import COUNTING, PROGRESS
from greenfix_codemods.semantics.tensors.analysis import Analysis
from greenfix_codemods.semantics.tensors.eagerness import LIBRARIES
from greenfix_codemods.semantics.tensors.followed import may_train
from greenfix_codemods.semantics.tensors.loops import RUNNERS, Loop, loops_of

FEW_EPOCHS = 3
STEPS_OF_AN_EPOCH = 2000
"""60,000 examples in batches of 32 are 1,875."""
LONG = re.compile(rb"epoch|apply_gradients|minimize|train_on_batch|GradientTape|(train|learn|fit|run)\w*\(")
"""Words of which a file that trains for long has at least one."""

_FITS = frozenset({"fit", "fit_generator"})
_EPOCHS = frozenset({"epochs", "nb_epoch", "n_epochs"})
_OF_OBJECTS = frozenset({"__init__", "call", "__call__"})
"""Methods that run under the name of a class or of an object."""
_STEPS = frozenset({"apply_gradients", "train_on_batch", "minimize"})


class Trainings(Analysis):
    """The long trainings of one module."""

    def __init__(self, module: Module) -> None:
        super().__init__(module)
        self._trains: dict[ast.AST, bool] = {}

    @cached_property
    def by_scope(self) -> dict[ast.AST, list[ast.stmt]]:
        """The statements that train for long, in source order, by the function or module they run in."""
        found: dict[ast.AST, list[ast.stmt]] = {}
        nodes: list[ast.AST] = list(self.module.once(index_of).all(ast.For, ast.AsyncFor, ast.While, ast.Call))
        for node in nodes:
            statement = self._training(node)
            if statement is not None and not self.inference.execution.in_graph(statement):
                scope = self.flow.scope(statement)
                if not isinstance(scope, ast.Lambda):
                    found.setdefault(scope, []).append(statement)
        return {scope: sorted(each, key=lambda one: one.lineno) for scope, each in found.items()}

    def epochs(self, training: ast.stmt, depth: int = 2, anew: Collection[Loop] = ()) -> int | None:
        """How many epochs (or passes) ``training`` is written to take; None when the source does not say.

        Each pass of the loops in ``anew``, which stand around it, begins another training.
        """
        if isinstance(training, LOOPS):
            steps = self._taken(training)
            if steps is not None:
                return max(1, steps // STEPS_OF_AN_EPOCH)
            around = [each for each in self.loops.around(training) if each not in anew]
            if self.loops.over_data(training) and not around and not self._repeats(training):
                return 1
            outermost = [training, *around][-1]  # a loop over the batches runs once an epoch
            return self.loops.passes(outermost) or self._range(outermost)
        counts = [self.flow.number(value) for node in ast.walk(training) if (value := _epochs(node)) is not None]
        counts = counts or list(self._of_helpers(training, depth))
        known = [count for count in counts if count is not None]
        return max(known) if known and len(known) == len(counts) else None

    def _of_helpers(self, training: ast.stmt, depth: int) -> Iterator[int | None]:
        """The epochs of each long training in the functions that the statement calls."""
        for call in (each for each in ast.walk(training) if isinstance(each, ast.Call) and depth):
            helper = self.loops.helper(call)
            if helper is not None and may_train(helper[0]):
                elsewhere = helper[0].once(trainings_of)
                yield from (elsewhere.epochs(each, depth - 1) for each in elsewhere.by_scope.get(helper[1], ()))

    def _taken(self, loop: Loop) -> int | None:
        """1000 of ``for step, batch in enumerate(data.take(1000))``, when no loop stands around it."""
        node = None if isinstance(loop, ast.While) or self.loops.around(loop) else loop.iter
        while isinstance(node, ast.Call) and last_name(node.func) in ("tqdm", "enumerate") and node.args:
            node = node.args[0]
        taken = isinstance(node, ast.Call) and last_name(node.func) == "take" and node.args
        return self.flow.number(node.args[0]) if taken and isinstance(node, ast.Call) else None

    def _range(self, loop: Loop) -> int | None:
        """5 of ``for epoch in range(EPOCHS)`` when ``EPOCHS`` is bound to 5."""
        call = None if isinstance(loop, ast.While) else loop.iter
        while isinstance(call, ast.Call) and last_name(call.func) in (*PROGRESS, "enumerate") and call.args:
            call = call.args[0]
        if not isinstance(call, ast.Call) or last_name(call.func) not in COUNTING or not call.args:
            return None
        bounds = [self.flow.number(each) for each in call.args[:2]]
        first, last = (0, bounds[0]) if len(bounds) == 1 else bounds
        return None if first is None or last is None else last - first

    def _repeats(self, loop: Loop) -> bool:
        """Whether the data set that ``loop`` iterates starts again at its end."""
        names = [each for each in ast.walk(loop) if isinstance(each, ast.Name) and each.lineno == loop.lineno]
        made = [each.value for name in names for each in self.flow.reaching(name) if each.value is not None]
        return any("repeat(" in ast.unparse(each) for each in made)

    def function_trains(self, function: Function, depth: int) -> bool:
        """Whether calling ``function`` of this module trains for long."""
        if function not in self._trains:
            self._trains[function] = False  # a recursion counts as "not here"
            self._trains[function] = self._contains_training(function, depth)
        return self._trains[function]

    def _training(self, node: ast.AST) -> ast.stmt | None:
        if isinstance(node, LOOPS):
            return node if self._training_loop(node) else None
        if not isinstance(node, ast.Call) or not self._long_call(node):
            return None
        statement: ast.AST = node
        while not isinstance(statement, ast.stmt):
            statement = self.module.parents[statement]
        return statement

    def _training_loop(self, node: Loop) -> bool:
        steps = any(_is_step(each) for each in ast.walk(node))
        if self.loops.runs_once(node) or not (steps or self._may_call_training(node)):
            return False
        return (self.loops.counts(node) or self.loops.over_data(node)) and (steps or self._steps_in_helper(node))

    def _may_call_training(self, node: ast.AST) -> bool:
        """Whether a call in it has the name of something that trains: asked before anything is inferred."""
        calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
        if _OF_OBJECTS & self._callable_names:
            return bool(calls)
        return any(last_name(each.func) in self._callable_names for each in calls)

    def _steps_in_helper(self, node: ast.AST) -> bool:
        for each in ast.walk(node):
            if isinstance(each, ast.Call):
                helper = self.loops.helper(each)
                if helper is not None and may_train(helper[0]) and helper[0].once(loops_of).trains(helper[1]):
                    return True
        return False

    def _long_call(self, node: ast.Call, depth: int = 2) -> bool:
        known = depth and last_name(node.func) in self._callable_names
        helper = self.loops.helper(node) if known else None
        if helper is None:
            return self._long_fit(node)
        if helper[1].name in ("__init__", "call") or not may_train(helper[0]):
            return False
        return helper[0].once(trainings_of).function_trains(helper[1], depth - 1)

    def _long_fit(self, node: ast.Call) -> bool:
        """Whether it is a Keras model's ``fit`` over several epochs."""
        value = _epochs(node)
        number = None if value is None else self.flow.number(value)
        return value is not None and (number is None or number >= FEW_EPOCHS)

    @cached_property
    def _callable_names(self) -> frozenset[str]:
        """The names by which this file may call a function that trains: asked before anything is inferred.

        Functions and classes of this file and of the files it imports from; a method that only a base class in a third
        file has is not followed.
        """
        project = self.module.project
        found = set(self.module.once(training_names))
        for dotted in {*self.module.names.imports.values()}:
            if not dotted.startswith(LIBRARIES):
                defined = project.definition(dotted, self.module)
                module = defined[0] if defined is not None else project.imported(dotted, self.module)
                if module is not None:
                    found |= module.once(training_names)
                    found.add(dotted.rpartition(".")[2])
        found |= {local for local, dotted in self.module.names.imports.items() if dotted.rpartition(".")[2] in found}
        return frozenset(found | set(self._made_by(found)))

    def _made_by(self, makers: Set[str]) -> Iterator[str]:
        """The names bound to what ``makers`` give: a function that defines a training step may return it."""
        for node in self.module.once(index_of).all(ast.Assign):
            if isinstance(node.value, ast.Call) and last_name(node.value.func) in makers:
                targets = (each for target in node.targets for each in ast.walk(target))
                yield from (each.id for each in targets if isinstance(each, ast.Name))

    def _contains_training(self, function: Function, depth: int) -> bool:
        for node in ast.walk(function):
            if isinstance(node, LOOPS) and self._training_loop(node):
                return True
            if isinstance(node, ast.Call) and self._long_call(node, depth):
                return True
        return False


def training_names(module: Module) -> frozenset[str]:
    """The functions of ``module`` that take training steps or call one that does, by name."""
    if not may_train(module):
        return frozenset()
    calls: dict[str, set[str]] = {}
    for call in module.once(index_of).all(ast.Call):
        called = {last_name(call.func)}
        if last_name(call.func) in RUNNERS and call.args:
            called.add(last_name(call.args[0]))
        for around in module.ancestors(call):
            if isinstance(around, Function):
                calls.setdefault(around.name, set()).update(called)
    found: set[str] = set()
    while True:
        new = {name for name, called in calls.items() if called & (found | _FITS | _STEPS | {"GradientTape"})} - found
        if not new:
            return frozenset(found)
        found |= new


def _is_step(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _STEPS


def _epochs(node: ast.AST) -> ast.expr | None:
    """The number of epochs that a call of ``fit`` is given (``**options`` may hold one)."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in _FITS:
        return None
    return next((each.value for each in node.keywords if each.arg in _EPOCHS or each.arg is None), None)


def trainings_of(module: Module) -> Trainings:
    """The long trainings of ``module``; ask through ``module.once(trainings_of)``."""
    return Trainings(module)
