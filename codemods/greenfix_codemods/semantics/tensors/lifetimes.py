"""Where a name is dead on every path, so that ``del`` may stand there; in doubt an obstacle, in words.

The rule: after the last statement of a block that reads the name, the name must be bound on every path that comes
there, and no read anywhere may still see the binding that is deleted (found by reaching definitions: the next pass,
after the loop, ``else``, ``except``, ``finally``, closures).
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.tensors.bindings import flow_of
from greenfix_codemods.semantics.tensors.obstacles import obstacle, written_elsewhere
from greenfix_codemods.semantics.tensors.paths import JUMPS, always_assigns, always_binds, leaves, shares_line
from greenfix_codemods.semantics.tensors.scopes import Binding

__all__ = ["Alive", "Release", "always_assigns", "leaves", "release_point", "shares_line", "written_elsewhere"]


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
    reason = obstacle(module, scope, name)
    if reason is not None:
        return Alive(name, reason)
    flow = module.once(flow_of)
    loads = flow.bindings(scope).loads.get(name, [])
    inside = [statement for statement in block if any(_within(module, load, statement) for load in loads)]
    stores = [each for each in flow.bindings(scope).bound.get(name, ()) if _in_block(module, each, block)]
    if not stores:
        return Alive(name, f"`{name}` is not bound in this block")
    last = _last(module, block, inside, stores)
    if isinstance(last, JUMPS) or leaves(last):
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
    """The same question inside a compound statement of the block: ``with tape() as name`` binds before its body."""
    if isinstance(statement, ast.With | ast.AsyncWith) and any(
        isinstance(item.optional_vars, ast.Name) and item.optional_vars.id == name for item in statement.items
    ):
        return not any(_within(module, load, item) for item in statement.items)
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
