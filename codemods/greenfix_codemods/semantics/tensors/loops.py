"""Which loops run long: loops over epochs, steps and data sets, and loops that train."""

from __future__ import annotations

import ast
from functools import cached_property

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import LOOPS, Function, last_name
from greenfix_codemods.semantics.progress import COUNTING, PROGRESS
from greenfix_codemods.semantics.tensors.bindings import Flow, flow_of
from greenfix_codemods.semantics.tensors.classes import classes_of
from greenfix_codemods.semantics.tensors.followed import leads_to_data, may_train
from greenfix_codemods.semantics.tensors.inference import Inference, inference_of
from greenfix_codemods.semantics.tensors.kinds import Kind, Value, functions_in

Loop = ast.For | ast.AsyncFor | ast.While

FEW = 20
"""Passes below which keeping something in each of them is nothing to speak of."""

FEW_EPOCHS = 4
"""The same for loops over epochs, whose passes are long."""

RUNNERS = frozenset({"run", "experimental_run", "experimental_run_v2"})
"""Methods of a distribution strategy that run the function which they are given first."""
_TRAINING_METHODS = frozenset({"apply_gradients", "minimize", "train_on_batch", "fit", "fit_generator", "assign_sub"})
_SEEN_THROUGH = frozenset({*PROGRESS, "enumerate", "reversed", "list"})
"""Calls that give what they are given first."""
_DEPTH = 3


class Loops:
    """The loops of one module and what is known of them."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self._trains: dict[ast.AST, bool] = {}
        self._called_in_loop: dict[tuple[Function, int], bool] = {}

    @cached_property
    def flow(self) -> Flow:
        """The reaching definitions of the module."""
        return self.module.once(flow_of)

    @cached_property
    def inference(self) -> Inference:
        """The kinds of the module."""
        return self.module.once(inference_of)

    def around(self, node: ast.AST, inside: ast.AST | None = None) -> tuple[Loop, ...]:
        """The loops around ``node`` in its function (and inside ``inside``), innermost first."""
        found: list[Loop] = []
        below = node
        for each in self.module.ancestors(node):
            if each is inside or isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                break
            if isinstance(each, LOOPS) and any(statement is below for statement in each.body):
                found.append(each)
            below = each
        return tuple(found)

    def runs_once(self, loop: Loop, few: int = FEW) -> bool:
        """Whether the loop has at most a few passes, as far as its header says."""
        if isinstance(loop, ast.While):
            return False
        count = self._count(loop.iter)
        return count is not None and count < few

    def passes(self, loop: Loop) -> int | None:
        """How many passes the header of the loop says that it takes, if it does."""
        return None if isinstance(loop, ast.While) else self._count(loop.iter)

    def _count(self, iterable: ast.expr) -> int | None:
        if isinstance(iterable, ast.List | ast.Tuple | ast.Set):
            return len(iterable.elts)
        if not isinstance(iterable, ast.Call) or not iterable.args:
            return None
        name = iterable.func.id if isinstance(iterable.func, ast.Name) else getattr(iterable.func, "attr", "")
        if name in _SEEN_THROUGH:
            return self._count(iterable.args[0])
        if name == "zip":  # ends with the shortest
            return min((count for each in iterable.args if (count := self._count(each)) is not None), default=None)
        if name in (*COUNTING, "take"):  # data.take(1)
            bounds = [argument.value for argument in iterable.args if isinstance(argument, ast.Constant)]
            if len(bounds) == len(iterable.args) and all(isinstance(each, int) for each in bounds):
                return len(range(*(int(each) for each in bounds if isinstance(each, int))))
        return None

    def over_data(self, loop: Loop) -> bool:
        """Whether the loop iterates a data set (``enumerate``, ``zip`` and ``tqdm`` seen through)."""
        if isinstance(loop, ast.While) or not self.module.once(leads_to_data):
            return False
        return self._data(loop.iter)

    def _data(self, iterable: ast.expr) -> bool:
        if self.inference.of(iterable).kind is Kind.DATASET:
            return True
        if isinstance(iterable, ast.Call):
            name = iterable.func.id if isinstance(iterable.func, ast.Name) else getattr(iterable.func, "attr", "")
            return name in (*PROGRESS, "enumerate", "zip") and any(self._data(argument) for argument in iterable.args)
        return False

    def over_rows(self, loop: Loop) -> bool:
        """Whether the loop takes the rows of a tensor one by one."""
        return not isinstance(loop, ast.While) and self.inference.of(loop.iter).kind is Kind.TENSOR

    def counts(self, loop: Loop) -> bool:
        """Whether the loop counts (epochs, steps, episodes): ``range``, ``trange``, ``while``."""
        if isinstance(loop, ast.While):
            return True
        node = loop.iter
        while isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in (*COUNTING, "count"):
                return True
            if name not in _SEEN_THROUGH or not node.args:
                return False
            node = node.args[0]
        return False

    def trains(self, node: ast.AST, depth: int = _DEPTH) -> bool:
        """Whether the code of ``node`` (a loop, a function, a statement) takes training steps, here or in a helper."""
        if node not in self._trains:
            self._trains[node] = False  # a recursion counts as "not here"
            self._trains[node] = any(self._training(each, depth) for each in ast.walk(node))
        return self._trains[node]

    def _training(self, node: ast.AST, depth: int) -> bool:
        if isinstance(node, ast.With):
            return self.inference.is_tape(node)
        if not isinstance(node, ast.Call):
            return False
        if isinstance(node.func, ast.Attribute) and node.func.attr in _TRAINING_METHODS:
            return True
        helpers = self.helpers(node) if depth else ()
        return any(
            may_train(module) and module.once(loops_of).trains(function, depth - 1) for module, function in helpers
        )

    def helper(self, call: ast.Call) -> tuple[Module, Function] | None:
        """The function of this project that ``call`` runs, if it is known."""
        found = self.helpers(call)
        return found[0] if len(found) == 1 else None

    def helpers(self, call: ast.Call) -> tuple[tuple[Module, Function], ...]:
        """The functions of this project among which ``call`` chooses; mostly it is one."""
        known = functions_in(self.inference.of(call.func))
        if not known and call.args and last_name(call.func) in RUNNERS:
            known = functions_in(self.inference.of(call.args[0]))
        return tuple(found for each in known if (found := self._run_by(each)) is not None)

    @staticmethod
    def _run_by(value: Value) -> tuple[Module, Function] | None:
        """The function that calling ``value`` runs."""
        if value.definition is None:
            return None
        module, definition = value.definition
        if isinstance(definition, ast.ClassDef):
            names = ("__init__",) if value.kind is Kind.CLASS else ("call", "__call__")
            classes = module.once(classes_of)
            return next((found for name in names if (found := classes.member(definition, name))), None)
        return (module, definition) if isinstance(definition, ast.FunctionDef | ast.AsyncFunctionDef) else None

    def called_in_loop(self, function: Function, depth: int = 2) -> bool:
        """Whether a call of ``function`` in this file stands in a loop (or in a function called in one)."""
        if (function, depth) not in self._called_in_loop:
            self._called_in_loop[function, depth] = any(
                self._repeats(call, function, depth) for call in self.inference.calls_of(function)
            )
        return self._called_in_loop[function, depth]

    def only_called_in_loops(self, function: Function) -> bool:
        """Whether every call does, and there is one."""
        calls = self.inference.calls_of(function)
        return bool(calls) and all(self._repeats(call, function, 2) for call in calls)

    def _repeats(self, call: ast.Call, function: Function, depth: int) -> bool:
        if self.around(call):
            return True
        caller = self.module.enclosing_function(call) if depth else None
        return caller is not None and caller is not function and self.called_in_loop(caller, depth - 1)


def loops_of(module: Module) -> Loops:
    """The loops of ``module``; ask through ``module.once(loops_of)``."""
    return Loops(module)
