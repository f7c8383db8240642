"""Calls that lead out of the project: Keras, scikit-learn, builtins, searches, and what nobody can follow."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from greenfix_codemods.semantics.models import keras, searches
from greenfix_codemods.semantics.models.arguments import Arguments
from greenfix_codemods.semantics.models.evaluation import Evaluation
from greenfix_codemods.semantics.models.frames import Frame
from greenfix_codemods.semantics.models.keras import Made
from greenfix_codemods.semantics.models.model_values import (
    MOST,
    UNKNOWN,
    Callable,
    Container,
    External,
    File,
    Holder,
    Model,
    Object,
    Several,
    Value,
    in_order,
    models_in,
)
from greenfix_codemods.semantics.models.trace import Kind
from greenfix_codemods.semantics.module import Module

_PASSES_ITERABLES = frozenset(
    {"enumerate", "zip", "list", "tuple", "reversed", "sorted", "iter", "next", "dict", "set"}
)
_SAME = frozenset({"tensorflow.function", "functools.partial", "copy.copy"})
"""What gives back what it is given, as far as the rules can tell: a shallow copy of a model shares its layers."""
_TRAINING_WORDS = ("train", "fit", "eval", "predict", "test", "run", "score", "validate", "experiment")
KEEPERS = frozenset({"append", "add", "insert", "extend", "appendleft", "put", "setdefault", "update"})


@dataclass(frozen=True, slots=True)
class Repeated:
    """A function of the project that something calls again and again: ``by`` says what."""

    function: Callable
    by: str


class OutsideCalls(Evaluation):
    """Knows what calls outside the project do.

    ``repeated`` collects the functions that were handed to a framework which repeats them, ``builders`` the functions
    that a scikit-learn wrapper may call, by the call that made it.
    """

    repeated: list[Repeated]
    builders: dict[ast.AST, list[Callable]]

    def external(self, dotted: str, node: ast.Call, given: Arguments, frame: Frame, receiver: str | None) -> Value:
        """What calling ``dotted``, which is no part of the project, gives back."""
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
        if dotted == "copy.deepcopy":
            return self._made(Made.CLONED, name, node, given, frame) if _models(given) else UNKNOWN
        if dotted in _SAME and given.positional:
            return given.positional[0]
        if head in ("keras", "tensorflow"):
            return frozenset({External(keras.SYMBOLIC)}) if keras.makes_input(dotted) else UNKNOWN
        if head in keras.KNOWN_ELSEWHERE:
            self._hand(node, given, frame, name)
            return self.holder(name, given)
        return self.unknown_call(node, given, frame, name, None, UNKNOWN)

    def _repeats(self, dotted: str, node: ast.Call, given: Arguments) -> None:
        by = searches.searcher(dotted, node)
        if by is None or (by == searches.POOL and b"maxtasksperchild=1" in self.home.source.data):
            return  # a worker process that ends after one task takes its model with it
        for value in searches.candidates(given.positional, given.named):
            self._repeat(value, by)

    def _repeat(self, value: Value, by: str) -> None:
        for atom in in_order(value):
            # An object with __call__ is an objective as well.
            function = self.method(atom.kind, "__call__") if isinstance(atom, Object) else atom
            if isinstance(function, Callable):
                self.repeated.append(Repeated(function, by))

    def _sklearn(self, dotted: str, name: str, node: ast.Call, given: Arguments, frame: Frame) -> Value:
        models = frozenset(model for value in given.values for model in models_in(value))
        if dotted.startswith(searches.SELECTION) and name in searches.REFITS:
            for model in models_in(models):
                self.repeated += [Repeated(builder, name) for builder in self.builders.get(model.origin, ())]
                self.step(frame, Kind.TRAIN, node, model=model)
        return models

    def _made(self, made: Made, name: str, node: ast.Call, given: Arguments, frame: Frame) -> Value:
        model = Model(node, made, name, module=frame.module)
        self.step(frame, Kind.BUILD, node, model=model)
        if made is Made.WRAPPED:
            atoms = [atom for value in given.values[:2] for atom in in_order(value)]
            self.builders[node] = [atom for atom in atoms if isinstance(atom, Callable)]
        return frozenset({model})

    def _builtin(self, name: str, node: ast.Call, given: Arguments, frame: Frame) -> Value:
        first = given.positional[0] if given.positional else UNKNOWN
        if name == "map" and len(given.positional) > 1:
            for atom in in_order(first):
                if isinstance(atom, Callable):
                    self.repeated.append(Repeated(atom, "map"))
        elif name == "getattr" and len(given.positional) > 1:
            return self._chosen(first, node.args[1], frame)
        elif name == "setattr" and len(given.positional) == 3:
            self.keep(frame, node, given.positional[2], None)
        elif name == "globals":
            return frozenset({Container(self._any_function(frame.module))})
        elif name in _PASSES_ITERABLES:
            return self._iterable(name, given, first)
        return UNKNOWN

    def _iterable(self, name: str, given: Arguments, first: Value) -> Value:
        """What a builtin makes of the elements that it is given."""
        inside = self.element(first)
        if name == "next":
            return inside
        if name == "zip":
            inside = frozenset({Several(tuple(self.element(value) for value in given.positional))})
        elif name == "enumerate":
            inside = frozenset({Several((UNKNOWN, inside))})
        elif name == "dict":
            inside = frozenset(atom for value in (inside, *given.named.values()) for atom in value)
        return frozenset({Container(inside)}) if inside or first else UNKNOWN

    def _chosen(self, value: Value, name: ast.expr, frame: Frame) -> Value:
        """``getattr(zoo, name)``: what has that name, or any function of the module ``zoo`` when it is computed."""
        if isinstance(name, ast.Constant):
            return self.attribute(value, str(name.value), frame)
        found = UNKNOWN
        for atom in in_order(value):
            if isinstance(atom, File):
                found |= self._any_function(atom.module)
        return found if len(found) <= MOST else UNKNOWN

    def _any_function(self, module: Module) -> Value:
        """The functions that a name computed while the program runs may mean in ``module``, its stars included."""
        starred = (module.project.imported(star, module) for star in module.names.stars)
        homes = [module, *(found for found in starred if found is not None and found is not module)]
        found = frozenset({Callable(home, node) for home in homes for node in home.functions.values()})
        return found if len(found) <= MOST else UNKNOWN

    def unknown_call(
        self, node: ast.Call, given: Arguments, frame: Frame, name: str, receiver: str | None, base: Value
    ) -> Value:
        """A call that nobody can follow: its name and keywords may still say that a Keras model is at work."""
        if name == "clear_session":
            self.step(frame, Kind.RELEASE, node)
            return UNKNOWN
        self._repeats(name, node, given)
        kind = kind_of(name) if isinstance(node.func, ast.Attribute) else None
        if kind is not None and not base and receiver is not None:
            certain = keras.looks_like_keras(name, set(given.words))
            self.step(frame, kind, node, receiver=receiver, certain=certain)
        if kind is not None or (isinstance(node.func, ast.Attribute) and name in KEEPERS):
            if kind is not None:
                self._hand(node, given, frame, name)
            return UNKNOWN
        self._hand(node, given, frame, name)
        return self._suggest(node, frame, name) | self.holder(name, given)

    def holder(self, name: str, given: Arguments) -> Value:
        """An object of a class ``name`` that was made of models, and keeps them: ``Result(fold, model)``."""
        held = frozenset(model for value in given.values for model in models_in(value) if not suggested(model))
        return frozenset({Holder(held)}) if held and name[:1].isupper() else UNKNOWN

    def _suggest(self, node: ast.Call, frame: Frame, name: str) -> Value:
        model = Model(node, Made.SUGGESTED, name, module=frame.module)
        self.step(frame, Kind.BUILD, node, model=model, certain=False)
        return frozenset({model})

    def _hand(self, node: ast.Call, given: Arguments, frame: Frame, name: str) -> None:
        strong = any(word in name.lower() for word in _TRAINING_WORDS)
        for value in given.values:
            for model in models_in(self.opened(value)):
                self.step(frame, Kind.HAND, node, model=model, certain=strong)


_KINDS = {
    **dict.fromkeys(keras.COMPILES, Kind.COMPILE),
    **dict.fromkeys(keras.TRAINS, Kind.TRAIN),
    **dict.fromkeys(keras.USES, Kind.USE),
    **dict.fromkeys(keras.RESETS, Kind.RESET),
    **dict.fromkeys(keras.GROWS, Kind.GROW),
}


def kind_of(method: str) -> Kind | None:
    """What a method of that name does to a model."""
    return _KINDS.get(method)


def suggested(atom: object) -> bool:
    """A result that nothing but its use says to be a model."""
    return isinstance(atom, Model) and atom.made is Made.SUGGESTED


def _models(given: Arguments) -> bool:
    return any(True for value in given.values for model in models_in(value) if not suggested(model))
