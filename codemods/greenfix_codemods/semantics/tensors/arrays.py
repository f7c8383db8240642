"""Arrays that stay alive through a long training although nothing reads them any more."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.tensors.analysis import Analysis
from greenfix_codemods.semantics.tensors.copies import Copies, copies_of
from greenfix_codemods.semantics.tensors.eagerness import execution_of
from greenfix_codemods.semantics.tensors.estimates import Estimate, Extent
from greenfix_codemods.semantics.tensors.extent import Extents, extents_of
from greenfix_codemods.semantics.tensors.holders import Holders, holders_of
from greenfix_codemods.semantics.tensors.scopes import Binding, Bindings, How
from greenfix_codemods.semantics.tensors.trainings import LONG, Trainings, trainings_of
from greenfix_codemods.semantics.tensors.uses import uses_of


@dataclass(frozen=True, eq=False, slots=True)
class DeadArray:
    """An array that no statement reads from ``training`` on.

    Attributes:
        binding: where it is bound.
        names: its name, and the dead names of the same memory (aliases, views).
        training: the statement of the long training.
        epochs: how many the training is written to take; None when the source does not say.
        last_read: the line that reads it last; None when nothing reads it.
        estimate: how large it is likely to be.
        copy: a name that holds a full copy of it during the training.
        features: a name that the training takes and that a model computed from it.
        matrix: whether it is a part of what an unknown loader gave and is used as a matrix.
    """

    binding: Binding
    names: tuple[str, ...]
    training: ast.stmt
    epochs: int | None
    last_read: int | None
    estimate: Estimate
    copy: str | None
    features: str | None
    matrix: bool

    @property
    def line(self) -> int:
        """The line that binds it."""
        return self.binding.statement.lineno  # type: ignore[attr-defined,no-any-return]  # an assignment is located


class Arrays(Analysis):
    """The dead arrays of one module."""

    def __init__(self, module: Module) -> None:
        super().__init__(module)
        self.trainings: Trainings = module.once(trainings_of)
        self.extents: Extents = module.once(extents_of)
        self.holders: Holders = module.once(holders_of)
        self.copies: Copies = module.once(copies_of)

    @property
    def dead(self) -> tuple[DeadArray, ...]:
        """Every dead array, scope by scope; aliases and views of one are one."""
        found: list[DeadArray] = []
        for scope, trainings in self.trainings.by_scope.items():
            if isinstance(scope, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef):
                bindings = self.flow.bindings(scope)
                found += self._one_each(list(self._in_scope(bindings, trainings)))
        return tuple(found)

    def _in_scope(self, bindings: Bindings, trainings: list[ast.stmt]) -> Iterator[DeadArray]:
        for name, bound in bindings.bound.items():
            if bindings.captured.get(name) or name in bindings.shared or name in bindings.nested_shared:
                continue
            for binding in bound:
                if binding.how is How.ASSIGN and binding.value is not None:
                    dead = self._dead_through(binding, trainings, bindings)
                    if dead is not None:
                        yield dead

    def _one_each(self, dead: list[DeadArray]) -> Iterator[DeadArray]:
        """The arrays with their other names: what shares memory with an earlier one, or its name, joins it."""
        groups: list[list[DeadArray]] = []
        for each in sorted(dead, key=lambda one: one.line):
            group = next((group for group in groups if self._same(each, group)), None)
            if group is None:
                groups.append([each])
            else:
                group.append(each)
        for group in groups:
            names = tuple(dict.fromkeys(each.binding.name for each in group))
            largest = max(group, key=_weight)
            together = [each.last_read or 0 for each in group if each.training is largest.training]
            yield replace(largest, names=names, last_read=max(together) or None)

    def _same(self, dead: DeadArray, group: Sequence[DeadArray]) -> bool:
        """Whether they are views of one array, or one name that two branches bind."""
        origins = self.holders.origins(dead.binding)
        return any(
            other.binding.name == dead.binding.name or origins & self.holders.origins(other.binding) for other in group
        )

    def _dead_through(self, binding: Binding, trainings: list[ast.stmt], bindings: Bindings) -> DeadArray | None:
        line = binding.statement.lineno  # type: ignore[attr-defined]  # an assignment is located
        later = [training for training in trainings if training.lineno > line]
        if not later or self._left_over(binding, later):
            return None
        estimate = self.extents.of_binding(binding)
        if estimate.extent < Extent.TABLE or self.holders.belongs_outside(binding):
            return None
        versions = self._changed_in_place(binding, bindings)
        loads = bindings.loads.get(binding.name, ())
        reads = [load for load in loads if not versions.isdisjoint(self.flow.reaching(load))]
        found = (
            self._described(binding, training, reads, estimate, bindings)
            for training in later
            if any(self.flow.may_hold(version, training) for version in versions)
            and not self._needed(binding, training, reads, bindings)
        )
        first = next(found, None)
        return first if first is None or first.copy else next((each for each in found if each.copy), first)

    def _needed(self, binding: Binding, training: ast.stmt, reads: Sequence[ast.Name], bindings: Bindings) -> bool:
        """Whether something reads or holds the array from ``training`` on, or its name goes to something else."""
        return (
            self._taken_again(binding.name, training, bindings)
            or any(self._alive(read, binding, training) for read in reads)
            or self.holders.pinned(binding.name, training, bindings)
            or any(self._base_needed(each, training, bindings) for each in self.holders.origins(binding) - {binding})
        )

    def _base_needed(self, base: Binding, training: ast.stmt, bindings: Bindings) -> bool:
        """Whether what an array is a view of is still there at the training and read from then on."""
        reads = (each for each in bindings.loads.get(base.name, ()) if base in self.flow.reaching(each))
        read = bool(bindings.captured.get(base.name)) or any(self._alive(each, base, training) for each in reads)
        return read and self.flow.may_hold(base, training)

    def _taken_again(self, name: str, training: ast.stmt, bindings: Bindings) -> bool:
        """Whether the training binds the name anew: ``for x, y in data`` frees ``x`` with its first batch."""
        others = (each.statement for each in bindings.bound[name])
        return any(training is each or training in self.module.ancestors(each) for each in others)

    def _changed_in_place(self, binding: Binding, bindings: Bindings) -> set[Binding]:
        """The binding and those of ``x /= 255``, which are the same array."""
        versions = {binding}
        for other in bindings.bound[binding.name]:  # in source order
            before = self.flow.reaching(other.node) if isinstance(other.node, ast.Name) else ()
            if other.how is How.AUGMENTED and not versions.isdisjoint(before):
                versions.add(other)
        return versions

    def _described(
        self,
        binding: Binding,
        training: ast.stmt,
        reads: Sequence[ast.Name],
        estimate: Estimate,
        bindings: Bindings,
    ) -> DeadArray:
        uses = self.module.once(uses_of)
        views = self.holders.views(binding.name, training, bindings)
        loaded = bool(binding.steps) and self.extents.bound(binding).extent is Extent.UNKNOWN
        matrix = loaded and uses.as_matrix(binding) and not uses.as_table(binding)
        return DeadArray(
            binding,
            (binding.name,),
            training,
            self.trainings.epochs(training, anew=self.loops.around(binding.statement)),
            max((read.lineno for read in reads), default=None),
            estimate,
            self.copies.copy(views, training, bindings, large=not matrix),
            self.copies.features(views, training, bindings),
            matrix,
        )

    def _left_over(self, binding: Binding, trainings: list[ast.stmt]) -> bool:
        """Whether the name is what the last pass of an earlier loop left: one example or one batch of it."""
        around = self.loops.around(binding.statement)
        return bool(around) and not any(set(around) <= set(self.loops.around(each)) for each in trainings)

    def _alive(self, read: ast.Name, binding: Binding, training: ast.stmt) -> bool:
        """Whether ``read`` comes at or after the training, or again in the next pass of a loop around both."""
        around = self.loops.around(training)
        in_header = any(read in ast.walk(loop.iter) for loop in around if not isinstance(loop, ast.While))
        if read.lineno >= training.lineno or in_header:  # a loop holds what it goes through
            return True
        for loop in self.loops.around(read):
            if loop in around:
                inside = loop in self.loops.around(binding.statement)
                if not inside or read.lineno < binding.statement.lineno:  # type: ignore[attr-defined]  # located
                    return True
        return False


def _weight(dead: DeadArray) -> tuple[Extent, bool, bool, bool, int]:
    """What decides which of several bindings of one name, or views of one array, stands for all."""
    return dead.estimate.extent, dead.copy is not None, dead.estimate.certain, dead.matrix, -dead.line


def dead_arrays(module: Module) -> tuple[DeadArray, ...]:
    """The dead arrays of ``module``; ask through ``module.once(dead_arrays)``."""
    execution = module.once(execution_of)
    if not execution.trains_here or not LONG.search(module.source.data):
        return ()
    return Arrays(module).dead
