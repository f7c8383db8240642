"""Calls: which function or class is called, with what, and what the call does to the models in its hands."""

from __future__ import annotations

import ast
from abc import abstractmethod
from dataclasses import dataclass

from greenfix_codemods.semantics.models import keras, searches
from greenfix_codemods.semantics.models.evaluation import Evaluation
from greenfix_codemods.semantics.models.frames import Frame, dotted_text
from greenfix_codemods.semantics.models.keras import Made
from greenfix_codemods.semantics.models.model_values import (
    MOST,
    UNKNOWN,
    Callable,
    Class,
    Container,
    External,
    File,
    Model,
    Object,
    Several,
    Value,
    join,
    models_in,
)
from greenfix_codemods.semantics.models.trace import Kind

_KEEPERS = frozenset({"append", "add", "insert", "extend", "appendleft", "put", "setdefault", "update"})
_PASSES_ITERABLES = frozenset(
    {"enumerate", "zip", "list", "tuple", "reversed", "sorted", "iter", "next", "dict", "set"}
)
_TRAINING_WORDS = ("train", "fit", "eval", "predict", "test", "run", "score", "validate", "experiment")


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a call is given. ``texts`` holds how the caller writes an argument, where that is a plain name."""

    positional: tuple[Value, ...]
    named: dict[str, Value]
    texts: dict[int | str, str | None]
    words: frozenset[str]

    @property
    def values(self) -> tuple[Value, ...]:
        """All of them."""
        return (*self.positional, *self.named.values())


@dataclass(frozen=True, slots=True)
class Repeated:
    """A function of the project that something calls again and again: ``by`` says what."""

    function: Callable
    by: str


class Calls(Evaluation):
    """Follows calls. ``repeated`` collects the functions that were handed to a framework which repeats them."""

    repeated: list[Repeated]
    builders: dict[ast.AST, Callable]

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
        if not any(isinstance(atom, Model | Container) and not _suggested(atom) for atom in base):
            result = join(result, self._unknown_call(node, given, frame, func.attr, receiver, base))
        return result

    def _super_call(self, node: ast.Call, name: str, frame: Frame) -> Value:
        given = self.arguments(node, frame)
        if frame.owner is None or (method := self.method(frame.owner, name, above=True)) is None:
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
            for atom in callee:
                known = True
                if isinstance(atom, Callable):
                    bound = atom.owner is not None and not any(isinstance(item, Class) for item in base)
                    result = join(result, self.follow(atom, node, given, frame, receiver, bound))
                elif isinstance(atom, Class):
                    result = join(result, self._construct(atom, node, given, frame))
                elif isinstance(atom, External):
                    result = join(result, self._external(atom.dotted, node, given, frame, receiver))
                elif isinstance(atom, Model) and not _suggested(atom):
                    self._call_model(atom, node, frame, receiver or text)
                elif isinstance(atom, Object) and (method := self.method(atom.kind, "__call__")) is not None:
                    result = join(result, self.follow(method, node, given, frame, text, True))
                else:
                    known = False
        return result if known else join(result, self._unknown_call(node, given, frame, text, None, UNKNOWN))

    def _call_model(self, model: Model, node: ast.Call, frame: Frame, text: str | None) -> None:
        kind = Kind.TRAIN if frame.condition.taped else Kind.CALL
        self.step(frame, kind, node, model=model, receiver=text)
        if model.kind and (method := self.method(model.kind, "call")) is not None and self.releases_inside(method):
            self.step(frame, Kind.RELEASE, node)

    @abstractmethod
    def releases_inside(self, method: Callable) -> bool:
        """Whether the method clears the session."""

    def _construct(self, kind: Class, node: ast.Call, given: Arguments, frame: Frame) -> Value:
        if (init := self.method(kind, "__init__")) is not None:
            self.follow(init, node, given, frame, None, True)
        if not self.is_model(kind):
            return frozenset({Object(kind)})
        model = Model(node, Made.BUILT, kind.node.name, kind, frame.module)
        self.step(frame, Kind.BUILD, node, model=model)
        return frozenset({model})

    def _external(self, dotted: str, node: ast.Call, given: Arguments, frame: Frame, receiver: str | None) -> Value:
        name = dotted.rpartition(".")[2]
        if (made := keras.made_by(dotted)) is not None:
            return self._made(made, name, node, given, frame)
        if keras.releases(dotted) or (dotted.endswith(".Session") and "graph" in given.words):
            self.step(frame, Kind.RELEASE, node)
        elif dotted == "gc.collect":
            self.step(frame, Kind.COLLECT, node)
        elif dotted in ("builtins.input", "input"):
            self.step(frame, Kind.ASK, node)
        elif dotted.startswith("builtins."):
            return self._builtin(name, node, given, frame)
        return self._outside(dotted, name, node, given, frame)

    def _outside(self, dotted: str, name: str, node: ast.Call, given: Arguments, frame: Frame) -> Value:
        head = dotted.split(".", maxsplit=1)[0]
        self._repeats(dotted, node, given)
        if head == "sklearn":
            return self._sklearn(dotted, name, node, given, frame)
        if dotted in ("joblib.delayed", "sklearn.utils.parallel.delayed") and given.positional:
            self._repeat(given.positional[0], searches.POOL)
        if dotted in ("copy.deepcopy", "copy.copy"):
            return self._made(Made.CLONED, name, node, given, frame) if _models(given) else UNKNOWN
        if dotted in ("tensorflow.function", "functools.partial") and given.positional:
            return given.positional[0]
        if head in ("keras", "tensorflow"):
            return UNKNOWN
        if head in keras.KNOWN_ELSEWHERE:
            self._hand(node, given, frame, name)
            return UNKNOWN
        return self._unknown_call(node, given, frame, name, None, UNKNOWN)

    def _repeats(self, dotted: str, node: ast.Call, given: Arguments) -> None:
        by = searches.searcher(dotted, node)
        if by is None or (by == searches.POOL and b"maxtasksperchild=1" in self.home.source.data):
            return  # a worker process that ends after one task takes its model with it
        for value in searches.candidates(given.positional, given.named):
            self._repeat(value, by)

    def _repeat(self, value: Value, by: str) -> None:
        for atom in value:
            # An object with __call__ is an objective as well.
            function = self.method(atom.kind, "__call__") if isinstance(atom, Object) else atom
            if isinstance(function, Callable):
                self.repeated.append(Repeated(function, by))

    def _sklearn(self, dotted: str, name: str, node: ast.Call, given: Arguments, frame: Frame) -> Value:
        models = frozenset(model for value in given.values for model in models_in(value))
        if dotted.startswith("sklearn.model_selection.") and name in searches.REFITS:
            for model in models:
                if (builder := self.builders.get(model.origin)) is not None:
                    self.repeated.append(Repeated(builder, name))
                self.step(frame, Kind.TRAIN, node, model=model)
        return models

    def _made(self, made: Made, name: str, node: ast.Call, given: Arguments, frame: Frame) -> Value:
        model = Model(node, made, name, module=frame.module)
        self.step(frame, Kind.BUILD, node, model=model)
        if made is Made.WRAPPED:
            for value in given.values[:2]:
                for atom in value:
                    if isinstance(atom, Callable):
                        self.builders[node] = atom
        return frozenset({model})

    def _builtin(self, name: str, node: ast.Call, given: Arguments, frame: Frame) -> Value:
        first = given.positional[0] if given.positional else UNKNOWN
        if name == "map" and len(given.positional) > 1:
            for atom in first:
                if isinstance(atom, Callable):
                    self.repeated.append(Repeated(atom, "map"))
        elif name == "getattr" and len(given.positional) > 1:
            return self._chosen(first, node.args[1], frame)
        elif name == "setattr" and len(given.positional) == 3:
            self.keep(frame, node, given.positional[2], None)
        elif name == "zip":
            return frozenset(
                {Container(frozenset({Several(tuple(self.element(value) for value in given.positional))}))}
            )
        elif name == "enumerate":
            return frozenset({Container(frozenset({Several((UNKNOWN, self.element(first)))}))})
        elif name == "next":
            return self.element(first)
        elif name in _PASSES_ITERABLES:
            return frozenset({Container(self.element(first))}) if first else UNKNOWN
        return UNKNOWN

    def _chosen(self, value: Value, name: ast.expr, frame: Frame) -> Value:
        """``getattr(zoo, name)``: what has that name, or any function of the module ``zoo`` when it is computed."""
        if isinstance(name, ast.Constant):
            return self.attribute(value, str(name.value), frame)
        found = UNKNOWN
        for atom in value:
            if isinstance(atom, File):
                found |= {Callable(atom.module, node) for node in atom.module.functions.values()}
        return found if len(found) <= MOST else UNKNOWN

    def _model_method(
        self, base: Value, name: str, node: ast.Call, given: Arguments, frame: Frame, receiver: str | None
    ) -> Value:
        kind = _kind_of(name)
        result = UNKNOWN
        self._callbacks(given.named.get("callbacks", UNKNOWN), node, frame)
        certain = keras.looks_like_keras(name, set(given.words))
        for atom in base:
            if not isinstance(atom, Model):
                continue
            # An overridden compile may be anything; whatever an overridden fit does, it trains.
            overridden = atom.kind is not None and self.method(atom.kind, name) is not None
            if kind is not None and not (overridden and kind is Kind.COMPILE):
                self.step(frame, kind, node, model=atom, receiver=receiver, certain=certain or not _suggested(atom))
            if name in ("build_model", "build") and not _suggested(atom):
                result = frozenset({atom})
        return result

    def _callbacks(self, callbacks: Value, node: ast.Call, frame: Frame) -> None:
        """A callback of the project may clear the session while the model trains."""
        for atom in self.element(callbacks):
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
        if name in _KEEPERS and not any(isinstance(atom, Model) and not _suggested(atom) for atom in base):
            if any(isinstance(atom, External | File) for atom in base):
                return UNKNOWN
            for value in given.values:
                self.keep(frame, node, value, receiver)
                if value and receiver is not None and name in ("append", "add", "insert", "appendleft"):
                    frame.env[receiver] = join(frame.env.get(receiver, base), frozenset({Container(value)}))
        return UNKNOWN

    def _unknown_call(
        self, node: ast.Call, given: Arguments, frame: Frame, name: str, receiver: str | None, base: Value
    ) -> Value:
        if name == "clear_session":
            self.step(frame, Kind.RELEASE, node)
            return UNKNOWN
        self._repeats(name, node, given)
        kind = _kind_of(name) if isinstance(node.func, ast.Attribute) else None
        if kind is not None and not base and receiver is not None:
            certain = keras.looks_like_keras(name, set(given.words))
            self.step(frame, kind, node, receiver=receiver, certain=certain)
        if kind is not None or (isinstance(node.func, ast.Attribute) and name in _KEEPERS):
            if kind is not None:
                self._hand(node, given, frame, name)
            return UNKNOWN
        self._hand(node, given, frame, name)
        return self._suggest(node, frame, name)

    def _suggest(self, node: ast.Call, frame: Frame, name: str) -> Value:
        model = Model(node, Made.SUGGESTED, name, module=frame.module)
        self.step(frame, Kind.BUILD, node, model=model, certain=False)
        return frozenset({model})

    def _hand(self, node: ast.Call, given: Arguments, frame: Frame, name: str) -> None:
        strong = any(word in name.lower() for word in _TRAINING_WORDS)
        for value in given.values:
            for model in models_in(self.opened(value)):
                self.step(frame, Kind.HAND, node, model=model, certain=strong)


def _kind_of(method: str) -> Kind | None:
    tables = (
        (keras.COMPILES, Kind.COMPILE),
        (keras.TRAINS, Kind.TRAIN),
        (keras.USES, Kind.USE),
        (keras.RESETS, Kind.RESET),
        (keras.GROWS, Kind.GROW),
    )
    return next((kind for names, kind in tables if method in names), None)


def _suggested(atom: object) -> bool:
    return isinstance(atom, Model) and atom.made is Made.SUGGESTED


def _models(given: Arguments) -> bool:
    return any(True for value in given.values for model in models_in(value) if not _suggested(model))


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
