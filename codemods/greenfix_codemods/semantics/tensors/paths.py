"""What happens on every path through a statement: what it binds, whether anything runs after it."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.names import LOOPS

JUMPS = (ast.Return, ast.Raise, ast.Break, ast.Continue)
_NEVER_SUPPRESSES = ("tensorflow.", "keras.", "open")


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
    return any(always_binds(module, each, name) or isinstance(each, JUMPS) for each in block)


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


def leaves(statement: ast.stmt) -> bool:
    """Whether nothing after ``statement`` runs in its block."""
    if isinstance(statement, JUMPS):
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
