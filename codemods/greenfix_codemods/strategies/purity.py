"""Whether code that makes a model gives the same model whenever it runs: it calls Keras and what is like arithmetic."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

from greenfix_codemods.semantics.models.frames import all_parameters
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import Function

_HOMES = ("keras.", "tensorflow.", "numpy.", "math.", "functools.", "itertools.", "operator.")
_BUILTINS = frozenset(
    {"abs", "bool", "dict", "enumerate", "float", "format", "int", "isinstance", "len", "list", "max", "min", "pow"}
    | {"print", "range", "reversed", "round", "set", "sorted", "str", "sum", "super", "tuple", "type", "zip"}
)
_CHANCE = re.compile(r"\.random(_|\.|$)|seed|clear_session$")
_DRAWN_WHEN_BUILT = ("keras.layers.", "keras.initializers.")
_METHODS = frozenset(
    {"add", "append", "build", "compile", "extend", "format", "get", "items", "join", "keys", "lower", "summary"}
    | {"upper", "values", "count_params", "get_layer"}
)
"""Methods that any receiver may be asked for: they make the model, or read a plain value."""
_STATELESS = (
    *(
        "keras.datasets.",
        "keras.utils.",
        "keras.preprocessing.",
        "keras.losses.",
        "keras.metrics.",
        "keras.activations.",
    ),
    *("keras.initializers.", "keras.regularizers.", "keras.constraints.", "keras.backend.", "keras.Input"),
    *("keras.layers.Input", "keras.callbacks."),
)
_LAYERED = ("keras.layers.", "keras.models.", "keras.applications.", "keras.Sequential", "keras.Model")


@dataclass(eq=False)
class Building:
    """The statements that build a model, with the functions of the project that they call.

    Attributes:
        module: the file of the statements.
        made: the names that the statements bind.
        globals_read: the global variables that the called functions read.
        layers: the names of layers or models that were made elsewhere and go into this one.
    """

    module: Module
    made: frozenset[str]
    globals_read: set[str] = field(default_factory=set)
    layers: set[str] = field(default_factory=set)
    _seen: set[ast.AST] = field(default_factory=set)

    def impure(self, statement: ast.stmt) -> str | None:
        """What in ``statement`` may give another value each time, in words; None when nothing does."""
        return self._impure(statement, self.module, self.made, frozenset())

    def _impure(self, code: ast.AST, module: Module, local: frozenset[str], given: frozenset[str]) -> str | None:
        """``local`` are the names that the code binds itself, ``given`` the parameters that it gets."""
        given |= {node.arg for node in ast.walk(code) if isinstance(node, ast.arg)}
        for node in ast.walk(code):
            if isinstance(node, ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom | ast.Global | ast.Nonlocal):
                return f"line {node.lineno} does more than build"
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in local | given:
                self._read(node.id, module)
            if isinstance(node, ast.Call) and (reason := self._call(node, module, local)):
                return reason
        return None

    def _call(self, call: ast.Call, module: Module, local: frozenset[str]) -> str | None:
        unknown = f"{ast.unparse(call.func)}() may give another value in each pass"
        dotted = module.names.resolve(call.func)
        if dotted is not None and dotted.startswith(_HOMES):
            return unknown if _CHANCE.search(dotted) and not dotted.startswith(_DRAWN_WHEN_BUILT) else None
        match call.func:
            case ast.Call():
                return None  # Dense(3)(x): the inner call is looked at by itself
            case ast.Attribute(value=receiver, attr=method):
                known = method in _METHODS or _root(receiver) in local or isinstance(receiver, ast.Call)
                return None if known else unknown
            case ast.Name(id=name) if name in local or (dotted is None and name in _BUILTINS):
                return None
            case ast.Name(id=name) if (found := definition(name, module)) is not None:
                return self._project(*found)
        return unknown

    def _project(self, module: Module, node: Function | ast.ClassDef) -> str | None:
        """A function of the project, or the constructor of one of its layers."""
        if node in self._seen:
            return None
        self._seen.add(node)
        if isinstance(node, ast.ClassDef) and not any(_is_keras(base, module) for base in node.bases):
            return f"{node.name}() may give another value in each pass"
        for body in _starts(node) if isinstance(node, ast.ClassDef) else [node]:
            given = frozenset(each.arg for each in all_parameters(body.args))
            local = module.names.bound[body] - (given - {"self"})
            for statement in body.body:
                if reason := self._impure(statement, module, local, given):
                    return reason
        return None

    def _read(self, name: str, module: Module) -> None:
        if name in module.names.imports or definition(name, module) is not None:
            return
        if name in module.names.bound[module.tree]:
            self.globals_read.add(name)
        if made_of_layers(name, module):
            self.layers.add(name)


def _root(node: ast.expr) -> str | None:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def definition(name: str, module: Module) -> tuple[Module, Function | ast.ClassDef] | None:
    """The function or class of the project that ``name`` means at the top level of ``module``."""
    own = module.functions.get(name) or module.classes.get(name)
    if own is not None:
        return module, own
    dotted = module.names.imports.get(name)
    return module.project.definition(dotted, module) if dotted is not None else None


def _starts(node: ast.ClassDef) -> list[Function]:
    return [each for each in node.body if isinstance(each, ast.FunctionDef) and each.name in ("__init__", "build")]


def _is_keras(base: ast.expr, module: Module) -> bool:
    return (module.names.resolve(base) or "").startswith("keras.")


def made_of_layers(name: str, module: Module) -> bool:
    """Whether a variable of the module is bound to a layer, a model or an optimizer."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Assign) and any(
            isinstance(each, ast.Name) and each.id == name for each in node.targets
        ):
            for call in (each for each in ast.walk(node.value) if isinstance(each, ast.Call)):
                dotted = module.names.resolve(call.func) or ""
                if dotted.startswith("keras.") and not dotted.startswith(_STATELESS):
                    return True
                found = definition(call.func.id, module) if isinstance(call.func, ast.Name) else None
                if found is not None and _mentions_layers(*found):
                    return True
    return False


def _mentions_layers(module: Module, node: ast.AST) -> bool:
    calls = (each for each in ast.walk(node) if isinstance(each, ast.Call))
    return any((module.names.resolve(call.func) or "").startswith(_LAYERED) for call in calls)
