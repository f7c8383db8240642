"""What a name means, by the file's own imports and never by its spelling.

``import tensorflow as ts``, ``from tensorflow.keras import backend as keras``, ``K = tf.keras.backend``: all
spellings of one API are brought to one canonical dotted name, and a local function, parameter or loop target that
happens to be called ``model`` or ``keras`` hides the import of that name.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

Scope = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef
Function = ast.FunctionDef | ast.AsyncFunctionDef
LOOPS = (ast.For, ast.AsyncFor, ast.While)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

_KERAS_HOMES = (
    "tensorflow.python.keras.api._v2.keras",
    "tensorflow.python.keras.api.keras",
    "tensorflow.compat.v1.keras",
    "tensorflow.compat.v2.keras",
    "tensorflow.python.keras",
    "tensorflow.contrib.keras.python.keras",
    "tensorflow.contrib.keras",
    "tensorflow.keras",
    "keras.src",
    "keras.api._v2.keras",
    "keras.api",
    "tf_keras.src",
    "tf_keras.api",
    "tf_keras",
)


def canonical(dotted: str) -> str:
    """Bring every home of Keras to ``keras.``: ``tensorflow.compat.v1.keras.Model`` is ``keras.Model``."""
    if dotted.startswith("tensorflow.compat.v2.") and not dotted.startswith("tensorflow.compat.v2.keras"):
        dotted = "tensorflow." + dotted.removeprefix("tensorflow.compat.v2.")
    for home in _KERAS_HOMES:
        if dotted == home or dotted.startswith(home + "."):
            return "keras" + dotted[len(home) :]
    return dotted


@dataclass(frozen=True, slots=True)
class Names:
    """The imports of one module and what its scopes bind.

    Attributes:
        imports: local name -> dotted name as written, relative imports with their leading dots.
        stars: modules imported with ``*``, in order.
        bound: for each scope, the names it binds by anything but an import.
        parents: each node's parent.
    """

    imports: Mapping[str, str]
    stars: tuple[str, ...]
    bound: Mapping[ast.AST, frozenset[str]]
    parents: Mapping[ast.AST, ast.AST]
    aliases: Mapping[str, str] = field(default_factory=dict)

    def raw(self, node: ast.expr) -> str | None:
        """The dotted name of ``node`` as imported, not canonical; None when it is a local value or not a name."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        head = self._head(node)
        return None if head is None else ".".join([head, *reversed(parts)])

    def resolve(self, node: ast.expr) -> str | None:
        """The canonical dotted name that ``node`` means, or None when no import says so."""
        dotted = self.raw(node)
        return None if dotted is None else canonical(dotted)

    def _head(self, node: ast.Name) -> str | None:
        for scope in enclosing_scopes(node, self.parents):
            if node.id in self.bound[scope]:
                return self.aliases.get(node.id) if isinstance(scope, ast.Module) else None
        return self.imports.get(node.id)


def enclosing_scopes(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> Iterator[Scope]:
    """The scopes that ``node`` can see, innermost first; class bodies are seen only from directly inside them."""
    current, first = parents.get(node), True
    while current is not None:
        if isinstance(current, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or (
            first and isinstance(current, ast.ClassDef)
        ):
            yield current
            first = False
        current = parents.get(current)


def parents_of(tree: ast.Module) -> dict[ast.AST, ast.AST]:
    """Each node's parent, the tree's root left out."""
    return {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}


def names_of(tree: ast.Module, parents: Mapping[ast.AST, ast.AST]) -> Names:
    """Read the imports and the bindings of a module in one walk."""
    imports: dict[str, str] = {}
    stars: list[str] = []
    bound: dict[ast.AST, set[str]] = {tree: set()}
    aliased: list[tuple[str, ast.expr]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for item in node.names:
                imports[item.asname or item.name.partition(".")[0]] = (
                    item.name if item.asname else item.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            _import_from(node, imports, stars)
        else:
            _bind(node, parents, bound)
            if isinstance(node, ast.Assign) and isinstance(parents.get(node), ast.Module):
                aliased += [(target.id, node.value) for target in node.targets if isinstance(target, ast.Name)]
    names = Names(imports, tuple(stars), {scope: frozenset(found) for scope, found in bound.items()}, parents)
    return _with_aliases(names, aliased)


def _import_from(node: ast.ImportFrom, imports: dict[str, str], stars: list[str]) -> None:
    module = "." * node.level + (node.module or "")
    for item in node.names:
        if item.name == "*":
            stars.append(module)
        else:
            imports[item.asname or item.name] = (
                f"{module}{item.name}" if module.endswith(".") else f"{module}.{item.name}"
            )


def _bind(node: ast.AST, parents: Mapping[ast.AST, ast.AST], bound: dict[ast.AST, set[str]]) -> None:
    name: str | None = None
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
        name = node.id
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        name = node.name
    elif isinstance(node, ast.arg):
        name = node.arg
    elif isinstance(node, ast.ExceptHandler):
        name = node.name
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
        bound.setdefault(node, set())
    if name is None:
        return
    # A parameter belongs to its function; its parent chain is arguments -> function.
    scope = next(enclosing_scopes(node, parents))
    bound.setdefault(scope, set()).add(name)


def _with_aliases(names: Names, aliased: list[tuple[str, ast.expr]]) -> Names:
    """``K = tf.keras.backend`` at module level makes ``K`` mean it, when that is the name's only binding."""
    aliases: dict[str, str] = {}
    counts: dict[str, int] = {}
    for name, _ in aliased:
        counts[name] = counts.get(name, 0) + 1
    for name, value in aliased:
        if counts[name] == 1 and (dotted := names.raw(value)) is not None and name not in names.imports:
            aliases[name] = dotted
    return Names(names.imports, names.stars, names.bound, names.parents, aliases)
