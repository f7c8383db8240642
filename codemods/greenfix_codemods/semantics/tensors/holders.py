"""What has an array's memory during a training: views of it, objects, containers."""

from __future__ import annotations

import ast
from functools import cached_property

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.tensors.analysis import Analysis
from greenfix_codemods.semantics.tensors.estimates import Extent
from greenfix_codemods.semantics.tensors.extent import Extents, extents_of
from greenfix_codemods.semantics.tensors.holding import KEEPING, Holding, holding_of
from greenfix_codemods.semantics.tensors.scopes import Binding, Bindings, How


class Holders(Analysis):
    """Who holds the arrays of one module."""

    def __init__(self, module: Module) -> None:
        super().__init__(module)
        self.extents: Extents = module.once(extents_of)
        self.holding: Holding = module.once(holding_of)
        self._pairs: dict[ast.AST, frozenset[tuple[str, str]]] = {}
        self._sources: dict[Binding, frozenset[Binding]] = {}

    def views(self, name: str, training: ast.stmt, bindings: Bindings) -> frozenset[str]:
        """``name`` and every other name that may share its memory when ``training`` starts."""
        shared = self._shared(training, bindings)
        found, waiting = {name}, [name]
        while waiting:
            current = waiting.pop()
            new = {view for view, held in shared if held == current} - found
            found |= new
            waiting += new
        return frozenset(found)

    def _shared(self, training: ast.stmt, bindings: Bindings) -> frozenset[tuple[str, str]]:
        """The pairs of names of which the first is bound to (a view of) the second before ``training``."""
        if training not in self._pairs:
            self._pairs[training] = frozenset(
                (each.name, held)
                for bound in bindings.bound.values()
                for each in bound
                if each.how is How.ASSIGN and each.statement.lineno <= training.lineno  # type: ignore[attr-defined]  # statements are located
                for held in self.held(each)
                if held != each.name and held in bindings.bound
            )
        return self._pairs[training]

    def origins(self, binding: Binding) -> frozenset[Binding]:
        """The arrays that what ``binding`` binds is a view of, through views of views, itself included."""
        return frozenset(
            each
            for each in self._seen_through(binding)
            if each is binding or self.extents.of_binding(each).extent >= Extent.TABLE
        )

    def belongs_outside(self, binding: Binding) -> bool:
        """Whether the value is (a view of) a parameter or of a variable of another file.

        The caller holds it, or that file's module, whatever is deleted here. Of what is no array itself (a path that a
        parameter gives) only the direct use counts.
        """
        return any(
            each.how is How.PARAMETER or isinstance(each.statement, ast.Import | ast.ImportFrom)
            for origin in self.origins(binding)
            for each in (origin, *self._bases(origin))
        )

    def _seen_through(self, binding: Binding) -> frozenset[Binding]:
        """``binding``, and what its value is a view of, or lies in, and so on."""
        if binding not in self._sources:
            found, waiting = {binding}, [binding]
            while waiting:
                new = self._bases(waiting.pop()) - found
                found |= new
                waiting += new
            self._sources[binding] = frozenset(found)
        return self._sources[binding]

    def _bases(self, binding: Binding) -> frozenset[Binding]:
        """What binds the names whose memory the value may share."""
        held = self.held(binding)
        names = [each for each in ast.walk(binding.value or ast.Pass()) if isinstance(each, ast.Name)]
        return frozenset(each for name in names if name.id in held for each in self.flow.reaching(name))

    def held(self, binding: Binding) -> frozenset[str]:
        """The names whose memory what ``binding`` binds may share."""
        value = binding.part
        return self.holding.names(value) if value is not None else frozenset()

    def pinned(self, name: str, training: ast.stmt, bindings: Bindings) -> bool:
        """Whether something that is alive during the training holds the memory of ``name``: a view, an object."""
        views = self.views(name, training, bindings)
        if not views.isdisjoint(self._displayed):
            return True
        if any(self.read_from(other, training, bindings) for other in views - {name}):
            return True
        return any(
            self._is_stored(load, training, bindings)
            for view in views
            for load in bindings.loads.get(view, ())
            if load.lineno < training.lineno
        )

    @cached_property
    def _displayed(self) -> frozenset[str]:
        """What a notebook shows as the value of a cell: it keeps that under ``Out``."""
        if not self.module.source.notebook:
            return frozenset()
        shown = [each.value for each in self.module.tree.body if isinstance(each, ast.Expr)]
        values = (each for each in shown if isinstance(each, ast.Name | ast.Subscript | ast.Attribute | ast.Tuple))
        return frozenset().union(*(self.holding.names(each) for each in values))

    def read_from(self, name: str, training: ast.stmt, bindings: Bindings) -> bool:
        """Whether ``name`` is read from ``training`` on, or again in the next pass of a loop around it."""
        if bindings.captured.get(name):
            return True
        around = set(self.loops.around(training))
        return any(
            load.lineno >= training.lineno or around & set(self.loops.around(load))
            for load in bindings.loads.get(name, ())
        )

    def _is_stored(self, load: ast.Name, training: ast.stmt, bindings: Bindings) -> bool:  # noqa: PLR0911 - one case each
        """Whether ``load`` is put into an attribute, or into a container or object that outlives the line."""
        for around in self.module.ancestors(load):
            if isinstance(around, ast.Assign):
                if not self.holding.names(around.value) & {load.id}:
                    return False
                for target in around.targets:
                    if isinstance(target, ast.Attribute):
                        return True
                    if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
                        return self.read_from(target.value.id, training, bindings)
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
        if call.func.attr in KEEPING and isinstance(receiver, ast.Name):
            return self.read_from(receiver.id, training, bindings)
        helper = self.loops.helper(call)
        if helper is None:
            return False
        return bool(helper[0].once(holding_of).parameters_held(helper[1], 1) - {"self"})


def holders_of(module: Module) -> Holders:
    """Who holds the arrays of ``module``; ask through ``module.once(holders_of)``."""
    return Holders(module)
