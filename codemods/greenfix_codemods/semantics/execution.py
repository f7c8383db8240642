"""Statements: a module or function is followed once, from top to bottom, with its calls, and every loop leaves a record.

This is an abstract run: values are sets of possibilities, both branches of an ``if`` are taken, a loop's body runs once.
What the project calls is followed (six calls deep at most, recursion cut), so that "builds a model" and "clears the
session" mean the same whether they stand in the loop or three modules away.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from greenfix_codemods.semantics.calls import Arguments, Calls, Repeated
from greenfix_codemods.semantics.frames import Frame, dotted_text, join_environments
from greenfix_codemods.semantics.model_values import (
    UNKNOWN,
    Callable,
    Class,
    Model,
    Object,
    Value,
    join,
    models_in,
)
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import Function
from greenfix_codemods.semantics.objectives import searched_elsewhere
from greenfix_codemods.semantics.keras import Made
from greenfix_codemods.semantics.repetition import compiled_by_tensorflow, first_time_only, runs_once
from greenfix_codemods.semantics.trace import Condition, Kind, Step

DEEPEST = 6
"""Calls followed into one another. Public sweeps build two or three calls deep; beyond six the names tell nothing."""
MOST_STATEMENTS = 40_000
"""Statements followed for one scanned file, calls included; the largest training script seen needs 6,000."""
MOST_CONTEXTS = 6
"""Different argument values with which one function is followed."""

_END = (ast.Return, ast.Raise, ast.Continue, ast.Break)


@dataclass(frozen=True, slots=True)
class Pass:
    """What happens in one pass of a loop, or in one call of a function that is called again and again.

    Attributes:
        place: the loop, comprehension or ``def``.
        steps: what happens, in order.
        rebound: the names that the pass binds anew.
        by: what repeats it, for a function; empty for a loop.
    """

    place: ast.AST
    steps: tuple[Step, ...]
    rebound: frozenset[str]
    by: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a call of a function does and gives back."""

    steps: tuple[Step, ...] = ()
    returned: Value = UNKNOWN


@dataclass
class _Memory:
    """What has been followed already."""

    summaries: dict[object, Summary] = field(default_factory=dict)
    contexts: dict[ast.AST, int] = field(default_factory=dict)
    running: list[ast.AST] = field(default_factory=list)
    asked: int = 0  # what runs above this was not called but followed to learn what an attribute holds
    statements: int = 0
    modules: dict[str, Mapping[str, Value]] = field(default_factory=dict)
    stores: dict[ast.ClassDef, dict[str, list[ast.AST]]] = field(default_factory=dict)


class Execution(Calls):
    """Follows the scanned module: its top, then each of its functions and methods. ``passes`` holds what was seen."""

    def __init__(self, home: Module) -> None:
        super().__init__(home)
        self.repeated = []
        self.builders = {}
        self.passes: list[Pass] = []
        self.recursive: set[ast.AST] = set()
        self._memory = _Memory()

    # The scanned module ---------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Follow everything in the scanned module."""
        self.module_values(self.home)
        for node in self.functions:
            self.entry(self.callable_of(node, self.home))

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """Every function and method of the scanned module."""
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        return tuple(node for node in ast.walk(self.home.tree) if isinstance(node, functions))

    def callable_of(self, node: ast.FunctionDef | ast.AsyncFunctionDef, module: Module) -> Callable:
        """The function as a value, bound to its class when it is a method."""
        parent = module.parents[node]
        return Callable(module, node, Class(module, parent) if isinstance(parent, ast.ClassDef) else None)

    def entry(self, function: Callable) -> Summary:
        """What the function does when nothing is known about its arguments."""
        return self._summary(function, {}, {})

    def module_values(self, module: Module) -> Mapping[str, Value]:
        """What the names assigned at the top of ``module`` are."""
        if module.path not in self._memory.modules:
            frame = Frame(module, module.tree)
            self._memory.modules[module.path] = frame.env  # grows while it runs: what is defined so far is seen
            self.block(module.tree.body, frame)
        return self._memory.modules[module.path]

    # Calls ----------------------------------------------------------------------------------------------------------

    def follow(
        self, function: Callable, node: ast.Call, given: Arguments, frame: Frame, receiver: str | None, bound: bool
    ) -> Value:
        """Run a function of the project; gives what it returns."""
        running = self._memory.running
        if function.node in running:
            if function.node in running[self._memory.asked :]:
                self.recursive.add(function.node)
            return UNKNOWN
        values, texts = _bind(function, given, bound, receiver)
        summary = self._summary(function, values, texts)
        for step in summary.steps:
            seen = _receiver(step, function, texts, frame)
            if step.kind is Kind.KEEP and step.receiver is not None and seen is None:
                continue  # kept in a local container of the callee only
            step = step.inside(node, function.name, seen, frame.condition)
            if step.kind is Kind.CALL and (frame.condition.taped or compiled_by_tensorflow(function.node)):
                step = replace(step, kind=Kind.TRAIN)
            if step.kind is Kind.REBIND and seen is not None:
                for names in frame.rebound:
                    names.add(seen)
            frame.steps.append(step)
        if function.module is self.home and frame.module is not self.home and frame.rebound:
            self._record(function.node, summary.steps, frozenset(), "a loop of another module")
        return summary.returned

    def _summary(self, function: Callable, values: dict[str, Value], texts: dict[str, str | None]) -> Summary:
        memory = self._memory
        known = {name: value for name, value in values.items() if value}
        key = (function.node, function.owner, frozenset(known.items()), frozenset(texts))
        if key in memory.summaries:
            return memory.summaries[key]
        if len(memory.running) >= DEEPEST or memory.statements > MOST_STATEMENTS or _cached(function.node):
            return Summary()
        if memory.contexts.get(function.node, 0) >= MOST_CONTEXTS and known:
            return self.entry(function)
        memory.contexts[function.node] = memory.contexts.get(function.node, 0) + 1
        memory.running.append(function.node)
        try:
            memory.summaries[key] = self._run(function, known, texts)
        finally:
            memory.running.pop()
        return memory.summaries[key]

    def _run(self, function: Callable, values: dict[str, Value], texts: dict[str, str | None]) -> Summary:
        frame = Frame(function.module, function.node, function.owner, function.closure, texts)
        frame.env = dict.fromkeys(frame.parameters, UNKNOWN) | values
        if function.owner is not None and frame.parameters and frame.parameters[0] not in values:
            frame.env[frame.parameters[0]] = _self(function)
        if isinstance(function.node, ast.Lambda):
            frame.returned = self.value(function.node.body, frame)
        else:
            self.block(function.node.body, frame)
        return Summary(_relevant(frame), frame.returned)

    def releases_inside(self, method: Callable) -> bool:
        """Whether the method clears the session."""
        return any(step.kind is Kind.RELEASE for step in self.entry(method).steps)

    def read_property(self, value: Value, node: ast.Attribute, frame: Frame) -> Value:
        """``value``, or what it gives when it is a property."""
        result = UNKNOWN
        for atom in value:
            if isinstance(atom, Callable) and _is_property(atom.node):
                call = ast.copy_location(ast.Call(node, [], []), node)
                result = join(result, self.follow(atom, call, _NOTHING, frame, dotted_text(node.value), True))
            else:
                result = join(result, frozenset({atom}))
        return result

    # Attributes -----------------------------------------------------------------------------------------------------

    def assign_attribute(self, target: ast.Attribute, value: Value, frame: Frame) -> None:
        """``x.y = value``: into the class when ``x`` is an object of the project, else remembered by its text."""
        text = dotted_text(target)
        base = self.value(target.value, frame)
        for atom in base:
            kind = atom if isinstance(atom, Class) else atom.kind if isinstance(atom, Object | Model) else None
            if kind is not None:
                self.stored[kind.node, target.attr] = join(self.stored.get((kind.node, target.attr), UNKNOWN), value)
            if isinstance(atom, Model) and target.attr == "trainable":
                self.step(frame, Kind.FREEZE, target, model=atom)
        if text is None:
            return
        if target.attr == "trainable":
            self.step(frame, Kind.FREEZE, target, receiver=text.rpartition(".")[0])
        self.step(frame, Kind.REBIND, target, receiver=text)
        for names in frame.rebound:
            names.add(text)
        if not any(isinstance(atom, Object | Class) for atom in base):
            frame.env[text] = value

    def attribute_values(self, kind: Class, name: str) -> Value:
        """What methods of ``kind`` (or of a class it inherits from) store in ``self.name``."""
        found = UNKNOWN
        for ancestor in self.lineage(kind):
            for node in self._stores(ancestor.node).get(name, ()):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    if node not in self._memory.running:
                        self._ask(Callable(ancestor.module, node, kind))
                elif isinstance(node, ast.expr):
                    found = join(found, self.value(node, Frame(ancestor.module, ancestor.module.tree)))
            found = join(found, self.stored.get((ancestor.node, name), UNKNOWN))
        return join(found, self.stored.get((kind.node, name), UNKNOWN))

    def _ask(self, function: Callable) -> None:
        before, self._memory.asked = self._memory.asked, len(self._memory.running)
        self.entry(function)
        self._memory.asked = before

    def _stores(self, node: ast.ClassDef) -> dict[str, list[ast.AST]]:
        if node not in self._memory.stores:
            self._memory.stores[node] = found = {}
            for item in node.body:
                if isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name):
                    found.setdefault(item.targets[0].id, []).append(item.value)
                elif isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef):
                    for name in _stored_by(item):
                        found.setdefault(name, []).append(item)
        return self._memory.stores[node]

    def opened(self, value: Value) -> Value:
        """``value`` with the models that its objects hold."""
        result = value
        for atom in value:
            if isinstance(atom, Object):
                held = [model for (node, _), stored in self.stored.items() if node is atom.kind.node for model in models_in(stored)]
                result = join(result, frozenset(held))
        return result

    # Statements -----------------------------------------------------------------------------------------------------

    def block(self, statements: Iterable[ast.stmt], frame: Frame) -> None:
        """Follow the statements; what stands after an unconditional end of the block never runs."""
        for statement in statements:
            self._memory.statements += 1
            self.statement(statement, frame)
            if isinstance(statement, _END):
                break

    def statement(self, node: ast.stmt, frame: Frame) -> None:
        """Follow one statement."""
        method = getattr(self, f"do_{type(node).__name__.lower()}", None)
        if method is not None:
            method(node, frame)
            return
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child, frame)

    def do_assign(self, node: ast.Assign, frame: Frame) -> None:
        """``a = b = value``."""
        value = self.value(node.value, frame)
        for target in node.targets:
            self.assign(target, value, frame)

    def do_annassign(self, node: ast.AnnAssign, frame: Frame) -> None:
        """``a: T = value``."""
        if node.value is not None:
            self.assign(node.target, self.value(node.value, frame), frame)

    def do_augassign(self, node: ast.AugAssign, frame: Frame) -> None:
        """``a += value``: a list takes the models of the other list."""
        value = self.value(node.value, frame)
        self.keep(frame, node, self.element(value), dotted_text(node.target))
        if isinstance(node.target, ast.Name) and value:
            frame.env[node.target.id] = join(frame.env.get(node.target.id, UNKNOWN), value)

    def do_return(self, node: ast.Return, frame: Frame) -> None:
        """Both what is returned and what happens on the way."""
        frame.returned = join(frame.returned, self.value(node.value, frame))

    def do_delete(self, node: ast.Delete, frame: Frame) -> None:
        """``del model``."""
        for target in node.targets:
            self.step(frame, Kind.DELETE, node, receiver=dotted_text(target))

    def do_global(self, node: ast.Global, frame: Frame) -> None:
        """``global model``."""
        frame.globals.update(node.names)

    def do_functiondef(self, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> None:
        """A nested function sees the names around it."""
        for decorator in node.decorator_list:
            self.value(decorator, frame)
        if not isinstance(frame.scope, ast.Module):
            frame.bind(node.name, frozenset({Callable(frame.module, node, None, frame)}))

    do_asyncfunctiondef = do_functiondef

    def do_classdef(self, node: ast.ClassDef, frame: Frame) -> None:
        """A nested class."""
        if not isinstance(frame.scope, ast.Module):
            frame.bind(node.name, frozenset({Class(frame.module, node)}))

    def do_if(self, node: ast.If, frame: Frame) -> None:
        """Both branches, each under its condition."""
        self.value(node.test, frame)
        main = _is_main(node.test)
        before = dict(frame.env)
        with frame.under(guarded=not main, once=first_time_only(node.test, frame) and not _is_switch(node)):
            self.block(node.body, frame)
        after, frame.env = frame.env, before
        with frame.under(guarded=not main):
            self.block(node.orelse, frame)
        self._merge(frame, after)

    def _merge(self, frame: Frame, other: dict[str, Value]) -> None:
        joined = join_environments(other, frame.env)
        if isinstance(frame.scope, ast.Module) and frame.module.path in self._memory.modules:
            self._memory.modules[frame.module.path] = joined
        frame.env = joined

    def do_match(self, node: ast.Match, frame: Frame) -> None:
        """Every case, each under its condition."""
        self.value(node.subject, frame)
        after = dict(frame.env)
        for case in node.cases:
            before = dict(frame.env)
            with frame.under(guarded=True):
                self.block(case.body, frame)
            after = join_environments(frame.env, after)
            frame.env = before
        self._merge(frame, after)

    def do_try(self, node: ast.Try | ast.TryStar, frame: Frame) -> None:
        """The body as it succeeds, the handlers as what happens in bad luck."""
        self.block(node.body, frame)
        self.block(node.orelse, frame)
        for handler in node.handlers:
            before = dict(frame.env)
            with frame.under(guarded=True, failing=True):
                self.block(handler.body, frame)
            self._merge(frame, before)
        self.block(node.finalbody, frame)

    do_trystar = do_try

    def do_with(self, node: ast.With | ast.AsyncWith, frame: Frame) -> None:
        """A gradient tape makes ``model(x)`` training; a graph of its own makes the pass leave nothing behind."""
        taped = False
        for item in node.items:
            text = ast.unparse(item.context_expr.func) if isinstance(item.context_expr, ast.Call) else ""
            taped = taped or text.endswith("GradientTape")
            if text.endswith("Graph().as_default") or "Graph()" in ast.unparse(item.context_expr):
                self.step(frame, Kind.RELEASE, item.context_expr)
            value = self.value(item.context_expr, frame)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, value, frame)
        with frame.under(taped=taped):
            self.block(node.body, frame)

    do_asyncwith = do_with

    def do_for(self, node: ast.For | ast.AsyncFor, frame: Frame) -> None:
        """One pass stands for all."""
        iterated = self.value(node.iter, frame)
        self._loop(node, frame, node.target, self.element(iterated))

    do_asyncfor = do_for

    def do_while(self, node: ast.While, frame: Frame) -> None:
        """One pass stands for all; the test is part of it."""
        self._loop(node, frame, None, UNKNOWN)

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, frame: Frame, target: ast.expr | None, value: Value) -> None:
        outside, frame.steps = frame.steps, []
        frame.rebound.append(set())
        around, frame.condition = frame.condition, Condition(taped=frame.condition.taped)
        before = dict(frame.env)
        if target is not None:
            self.assign(target, value, frame)
        elif isinstance(node, ast.While):
            self.value(node.test, frame)
        self.block(node.body, frame)
        frame.condition = around
        self.loop_ended(node, frame, outside)
        self._merge(frame, before)
        self.block(node.orelse, frame)

    def loop_ended(self, place: ast.AST, frame: Frame, outside: list[Step]) -> None:
        """Everything since ``outside`` happened in one pass of ``place``."""
        rebound = frozenset(frame.rebound.pop())
        inside = frame.steps
        repeats = not runs_once(place)
        if repeats and frame.module is self.home:
            self._record(place, tuple(inside), rebound, "")
        frame.steps = outside + [step.around(repeats, frame.condition) for step in inside]

    def _record(self, place: ast.AST, steps: tuple[Step, ...], rebound: frozenset[str], by: str) -> None:
        if steps:
            self.passes.append(Pass(place, steps, rebound, by))


_NOTHING = Arguments((), {}, {}, frozenset())


def _self(function: Callable) -> Value:
    assert function.owner is not None  # noqa: S101  # the caller asked
    marks = {mark.id for mark in getattr(function.node, "decorator_list", ()) if isinstance(mark, ast.Name)}
    return frozenset({function.owner if "classmethod" in marks else Object(function.owner)})


def _bind(
    function: Callable, given: Arguments, bound: bool, receiver: str | None
) -> tuple[dict[str, Value], dict[str, str | None]]:
    arguments = function.node.args
    names = [parameter.arg for parameter in (*arguments.posonlyargs, *arguments.args)]
    texts: dict[str, str | None] = {}
    values: dict[str, Value] = {}
    if bound and names:
        texts[names[0]] = receiver
        names = names[1:]
    for index, (name, value) in enumerate(zip(names, given.positional, strict=False)):
        values[name], texts[name] = value, given.texts.get(index)
    for name, value in given.named.items():
        values[name], texts[name] = value, given.texts.get(name)
    return values, texts


def _receiver(step: Step, function: Callable, texts: Mapping[str, str | None], frame: Frame) -> str | None:
    """The callee's text for something, in the caller's words; None when it is local to the callee."""
    if step.receiver is None:
        return None
    root, dot, rest = step.receiver.partition(".")
    if root in texts:
        text = texts[root]
        return None if text is None else f"{text}{dot}{rest}"
    local = root in function.module.names.bound.get(function.node, ()) and step.kind is not Kind.REBIND
    if isinstance(function.node, ast.Lambda) or function.closure is not None:
        return step.receiver
    return None if local or function.module is not frame.module else step.receiver


def _relevant(frame: Frame) -> tuple[Step, ...]:
    """Drop unknown results that nothing treats as a model, and repetitions."""
    wanted = {model.origin for model in models_in(frame.returned)}
    wanted |= {step.model.origin for step in frame.steps if step.model and step.kind is not Kind.BUILD}
    kept: dict[object, Step] = {}
    for step in frame.steps:
        if step.kind is Kind.BUILD and step.model and step.model.made is Made.SUGGESTED and step.model.origin not in wanted:
            continue
        key = (step.kind, step.model, step.receiver, step.looped, step.guarded, step.failing, step.once, step.certain)
        kept.setdefault(key, step)
    return tuple(kept.values())


def _stored_by(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    return {
        node.attr
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }


def _is_property(node: ast.AST) -> bool:
    marks = getattr(node, "decorator_list", ())
    return any(ast.unparse(mark).rpartition(".")[2] in ("property", "cached_property") for mark in marks)


def _cached(node: ast.AST) -> bool:
    """A function under ``lru_cache`` builds once."""
    marks = getattr(node, "decorator_list", ())
    return any("cache" in ast.unparse(mark) for mark in marks)


def _is_main(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def _is_switch(node: ast.If) -> bool:
    """``if n == 1: ... elif n == 2: ...`` chooses, it does not wait for the first pass."""
    return len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If)


def passes_of(module: Module) -> tuple[Pass, ...]:
    """Every pass of every loop of ``module``, and of its functions that something repeats."""
    execution = Execution(module)
    execution.run()
    repeated = {node: by for item in execution.repeated for node, by in _defined_here(item, module)}
    for node in execution.functions:
        function = execution.callable_of(node, module)
        by = repeated.get(node) or ("itself" if node in execution.recursive else None)
        steps = execution.entry(function).steps
        if by is None and _builds_and_trains(steps):
            by = searched_elsewhere(node, module)
        if by is not None:
            execution.passes.append(Pass(node, steps, frozenset(), by))
    return tuple(execution.passes)


def _defined_here(item: Repeated, module: Module) -> Iterator[tuple[ast.AST, str]]:
    """The function itself, or for ``lambda trial: objective(trial, data)`` the function that it calls."""
    if item.function.module is not module:
        return
    yield item.function.node, item.by
    if isinstance(item.function.node, ast.Lambda):
        for node in ast.walk(item.function.node.body):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in module.functions:
                yield module.functions[node.func.id], item.by


def _builds_and_trains(steps: tuple[Step, ...]) -> bool:
    built = {step.model.origin for step in steps if step.kind is Kind.BUILD and step.model and not step.looped}
    return any(step.kind is Kind.TRAIN and step.model and step.model.origin in built for step in steps)
