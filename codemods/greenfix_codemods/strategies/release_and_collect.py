"""``release-and-collect``: ``del``, and one ``gc.collect()`` an epoch."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from greenfix_codemods.edits import Edits, Insert, Where
from greenfix_codemods.finding import Safety
from greenfix_codemods.semantics.models.handles import gc_at
from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.tensors.lifetimes import shares_line
from greenfix_codemods.semantics.tensors.loops import Loop, loops_of
from greenfix_codemods.strategies.imports import gc_obstacle, spelled
from greenfix_codemods.strategies.release import ReleaseKept
from greenfix_codemods.strategy import Strategy

if TYPE_CHECKING:
    from greenfix_codemods.rule import Site


class ReleaseAndCollect(Strategy):
    """The release, and a collection after the step loop: once an epoch.

    One ``gc.collect()`` in a process that imported TensorFlow walks some 300,000 objects (about 0.2 s of CPU). In
    every step it costs more than the leak, so it never stands in the step loop.
    """

    name = "release-and-collect"
    safety = Safety.SAFE
    summary = "Releases as `release` does and collects garbage once after the step loop."

    def obstacle(self, site: Site) -> str | None:
        """What stops the release, no place for the collection, or another meaning of ``gc``."""
        stopped = ReleaseKept().obstacle(site) or gc_obstacle(site.module, site.place)
        if stopped is not None:
            return stopped
        loop = step_loop(site)
        if loop is None:
            return "the function may run once in each step, and a collection in each step costs more than the leak"
        if shares_line(site.module, loop, block_of(loop, site.module)):
            return "there is no line after the step loop where the collection could stand"
        return None

    def edits(self, site: Site) -> Edits:
        """The release, the collection under the step loop, and ``import gc`` if the file lacks it."""
        loop = step_loop(site)
        assert loop is not None  # noqa: S101  # obstacle() saw it
        gc = gc_at(site.module, loop)
        return *ReleaseKept().edits(site), Insert(loop, Where.AFTER, f"{gc.call}.collect()"), *spelled(gc, site.module)


def step_loop(site: Site) -> Loop | None:
    """The loop whose passes are the steps: the outermost over data, else the innermost that takes training steps.

    None when the loops around the keep are neither and their function is itself called in a loop.
    """
    loops = site.module.once(loops_of)
    around = loops.around(site.place)
    over_data = [loop for loop in around if loops.over_data(loop)]
    if over_data:
        return over_data[-1]
    function = site.module.enclosing_function(site.place)
    called = function is not None and loops.called_in_loop(function)
    return next((loop for loop in around if loops.trains(loop)), None if called else around[-1])


def block_of(statement: ast.stmt, module: Module) -> list[ast.stmt]:
    """The statements among which ``statement`` stands."""
    parent = module.parents[statement]
    blocks = (getattr(parent, name, None) for name in ("body", "orelse", "finalbody"))
    return next(block for block in blocks if isinstance(block, list) and any(each is statement for each in block))
