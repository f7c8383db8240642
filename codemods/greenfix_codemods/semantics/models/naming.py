"""Who names what in a file: the net of its functions, classes and top, told by spelling alone.

A unit is what runs as one piece: an outermost function or method with all that is defined in it, the body of a class,
the top of the file. It gives the names under which the others can come to it, and reads the names that stand in it.
Two things of one name are one here, so the net has every way that the program can take, and more.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

from greenfix_codemods.semantics.index import index_of
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import Function

_RUN_BY_CLASS = frozenset({"__init__", "__call__", "call"})
"""Methods that run under the name of their class or of an object of it."""


@dataclass(eq=False)
class Unit:
    """``node`` with the names that stand in it, that lead to it, and that it leaves a value behind in."""

    node: ast.AST
    reads: set[str] = field(default_factory=set)
    gives: set[str] = field(default_factory=set)
    stores: set[str] = field(default_factory=set)


class Naming:
    """The units of one module.

    With ``joined`` the methods of a class lead to one another and to its name: an object that is handed to what nobody
    sees may run any of its methods. ``computed`` holds the calls of ``getattr`` with the name that they ask for.
    """

    def __init__(self, module: Module, *, joined: bool) -> None:
        self._parents = module.parents
        self._nodes = module.once(index_of)
        self._at: dict[ast.AST, Unit] = {module.tree: Unit(module.tree)}
        self.units = [self._at[module.tree]]
        self.computed = [(call, name) for call in self._nodes.all(ast.Call) if (name := _computed(call)) is not None]
        self._definitions(joined)
        self._names()
        self.readers: dict[str, list[Unit]] = {}
        for unit in self.units:
            for name in unit.reads:
                self.readers.setdefault(name, []).append(unit)

    def unit(self, node: ast.AST) -> Unit:
        """The unit that ``node`` stands in."""
        way: list[ast.AST] = []
        while node not in self._at:
            way.append(node)
            node = self._parents[node]
        unit = self._at[node]
        for each in reversed(way):
            if not isinstance(unit.node, Function) and isinstance(each, Function | ast.ClassDef):
                unit = Unit(each)
                self.units.append(unit)
            self._at[each] = unit
        return unit

    def _definitions(self, joined: bool) -> None:
        functions: list[Function] = [*self._nodes.all(ast.FunctionDef), *self._nodes.all(ast.AsyncFunctionDef)]
        for function in functions:
            for mark in function.decorator_list:  # runs where the function is defined
                self._at[mark] = self.unit(self._parents[function])
        for function in functions:
            unit, owner = self.unit(function), self._parents[function]
            unit.gives.add(function.name)
            if isinstance(owner, ast.ClassDef) and (joined or function.name in _RUN_BY_CLASS):
                unit.gives.add(owner.name)
                unit.reads.update({owner.name} if joined else ())
        for owner in self._nodes.all(ast.ClassDef):
            self.unit(owner).gives.add(owner.name)

    def _names(self) -> None:
        for name in self._nodes.all(ast.Name):
            unit = self.unit(name)
            unit.reads.add(name.id)
            if isinstance(name.ctx, ast.Store) and not isinstance(unit.node, Function):
                unit.stores.add(name.id)
        for attribute in self._nodes.all(ast.Attribute):
            unit = self.unit(attribute)
            unit.reads.add(attribute.attr)
            if isinstance(attribute.ctx, ast.Store):
                unit.stores.add(attribute.attr)
        for shared in self._nodes.all(ast.Global):
            self.unit(shared).stores.update(shared.names)
        for call, asked in self.computed:
            self.unit(call).reads.add(asked)

    def leading(self, names: set[str], units: Iterable[Unit] = ()) -> set[Unit]:
        """``units``, what reads one of ``names`` or what those give, and so on; ``names`` grows by what they give."""
        found: set[Unit] = set()
        waiting = [*units, *(unit for name in names for unit in self.readers.get(name, ()))]
        for unit in waiting:  # grows while it is read
            if unit not in found:
                found.add(unit)
                new = (unit.gives | unit.stores) - names
                names |= new
                waiting += [reader for name in new for reader in self.readers.get(name, ())]
        return found

    def led_from(self, units: Iterable[Unit], among: set[Unit]) -> set[Unit]:
        """The units of ``among`` that ``units`` lead to: by what those read, what these read, and so on."""
        found: set[Unit] = set()
        waiting = [*units]
        for unit in waiting:  # grows while it is read
            new = {other for other in among - found if unit.reads & (other.gives | other.stores)}
            found |= new
            waiting += new
        return found


def _computed(call: ast.Call) -> str | None:
    """``Sequential`` of ``getattr(models, "Sequential")``."""
    if not isinstance(call.func, ast.Name) or call.func.id != "getattr" or len(call.args) < 2:
        return None
    return str(call.args[1].value) if isinstance(call.args[1], ast.Constant) else None
