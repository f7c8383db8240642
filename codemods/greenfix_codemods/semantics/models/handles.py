"""How this file spells ``clear_session``: with the Keras it already imports, in the way it already imports it."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import canonical

_BACKENDS = ("keras.backend", "keras.backend.tensorflow_backend", "keras.utils")


def gc_at(module: Module, place: ast.AST) -> Spelling:
    """The spelling of the module ``gc`` at ``place``."""
    for name, dotted in _visible_imports(module, place).items():
        if dotted == "gc":
            return Spelling(name)
    return Spelling("gc", "import gc")


_HOMES = (
    "tensorflow.compat.v1.keras",
    "tensorflow.compat.v2.keras",
    "tensorflow.python.keras",
    "tensorflow.keras",
    "tf_keras",
    "keras",
    "tensorflow",
)


@dataclass(frozen=True, slots=True)
class Spelling:
    """``call`` is the function as the file calls it; ``import_line`` must be added first unless it is empty.

    ``after`` is the top-level statement that the import follows; None puts it after docstring and ``__future__``.
    """

    call: str
    import_line: str = ""
    after: ast.stmt | None = None


def clear_session_at(module: Module, place: ast.AST, flavour: str) -> Spelling:
    """The spelling for ``place``. ``flavour`` is the home of Keras that builds the model (``tensorflow.keras``)."""
    visible = _visible_imports(module, place)
    same = {name: dotted for name, dotted in visible.items() if flavour_of(dotted) in (flavour, "tensorflow")}
    for name, dotted in same.items():
        if canonical(dotted) in {f"{home}.clear_session" for home in _BACKENDS}:
            return Spelling(name)
    for name, dotted in same.items():
        if canonical(dotted) == "keras.backend":
            return Spelling(f"{name}.clear_session")
    for whole in (True, False):
        for name, dotted in same.items():
            if (canonical(dotted) == "keras" if whole else flavour_of(dotted) == "tensorflow") and (
                call := _through(name, dotted, flavour)
            ) is not None:
                return Spelling(call)
    return _imported(module, place, flavour)


def flavour_of(dotted: str) -> str:
    """The home of Keras (or ``tensorflow``) that the import of ``dotted`` uses; empty for anything else."""
    for home in _HOMES[:-2]:
        if dotted == home or dotted.startswith(f"{home}."):
            return home
    if dotted in ("tensorflow", "tensorflow.compat.v1", "tensorflow.compat.v2"):
        return "tensorflow"
    return "keras" if dotted == "keras" or dotted.startswith("keras.") else ""


def _through(name: str, dotted: str, flavour: str) -> str | None:
    if flavour_of(dotted) == flavour:
        return f"{name}.backend.clear_session"
    if dotted == "tensorflow" and flavour.startswith("tensorflow."):
        return f"{name}.{flavour.removeprefix('tensorflow.')}.backend.clear_session"
    if dotted.startswith("tensorflow.compat.") and flavour in (f"{dotted}.keras", "tensorflow.keras"):
        return f"{name}.keras.backend.clear_session"
    return None


def _imported(module: Module, place: ast.AST, flavour: str) -> Spelling:
    taken = set(module.names.imports).union(*module.names.bound.values())
    alias = next(name for name in ("K", "keras_backend", "_keras_backend") if name not in taken)
    line = f"from {flavour} import backend as {alias}"
    return Spelling(f"{alias}.clear_session", line, _neighbour(module, place, flavour))


def _neighbour(module: Module, place: ast.AST, flavour: str) -> ast.stmt | None:
    """The first top-level import of the same Keras above ``place``, else of any Keras, else the last of the imports."""
    above = [node for node in module.tree.body if node.lineno < place.lineno]  # type: ignore[attr-defined]  # places have lines
    imports = [node for node in above if isinstance(node, ast.Import | ast.ImportFrom)]
    for wanted in ({flavour}, set(_HOMES)):
        for node in imports:
            if any(flavour_of(dotted) in wanted for dotted in _modules(node)):
                return node
    last: ast.stmt | None = None
    for statement in above:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            last = statement
        elif last is not None:
            break
    return last


def _modules(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [] if node.level else [f"{node.module}.{item.name}" for item in node.names]
    return [item.name for item in node.names]


def _visible_imports(module: Module, place: ast.AST) -> dict[str, str]:
    """What module-level imports above ``place`` (and aliases of them) bind, as far as no scope around hides it."""
    found: dict[str, str] = {}
    function = module.enclosing_function(place)
    for node in module.tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom) and (function or node.lineno < place.lineno):  # type: ignore[attr-defined]  # places have lines
            found |= _bound_by(node)
    for name, dotted in module.names.aliases.items():
        found.setdefault(name, dotted)
    hidden: set[str] = set()
    for around in (place, *module.ancestors(place)):
        if not isinstance(around, ast.ClassDef):
            hidden |= module.names.bound.get(around, frozenset())
    return {name: dotted for name, dotted in found.items() if name not in hidden or name in module.names.aliases}


def _bound_by(node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    if isinstance(node, ast.Import):
        return {
            item.asname or item.name.partition(".")[0]: item.name if item.asname else item.name.partition(".")[0]
            for item in node.names
        }
    if node.level:
        return {}
    return {item.asname or item.name: f"{node.module}.{item.name}" for item in node.names}
