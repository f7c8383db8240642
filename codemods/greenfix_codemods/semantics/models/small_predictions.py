"""``model.predict`` on one small input in every pass of a loop: most of the time goes into the call and not the model.

``predict`` makes a dataset and its iterator for each call; the Keras documentation says to call the model itself on
small inputs in a loop. Evidence that an input is one sample: a batch dimension of 1 is put on it in the pass, or it is
the loop's own item and the prediction is unpacked with ``[0]``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from greenfix_codemods.finding import Confidence
from greenfix_codemods.semantics.models.frames import dotted_text
from greenfix_codemods.semantics.models.keras import Made
from greenfix_codemods.semantics.models.passes import passes_of
from greenfix_codemods.semantics.models.recompiles import rebound
from greenfix_codemods.semantics.models.repetition import few_passes
from greenfix_codemods.semantics.models.trace import Kind, Pass
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import COMPREHENSIONS

DEEPEST = 4
"""Assignments followed back from the argument of ``predict``."""


@dataclass(frozen=True, slots=True)
class SmallPrediction:
    """``predict`` on a single sample in each pass of ``place``."""

    place: ast.AST
    call: ast.Call
    receiver: str
    confidence: Confidence
    reason: str


def small_predictions_of(module: Module) -> tuple[SmallPrediction, ...]:
    """One for each loop, the surest."""
    found: dict[ast.AST, SmallPrediction] = {}
    for item in module.once(passes_of):
        if not item.by:
            for prediction in _predictions(item, module):
                before = found.get(item.place)
                if before is None or (before.confidence, prediction.confidence) == (Confidence.LOW, Confidence.MEDIUM):
                    found[item.place] = prediction
    return tuple(found.values())


def _predictions(item: Pass, module: Module) -> Iterator[SmallPrediction]:
    for step in item.steps:
        call = step.node
        if step.kind is not Kind.USE or step.path or step.looped or not isinstance(call, ast.Call):
            continue
        if step.guarded and not _under_a_filter(call, item.place, module):
            continue
        if not isinstance(call.func, ast.Attribute) or call.func.attr != "predict" or not call.args:
            continue
        if step.model is None or step.model.made is Made.SUGGESTED or step.receiver is None:
            continue  # nothing says that it is a Keras model
        if not rebound(step.receiver, item) and _is_single(call, item, module):
            doubt = _doubt(call, item, module)
            reason = f"each pass calls {step.receiver}.predict on a single sample"
            if doubt is None:
                reason += "; one call on all of them, or calling the model itself, saves what each call costs"
                yield SmallPrediction(item.place, call, step.receiver, Confidence.MEDIUM, reason)
            else:
                reason += f"; but {doubt}: only calling the model itself could save something"
                yield SmallPrediction(item.place, call, step.receiver, Confidence.LOW, reason)


_FILTERS = frozenset({"endswith", "startswith", "isfile", "exists"})


def _under_a_filter(call: ast.Call, place: ast.AST, module: Module) -> bool:
    """Whether every condition around the call picks items by their name or by a flag, and not now and then a pass."""
    tests: list[ast.expr] = []
    for around in module.ancestors(call):
        if around is place:
            return bool(tests) and all(_picks(test) for test in tests)
        if isinstance(around, ast.If):
            tests.append(around.test)
        elif not isinstance(around, ast.expr | ast.Assign | ast.Expr | ast.AugAssign | ast.With):
            return False
    return False


def _picks(test: ast.expr) -> bool:
    if isinstance(test, ast.BoolOp):
        return all(_picks(value) for value in test.values)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return _picks(test.operand)
    if isinstance(test, ast.Compare):
        right = test.comparators[0]
        return isinstance(test.left, ast.Name) and isinstance(right, ast.Constant) and isinstance(right.value, bool)
    return isinstance(test, ast.Call) and isinstance(test.func, ast.Attribute) and test.func.attr in _FILTERS


def _is_single(call: ast.Call, item: Pass, module: Module) -> bool:
    inputs = call.args[0].elts if isinstance(call.args[0], ast.List | ast.Tuple) else call.args[:1]
    if inputs and all(_is_one_sample(each, item.place, call.lineno) for each in inputs):
        return True
    targets = _items(item.place)
    direct = isinstance(call.args[0], ast.Name) and call.args[0].id in targets
    return direct and _unpacked(call, item.place, module)


def _is_one_sample(node: ast.expr, place: ast.AST, line: int) -> bool:
    return any(_makes_one(part) for part in _sources(node, place, line))


def _outermost(node: ast.expr) -> Iterator[ast.expr]:
    """The expression and what it only converts: ``x.astype(float)``, ``x / 255``, ``np.array(x)`` of something."""
    yield node
    if isinstance(node, ast.BinOp):
        yield from _outermost(node.left)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "astype":
        yield from _outermost(node.func.value)


def _makes_one(node: ast.expr) -> bool:
    """Whether the expression gives an array with a first dimension of 1."""
    if isinstance(node, ast.Subscript):
        first = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) and node.slice.elts else node.slice
        return _none(first) or _one_row(first)
    if not isinstance(node, ast.Call):
        return False
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    words = {word.arg: word.value for word in node.keywords}
    if name == "expand_dims":
        return _is_zero(words.get("axis", node.args[1] if len(node.args) > 1 else None))
    if name in ("array", "asarray", "convert_to_tensor", "pad_sequences", "stack", "vstack"):
        return bool(node.args) and _list_of_one(node.args[0])
    if name in ("reshape", "zeros", "ones"):
        return any(_shape_of_one(argument) for argument in node.args[:2]) or _method_shape(name, node)
    return False


def _method_shape(name: str, node: ast.Call) -> bool:
    """``x.reshape(1, -1)``: the shape in several arguments."""
    return name == "reshape" and len(node.args) > 1 and _is_one(node.args[0])


def _shape_of_one(node: ast.expr) -> bool:
    return isinstance(node, ast.Tuple | ast.List) and len(node.elts) > 1 and _is_one(node.elts[0])


def _list_of_one(node: ast.expr) -> bool:
    return isinstance(node, ast.List) and len(node.elts) == 1 and not isinstance(node.elts[0], ast.Starred)


def _one_row(node: ast.expr) -> bool:
    """``x[i : i + 1]``."""
    if not isinstance(node, ast.Slice) or not isinstance(node.lower, ast.Name) or not isinstance(node.upper, ast.BinOp):
        return False
    same = ast.dump(node.upper.left) == ast.dump(node.lower)
    return same and isinstance(node.upper.op, ast.Add) and _is_one(node.upper.right)


def _none(node: ast.expr) -> bool:
    return (isinstance(node, ast.Constant) and node.value is None) or (
        isinstance(node, ast.Attribute) and node.attr == "newaxis"
    )


def _is_one(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int and node.value == 1


def _is_zero(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int and node.value == 0


def _sources(node: ast.expr, place: ast.AST, line: int, depth: int = DEEPEST) -> list[ast.expr]:
    """The expression, what it only converts, and what the pass last assigned to the names among them."""
    found = list(_outermost(node))
    for name in [part.id for part in found if isinstance(part, ast.Name) and depth]:
        assigned = [value for value in _assigned(name, place) if value.lineno < line]
        if assigned:
            last = max(assigned, key=lambda value: value.lineno)
            found += _sources(last, place, last.lineno, depth - 1)
    return found


def _assigned(name: str, place: ast.AST) -> Iterator[ast.expr]:
    """The values that ``name = value`` and ``name, other = value, more`` in the pass give to a name."""
    for statement in ast.walk(place):
        if not isinstance(statement, ast.Assign):
            continue
        target, value = statement.targets[0], statement.value
        if dotted_text(target) == name:
            yield value
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            yield from (part for one, part in zip(target.elts, value.elts, strict=True) if dotted_text(one) == name)


def _items(place: ast.AST) -> set[str]:
    """The names that take one item after the other."""
    targets: list[ast.expr] = []
    if isinstance(place, ast.For | ast.AsyncFor):
        targets = [place.target]
    elif isinstance(place, COMPREHENSIONS):
        targets = [generator.target for generator in place.generators]
    return {node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)}


def _unpacked(call: ast.Call, place: ast.AST, module: Module) -> bool:
    """``predict(x)[0]`` of which one value is taken: ``[0][action]``, ``argmax(...[0])``; also through a name.

    A ``[0]`` alone may be the first of several outputs.
    """
    parent = module.parents[call]
    rows: list[ast.AST] = [parent] if isinstance(parent, ast.Subscript) else []
    if isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Name):
        name = parent.targets[0].id
        rows = [
            node
            for node in ast.walk(place)
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == name
        ]
    return all(_is_zero(row.slice) for row in rows if isinstance(row, ast.Subscript)) and any(
        _takes_one(module.parents[row], row) for row in rows
    )


def _takes_one(user: ast.AST, row: ast.AST) -> bool:
    if isinstance(user, ast.Subscript):
        return user.value is row
    name = (dotted_text(user.func) or "").rpartition(".")[2] if isinstance(user, ast.Call) else ""
    return name in ("argmax", "amax", "max", "argsort")


def _doubt(call: ast.Call, item: Pass, module: Module) -> str | None:
    """Why the samples cannot be predicted in one call."""
    if few_passes(item.place):
        return "there are only a few passes"
    if any(step.kind is Kind.ASK for step in item.steps):
        return "each pass waits for a person"
    if any(step.kind is Kind.TRAIN for step in item.steps):
        return "the pass trains as well"
    if isinstance(item.place, ast.While) or _carried(call.args[0], call, item.place):
        return "each input waits for what the pass before has done"
    return None


def _carried(argument: ast.expr, call: ast.Call, place: ast.AST) -> bool:
    """Whether a name that the input is made of is bound again after the call, for the next pass."""
    needed = {node.id for node in ast.walk(argument) if isinstance(node, ast.Name)}
    for _ in range(DEEPEST):
        for statement in ast.walk(place):
            if isinstance(statement, ast.Assign) and needed & _bound(statement):
                needed |= {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
            elif isinstance(statement, ast.For) and statement is not place and needed & _bound(statement):
                needed |= {node.id for node in ast.walk(statement.iter) if isinstance(node, ast.Name)}
    after = (node for node in ast.walk(place) if getattr(node, "lineno", 0) > (call.end_lineno or call.lineno))
    return any(needed & _changed(node) for node in after)


_GROWING = frozenset({"append", "appendleft", "extend", "insert", "pop", "popleft", "update"})


def _changed(node: ast.AST) -> set[str]:
    """The names that a node binds or changes for the next pass; ``history.append(prediction)`` changes the history."""
    if isinstance(node, ast.Assign | ast.AugAssign):
        return _bound(node)
    grows = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _GROWING
    if grows and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        root = node.func.value
        return {root.id} if isinstance(root, ast.Name) else set()
    return set()


def _bound(statement: ast.stmt) -> set[str]:
    """The names that an assignment or loop binds or changes: ``x = ...``, ``x += ...``, ``x[i] = ...``."""
    targets: list[ast.expr] = getattr(statement, "targets", None) or [statement.target]  # type: ignore[attr-defined]  # AugAssign and For
    names = set()
    for target in targets:
        for node in ast.walk(target):
            root = node.value if isinstance(node, ast.Subscript | ast.Attribute) else node
            if isinstance(root, ast.Name) and (root is not node or isinstance(node.ctx, ast.Store)):
                names.add(root.id)
    return names
