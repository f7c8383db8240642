"""Statements: what happens while a block is followed once, from top to bottom.

Values are sets of possibilities, both branches of an ``if`` are taken, a loop's body runs once.
"""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Iterable

from greenfix_codemods.semantics.models.calls import Calls
from greenfix_codemods.semantics.models.frames import Frame, Methods, dotted_text, join_environments
from greenfix_codemods.semantics.models.model_values import UNKNOWN, Callable, Class, Value, join
from greenfix_codemods.semantics.models.repetition import first_time_only, runs_once
from greenfix_codemods.semantics.models.trace import Condition, Kind, Pass, Step
from greenfix_codemods.semantics.names import children

_METHODS = Methods("do_")
_END = (ast.Return, ast.Raise, ast.Continue, ast.Break)


class Statements(Calls):
    """Follows statements.

    ``statements`` counts them, ``environments`` holds what the modules' names are, ``closures`` the frames that nested
    functions were defined in.
    """

    statements: int
    environments: dict[str, dict[str, Value]]
    closures: dict[ast.AST, Frame]

    @abstractmethod
    def record(self, item: Pass) -> None:
        """Remember what happened in one pass, if anything did."""

    def block(self, statements: Iterable[ast.stmt], frame: Frame) -> None:
        """Follow the statements; what stands after an unconditional end of the block never runs."""
        for statement in statements:
            self.statements += 1
            self.statement(statement, frame)
            if isinstance(statement, _END):
                break

    def statement(self, node: ast.stmt, frame: Frame) -> None:
        """Follow one statement."""
        method = getattr(self, _METHODS[node.__class__], None)
        if method is not None:
            method(node, frame)
            return
        for child in children(node):
            if isinstance(child, ast.expr):
                self.value(child, frame)

    def do_assign(self, node: ast.Assign, frame: Frame) -> None:
        """``a = b = value``."""
        value = self.value(node.value, frame)
        for target in node.targets:
            if _grows(target, node.value):
                self._grow(target, value, node, frame)
            else:
                self.assign(target, value, frame)

    def _grow(self, target: ast.expr, value: Value, node: ast.stmt, frame: Frame) -> None:
        """A list takes more models: it is the list that it was before."""
        text = dotted_text(target)
        self.keep(frame, node, self.element(value), text)
        if isinstance(target, ast.Name) and value:
            frame.env[target.id] = join(frame.env.get(target.id, UNKNOWN), value)

    def do_annassign(self, node: ast.AnnAssign, frame: Frame) -> None:
        """``a: T = value``."""
        if node.value is not None:
            self.assign(node.target, self.value(node.value, frame), frame)

    def do_augassign(self, node: ast.AugAssign, frame: Frame) -> None:
        """``a += value``: a list takes the models of the other list."""
        self._grow(node.target, self.value(node.value, frame), node, frame)

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
        closure = None if isinstance(frame.scope, ast.Module) else frame
        if closure is not None:
            self.closures[node] = closure
        frame.bind(node.name, frozenset({Callable(frame.module, node, None, closure)}))

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
        if isinstance(frame.scope, ast.Module) and frame.module.path in self.environments:
            self.environments[frame.module.path] = joined
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

    def _loop(
        self, node: ast.For | ast.AsyncFor | ast.While, frame: Frame, target: ast.expr | None, value: Value
    ) -> None:
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
        """Everything since ``outside`` happened in one pass of ``place``.

        A loop that keeps its models does not answer for them: whoever drops what they are kept in does.
        """
        rebound = frozenset(frame.rebound.pop())
        inside = frame.steps
        repeats = not runs_once(place)
        item = Pass(place, tuple(inside), rebound)
        if repeats and frame.module is self.home:
            self.record(item)
        for depth, called in frame.called_home:
            kept = any(step.model and item.keeps(step.model) for step in called.steps)
            if depth > len(frame.rebound) and repeats and not item.releases and not kept:
                self.record(called)
        frame.called_home = [each for each in frame.called_home if each[0] <= len(frame.rebound)]
        frame.steps = outside + [
            step.around(repeats and not (step.model and item.keeps(step.model)), frame.condition)
            for step in inside
            if step.node is not place  # what a comprehension keeps lives as long as its result
        ]


def _grows(target: ast.expr, value: ast.expr) -> bool:
    """Whether a list takes its old elements along: ``kept = kept + [x]``, ``kept = [*kept, x]``."""
    parts: list[ast.expr] = []
    if isinstance(value, ast.BinOp):
        parts = [value.left, value.right]
    elif isinstance(value, ast.List | ast.Tuple):
        parts = [item.value for item in value.elts if isinstance(item, ast.Starred)]
    text = dotted_text(target)
    return text is not None and text in map(dotted_text, parts)


def _is_main(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def _is_switch(node: ast.If) -> bool:
    """``if n == 1: ... elif n == 2: ...`` chooses, it does not wait for the first pass."""
    return len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If)
