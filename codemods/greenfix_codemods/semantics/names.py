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
    "keras.api._tf_keras.keras",
    "keras._tf_keras.keras",
    "keras.api",
    "tf_keras.src",
    "tf_keras.api",
    "tf_keras",
)


def canonical(dotted: str) -> str:
    """Bring every home of Keras to ``keras.``: ``tensorflow.compat.v1.keras.Model`` is ``keras.Model``."""
    if dotted.startswith("tensorflow.compat.v2.") and not dotted.startswith("tensorflow.compat.v2.keras"):
        dotted = "tensorflow." + dotted.removeprefix("tensorflow.compat.v2.")
    for home in _KERAS_HOMES if "keras" in dotted else ():
        if dotted == home or dotted.startswith(home + "."):
            return "keras" + dotted[len(home) :]
    return dotted


_INSIDE = ("tensorflow.python.", "tensorflow.core.")


def is_inside(dotted: str) -> bool:
    """Whether ``dotted`` lies inside TensorFlow, where nothing has a name that a rule knows (Keras aside).

    TensorFlow's own 1,500 files import each other only so; what its users import has other names.
    """
    return dotted.startswith(_INSIDE) and canonical(dotted).startswith(_INSIDE)


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


def last_name(node: ast.expr) -> str:
    """``imread`` of ``cv2.imread``."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def enclosing_scopes(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> Iterator[Scope]:
    """The scopes that ``node`` can see, innermost first; class bodies are seen only from directly inside them."""
    current, first = parents.get(node), True
    while current is not None:
        kind = current.__class__
        if kind in _SEEN_FROM_BELOW or (first and kind is ast.ClassDef):
            yield current  # type: ignore[misc]  # its class was asked
            first = False
        current = parents.get(current)


def read_names(tree: ast.Module) -> Names:
    """Read parents, imports and bindings of a module in one walk, breadth first.

    Written out without ``ast.walk`` and with few calls: this and the parsing are half of a large scan. The ``ctx`` of a
    name is no part of the walk: it is one object for the whole file.
    """
    imports: dict[str, str] = {}
    stars: list[str] = []
    bound: dict[ast.AST, set[str]] = {tree: set()}
    parents: dict[ast.AST, ast.AST] = {}
    waiting: list[tuple[ast.AST, set[str]]] = [(tree, bound[tree])]
    for node, names in waiting:  # grows while it is read
        kind = node.__class__
        if kind in _LEAVES:
            if isinstance(node, ast.Name) and node.ctx.__class__ is not ast.Load:
                names.add(node.id)
            continue
        inner = names
        if kind in _BINDING:
            _bind(node, names, imports, stars)
            inner = bound.setdefault(node, set()) if kind in _SCOPES else names
        for field_name in _FIELDS[kind]:
            value = getattr(node, field_name, None)
            if value.__class__ is list:
                for item in value:
                    if isinstance(item, ast.AST):
                        parents[item] = node
                        waiting.append((item, inner))
            elif isinstance(value, ast.AST):
                parents[value] = node
                waiting.append((value, inner))
    found = Names(imports, tuple(stars), {scope: frozenset(own) for scope, own in bound.items()}, parents)
    return _with_aliases(found, tree)


class _Fields(dict[type[ast.AST], tuple[str, ...]]):
    """The fields of each kind of node that may hold nodes: a third hold a text, a number or the context of a name."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        self[kind] = tuple(name for name in kind._fields if name not in _PLAIN)
        return self[kind]


def children(node: ast.AST) -> Iterator[ast.AST]:
    """What ``ast.iter_child_nodes`` gives, without the contexts, in two thirds of the time."""
    for name in _FIELDS[node.__class__]:
        value = getattr(node, name, None)
        if value.__class__ is list:
            for item in value:
                if isinstance(item, ast.AST):
                    yield item
        elif isinstance(value, ast.AST):
            yield value


_FIELDS = _Fields()
_PLAIN = frozenset({"ctx", "id", "attr", "type_comment", "kind", "level", "asname", "module", "is_async"})
_LEAVES = frozenset({ast.Name, ast.Constant})
_SCOPES = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef})
_SEEN_FROM_BELOW = _SCOPES - {ast.ClassDef} | {ast.Module}
_BINDING = _SCOPES | {ast.Import, ast.ImportFrom, ast.ExceptHandler, ast.arg}


def _bind(node: ast.AST, names: set[str], imports: dict[str, str], stars: list[str]) -> None:
    """Note what ``node`` itself binds in the scope around it; a parameter belongs to its function."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        _import(node, imports, stars)
    elif isinstance(node, ast.arg):
        names.add(node.arg)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.ExceptHandler) and node.name:
        names.add(node.name)


def _import(node: ast.Import | ast.ImportFrom, imports: dict[str, str], stars: list[str]) -> None:
    if isinstance(node, ast.Import):
        for item in node.names:
            first = item.name.partition(".")[0]
            imports[item.asname or first] = item.name if item.asname else first
        return
    module = "." * node.level + (node.module or "")
    for item in node.names:
        if item.name == "*":
            stars.append(module)
        else:
            imports[item.asname or item.name] = (
                f"{module}{item.name}" if module.endswith(".") else f"{module}.{item.name}"
            )


def imports_of(node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    """What one import statement binds: local name -> dotted name as written."""
    imports: dict[str, str] = {}
    _import(node, imports, [])
    return imports


def _with_aliases(names: Names, tree: ast.Module) -> Names:
    """``K = tf.keras.backend`` at module level makes ``K`` mean it, when that is the name's only binding."""
    aliased = [
        (target.id, node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]
    aliases: dict[str, str] = {}
    counts: dict[str, int] = {}
    for name, _ in aliased:
        counts[name] = counts.get(name, 0) + 1
    for name, value in aliased:
        if counts[name] == 1 and (dotted := names.raw(value)) is not None and name not in names.imports:
            aliases[name] = dotted
    return Names(names.imports, names.stars, names.bound, names.parents, aliases)
