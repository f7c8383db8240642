"""What has an array's memory or a copy of it during a training: views, objects, containers; and derived arrays."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import last_name
from greenfix_codemods.semantics.tensors.bindings import Flow, flow_of
from greenfix_codemods.semantics.tensors.estimates import Extent
from greenfix_codemods.semantics.tensors.extent import Extents, extents_of
from greenfix_codemods.semantics.tensors.holding import Holding, holding_of
from greenfix_codemods.semantics.tensors.loops import Loops, loops_of
from greenfix_codemods.semantics.tensors.scopes import Binding, Bindings, How

_KEEPING = frozenset({"append", "extend", "insert", "update", "add", "setdefault"})
_FACTS = frozenset({"shape", "ndim", "dtype", "size", "nbytes", "columns", "index"})
_LOOKS = frozenset({"len", "print", "type", "isinstance", "assert"})
_NEW_DATA = frozenset({"predict", "predict_on_batch", "evaluate", "argmax", "mean"})
"""What these give is computed from an array, not a copy of it."""


class Holders:
    """Who holds the arrays of one module."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.extents: Extents = module.once(extents_of)
        self.holding: Holding = module.once(holding_of)
        self.loops: Loops = module.once(loops_of)
        self.flow: Flow = module.once(flow_of)
        self._pairs: dict[ast.AST, frozenset[tuple[str, str]]] = {}

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
        found, waiting = {binding}, [binding]
        while waiting:
            current = waiting.pop()
            held = self.held(current)
            names = [each for each in ast.walk(current.value or ast.Pass()) if isinstance(each, ast.Name)]
            for each in (one for name in names if name.id in held for one in self.flow.reaching(name)):
                if each not in found and self.extents.of_binding(each).extent >= Extent.TABLE:
                    found.add(each)
                    waiting.append(each)
        return frozenset(found)

    def held(self, binding: Binding) -> frozenset[str]:
        """The names whose memory what ``binding`` binds may share."""
        value, steps = binding.value, list(binding.steps)
        while isinstance(value, ast.Tuple | ast.List) and steps and isinstance(steps[0], int):
            step = steps.pop(0)
            value = value.elts[step] if isinstance(step, int) and step < len(value.elts) else None
        return self.holding.names(value) if value is not None else frozenset()

    def pinned(self, name: str, training: ast.stmt, bindings: Bindings) -> bool:
        """Whether something that is alive during the training holds the memory of ``name``: a view, an object."""
        views = self.views(name, training, bindings)
        if any(self.read_from(other, training, bindings) for other in views - {name}):
            return True
        return any(
            self._is_stored(load, training, bindings)
            for view in views
            for load in bindings.loads.get(view, ())
            if load.lineno < training.lineno
        )

    def read_from(self, name: str, training: ast.stmt, bindings: Bindings) -> bool:
        """Whether ``name`` is read from ``training`` on, or again in the next pass of a loop around it."""
        if bindings.captured.get(name):
            return True
        around = set(self.loops.around(training))
        return any(
            load.lineno >= training.lineno or around & set(self.loops.around(load))
            for load in bindings.loads.get(name, ())
        )

    def copy(self, names: frozenset[str], training: ast.stmt, bindings: Bindings, *, large: bool) -> str | None:
        """What was made of the array called ``names``, takes as much memory and lives through ``training``.

        None when the training takes nothing that was made of it, or only features, predictions or, with ``large``,
        a sample of it.
        """
        derived = self._derived(names, training, bindings, large=large) - names
        trained = sorted(name for name in derived if self._trained_on(name, training, bindings))
        if not trained or not large:
            return next(iter(trained), None)
        known = (
            each for each in (*trained, *sorted(derived)) if self._extent(each, training, bindings) is Extent.LARGE
        )
        return next(known, trained[0])

    def _extent(self, name: str, training: ast.stmt, bindings: Bindings) -> Extent:
        """How large the value is that ``name`` may hold when ``training`` starts."""
        bound = (each for each in bindings.bound.get(name, ()) if self.flow.may_hold(each, training))
        return max((self.extents.of_binding(each).extent for each in bound), default=Extent.UNKNOWN)

    def _trained_on(self, name: str, training: ast.stmt, bindings: Bindings) -> bool:
        """Whether the training reads ``name``, to validate with it aside."""
        for load in bindings.loads.get(name, ()):
            around = list(self.module.ancestors(load))
            validates = any(isinstance(each, ast.keyword) and "validation" in (each.arg or "") for each in around)
            if training in around and not validates:
                return True
        return False

    def _derived(self, names: frozenset[str], training: ast.stmt, bindings: Bindings, *, large: bool) -> frozenset[str]:
        """Every name that gets data out of ``names`` before ``training``."""
        derived = set(names)
        waiting = list(names)
        while waiting:
            for load in bindings.loads.get(waiting.pop(), ()):
                if load.lineno < training.lineno:
                    new = {each for each in self._flows_into(load) if each not in derived}
                    new -= {each for each in new if self._is_less(each, training, bindings, large=large)}
                    derived |= new
                    waiting += new
        return frozenset(derived)

    def _is_less(self, name: str, training: ast.stmt, bindings: Bindings, *, large: bool) -> bool:
        """Whether ``name`` holds something known to be smaller than a (large) array it was made of."""
        extent = self._extent(name, training, bindings)
        return extent is Extent.SMALL or (large and extent is Extent.TABLE)

    def _flows_into(self, load: ast.Name) -> Iterator[str]:
        """The names that a statement puts the data of ``load`` into."""
        for around in self.module.ancestors(load):
            if isinstance(around, ast.Attribute) and around.attr in _FACTS:
                return
            if isinstance(around, ast.Call) and last_name(around.func) in _LOOKS | _NEW_DATA:
                return
            if isinstance(around, ast.Call) and last_name(around.func) == "train_test_split":
                yield from self._split_into(around, load)
                return
            if isinstance(around, ast.Expr) and isinstance(around.value, ast.Call):
                function = around.value.func
                keeps = isinstance(function, ast.Attribute) and function.attr in _KEEPING
                if keeps and isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
                    yield function.value.id
            if isinstance(around, ast.stmt):
                yield from _targets(around, load)
                return

    def _split_into(self, call: ast.Call, load: ast.Name) -> Iterator[str]:
        """``x_train`` and ``x_test`` for the ``x`` of ``train_test_split(x, y)``."""
        statement = self.module.parents.get(call)
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        for position, argument in enumerate(call.args):
            if isinstance(target, ast.Tuple) and any(each is load for each in ast.walk(argument)):
                pair = target.elts[2 * position : 2 * position + 2]
                yield from (each.id for each in pair if isinstance(each, ast.Name))

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
        if call.func.attr in _KEEPING and isinstance(receiver, ast.Name):
            return self.read_from(receiver.id, training, bindings)
        helper = self.loops.helper(call)
        if helper is None:
            return False
        return bool(helper[0].once(holding_of).parameters_held(helper[1], 1) - {"self"})


def _targets(statement: ast.stmt, load: ast.Name) -> Iterator[str]:
    """The names that a statement binds to what it makes of ``load``, or whose elements it writes."""
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = [part for target in statement.targets for part in _parts(target, statement.value, load)]
    elif isinstance(statement, ast.AnnAssign | ast.AugAssign | ast.For):
        targets = [statement.target]
    for target in targets:
        for node in ast.walk(target):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id
            elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
                yield node.value.id


def _parts(target: ast.expr, value: ast.expr, load: ast.Name) -> Iterator[ast.expr]:
    """The parts of ``a, b = x, y`` that take ``load``; the whole target when the value is not written out."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        for one, other in zip(target.elts, value.elts, strict=True):
            if any(each is load for each in ast.walk(other)):
                yield one
    else:
        yield target


def holders_of(module: Module) -> Holders:
    """Who holds the arrays of ``module``; ask through ``module.once(holders_of)``."""
    return Holders(module)
