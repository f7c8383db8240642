"""Which data of an array a training takes: copies, splits and casts of it, by the names they lie under."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import last_name
from greenfix_codemods.semantics.tensors.analysis import Analysis
from greenfix_codemods.semantics.tensors.estimates import Extent
from greenfix_codemods.semantics.tensors.extent import Extents, extents_of
from greenfix_codemods.semantics.tensors.holding import KEEPING
from greenfix_codemods.semantics.tensors.kinds import Kind
from greenfix_codemods.semantics.tensors.scopes import Bindings, How

_FACTS = frozenset({"shape", "ndim", "dtype", "size", "nbytes", "columns", "index"})
_NO_ARRAYS = frozenset({Kind.NUMBER, Kind.TEXT, Kind.NONE, Kind.MODEL, Kind.HISTORY, Kind.METRIC, Kind.OPTIMIZER})
_LOOKS = frozenset({"len", "print", "type", "isinstance", "assert"})
_PREDICTS = frozenset({"predict", "predict_on_batch"})
_NEW_DATA = _PREDICTS | {"evaluate", "argmax", "mean"}
"""What these give is computed from an array, not a copy of it."""


class Copies(Analysis):
    """The copies of the arrays of one module."""

    def __init__(self, module: Module) -> None:
        super().__init__(module)
        self.extents: Extents = module.once(extents_of)
        self._run: dict[ast.stmt, frozenset[ast.AST]] = {}

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

    def features(self, names: frozenset[str], training: ast.stmt, bindings: Bindings) -> str | None:
        """What the training takes of what a model computed from the array called ``names``."""
        computed = {
            target
            for name in names
            for load in bindings.loads.get(name, ())
            if load.lineno < training.lineno and (call := self._predicts(load)) is not None
            for target in _targets(self._statement(call), load)
        }
        derived = self._derived(frozenset(computed), training, bindings, large=False) if computed else computed
        return next((name for name in sorted(derived) if self._trained_on(name, training, bindings)), None)

    def _predicts(self, load: ast.Name) -> ast.Call | None:
        """The call of ``predict`` that ``load`` is given to."""
        parent = self.module.parents.get(load)
        if isinstance(parent, ast.Call) and load in parent.args and last_name(parent.func) in _PREDICTS:
            return parent
        return None

    def _statement(self, node: ast.AST) -> ast.stmt:
        return next(each for each in self.module.ancestors(node) if isinstance(each, ast.stmt))

    def _extent(self, name: str, training: ast.stmt, bindings: Bindings) -> Extent:
        """How large the value is that ``name`` may hold when ``training`` starts."""
        bound = (each for each in bindings.bound.get(name, ()) if self.flow.may_hold(each, training))
        return max((self.extents.of_binding(each).extent for each in bound), default=Extent.UNKNOWN)

    def _trained_on(self, name: str, training: ast.stmt, bindings: Bindings) -> bool:
        """Whether the training reads ``name``, to validate with it aside."""
        for load in bindings.loads.get(name, ()):
            around = list(self.module.ancestors(load))
            validates = any(isinstance(each, ast.keyword) and "validation" in (each.arg or "") for each in around)
            if training in around and not validates and self._from_before(load, training):
                return True
        captured = bindings.captured.get(name, ())
        return any(self.module.enclosing_function(load) in self._functions_run(training) for load in captured)

    def _from_before(self, load: ast.Name, training: ast.stmt) -> bool:
        """Whether it may be what was bound before the training, and not only a batch or a loss of its own."""
        return any(training not in self.module.ancestors(each.node) for each in self.flow.reaching(load))

    def _functions_run(self, training: ast.stmt) -> frozenset[ast.AST]:
        """The functions of this file that the training calls, directly or through one another."""
        if training not in self._run:
            found: set[ast.AST] = set()
            waiting: list[ast.AST] = [training]
            while waiting:
                calls = (each for each in ast.walk(waiting.pop()) if isinstance(each, ast.Call))
                helpers = (self.loops.helper(each) for each in calls)
                new = {each[1] for each in helpers if each is not None and each[0] is self.module} - found
                found |= new
                waiting += new
            self._run[training] = frozenset(found)
        return self._run[training]

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
        """Whether ``name`` holds something known to be smaller than a (large) array it was made of.

        What lies under a key of a result may be anything: its size must be known.
        """
        extent = self._extent(name, training, bindings)
        if extent is Extent.UNKNOWN and self._is_something_else(name, training, bindings):
            return True
        return extent is Extent.SMALL or (large and extent is Extent.TABLE)

    def _is_something_else(self, name: str, training: ast.stmt, bindings: Bindings) -> bool:
        bound = [each for each in bindings.bound.get(name, ()) if self.flow.may_hold(each, training)]
        return bool(bound) and all(
            each.how is How.ASSIGN and each.part is not None and (_keyed(each.part) or self._is_no_array(each.part))
            for each in bound
        )

    def _is_no_array(self, node: ast.expr) -> bool:
        return self.inference.of(node).kind in _NO_ARRAYS

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
                keeps = isinstance(function, ast.Attribute) and function.attr in KEEPING
                if keeps and isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
                    yield function.value.id
            if isinstance(around, ast.stmt):
                yield from _targets(around, load)
                return

    def _split_into(self, call: ast.Call, load: ast.Name) -> Iterator[str]:
        """``x_train`` and ``x_test`` for the ``x`` of ``train_test_split(x, y)``."""
        statement = self.module.parents.get(call)
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        if isinstance(target, ast.Name):  # split = train_test_split(x, y); its parts are taken out later
            yield target.id
        for position, argument in enumerate(call.args):
            if isinstance(target, ast.Tuple) and any(each is load for each in ast.walk(argument)):
                pair = target.elts[2 * position : 2 * position + 2]
                yield from (each.id for each in pair if isinstance(each, ast.Name))


def _keyed(node: ast.expr) -> bool:
    """``result["steps"]``."""
    index = node.slice if isinstance(node, ast.Subscript) else None
    return isinstance(index, ast.Constant) and isinstance(index.value, str)


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


def copies_of(module: Module) -> Copies:
    """The copies of the arrays of ``module``; ask through ``module.once(copies_of)``."""
    return Copies(module)
