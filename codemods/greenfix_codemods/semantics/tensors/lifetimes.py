"""Where a name is dead on every path, so that ``del`` may stand there; in doubt an obstacle, in words.

The rule: after the last statement of a block that reads the name, the name must be bound on every path that comes
there, and no read anywhere may still see the binding that is deleted (found by reaching definitions: the next pass,
after the loop, ``else``, ``except``, ``finally``, closures).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import LOOPS, Function
from greenfix_codemods.semantics.tensors.bindings import Binding, How, flow_of

_REFLECTION = frozenset({"locals", "exec", "eval", "vars", "globals", "dir"})
_JUMPS = (ast.Return, ast.Raise, ast.Break, ast.Continue)
_NEVER_SUPPRESSES = ("tensorflow.", "keras.", "open")
MAXIMUM_NEIGHBOURS = 3000
"""Files of the project that are searched for imports of a module-level name before it counts as unknown."""


@dataclass(frozen=True, slots=True)
class Release:
    """``del name`` may stand right after ``after``, which stands in ``block``."""

    name: str
    after: ast.stmt


@dataclass(frozen=True, slots=True)
class Alive:
    """The name must not be deleted, and why."""

    name: str
    reason: str


def release_point(module: Module, block: Sequence[ast.stmt], name: str, scope: ast.AST) -> Release | Alive:  # noqa: PLR0911 - one case each
    """Where ``name`` may be deleted in ``block`` (the body of a loop, of a function, of the module).

    Args:
        module: the file.
        block: the statements among which the ``del`` shall stand.
        name: a local name of ``scope``.
        scope: the function or module that ``block`` belongs to.
    """
    if isinstance(scope, ast.Lambda) or not isinstance(scope, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef):
        return Alive(name, f"`{name}` is not a variable of a function or of the module")
    reason = _held(module, scope, name)
    if reason is not None:
        return Alive(name, reason)
    flow = module.once(flow_of)
    loads = flow.bindings(scope).loads.get(name, [])
    inside = [statement for statement in block if any(_within(module, load, statement) for load in loads)]
    stores = [each for each in flow.bindings(scope).bound.get(name, ()) if _in_block(module, each, block)]
    if not stores:
        return Alive(name, f"`{name}` is not bound in this block")
    last = _last(module, block, inside, stores)
    if isinstance(last, _JUMPS) or leaves(last):
        return Alive(name, f"`{name}` is still used by the statement that leaves the block in line {last.lineno}")
    before = block[: _index(block, last) + 1]
    if not any(always_binds(module, statement, name) for statement in before) and not _is_target(module, block, name):
        return Alive(name, f"`{name}` may be unbound after line {last.end_lineno}: it is bound only on some paths")
    for load in loads:
        if set(flow.reaching(load)) & set(stores) and not _served(module, load, block, name):
            return Alive(name, f"`{name}` is read again in line {load.lineno}")
    if (line := _read_by_handler(module, block, loads)) is not None:
        return Alive(name, f"`{name}` is read in line {line} when an exception comes")
    if shares_line(module, last, block):
        return Alive(name, f"line {last.lineno} holds more than one statement")
    return Release(name, last)


def _held(module: Module, scope: ast.Module | Function, name: str) -> str | None:  # noqa: C901, PLR0911 - the conditions that stop a del
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
    below = load
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
        below = around
    return below is None


def _consumes(call: ast.Call) -> bool:
    names = {"sum", "min", "max", "any", "all", "list", "tuple", "set", "dict", "sorted", "join"}
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    return name in names


def imported_elsewhere(module: Module, name: str) -> str | None:
    """Another file of the project that imports this module and writes ``name``; also when there are too many files."""
    stem = module.path.rpartition("/")[2].removesuffix(".py").encode()
    count = 0
    for file in module.project.root.rglob("*.py"):
        count += 1
        if count > MAXIMUM_NEIGHBOURS:
            return "one of more files than were searched"
        relative = file.relative_to(module.project.root).as_posix()
        if relative == module.path or not file.is_file():
            continue
        data = file.read_bytes()
        if stem in data and name.encode() in data and b"import" in data:
            other = module.project.load(relative)
            if other is None or _imports(other, stem.decode(), name):
                return relative
    return None


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


def _last(
    module: Module, block: Sequence[ast.stmt], reading: Sequence[ast.stmt], stores: Sequence[Binding]
) -> ast.stmt:
    binding = [each for each in block if any(_within(module, store.statement, each) for store in stores)]
    candidates = [*reading, *binding] or list(block[:1])
    return max(candidates, key=lambda statement: _index(block, statement))


def _index(block: Sequence[ast.stmt], statement: ast.stmt) -> int:
    return next(position for position, each in enumerate(block) if each is statement)


def _within(module: Module, node: ast.AST, statement: ast.AST) -> bool:
    return node is statement or any(around is statement for around in module.ancestors(node))


def _in_block(module: Module, binding: Binding, block: Sequence[ast.stmt]) -> bool:
    if any(_within(module, binding.statement, statement) for statement in block):
        return True
    return isinstance(binding.statement, ast.For | ast.AsyncFor) and binding.statement.body is block


def _is_target(module: Module, block: Sequence[ast.stmt], name: str) -> bool:
    """Whether ``name`` is the target of the loop whose body ``block`` is: bound at the start of each pass."""
    loop = module.parents.get(block[0])
    if not isinstance(loop, ast.For | ast.AsyncFor) or loop.body is not block:
        return False
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(loop.target))


def _served(module: Module, load: ast.Name, block: Sequence[ast.stmt], name: str) -> bool:
    """Whether ``load`` stands in ``block`` after a statement that always binds: it never sees a deleted name."""
    for position, statement in enumerate(block):
        if _within(module, load, statement):
            earlier = block[:position]
            bound = any(always_binds(module, each, name) for each in earlier) or _is_target(module, block, name)
            return bound or _bound_inside(module, statement, load, name)
    return False


def _bound_inside(module: Module, statement: ast.stmt, load: ast.Name, name: str) -> bool:
    """The same question inside a compound statement of the block."""
    for block in _inner_blocks(statement):
        if any(_within(module, load, each) for each in block):
            return _served(module, load, block, name)
    return False


def _inner_blocks(statement: ast.stmt) -> list[list[ast.stmt]]:
    found = [getattr(statement, each, None) for each in ("body", "orelse", "finalbody")]
    handlers = (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ()))
    return [*(block for block in found if block), *(handler.body for handler in handlers)]


def _read_by_handler(module: Module, block: Sequence[ast.stmt], loads: Sequence[ast.Name]) -> int | None:
    """A read in ``except``, ``else`` or ``finally`` of a ``try`` around the block."""
    for around in module.ancestors(block[0]):
        if isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            return None
        if isinstance(around, ast.Try):
            outside = [*around.handlers, *around.orelse, *around.finalbody]
            for load in loads:
                if any(_within(module, load, each) for each in outside):
                    return load.lineno
    return None


def always_binds(module: Module, statement: ast.stmt, name: str) -> bool:  # noqa: PLR0911 - one case for each kind of statement
    """Whether ``name`` is bound on every path through ``statement`` that goes on after it."""
    match statement:
        case ast.Assign():
            return any(_names(target, name) for target in statement.targets)
        case ast.AnnAssign(target=target, value=value):
            return value is not None and _names(target, name)
        case ast.AugAssign(target=target):
            return _names(target, name)
        case ast.If(body=body, orelse=orelse):
            return _block_binds(module, body, name) and _block_binds(module, orelse, name)
        case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
            if any(item.optional_vars is not None and _names(item.optional_vars, name) for item in items):
                return True
            return all(_lets_through(module, item) for item in items) and _block_binds(module, body, name)
        case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
            if _block_binds(module, final, name):
                return True
            tried = _block_binds(module, body, name) or _block_binds(module, orelse, name)
            return tried and all(_block_binds(module, handler.body, name) for handler in handlers)
        case _:
            return False


def _block_binds(module: Module, block: Sequence[ast.stmt], name: str) -> bool:
    return any(always_binds(module, each, name) or isinstance(each, _JUMPS) for each in block)


def _lets_through(module: Module, item: ast.withitem) -> bool:
    """Whether a context manager is known to let exceptions through; one that swallows them may skip a binding."""
    call = item.context_expr
    if not isinstance(call, ast.Call):
        return False
    dotted = module.names.resolve(call.func) or (call.func.id if isinstance(call.func, ast.Name) else "")
    return dotted.startswith(_NEVER_SUPPRESSES)


def _names(target: ast.expr, name: str) -> bool:
    if isinstance(target, ast.Name):
        return target.id == name
    if isinstance(target, ast.Tuple | ast.List):
        return any(_names(each, name) for each in target.elts)
    return isinstance(target, ast.Starred) and _names(target.value, name)


def always_assigns(module: Module, statement: ast.stmt, assignment: ast.AST) -> bool:
    """Whether ``assignment``, which stands in ``statement``, runs whenever ``statement`` ends normally."""
    node: ast.AST = assignment
    while node is not statement:
        parent = module.parents[node]
        if not isinstance(parent, ast.With) or not all(_lets_through(module, item) for item in parent.items):
            return False
        node = parent
    return True


def written_elsewhere(module: Module, name: str, owner: str) -> str | None:
    """Another file of the project that may read the attribute ``name`` of a class called ``owner``.

    It writes ``x.name``, or ``self.name`` beside the name of the class, or there are too many files to search.
    """
    attribute = re.compile(rb"(\w+|[\])])\s*\.\s*" + name.encode() + rb"\b")
    for count, file in enumerate(module.project.root.rglob("*.py"), 1):
        if count > MAXIMUM_NEIGHBOURS:
            return "one of more files than were searched"
        relative = file.relative_to(module.project.root).as_posix()
        if relative == module.path or not file.is_file():
            continue
        data = file.read_bytes()
        receivers = {found.group(1) for found in attribute.finditer(data)} if name.encode() in data else set()
        if receivers - {b"self"} or (receivers and owner.encode() in data):
            return relative
    return None


def leaves(statement: ast.stmt) -> bool:
    """Whether nothing after ``statement`` runs in its block."""
    if isinstance(statement, _JUMPS):
        return True
    if isinstance(statement, ast.If):
        return bool(statement.orelse) and leaves(statement.body[-1]) and leaves(statement.orelse[-1])
    return isinstance(statement, ast.With) and leaves(statement.body[-1])


def shares_line(module: Module, statement: ast.stmt, block: Sequence[ast.stmt]) -> bool:
    """Whether another statement, or the header of the block, stands on a line of ``statement``."""
    parent = module.parents.get(statement)
    if not isinstance(parent, ast.Module) and getattr(parent, "lineno", 0) == statement.lineno:
        return True
    if isinstance(parent, (*LOOPS, ast.If, ast.With, ast.Try)) and _header_end(parent, block) == statement.lineno:
        return True
    ends = {each.end_lineno for each in block if each is not statement}
    starts = {each.lineno for each in block if each is not statement}
    return statement.lineno in ends or statement.end_lineno in starts


def _header_end(parent: ast.AST, block: Sequence[ast.stmt]) -> int:
    """The last line of a compound statement's header, as far as its expressions tell."""
    ends = [
        node.end_lineno or 0
        for child in ast.iter_child_nodes(parent)
        if not any(child is each for each in block) and not isinstance(child, ast.stmt | ast.ExceptHandler)
        for node in ast.walk(child)
        if isinstance(node, ast.expr)
    ]
    return max(ends, default=0)
