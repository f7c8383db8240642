"""Where a name leads: to a value of this frame, a definition of the project, or something outside of it."""

from __future__ import annotations

import ast
import builtins
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from functools import cached_property

from greenfix_codemods.semantics.index import index_of
from greenfix_codemods.semantics.models import keras
from greenfix_codemods.semantics.models.frames import Frame
from greenfix_codemods.semantics.models.model_values import (
    UNKNOWN,
    Callable,
    Class,
    Container,
    External,
    File,
    Model,
    Object,
    Value,
    in_order,
    join,
)
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import canonical, imports_of

_BUILTINS = frozenset(dir(builtins))


class Lookup(ABC):
    """Answers what names, attributes and imports are. ``home`` is the module that is being scanned."""

    def __init__(self, home: Module) -> None:
        self.home = home
        self._imports: dict[tuple[str, str], Value] = {}
        self._bases: dict[ast.ClassDef, tuple[Class | External, ...]] = {}
        self._methods: dict[ast.ClassDef, Mapping[str, ast.FunctionDef | ast.AsyncFunctionDef]] = {}
        self.stored: dict[tuple[ast.ClassDef, str], Value] = {}

    def name(self, node: ast.Name, frame: Frame) -> Value:
        """What the name ``node`` may be where it stands."""
        current: Frame | None = frame
        while current is not None:
            if node.id in current.env:
                return current.env[node.id]
            if isinstance(current.scope, ast.Module):
                break
            if (dotted := current.module.once(_local_imports).get((current.scope, node.id))) is not None:
                return self.imported(dotted, current.module)
            if node.id in current.bound:
                return UNKNOWN
            current = current.closure
        return self.global_name(node.id, frame.module)

    def global_name(self, name: str, module: Module) -> Value:
        """What ``name`` is at the top of ``module``."""
        if name in module.functions:
            return frozenset({Callable(module, module.functions[name])})
        if name in module.classes:
            return frozenset({Class(module, module.classes[name])})
        if name in module.names.imports:
            return self.imported(module.names.imports[name], module)
        if name in module.names.bound.get(module.tree, ()):
            return self.module_values(module).get(name, UNKNOWN)
        return self._starred(name, module)

    def _starred(self, name: str, module: Module) -> Value:
        for star in reversed(module.names.stars):
            target = canonical(star)
            if target.split(".")[0] in ("keras", "tensorflow"):
                if name in keras.STAR_NAMES:
                    return frozenset({External(keras.STAR_NAMES[name])})
                continue
            found = module.project.imported(star, module)
            if found is not None and found is not module and (value := self.global_name(name, found)):
                return value
        return frozenset({External(f"builtins.{name}")}) if name in _BUILTINS else UNKNOWN

    @abstractmethod
    def module_values(self, module: Module) -> Mapping[str, Value]:
        """What the names assigned at the top of ``module`` are."""

    @abstractmethod
    def attribute_values(self, kind: Class, name: str) -> Value:
        """What methods of ``kind`` store in ``self.name``."""

    def imported(self, dotted: str, module: Module) -> Value:
        """What the import of ``dotted`` in ``module`` leads to."""
        key = (module.path, dotted)
        if key not in self._imports:
            self._imports[key] = UNKNOWN  # two modules that import one another
            self._imports[key] = self._import(dotted, module)
        return self._imports[key]

    def _import(self, dotted: str, module: Module) -> Value:
        outside = frozenset({External(canonical(dotted))})
        head = canonical(dotted).split(".")[0]
        if head in keras.KNOWN_ELSEWHERE or head in ("keras", "tensorflow"):
            return outside
        if (found := module.project.definition(dotted, module)) is not None:
            holder, node = found
            return frozenset({Class(holder, node) if isinstance(node, ast.ClassDef) else Callable(holder, node)})
        if (file := module.project.imported(dotted, module)) is not None:
            return frozenset({File(file)})
        holder_name, _, name = dotted.rpartition(".")
        if holder_name.strip("."):
            file = module.project.imported(holder_name, module)
            if file is not None and file is not module:
                return self.global_name(name, file)
        return outside

    def attribute(self, value: Value, name: str, frame: Frame) -> Value:
        """What ``value.name`` may be."""
        found = UNKNOWN
        for atom in in_order(value):
            if isinstance(atom, External):
                found = join(found, self.imported(f"{atom.dotted}.{name}", frame.module))
            elif isinstance(atom, File):
                found = join(found, self._in_file(atom.module, name))
            elif isinstance(atom, Class | Object) or (isinstance(atom, Model) and atom.kind):
                found = join(found, self._member(atom, name))
            elif isinstance(atom, Container) and name in ("values", "items", "copy"):
                found = join(found, frozenset({atom}))
        return found

    def _in_file(self, module: Module, name: str) -> Value:
        if value := self.global_name(name, module):
            return value
        below = module.project.imported(f".{name}", module)
        return frozenset({File(below)}) if below is not None and below is not module else UNKNOWN

    def _member(self, atom: Class | Object | Model, name: str) -> Value:
        kind = atom if isinstance(atom, Class) else atom.kind
        if kind is None:
            return UNKNOWN
        if (method := self.method(kind, name)) is not None:
            return frozenset({method})
        return self.attribute_values(kind, name)

    def method(self, kind: Class, name: str, above: ast.AST | None = None) -> Callable | None:
        """The method ``name`` of ``kind``, inherited ones too; only those of classes above ``above`` (``super()``)."""
        lineage = list(self.lineage(kind))
        nodes = [ancestor.node for ancestor in lineage]
        below = nodes.index(above) + 1 if above in nodes else 0
        for ancestor in lineage[below:]:
            if (node := self._methods_of(ancestor.node).get(name)) is not None:
                static = any(isinstance(mark, ast.Name) and mark.id == "staticmethod" for mark in node.decorator_list)
                return Callable(ancestor.module, node, None if static else kind)
        return None

    def _methods_of(self, node: ast.ClassDef) -> Mapping[str, ast.FunctionDef | ast.AsyncFunctionDef]:
        if node not in self._methods:
            self._methods[node] = {
                item.name: item for item in node.body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)
            }
        return self._methods[node]

    def lineage(self, kind: Class) -> Iterator[Class]:
        """``kind`` and the project's classes it inherits from, nearest first."""
        waiting, seen = [kind], set()
        while waiting:
            current = waiting.pop(0)
            if current.node not in seen:
                seen.add(current.node)
                yield current
                waiting += [base for base in self._bases_of(current) if isinstance(base, Class)]

    def _bases_of(self, kind: Class) -> tuple[Class | External, ...]:
        if kind.node not in self._bases:
            self._bases[kind.node] = ()  # a class that inherits from itself through its module
            frame = Frame(kind.module, kind.module.tree)
            values = [self._base(expression, frame) for expression in kind.node.bases]
            self._bases[kind.node] = tuple(
                atom for value in values for atom in in_order(value) if isinstance(atom, Class | External)
            )
        return self._bases[kind.node]

    def _base(self, expression: ast.expr, frame: Frame) -> Value:
        if isinstance(expression, ast.Attribute):
            return self.attribute(self._base(expression.value, frame), expression.attr, frame)
        return self.name(expression, frame) if isinstance(expression, ast.Name) else UNKNOWN

    def is_model(self, kind: Class) -> bool:
        """Whether ``kind`` inherits from a Keras model."""
        return any(
            isinstance(base, External) and keras.is_model_class(base.dotted)
            for ancestor in self.lineage(kind)
            for base in self._bases_of(ancestor)
        )

    @cached_property
    def uses_keras(self) -> bool:
        """Whether the scanned file imports TensorFlow or Keras, anywhere in it."""
        return uses_keras(self.home)


def _local_imports(module: Module) -> dict[tuple[ast.AST, str], str]:
    """What functions import for themselves: such an import hides a function of the same name in the module."""
    index = module.once(index_of)
    nodes: list[ast.Import | ast.ImportFrom] = [*index.all(ast.Import), *index.all(ast.ImportFrom)]
    return {
        (function, name): dotted
        for node in nodes
        if (function := module.enclosing_function(node)) is not None
        for name, dotted in imports_of(node).items()
    }


def uses_keras(module: Module) -> bool:
    """Whether ``module`` imports TensorFlow or Keras."""
    imported = (*module.names.imports.values(), *module.names.stars)
    return any(canonical(dotted).split(".")[0] in ("keras", "tensorflow", "scikeras", "deepxde") for dotted in imported)
