"""Expressions: what they may be, and what happens while they are computed. Calls are in ``calls``."""

from __future__ import annotations

import ast
from abc import abstractmethod

from greenfix_codemods.semantics.models.frames import Frame, Methods, dotted_text
from greenfix_codemods.semantics.models.keras import Made
from greenfix_codemods.semantics.models.lookup import Lookup
from greenfix_codemods.semantics.models.model_values import (
    UNKNOWN,
    Callable,
    Container,
    Model,
    Several,
    Value,
    in_order,
    join,
    models_in,
)
from greenfix_codemods.semantics.models.trace import Condition, Kind, Step
from greenfix_codemods.semantics.names import children

_TRAINED = frozenset({"trainable_variables", "trainable_weights"})
_METHODS = Methods("_see_")


class Evaluation(Lookup):
    """Computes the value of an expression in a frame."""

    def value(self, node: ast.expr | None, frame: Frame) -> Value:
        """What ``node`` may be; what happens on the way goes to ``frame.steps``."""
        if node is None or isinstance(node, ast.Constant):
            return UNKNOWN
        method = getattr(self, _METHODS[node.__class__], None)
        if method is not None:
            result: Value = method(node, frame)
            return result
        for child in children(node):
            if isinstance(child, ast.expr):
                self.value(child, frame)
        return UNKNOWN

    @abstractmethod
    def call(self, node: ast.Call, frame: Frame) -> Value:
        """What the call gives back."""

    @abstractmethod
    def read_property(self, value: Value, node: ast.Attribute, frame: Frame) -> Value:
        """``value``, or what it gives when it is a property."""

    @abstractmethod
    def loop_ended(self, place: ast.AST, frame: Frame, outside: list[Step]) -> None:
        """Everything since ``outside`` happened in one pass of ``place``."""

    def step(self, frame: Frame, kind: Kind, node: ast.AST, **details: object) -> None:
        """Remember that something happened, under the frame's conditions."""
        under = frame.condition
        step = Step(kind, node, guarded=under.guarded, failing=under.failing, once=under.once, **details)  # type: ignore[arg-type]  # fields of Step, given by name
        frame.steps.append(step)

    def keep(self, frame: Frame, node: ast.AST, value: Value, container: str | None) -> None:
        """The models in ``value`` are stored in ``container``."""
        for model in models_in(self.opened(value), held=True):
            self.step(frame, Kind.KEEP, node, model=model, receiver=container)

    @abstractmethod
    def opened(self, value: Value) -> Value:
        """``value`` with the models that its objects hold."""

    def _see_call(self, node: ast.Call, frame: Frame) -> Value:
        return self.call(node, frame)

    def _see_name(self, node: ast.Name, frame: Frame) -> Value:
        return self.name(node, frame)

    def _see_attribute(self, node: ast.Attribute, frame: Frame) -> Value:
        text = dotted_text(node)
        if text is not None and text in frame.env:
            return frame.env[text]
        base = self.value(node.value, frame)
        if node.attr in _TRAINED:
            self._trained(base, node, frame)
        return self.read_property(self.attribute(base, node.attr, frame), node, frame)

    def _trained(self, base: Value, node: ast.Attribute, frame: Frame) -> None:
        """``net.trainable_variables`` of what an unknown class made: a gradient is taken for them."""
        for atom in base:
            if isinstance(atom, Model) and atom.made is Made.SUGGESTED and atom.label[:1].isupper():
                self.step(frame, Kind.TRAIN, node, model=atom, receiver=dotted_text(node.value), certain=True)

    def _see_lambda(self, node: ast.Lambda, frame: Frame) -> Value:
        return frozenset({Callable(frame.module, node, None, frame)})

    def _see_ifexp(self, node: ast.IfExp, frame: Frame) -> Value:
        self.value(node.test, frame)
        with frame.under(guarded=True):
            return join(self.value(node.body, frame), self.value(node.orelse, frame))

    def _see_boolop(self, node: ast.BoolOp, frame: Frame) -> Value:
        result = self.value(node.values[0], frame)
        with frame.under(guarded=True, once=isinstance(node.op, ast.Or) and not isinstance(node.values[0], ast.Call)):
            for operand in node.values[1:]:
                result = join(result, self.value(operand, frame))
        return result

    def _see_namedexpr(self, node: ast.NamedExpr, frame: Frame) -> Value:
        value = self.value(node.value, frame)
        frame.bind(node.target.id, value)
        return value

    def _see_await(self, node: ast.Await, frame: Frame) -> Value:
        return self.value(node.value, frame)

    def _see_yield(self, node: ast.Yield, frame: Frame) -> Value:
        self.keep(frame, node, self.value(node.value, frame), None)
        return UNKNOWN

    def _see_tuple(self, node: ast.Tuple, frame: Frame) -> Value:
        return frozenset({Several(tuple(self.value(item, frame) for item in node.elts))})

    def _see_list(self, node: ast.List | ast.Set, frame: Frame) -> Value:
        return self._contain([self.value(item, frame) for item in node.elts])

    _see_set = _see_list

    def _see_dict(self, node: ast.Dict, frame: Frame) -> Value:
        for key in node.keys:
            self.value(key, frame)
        return self._contain([self.value(item, frame) for item in node.values])

    def _contain(self, values: list[Value]) -> Value:
        inside = UNKNOWN
        for value in values:
            inside = join(inside, value)
        return frozenset({Container(inside)})

    def _see_binop(self, node: ast.BinOp, frame: Frame) -> Value:
        both = join(self.value(node.left, frame), self.value(node.right, frame))
        return (
            frozenset(atom for atom in both if isinstance(atom, Container)) if isinstance(node.op, ast.Add) else UNKNOWN
        )

    def _see_starred(self, node: ast.Starred, frame: Frame) -> Value:
        return self.element(self.value(node.value, frame))

    def _see_subscript(self, node: ast.Subscript, frame: Frame) -> Value:
        value = self.value(node.value, frame)
        self.value(node.slice, frame)
        result = UNKNOWN
        for atom in in_order(value):
            if isinstance(atom, Container):
                result = join(result, atom.of)
            elif isinstance(atom, Several):
                result = join(result, self._place(atom, node.slice))
        return result

    def _place(self, atom: Several, where: ast.expr) -> Value:
        if (
            isinstance(where, ast.Constant)
            and isinstance(where.value, int)
            and -len(atom.items) <= where.value < len(atom.items)
        ):
            return atom.items[where.value]
        return UNKNOWN

    def _see_listcomp(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, frame: Frame) -> Value:
        before = dict(frame.env)
        for generator in node.generators:
            self.assign(generator.target, self.element(self.value(generator.iter, frame)), frame)
        outside, frame.steps = frame.steps, []
        frame.rebound.append(set())
        around, frame.condition = frame.condition, Condition(taped=frame.condition.taped)
        for generator in node.generators:
            for test in generator.ifs:
                self.value(test, frame)
        made = self.value(node.value if isinstance(node, ast.DictComp) else node.elt, frame)
        self.keep(frame, node, made, None)
        frame.condition = around
        self.loop_ended(node, frame, outside)
        frame.env = before
        return frozenset({Container(made)})

    _see_setcomp = _see_generatorexp = _see_dictcomp = _see_listcomp

    def element(self, value: Value) -> Value:
        """What iterating over ``value`` gives."""
        result = UNKNOWN
        for atom in in_order(value):
            if isinstance(atom, Container):
                result = join(result, atom.of)
            elif isinstance(atom, Several):
                for item in atom.items:
                    result = join(result, item)
        return result

    def assign(self, target: ast.expr, value: Value, frame: Frame) -> None:
        """``target = value``, also through tuples, attributes and subscripts."""
        if isinstance(target, ast.Name):
            self._assign_name(target.id, value, frame)
        elif isinstance(target, ast.Tuple | ast.List):
            self._unpack(target, value, frame)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, UNKNOWN, frame)
        elif isinstance(target, ast.Attribute):
            self.assign_attribute(target, value, frame)
        elif isinstance(target, ast.Subscript):
            self.value(target.slice, frame)
            self.store_item(target, value, frame)

    def _assign_name(self, name: str, value: Value, frame: Frame) -> None:
        if name in frame.globals:
            self.step(frame, Kind.REBIND, frame.scope, receiver=name)
            self.assign_global(name, value, frame)
        frame.bind(name, value)

    def _unpack(self, target: ast.Tuple | ast.List, value: Value, frame: Frame) -> None:
        several = [atom for atom in in_order(value) if isinstance(atom, Several)]
        places = [atom.items for atom in several if len(atom.items) == len(target.elts)]
        shared = UNKNOWN if places else self.element(value)
        for index, item in enumerate(target.elts):
            part = shared
            for items in places:
                part = join(part, items[index])
            self.assign(item, part, frame)

    @abstractmethod
    def assign_global(self, name: str, value: Value, frame: Frame) -> None:
        """``global name; name = value`` in a function."""

    @abstractmethod
    def assign_attribute(self, target: ast.Attribute, value: Value, frame: Frame) -> None:
        """``x.y = value``."""

    def store_item(self, target: ast.Subscript, value: Value, frame: Frame) -> None:
        """``x[i] = value``: the container keeps it."""
        text = dotted_text(target.value)
        self.value(target.value, frame)
        self.keep(frame, target, value, text)
        if text is not None and value:
            frame.env[text] = join(frame.env.get(text, UNKNOWN), frozenset({Container(value)}))
