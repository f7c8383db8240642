"""An abstract run of the scanned module: its top and each of its functions are followed once, with all their calls.

What the project calls is followed (six calls deep at most, recursion cut), so that "builds a model" and "clears the
session" mean the same whether they stand in the loop or three modules away.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from greenfix_codemods.semantics.models.arguments import Arguments
from greenfix_codemods.semantics.models.binding import (
    bind,
    cached,
    is_property,
    receiver_of,
    relevant,
    self_value,
    stores_of,
)
from greenfix_codemods.semantics.models.frames import Frame, all_parameters, dotted_text
from greenfix_codemods.semantics.models.model_values import (
    UNKNOWN,
    Callable,
    Class,
    Model,
    Object,
    Value,
    in_order,
    join,
    models_in,
)
from greenfix_codemods.semantics.models.repetition import compiled_by_tensorflow
from greenfix_codemods.semantics.models.statements import Statements
from greenfix_codemods.semantics.models.trace import Kind, Pass, Step
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import Function

DEEPEST = 6
"""Calls followed into one another. Public sweeps build two or three calls deep; beyond six the names tell nothing."""
MOST_STATEMENTS = 40_000
"""Statements followed for one scanned file, calls included; the largest training script seen needs 6,000."""
MOST_CONTEXTS = 6
"""Different argument values with which one function is followed."""


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
    stores: dict[ast.ClassDef, dict[str, list[ast.AST]]] = field(default_factory=dict)
    reading: set[ast.expr] = field(default_factory=set)


class Execution(Statements):
    """Follows the scanned module: its top, then each of ``functions``, which it has. ``passes`` holds what was seen."""

    def __init__(self, home: Module, functions: Sequence[Function]) -> None:
        super().__init__(home)
        self.functions = functions
        self.repeated = []
        self.builders = {}
        self.passes: list[Pass] = []
        self.recursive: set[ast.AST] = set()
        self.statements = 0
        self.environments = {}
        self.closures = {}
        self._frames: list[Frame] = []
        self._memory = _Memory()

    # The scanned module ---------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Follow the scanned module."""
        self.module_values(self.home)
        for node in self.functions:
            self.entry(self.callable_of(node, self.home))

    def forget(self) -> None:
        """Empty the frames: one that holds a lambda is held by it, see ``Project.forget``."""
        for frame in self._frames:
            frame.env.clear()

    def callable_of(self, node: ast.FunctionDef | ast.AsyncFunctionDef, module: Module) -> Callable:
        """The function as a value, bound to its class when it is a method."""
        parent = module.parents[node]
        owner = Class(module, parent) if isinstance(parent, ast.ClassDef) else None
        return Callable(module, node, owner, self.closures.get(node))

    def entry(self, function: Callable) -> Summary:
        """What the function does when nothing is known about its arguments."""
        return self._summary(function, {}, {})

    def module_values(self, module: Module) -> Mapping[str, Value]:
        """What the names assigned at the top of ``module`` are."""
        if module.path not in self.environments:
            frame = self._frame(Frame(module, module.tree))
            self.environments[module.path] = frame.env  # grows while it runs: what is defined so far is seen
            self.block(module.tree.body, frame)
        return self.environments[module.path]

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
        values, texts = bind(function, given, bound, receiver)
        summary = self._summary(function, values, texts)
        for step in summary.steps:
            seen = receiver_of(step, function, texts, frame)
            if step.kind is Kind.KEEP and step.receiver is not None and seen is None:
                continue  # kept in a local container of the callee only
            runs = step.kind is Kind.CALL and (frame.condition.taped or compiled_by_tensorflow(function.node))
            lifted = step.inside(node, function.name, seen, frame.condition)
            if step.kind is Kind.REBIND and seen is not None:
                for names in frame.rebound:
                    names.add(seen)
            frame.steps.append(replace(lifted, kind=Kind.TRAIN) if runs else lifted)
        if function.module is self.home and frame.module is not self.home and frame.rebound:
            own = function.module.names.bound.get(function.node, frozenset())
            called = Pass(function.node, summary.steps, own, "a loop of another module")
            frame.called_home.append((len(frame.rebound), called))
        return summary.returned

    def _summary(self, function: Callable, values: dict[str, Value], texts: dict[str, str | None]) -> Summary:
        memory = self._memory
        known = {name: value for name, value in values.items() if value}
        key = (function.node, function.owner, frozenset(known.items()), frozenset(texts))
        if key in memory.summaries:
            return memory.summaries[key]
        if len(memory.running) >= DEEPEST or self.statements > MOST_STATEMENTS or cached(function.node):
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
        frame = self._frame(Frame(function.module, function.node, function.owner, function.closure, texts))
        frame.env.update(self._defaults(function, texts) | values)
        if function.owner is not None and frame.parameters and frame.parameters[0] not in values:
            frame.env[frame.parameters[0]] = self_value(function)
        if isinstance(function.node, ast.Lambda):
            frame.returned = self.value(function.node.body, frame)
        else:
            self.block(function.node.body, frame)
        return Summary(relevant(frame), frame.returned)

    def _frame(self, frame: Frame) -> Frame:
        self._frames.append(frame)
        return frame

    def _defaults(self, function: Callable, given: Mapping[str, str | None]) -> dict[str, Value]:
        """What the parameters are that the caller leaves out: their defaults, else unknown."""
        arguments = function.node.args
        values = {parameter.arg: UNKNOWN for parameter in all_parameters(arguments)}
        around = Frame(function.module, function.module.tree)
        positional = [*arguments.posonlyargs, *arguments.args]
        pairs = list(zip(reversed(positional), reversed(arguments.defaults), strict=False))
        pairs += [
            (word, default)
            for word, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
            if default
        ]
        for parameter, default in pairs:
            if parameter.arg not in given:
                values[parameter.arg] = self.value(default, around)
        for extra in (arguments.vararg, arguments.kwarg):
            if extra is not None:
                values[extra.arg] = UNKNOWN
        return values

    def releases_inside(self, method: Callable) -> bool:
        """Whether the method clears the session."""
        return any(step.kind is Kind.RELEASE for step in self.entry(method).steps)

    def read_property(self, value: Value, node: ast.Attribute, frame: Frame) -> Value:
        """``value``, or what it gives when it is a property."""
        result = UNKNOWN
        for atom in in_order(value):
            if isinstance(atom, Callable) and is_property(atom.node):
                call = ast.copy_location(ast.Call(node, [], []), node)
                result = join(result, self.follow(atom, call, _NOTHING, frame, dotted_text(node.value), True))
            else:
                result = join(result, frozenset({atom}))
        return result

    # Attributes -----------------------------------------------------------------------------------------------------

    def assign_global(self, name: str, value: Value, frame: Frame) -> None:
        """``global name; name = value`` in a function."""
        if (names := self.environments.get(frame.module.path)) is not None:
            names[name] = join(names.get(name, UNKNOWN), value)

    def assign_attribute(self, target: ast.Attribute, value: Value, frame: Frame) -> None:
        """``x.y = value``: into the class when ``x`` is an object of the project, else remembered by its text."""
        text = dotted_text(target)
        frame.escaped = join(frame.escaped, value)
        base = self.value(target.value, frame)
        for atom in in_order(base):
            kind = atom if isinstance(atom, Class) else atom.kind if isinstance(atom, Object | Model) else None
            if kind is not None:
                self.stored[kind.node, target.attr] = join(self.stored.get((kind.node, target.attr), UNKNOWN), value)
        if target.attr == "trainable":
            self.step(frame, Kind.FREEZE, target)
        if text is None:
            return
        self.step(frame, Kind.REBIND, target, receiver=text)
        for names in frame.rebound:
            names.add(text)
        if not any(isinstance(atom, Object | Class) for atom in base):
            frame.env[text] = value

    def attribute_values(self, kind: Class, name: str) -> Value:
        """What methods of ``kind`` (or of a class it inherits from) store in ``self.name``."""
        found = UNKNOWN
        for ancestor in self.lineage(kind):
            for node in self._stores(ancestor).get(name, ()):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    if node not in self._memory.running:
                        self._ask(Callable(ancestor.module, node, kind))
                elif isinstance(node, ast.expr) and node not in self._memory.reading:
                    self._memory.reading.add(node)  # a class may seem to inherit from itself
                    found = join(found, self.value(node, Frame(ancestor.module, ancestor.module.tree)))
                    self._memory.reading.discard(node)
            found = join(found, self.stored.get((ancestor.node, name), UNKNOWN))
        return join(found, self.stored.get((kind.node, name), UNKNOWN))

    def _ask(self, function: Callable) -> None:
        before, self._memory.asked = self._memory.asked, len(self._memory.running)
        self.entry(function)
        self._memory.asked = before

    def _stores(self, kind: Class) -> dict[str, list[ast.AST]]:
        node, stored = kind.node, kind.module.once(stores_of)
        if node not in self._memory.stores:
            self._memory.stores[node] = {}
            found = self._memory.stores[node]
            for item in node.body:
                if isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name):
                    found.setdefault(item.targets[0].id, []).append(item.value)
                elif isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef):
                    for name in sorted(stored.get(item, ())):
                        found.setdefault(name, []).append(item)
        return self._memory.stores[node]

    def opened(self, value: Value) -> Value:
        """``value`` with the models that its objects hold."""
        result = value
        for atom in in_order(value):
            if isinstance(atom, Object):
                held = [
                    model
                    for (node, _), stored in self.stored.items()
                    if node is atom.kind.node
                    for model in models_in(stored)
                ]
                result = join(result, frozenset(held))
        return result

    def record(self, item: Pass) -> None:
        """Remember what happened in one pass, if anything did."""
        if item.steps:
            self.passes.append(item)


_NOTHING = Arguments((), {}, {}, frozenset())
