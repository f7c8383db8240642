"""Which functions of a file must be followed: told by names, before the first of them is followed.

To follow a function takes thirty times as long as to look at the names in it, and most functions of a library that
works with models never do so again and again.

Why nothing is lost: a pass that a rule finds something in makes a model or works with one. The calls that do so have
the names in ``_MAKERS`` and ``_WORKING``, or stand in another file. Whatever comes to such a call names on its way what
:class:`~greenfix_codemods.semantics.models.naming.Naming` knows: the function, its class, the attribute or the global
that holds it, however it is bound there. What a parameter holds is named by the caller, who is followed then; a
function that is followed for itself knows nothing of its parameters, but for what a caller has left in an attribute:
if anything that leads to a model is given to a call at all, every attribute that a function stores may hold it. So
functions that lead to no model do not matter. Those that lead to one matter when they come to a loop or a search around
it, or come around to themselves, or when a search nearby may call them.

Where names are not enough, all functions are followed: when a file that is imported works with models itself.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from greenfix_codemods.reach import leads_to
from greenfix_codemods.semantics.index import index_of
from greenfix_codemods.semantics.models import keras, searches
from greenfix_codemods.semantics.models.naming import Naming, Unit
from greenfix_codemods.semantics.models.objectives import may_be_searched
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import COMPREHENSIONS, LOOPS, Function, canonical, imports_of

_MAKERS = keras.MAKERS | {"applications", "globals"}
"""``globals()["build_" + name]()`` may be any function."""
_WORKING = (
    keras.COMPILES | keras.TRAINS | {"predict", "evaluate", "predict_generator", "evaluate_generator", "test_on_batch"}
)
"""What is done to a model that something else has made: the rules look at no other work on those."""
_VARIABLES = frozenset({"trainable_variables", "trainable_weights"})
_ELSEWHERE = re.compile(
    rb"\b(?:%b)\b|(?<!\bre)\.\s*(?:%b)\s*\(|\.\s*applications\b|\bapplications\s+import\b"
    rb"|\A(?=[\s\S]*\.\s*(?:predict|evaluate)\s*\()(?=[\s\S]*\b(?:batch_size|verbose|steps)\s*=)"
    % (
        "|".join(sorted(keras.MAKERS | _VARIABLES)).encode(),
        "|".join(sorted(_WORKING - {"predict", "evaluate"})).encode(),
    )
)
"""The same for the bytes of other files. What is called on one sample is looked at in the file itself only."""


def functions_to_follow(module: Module) -> list[Function]:
    """The functions and methods of ``module`` that must be followed for themselves."""
    nodes = module.once(index_of)
    functions: list[Function] = [*nodes.all(ast.FunctionDef), *nodes.all(ast.AsyncFunctionDef)]
    stars = [star for star in module.syntax.names.stars if _is_followed(star, module)]
    if stars or leads_to(_ELSEWHERE, module, keras.NEVER_FOLLOWED):
        return functions
    return list(Leading(module).of(functions))


class Leading:
    """What leads to a model at work in one file, when no file that it imports does."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self._nodes = module.once(index_of)
        followed = self._imported(lambda dotted: _is_followed(dotted, module))
        self._naming = Naming(module, joined=bool(followed))
        self._names = set(_MAKERS) | self._imported(_makes)
        self._units = self._working()
        self._repeated = self._repeating(followed)

    def of(self, functions: list[Function]) -> Iterator[Function]:
        """Those of ``functions`` that lead to a model at work again and again, and those that they lead there by.

        The latter are followed on the way, but only so deep; followed for themselves they are known to their end.
        """
        units = {function: self._naming.unit(function) for function in functions}
        wanted = {unit for function, unit in units.items() if unit in self._units and self._matters(unit, function)}
        wanted |= self._naming.led_from(wanted, self._units)
        yield from (function for function in functions if units[function] in wanted)

    def _matters(self, unit: Unit, function: Function) -> bool:
        comes_back = unit in self._repeated or unit in self._naming.led_from([unit], self._units)
        return comes_back or may_be_searched(function, self.module)

    def _working(self) -> set[Unit]:
        """The units that lead to a model at work. ``_names`` grows to the names that lead there."""
        calls = (node for node in self._nodes.all(ast.Call) if isinstance(node.func, ast.Attribute))
        working = [node for node in calls if node.func.attr in _WORKING]  # type: ignore[attr-defined]  # asked above
        variables = [node for node in self._nodes.all(ast.Attribute) if node.attr in _VARIABLES]
        starts = [self._naming.unit(node) for node in (*working, *variables)]
        found = self._naming.leading(self._names, starts)
        if any(self._given(node) for node in self._named()):
            for unit in self._naming.units:
                self._names |= unit.stores if isinstance(unit.node, Function) else set()
            found = self._naming.leading(self._names, starts)
        return found

    def _repeating(self, followed: set[str]) -> set[Unit]:
        """The units that lead to a loop with a model at work in it, or to what may repeat what it is given.

        With those that the latter may be given.
        """
        loops = {self._naming.unit(node) for node in self._named() if self._in_loop(node)}
        searching = self._naming.leading({*searches.NAMES, *self._imported(_searches)}) & self._units
        places = loops | searching | (self._naming.leading(followed) & self._units)
        around = self._naming.leading({name for unit in places for name in unit.gives | unit.stores}, places)
        return around | self._naming.led_from(searching, self._units)

    def _named(self) -> Iterator[ast.AST]:
        """The places of the names that lead to a model at work."""
        yield from (node for node in self._nodes.all(ast.Name) if node.id in self._names)
        names = self._names | _WORKING | _VARIABLES
        yield from (node for node in self._nodes.all(ast.Attribute) if node.attr in names)
        yield from (call for call, name in self._naming.computed if name in self._names)

    def _given(self, node: ast.AST) -> bool:
        """Whether ``node`` is given to a call, in whatever form."""
        below = node
        for around in self.module.ancestors(node):
            if isinstance(around, ast.Call) and below is not around.func:
                return True
            if isinstance(around, ast.stmt):
                return False
            below = around
        return False

    def _in_loop(self, node: ast.AST) -> bool:
        return any(isinstance(around, (*LOOPS, *COMPREHENSIONS)) for around in self.module.ancestors(node))

    def _imported(self, wanted: Callable[[str], bool]) -> set[str]:
        """The names that the imports of the file bind to something ``wanted``."""
        imports: list[ast.Import | ast.ImportFrom] = [*self._nodes.all(ast.Import), *self._nodes.all(ast.ImportFrom)]
        return {name for node in imports for name, dotted in imports_of(node).items() if wanted(dotted)}


def _is_followed(dotted: str, module: Module) -> bool:
    return dotted.partition(".")[0] not in keras.NEVER_FOLLOWED and module.project.is_own(dotted, module)


def _makes(dotted: str) -> bool:
    return dotted.rpartition(".")[2] in _MAKERS or canonical(dotted).startswith("keras.applications")


def _searches(dotted: str) -> bool:
    return dotted.rpartition(".")[2] in searches.NAMES
