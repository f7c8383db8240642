"""``release`` for attributes: ``del self.x`` at the end of its use in the method that made it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from greenfix_codemods.edits import Edits, Insert, Where
from greenfix_codemods.finding import Safety
from greenfix_codemods.semantics.tensors.lifetimes import always_assigns, leaves, shares_line, written_elsewhere
from greenfix_codemods.strategy import Strategy

if TYPE_CHECKING:
    from greenfix_codemods.rule import Site


class ReleaseAttribute(Strategy):
    """``del self.grads`` right after the last statement of the method that reads it.

    The next call assigns it again before it reads it.
    """

    name = "release"
    safety = Safety.SAFE
    summary = "Deletes the attribute after its last use in the method."

    def obstacle(self, site: Site) -> str | None:
        """Readers in other files, a path on which it is not assigned, a statement that leaves the method."""
        found = _place(site)
        return found if isinstance(found, str) else None

    def edits(self, site: Site) -> Edits:
        """The ``del``."""
        found = _place(site)
        assert not isinstance(found, str)  # noqa: S101  # obstacle() saw it
        return (Insert(found, Where.AFTER, f"del {ast.unparse(site.target)}"),)


def _place(site: Site) -> ast.stmt | str:  # noqa: PLR0911 - the conditions that stop it
    module, target = site.module, site.target
    function = module.enclosing_function(site.place)
    if not isinstance(target, ast.Attribute) or function is None:
        return "a module global may be read by name from anywhere"
    owner = module.enclosing_class(site.place)
    reader = written_elsewhere(module, target.attr, owner.name if owner is not None else "")
    if reader is not None:
        return f"{reader} names `{target.attr}` too"
    text = ast.unparse(target)
    uses = [each for each in ast.walk(function) if isinstance(each, ast.Attribute) and ast.unparse(each) == text]
    if any(isinstance(each.ctx, ast.Del) for each in uses):
        return f"`{text}` is already deleted"
    stores = [each for each in uses if isinstance(each.ctx, ast.Store)]
    if len(stores) > 1:
        return f"`{text}` is assigned in {len(stores)} places"
    inner = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    if any(
        isinstance(each, inner) and each is not function
        for use in uses
        for each in module.ancestors(use)
        if each in set(ast.walk(function))
    ):
        return f"`{text}` is used by a function inside"
    block = function.body
    touching = [each for each in block if any(node in uses for node in ast.walk(each))]
    last = touching[-1]
    if leaves(last):
        return f"`{text}` is still used by the statement that leaves the method in line {last.lineno}"
    assigning = next(each for each in block if any(node is stores[0] for node in ast.walk(each)))
    if not always_assigns(module, assigning, site.place):
        return f"`{text}` is assigned only on some paths"
    if touching[0] is not assigning or min(each.lineno for each in uses) < stores[0].lineno:
        return f"`{text}` is read before it is assigned"
    if any(
        isinstance(each, ast.Return)
        for part in block[block.index(assigning) : block.index(last)]
        for each in ast.walk(part)
    ):
        return f"the method may return before the last use of `{text}`"
    return f"line {last.lineno} holds more than one statement" if shares_line(module, last, block) else last
