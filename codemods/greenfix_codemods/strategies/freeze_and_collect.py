"""``freeze-and-collect``: ``del``, and collections that ``gc.freeze()`` made cheap."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from greenfix_codemods.edits import Edits, Insert, Where
from greenfix_codemods.finding import Safety
from greenfix_codemods.semantics.models.handles import gc_at
from greenfix_codemods.semantics.tensors.lifetimes import leaves, shares_line
from greenfix_codemods.semantics.tensors.loops import Loop, loops_of
from greenfix_codemods.strategies.imports import gc_obstacle, spelled
from greenfix_codemods.strategies.release import ReleaseKept
from greenfix_codemods.strategies.release_and_collect import block_of
from greenfix_codemods.strategy import Strategy

if TYPE_CHECKING:
    from greenfix_codemods.rule import Site


class FreezeAndCollect(Strategy):
    """The release, ``gc.freeze()`` before the outermost loop, and ``gc.collect()`` last in each pass of the outermost.

    A collection looks at every tracked object; after importing TensorFlow these are 300,000 that never go away (0.2 s
    of CPU). Frozen they are no longer looked at: a collection then costs next to nothing, even in every step. It
    stands in the outermost loop: once an epoch where there are epochs, once a step where there are only steps.

    It is stopped by what stops the release; by another meaning of ``gc``; by ``continue``, which would skip the
    collection, or an end of the pass that leaves the loop; and by a loop with no line of its own.
    """

    name = "freeze-and-collect"
    safety = Safety.SAFE
    summary = (
        "Releases as `release` does, calls gc.freeze() before the loops and collects in each pass of the outermost."
    )

    def obstacle(self, site: Site) -> str | None:
        """See the class."""
        stopped = ReleaseKept().obstacle(site) or gc_obstacle(site.module, site.place)
        if stopped is not None:
            return stopped
        loop = _outermost(site)
        if shares_line(site.module, loop, block_of(loop, site.module)) or loop.body[0].lineno == loop.lineno:
            return "the loop has no lines of its own"
        if shares_line(site.module, loop.body[-1], loop.body):
            return f"line {loop.body[-1].lineno} holds more than one statement"
        if _skips(loop) or leaves(loop.body[-1]):
            return "the end of the pass, where the collection would stand, may be skipped"
        return None

    def edits(self, site: Site) -> Edits:
        """The release, both calls, and ``import gc`` if the file lacks it."""
        loop = _outermost(site)
        gc = gc_at(site.module, loop)
        return (
            *ReleaseKept().edits(site),
            Insert(loop, Where.BEFORE, f"{gc.call}.freeze()"),
            Insert(loop, Where.LAST, f"{gc.call}.collect()"),
            *spelled(gc, site.module),
        )


def _outermost(site: Site) -> Loop:
    """The outermost loop of the function around the keep; the release was stopped where there is none."""
    return site.module.once(loops_of).around(site.place)[-1]


def _skips(loop: Loop) -> bool:
    """Whether a ``continue`` of this loop, not of one further in, skips the end of its pass."""
    waiting: list[ast.AST] = [*loop.body]
    for node in waiting:  # grows while it is read
        if isinstance(node, ast.Continue):
            return True
        if isinstance(node, ast.For | ast.AsyncFor | ast.While):
            waiting += node.orelse
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inner = (ast.stmt, ast.ExceptHandler, ast.match_case)
            waiting += [child for child in ast.iter_child_nodes(node) if isinstance(child, inner)]
    return False
