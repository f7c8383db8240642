"""What stops a ``del`` of a name wherever it would stand: closures, reflection, other files that read it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import suppress

from greenfix_codemods.errors import SourceError
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import Function
from greenfix_codemods.semantics.tensors.bindings import flow_of
from greenfix_codemods.semantics.tensors.scopes import How

_REFLECTION = frozenset({"locals", "exec", "eval", "vars", "globals", "dir"})
MAXIMUM_NEIGHBOURS = 3000
"""Files of the project that are searched for imports of a module-level name before it counts as unknown."""
_TOO_MANY = "one of more files than were searched"


def obstacle(module: Module, scope: ast.Module | Function, name: str) -> str | None:  # noqa: C901, PLR0911 - the conditions that stop a del
    """What holds a name as a whole, wherever the ``del`` would stand."""
    flow = module.once(flow_of)
    bindings = flow.bindings(scope)
    if name in bindings.shared or name in bindings.nested_shared:
        return f"`{name}` is declared global or nonlocal"
    if bindings.captured.get(name):
        return f"`{name}` is read by a function or class inside (line {bindings.captured[name][0].lineno})"
    for binding in bindings.bound.get(name, ()):
        if isinstance(binding.statement, ast.Delete):
            return f"`{name}` is already deleted in line {binding.statement.lineno}"
        if binding.how is How.OTHER:
            return f"`{name}` is also an import, a function or a class"
    for load in bindings.loads.get(name, ()):
        if _in_generator(module, load):
            return f"`{name}` is read by a generator expression that may run later (line {load.lineno})"
    if _reflects(module, scope):
        return "the code looks up names at run time (`locals()`, `exec` and the like)"
    if isinstance(scope, ast.Module):
        reader = imported_elsewhere(module, name)
        if reader is not None:
            return f"`{name}` is a name of the module, and {reader} may read it"
    return None


def _reflects(module: Module, scope: ast.AST) -> bool:
    flow = module.once(flow_of)
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in _REFLECTION
        and flow.owner(node.func) is None
        for node in ast.walk(scope)
    )


def _in_generator(module: Module, load: ast.AST) -> bool:
    """Whether a generator expression reads the name later than it is written (all but its first iterable)."""
    for around in module.ancestors(load):
        if isinstance(around, ast.stmt):
            return False
        if isinstance(around, ast.GeneratorExp):
            first = around.generators[0].iter
            consumer = module.parents.get(around)
            at_once = isinstance(consumer, ast.Call) and _consumes(consumer)
            inside_first = any(node is load for node in ast.walk(first))
            if not inside_first and not at_once:
                return True
    return False


def _consumes(call: ast.Call) -> bool:
    names = {"sum", "min", "max", "any", "all", "list", "tuple", "set", "dict", "sorted", "join"}
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    return name in names


def imported_elsewhere(module: Module, name: str) -> str | None:
    """Another file of the project that imports this module and writes ``name``; also when there are too many files."""
    stem = module.path.rpartition("/")[2].removesuffix(".py").encode()
    if len(module.project.programs) > MAXIMUM_NEIGHBOURS:
        return _TOO_MANY
    for path, data in _others(module):
        if stem in data and name.encode() in data and b"import" in data:
            other = module.project.load(path)
            if other is None or _imports(other, stem.decode(), name):
                return path
    return None


def _others(module: Module) -> Iterator[tuple[str, bytes]]:
    """The path and the bytes of each other file of the project."""
    for path in module.project.programs:
        if path != module.path:
            with suppress(SourceError):  # its own scan reports it
                yield path, module.project.read(path)


def _imports(other: Module, stem: str, name: str) -> bool:
    for dotted in other.names.imports.values():
        parts = dotted.split(".")
        if parts[-1] == name and stem in parts[:-1]:
            return True
        if parts[-1] == stem:
            reads = (node for node in ast.walk(other.tree) if isinstance(node, ast.Attribute))
            if any(node.attr == name for node in reads):
                return True
    return any(star.rpartition(".")[2] == stem for star in other.names.stars)


def written_elsewhere(module: Module, name: str, owner: str) -> str | None:
    """Another file of the project that may read the attribute ``name`` of a class called ``owner``.

    It writes ``x.name``, or ``self.name`` beside the name of the class, or there are too many files to search.
    """
    attribute = re.compile(rb"(\w+|[\])])\s*\.\s*" + name.encode() + rb"\b")
    if len(module.project.programs) > MAXIMUM_NEIGHBOURS:
        return _TOO_MANY
    for path, data in _others(module):
        receivers = {found.group(1) for found in attribute.finditer(data)} if name.encode() in data else set()
        if receivers - {b"self"} or (receivers and owner.encode() in data):
            return path
    return None
