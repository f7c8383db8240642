"""Calls: which function or class is called, with what, and what the call does to the models in its hands."""

from __future__ import annotations

import ast
from abc import abstractmethod

from greenfix_codemods.semantics.models import keras
from greenfix_codemods.semantics.models.arguments import Arguments
from greenfix_codemods.semantics.models.frames import Frame, dotted_text
from greenfix_codemods.semantics.models.keras import Made
from greenfix_codemods.semantics.models.model_values import (
    UNKNOWN,
    Callable,
    Class,
    Container,
    External,
    File,
    Holder,
    Model,
    Object,
    Several,
    Value,
    in_order,
    join,
)
from greenfix_codemods.semantics.models.outside_calls import KEEPERS, OutsideCalls, kind_of, suggested
from greenfix_codemods.semantics.models.trace import Kind


class Calls(OutsideCalls):
    """Follows calls."""

    @abstractmethod
    def follow(
        self, function: Callable, node: ast.Call, given: Arguments, frame: Frame, receiver: str | None, bound: bool
    ) -> Value:
        """Run a function of the project; gives what it returns."""

    def arguments(self, node: ast.Call, frame: Frame) -> Arguments:
        """Compute the arguments, in order."""
        positional: list[Value] = []
        texts: dict[int | str, str | None] = {}
        named: dict[str, Value] = {}
        for index, argument in enumerate(node.args):
            starred = isinstance(argument, ast.Starred)
            value = self.value(argument.value if isinstance(argument, ast.Starred) else argument, frame)
            positional.append(UNKNOWN if starred else value)
            texts[index] = dotted_text(argument)
        for keyword in node.keywords:
            value = self.value(keyword.value, frame)
            if keyword.arg is not None:
                named[keyword.arg] = value
                texts[keyword.arg] = dotted_text(keyword.value)
        words = frozenset(keyword.arg or "**" for keyword in node.keywords)
        return Arguments(tuple(positional), named, texts, words)

    def call(self, node: ast.Call, frame: Frame) -> Value:
        """What the call gives back; what happens goes to the frame."""
        if isinstance(node.func, ast.Attribute):
            return self._method_call(node, node.func, frame)
        callee = self.value(node.func, frame)
        given = self.arguments(node, frame)
        text = node.func.id if isinstance(node.func, ast.Name) else ""
        return self._call_value(callee, node, given, frame, None, text)

    def _method_call(self, node: ast.Call, func: ast.Attribute, frame: Frame) -> Value:
        if _is_super(func.value):
            return self._super_call(node, func.attr, frame)
        base = self.value(func.value, frame)
        receiver = dotted_text(func.value)
        given = self.arguments(node, frame)
        result = self._model_method(base, func.attr, node, given, frame, receiver)
        result = join(result, self._container_method(base, func.attr, node, given, frame, receiver))
        # A property or an alias in the environment (``self.build = build_cnn``) is a callable like any other.
        text = dotted_text(func)
        callee = frame.env[text] if text is not None and text in frame.env else self.attribute(base, func.attr, frame)
        if callee:
            return join(result, self._call_value(callee, node, given, frame, receiver, func.attr, base))
        if not any(isinstance(atom, Model | Container) and not suggested(atom) for atom in base):
            result = join(result, self.unknown_call(node, given, frame, func.attr, receiver, base))
        return result

    def _super_call(self, node: ast.Call, name: str, frame: Frame) -> Value:
        given = self.arguments(node, frame)
        if frame.owner is None or (method := self.method(frame.owner, name, above=_class_around(frame))) is None:
            return UNKNOWN
        return self.follow(method, node, given, frame, "self", True)

    def _call_value(
        self,
        callee: Value,
        node: ast.Call,
        given: Arguments,
        frame: Frame,
        receiver: str | None,
        text: str,
        base: Value = UNKNOWN,
    ) -> Value:
        result, known = UNKNOWN, False
        # Several possible builders: each is taken only if something chose it.
        with frame.under(guarded=len(callee) > 1):
            for atom in in_order(callee):
                known = True
                if isinstance(atom, Callable):
                    bound = atom.owner is not None and not any(isinstance(item, Class) for item in base)
                    result = join(result, self.follow(atom, node, given, frame, receiver, bound))
                elif isinstance(atom, Class):
                    result = join(result, self._construct(atom, node, given, frame))
                elif isinstance(atom, External):
                    result = join(result, self.external(atom.dotted, node, given, frame, receiver))
                elif isinstance(atom, Model) and not suggested(atom):
                    result = join(result, self._call_model(atom, node, given, frame, receiver or text))
                elif isinstance(atom, Object) and (method := self.method(atom.kind, "__call__")) is not None:
                    result = join(result, self.follow(method, node, given, frame, text, True))
                else:
                    known = False
        return result if known else join(result, self.unknown_call(node, given, frame, text, None, UNKNOWN))

    def _call_model(self, model: Model, node: ast.Call, given: Arguments, frame: Frame, text: str | None) -> Value:
        kind = Kind.TRAIN if frame.condition.taped else Kind.CALL
        self.step(frame, kind, node, model=model, receiver=text)
        if model.kind and (method := self.method(model.kind, "call")) is not None and self.releases_inside(method):
            self.step(frame, Kind.RELEASE, node)
        symbolic = any(External(keras.SYMBOLIC) in value for value in given.positional)
        return frozenset({Holder(frozenset({model}))}) if symbolic else UNKNOWN

    @abstractmethod
    def releases_inside(self, method: Callable) -> bool:
        """Whether the method clears the session."""

    def _construct(self, kind: Class, node: ast.Call, given: Arguments, frame: Frame) -> Value:
        if (init := self.method(kind, "__init__")) is not None:
            self.follow(init, node, given, frame, None, True)
        if not self.is_model(kind):
            return frozenset({Object(kind)}) | (self.holder(kind.node.name, given) if init is None else UNKNOWN)
        model = Model(node, Made.BUILT, kind.node.name, kind, frame.module)
        self.step(frame, Kind.BUILD, node, model=model)
        return frozenset({model})

    def _model_method(
        self, base: Value, name: str, node: ast.Call, given: Arguments, frame: Frame, receiver: str | None
    ) -> Value:
        kind = kind_of(name)
        result = UNKNOWN
        self._callbacks(given.named.get("callbacks", UNKNOWN), node, frame)
        certain = keras.looks_like_keras(name, set(given.words))
        for atom in in_order(base):
            if not isinstance(atom, Model):
                continue
            # An overridden compile may be anything; whatever an overridden fit does, it trains.
            overridden = atom.kind is not None and self.method(atom.kind, name) is not None
            if kind is not None and not (overridden and kind is Kind.COMPILE):
                self.step(frame, kind, node, model=atom, receiver=receiver, certain=certain or not suggested(atom))
            if name in ("build_model", "build") and not suggested(atom):
                result = frozenset({atom})
        return result

    def _callbacks(self, callbacks: Value, node: ast.Call, frame: Frame) -> None:
        """A callback of the project may clear the session while the model trains."""
        for atom in in_order(self.element(callbacks)):
            if isinstance(atom, Object):
                for name in ("on_epoch_end", "on_train_begin", "on_train_end"):
                    method = self.method(atom.kind, name)
                    if method is not None and self.releases_inside(method):
                        self.step(frame, Kind.RELEASE, node)

    def _container_method(
        self, base: Value, name: str, node: ast.Call, given: Arguments, frame: Frame, receiver: str | None
    ) -> Value:
        if inside := self.element(base):
            if name in ("pop", "get"):
                return inside
            if name in ("values", "copy"):
                return frozenset({Container(inside)})
            if name == "items":
                return frozenset({Container(frozenset({Several((UNKNOWN, inside))}))})
        if name in KEEPERS and not any(isinstance(atom, Model) and not suggested(atom) for atom in base):
            if any(isinstance(atom, External | File) for atom in base):
                return UNKNOWN
            for value in given.values:
                self.keep(frame, node, value, receiver)
                if value and receiver is not None and name in ("append", "add", "insert", "appendleft"):
                    frame.env[receiver] = join(frame.env.get(receiver, base), frozenset({Container(value)}))
        return UNKNOWN


def _class_around(frame: Frame) -> ast.AST | None:
    """The class whose body defines the running method: ``super()`` starts above it, whatever the object is."""
    return next((node for node in frame.module.ancestors(frame.scope) if isinstance(node, ast.ClassDef)), None)


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
