"""The statements of a pass that build and compile its model, and whether they may run once, before the loop."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from greenfix_codemods.semantics.models.frames import dotted_text
from greenfix_codemods.semantics.models.keras import Made
from greenfix_codemods.semantics.models.model_values import Model
from greenfix_codemods.semantics.models.names_used import used_outside
from greenfix_codemods.semantics.models.passes import passes_of
from greenfix_codemods.semantics.models.repetition import names_bound
from greenfix_codemods.semantics.models.run_by import run_by
from greenfix_codemods.semantics.models.trace import Kind, Pass, Step
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import LOOPS
from greenfix_codemods.strategies.purity import Building

if TYPE_CHECKING:
    from greenfix_codemods.rule import Site

Loop = ast.For | ast.AsyncFor | ast.While
_ASSEMBLES = frozenset({"add", "build", "compile"})
"""Methods that are part of making a model."""
_WORKS = frozenset(
    {"fit", "evaluate", "predict", "train_on_batch", "test_on_batch", "predict_on_batch", "summary", "count_params"}
    | {"save", "save_weights", "load_weights", "get_weights", "set_weights", "export", "to_json", "get_config"}
)
"""What may be done with the model in a pass: all that these change are its weights and its optimizer's state."""
_SAYS = frozenset({"metrics_names", "input_shape", "output_shape"})
"""What may be read of the model in a pass: the same in each."""


@dataclass(frozen=True, slots=True)
class Construction:
    """The ``statements`` of the loop's body that make the model called ``name``, in order."""

    loop: Loop
    name: str
    statements: tuple[ast.stmt, ...]
    on_batches: bool
    """A pass trains or tests on single batches, whose metrics go on until somebody resets them."""


def model_name(site: Site) -> str | None:
    """The name that a plain assignment of the loop's body gives the model."""
    if isinstance(site.place, ast.Lambda):
        return None
    for statement in getattr(site.place, "body", ()):
        if isinstance(statement, ast.Assign) and statement.value is site.target and len(statement.targets) == 1:
            target = statement.targets[0]
            return target.id if isinstance(target, ast.Name) else None
    return None


def construction_of(site: Site) -> Construction | str:
    """What could run once before the loop, or the condition that stops it, in words."""
    loop, name = site.place, model_name(site)
    if not isinstance(loop, LOOPS):
        return "it does not happen in a loop statement"
    if name is None:
        return "the model has no plain name in the loop's body"
    item = next(each for each in site.module.once(passes_of) if each.place is loop and _builds(each, site))
    built = _built(item, site)
    compiled = _compiled(item, built, loop, site)
    if isinstance(compiled, str):
        return compiled
    if reason := _unbuilt(built.model, site.module):
        return reason
    statements = _closed(loop, name, site.target, compiled)
    return _stopped(loop, name, statements, site.module) or Construction(
        loop, name, statements, any(_on_batch(step) for step in item.steps)
    )


def _built(item: Pass, site: Site) -> Step:
    """Of all that the site's call makes on its way (layers, blocks of layers), the model that the pass works with."""
    made = [step for step in item.steps if step.kind is Kind.BUILD and step.node is site.target]
    compiled = {step.model for step in item.steps if step.kind is Kind.COMPILE}
    known = [step for step in made if step.model is not None and step.model.made is not Made.SUGGESTED]
    return next((step for step in known if step.model in compiled), (known or made)[0])


def _builds(item: Pass, site: Site) -> bool:
    return any(step.kind is Kind.BUILD and step.node is site.target for step in item.steps)


def _on_batch(step: Step) -> bool:
    called = step.node.func if isinstance(step.node, ast.Call) else None
    return isinstance(called, ast.Attribute) and called.attr in ("train_on_batch", "test_on_batch")


def _compiled(item: Pass, built: Step, loop: Loop, site: Site) -> ast.stmt | str:
    """The statement of the loop's body that compiles the model: its own, or the call of the builder."""
    assert built.model is not None  # noqa: S101  # a BUILD always has its model
    steps = [step for step in item.steps if step.kind is Kind.COMPILE and step.model == built.model]
    if len(steps) != 1:
        return "the model is not compiled exactly once in each pass"
    statement = site.module.parents[steps[0].node]
    if not any(statement is each for each in loop.body) or steps[0].guarded or steps[0].looped:
        return "compile does not stand by itself in the loop's body: it may not run in each pass"
    assert isinstance(statement, ast.stmt)  # noqa: S101  # it stands in a body
    return statement


def _closed(loop: Loop, name: str, build: ast.AST, compiled: ast.stmt) -> tuple[ast.stmt, ...]:
    """Build, compile, what adds to the model in between, and the assignments that these need from the same pass."""
    last = loop.body.index(compiled)
    chosen = {
        number
        for number, statement in enumerate(loop.body[: last + 1])
        if statement is compiled or getattr(statement, "value", None) is build or assembles(statement, name)
    }
    while True:
        statements = [loop.body[number] for number in sorted(chosen)]
        names = {name for statement in statements for name in (*stored(statement), *loaded(statement))}
        more = {
            number
            for number, statement in enumerate(loop.body[:last])
            if isinstance(statement, ast.Assign) and stored(statement) & names
        }
        if more <= chosen:
            return tuple(statements)
        chosen |= more


def assembles(statement: ast.stmt, name: str) -> bool:
    """``name.add(...)``, ``name.build(...)``, ``name.compile(...)``."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    function = call.func if isinstance(call, ast.Call) else None
    return isinstance(function, ast.Attribute) and function.attr in _ASSEMBLES and dotted_text(function.value) == name


def _stopped(loop: Loop, name: str, statements: tuple[ast.stmt, ...], module: Module) -> str | None:
    return next(_reasons(loop, name, statements, module), None)


def _reasons(loop: Loop, name: str, statements: tuple[ast.stmt, ...], module: Module) -> Iterator[str]:
    others = [statement for statement in loop.body if statement not in statements]
    made = {bound for statement in statements for bound in stored(statement)}
    building = Building(module, frozenset(made))
    reasons = [reason for statement in statements if (reason := building.impure(statement))]
    read = {load for statement in statements for load in loaded(statement)} | building.globals_read
    change = changing(loop, others, module)
    if depends := sorted(read & (change.bound | change.changed) - {name}) or sorted(made & change.bound):
        yield f"building or compiling depends on {', '.join(depends)}, which changes from pass to pass"
    yield from reasons
    if shared := sorted(building.layers):
        yield f"{', '.join(shared)}, made outside the pass, may be a layer that all models share"
    for around in statements:
        if around.lineno == loop.lineno or shares_line(around, loop.body):
            yield f"line {around.lineno} holds more than one statement"
    if seeds := _seeds(loop, module):
        yield f"{seeds}() sets the seed in each pass, so each has initial weights of its own"
    yield from _other_uses(name, made, others, loop, module)


@dataclass(frozen=True, slots=True)
class Changing:
    """The names that a pass binds, and those of objects that it may change in place."""

    bound: frozenset[str]
    changed: frozenset[str]


def changing(loop: Loop, others: list[ast.stmt], module: Module) -> Changing:
    """The names that a pass binds, and those of objects that it may change, itself or in functions that it runs."""
    bound = {stored for statement in others for stored in names_bound(statement)}
    if not isinstance(loop, ast.While):
        bound |= names_bound(loop.target)
    for node in (each for statement in others for each in ast.walk(statement)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {item.asname or item.name.partition(".")[0] for item in node.names}
    changed: set[str] = set()
    for part in (*others, *(each for statement in others for each in run_by(module, statement)[1:])):
        for node in ast.walk(part):
            if isinstance(node, ast.Global | ast.Nonlocal):
                changed |= set(node.names)
            elif (root := _changed_root(node)) is not None:
                changed.add(root)
    return Changing(frozenset(bound), frozenset(changed) - frozenset(module.names.imports))


def _changed_root(node: ast.AST) -> str | None:
    """``x`` of ``x[0] = 1``, ``x.a = 1``, ``del x[0]``, ``x += 1`` and of ``x.update(...)`` as a statement."""
    target: ast.AST | None = None
    if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
        target = node.value
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
        target = node.value.func.value
    while isinstance(target, ast.Attribute | ast.Subscript):
        target = target.value
    return target.id if isinstance(target, ast.Name) else None


def _seeds(loop: Loop, module: Module) -> str | None:
    for part in run_by(module, loop):
        for node in ast.walk(part):
            if isinstance(node, ast.Call):
                name = dotted_text(node.func) or ""
                if "seed" in name.rpartition(".")[2].lower():
                    return name
    return None


def _other_uses(name: str, made: set[str], others: list[ast.stmt], loop: Loop, module: Module) -> Iterator[str]:
    if reason := used_outside(name, loop, module):
        yield reason
    building = {node for statement in loop.body if statement not in others for node in ast.walk(statement)}
    for node in ast.walk(module.enclosing_function(loop) or module.tree):
        if isinstance(node, ast.Name) and node.id in made - {name} and node not in building:
            yield f"{node.id}, a part of the model, is used beyond its building (line {node.lineno})"
    for node in (each for statement in others for each in ast.walk(statement)):
        if isinstance(node, ast.Name) and node.id == name and not _works(node, module):
            yield f"the model is more than trained and evaluated in line {node.lineno}: it may be kept or changed there"
    for node in ast.walk(loop):
        if isinstance(node, ast.Attribute) and node.attr == "model" and not _is_self(node.value):
            yield f"`{ast.unparse(node)}` in line {node.lineno} would be the same model in each pass"


def _works(node: ast.Name, module: Module) -> bool:
    """Whether ``node`` is the model in ``model.fit(...)`` and the like."""
    parent = module.parents[node]
    if not isinstance(parent, ast.Attribute):
        return False
    call = module.parents[parent]
    called = isinstance(call, ast.Call) and call.func is parent
    return parent.attr in (_WORKS if called else _SAYS)


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def shares_line(statement: ast.stmt, others: Sequence[ast.stmt]) -> bool:
    """Whether another of the statements stands on a line of ``statement``."""
    lines = [(other.lineno, other.end_lineno) for other in others if other is not statement]
    return any(end == statement.lineno or start == statement.end_lineno for start, end in lines)


def stored(node: ast.AST) -> set[str]:
    """The names that the code binds."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}


def loaded(node: ast.AST) -> set[str]:
    """The names that the code reads."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}


_SHAPED = frozenset({"input_shape", "input_dim", "batch_input_shape", "batch_shape"})


def _unbuilt(model: Model | None, here: Module) -> str | None:
    """Why the model may have no weights yet when it is compiled: nothing says the shape of its input."""
    assert model is not None  # noqa: S101  # a BUILD always has its model
    module, call = model.module or here, model.origin
    dotted = module.names.resolve(call.func) if isinstance(call, ast.Call) else None
    unknown = "the model may have no weights to remember before its first fit: no input shape is given"
    if dotted is None or not isinstance(call, ast.Call):
        return unknown
    if dotted.startswith("keras.applications."):
        return None
    last = dotted.rpartition(".")[2]
    if last in ("Model", "Functional") and (len(call.args) > 1 or any(each.arg == "inputs" for each in call.keywords)):
        return None
    first = _first_layer(call, module) if last == "Sequential" else None
    if isinstance(first, ast.Call):
        name = (module.names.resolve(first.func) or "").rpartition(".")[2]
        if name in ("Input", "InputLayer") or _SHAPED & {each.arg for each in first.keywords}:
            return None
    return unknown


def _first_layer(call: ast.Call, module: Module) -> ast.expr | None:
    """The first element of ``Sequential([...])``, else the first that is added to the name the model gets."""
    layers = call.args[0] if call.args else next((each.value for each in call.keywords if each.arg == "layers"), None)
    if isinstance(layers, ast.List | ast.Tuple) and layers.elts:
        return layers.elts[0]
    statement = module.parents[call]
    if layers is not None or not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
        return None
    parent = module.parents[statement]
    block = next(
        each
        for field in ("body", "orelse", "finalbody")
        if isinstance(each := getattr(parent, field, None), list) and statement in each
    )
    for after in block[block.index(statement) + 1 :]:
        if assembles(after, statement.targets[0].id):
            added: ast.Call = after.value
            return added.args[0] if added.args else None  # of compile(optimizer=...) none: nothing was added before
        if isinstance(after, ast.If | ast.Try | ast.With | ast.Match | ast.For | ast.While):
            return None
    return None
