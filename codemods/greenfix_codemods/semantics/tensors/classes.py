"""The classes of a module: what their instances are, their methods, what is assigned to their attributes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

from greenfix_codemods.semantics.index import index_of
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import Function, last_name
from greenfix_codemods.semantics.tensors.kinds import Kind
from greenfix_codemods.semantics.tensors.scopes import Step

_MODEL_BASES = ("keras.Model", "keras.models.Model", "keras.Sequential", "keras.models.Sequential", "keras.layers.")
_BASES = ((_MODEL_BASES, Kind.MODEL), (("keras.losses.",), Kind.LOSS), (("keras.metrics.",), Kind.METRIC))

TRAINABLE = frozenset({"trainable_variables", "trainable_weights"})
"""Attributes that only models and layers have."""


class Classes:
    """The classes of one module."""

    def __init__(self, module: Module) -> None:
        self.module = module

    def class_kind(self, node: ast.ClassDef, depth: int = 3) -> Kind:
        """What instances of a class of this file are: a model, a loss, a metric, or just an instance."""
        for base in node.bases:
            dotted = self.module.names.resolve(base) or ""
            for prefixes, kind in _BASES:
                if dotted.startswith(prefixes):
                    return kind
            found = self.base(base) if depth else None
            if found is not None:
                inherited = found[0].once(classes_of).class_kind(found[1], depth - 1)
                if inherited is not Kind.INSTANCE:
                    return inherited
        return Kind.INSTANCE

    def base(self, base: ast.expr) -> tuple[Module, ast.ClassDef] | None:
        """The class of the project that a base class is."""
        if isinstance(base, ast.Name) and base.id in self.module.classes:
            return self.module, self.module.classes[base.id]
        dotted = self.module.names.raw(base)
        found = self.module.project.definition(dotted, self.module) if dotted else None
        if found is not None and isinstance(found[1], ast.ClassDef):
            return found[0], found[1]
        return None

    def member(self, node: ast.ClassDef, name: str, depth: int = 3) -> tuple[Module, Function] | None:
        """The method ``name`` of a class of this file or of its bases in the project."""
        for each in node.body:
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and each.name == name:
                return self.module, each
        for base in node.bases if depth else ():
            found = self.base(base)
            if found is not None and found[1] is not node:
                method = found[0].once(classes_of).member(found[1], name, depth - 1)
                if method is not None:
                    return method
        return None

    def writes(self, owner: ast.ClassDef) -> dict[str, list[tuple[ast.expr, tuple[Step, ...]]]]:
        """What is assigned to each attribute in a class, with the way into it."""
        return self._all_writes.get(owner, {})

    def trained(self, owner: ast.ClassDef) -> frozenset[str]:
        """The attributes of ``self`` whose trainable variables the class reads: models, wherever they came from."""
        return self._all_trained.get(owner, frozenset())

    @cached_property
    def _all_trained(self) -> dict[ast.ClassDef, frozenset[str]]:
        found: dict[ast.ClassDef, frozenset[str]] = {}
        for node in self.module.once(index_of).all(ast.Attribute):
            held = node.value
            if node.attr not in TRAINABLE or not isinstance(held, ast.Attribute):
                continue
            owner = self.module.enclosing_class(node)
            if owner is not None and isinstance(held.value, ast.Name) and held.value.id == "self":
                found[owner] = found.get(owner, frozenset()) | {held.attr}
        return found

    @cached_property
    def _all_writes(self) -> dict[ast.ClassDef, dict[str, list[tuple[ast.expr, tuple[Step, ...]]]]]:
        found: dict[ast.ClassDef, dict[str, list[tuple[ast.expr, tuple[Step, ...]]]]] = {}
        index = self.module.once(index_of)
        nodes: list[ast.Assign | ast.AnnAssign | ast.AugAssign] = [
            *index.all(ast.Assign),
            *index.all(ast.AnnAssign),
            *index.all(ast.AugAssign),
        ]
        for node in nodes:
            owner = self.module.enclosing_class(node)
            if owner is None or node.value is None:
                continue
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                for name, steps in _attribute_targets(target, node in owner.body):
                    found.setdefault(owner, {}).setdefault(name, []).append((node.value, steps))
        return found


def _attribute_targets(target: ast.expr, class_level: bool) -> Iterator[tuple[str, tuple[Step, ...]]]:
    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
        yield target.attr, ()
    elif class_level and isinstance(target, ast.Name):
        yield target.id, ()
    elif isinstance(target, ast.Tuple | ast.List):
        for position, element in enumerate(target.elts):
            for name, steps in _attribute_targets(element, class_level):
                yield name, (position, *steps)


def positional(module: Module, function: Function) -> list[str]:
    """The parameters that a call's positional arguments go to: those of a method without ``self``."""
    names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    static = "staticmethod" in map(last_name, function.decorator_list)
    return names[1:] if isinstance(module.parents.get(function), ast.ClassDef) and not static else names


def classes_of(module: Module) -> Classes:
    """The classes of ``module``; ask through ``module.once(classes_of)``."""
    return Classes(module)
