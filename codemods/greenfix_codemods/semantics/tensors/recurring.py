"""Which statements and loops run again and again for long."""

from __future__ import annotations

import ast

from greenfix_codemods.semantics.names import Function
from greenfix_codemods.semantics.tensors.analysis import Analysis
from greenfix_codemods.semantics.tensors.eager_models import eager_models_of
from greenfix_codemods.semantics.tensors.followed import leads_to_data, leads_to_training
from greenfix_codemods.semantics.tensors.handed_over import handed_over_of
from greenfix_codemods.semantics.tensors.keeps import Keep
from greenfix_codemods.semantics.tensors.loops import FEW_EPOCHS, Loop

CALLBACKS = frozenset(
    {"on_batch_end", "on_epoch_end", "on_train_batch_end", "train_step", "train_on_batch", "on_epoch_begin"}
    | {"on_test_batch_end", "train_batch", "update", "step", "optimize", "train_one_step"}
)
"""Methods that a training calls in each of its steps or epochs."""


class Recurring(Analysis):
    """The statements of one module that may recur, and its long loops."""

    def may_last(self, keep: Keep) -> bool:
        """Whether what ``keep`` adds may live for the run: what the syntax says before anything is inferred."""
        function = self.module.enclosing_function(keep.statement)
        local = isinstance(keep.root, ast.Name) and self.flow.owner(keep.root) is self.flow.scope(keep.statement)
        if local and self.loops.around(keep.statement):
            return function is None or self.module.once(leads_to_training)
        if local and self.module.once(handed_over_of).parameter_of(keep) is None:
            return False
        if self.loops.around(keep.statement) and self._may_run_long:
            return True
        if function is None or self.module.once(eager_models_of).runs(function):
            return function is not None
        if self.loops.called_in_loop(function) or function.name in CALLBACKS:
            return True
        return local and not self.inference.calls_of(function) and self.module.once(leads_to_training)

    @property
    def _may_run_long(self) -> bool:
        """Whether a loop in a function of the file can train or go over data: no other is long."""
        return self.module.once(leads_to_training) or self.module.once(leads_to_data)

    def long(self, loop: Loop, keep: Keep) -> bool:
        """Whether the loop is one of many passes: over data or epochs, not over layers, pairs or files' columns."""
        if self.loops.over_data(loop):
            return not self.loops.runs_once(loop)
        if self.loops.trains(loop):
            return not self.loops.runs_once(loop, FEW_EPOCHS)
        scripted = self.module.enclosing_function(keep.statement) is None
        many = self.loops.counts(loop) or self.loops.over_rows(loop)
        return scripted and many and not self.loops.runs_once(loop)

    def evaluates_once(self, function: Function, loop: Loop) -> bool:
        """Whether the loop is over all of the data, in a function that is called and in no loop of this file."""
        once = bool(self.inference.calls_of(function)) and not self.loops.called_in_loop(function)
        return once and self.loops.over_data(loop)
