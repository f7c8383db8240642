"""``release-and-collect``: ``del``, and one ``gc.collect()`` an epoch."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from greenfix_codemods.finding import Safety
from greenfix_codemods.semantics.tensors.lifetimes import shares_line
from greenfix_codemods.strategies.imports import add_import, import_obstacle
from greenfix_codemods.strategies.release import ReleaseKept, innermost_loop, rewrite_with
from greenfix_codemods.strategy import Strategy

if TYPE_CHECKING:
    import libcst

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
        stopped = ReleaseKept().obstacle(site) or import_obstacle(site.module, "gc")
        if stopped is not None:
            return stopped
        loop = innermost_loop(site)
        if loop is None or shares_line(site.module, loop, _block_of(site, loop)):
            return "there is no line after the step loop where the collection could stand"
        return None

    def rewrite(self, tree: libcst.Module, site: Site) -> libcst.Module:
        """Insert after the step loop, then import ``gc`` (last: it moves lines)."""
        loop = innermost_loop(site)
        extra: list[tuple[ast.stmt, str]] = [(loop, "gc.collect()")] if loop is not None else []
        return add_import(rewrite_with(tree, site, extra), "gc")


def _block_of(site: Site, loop: ast.stmt) -> list[ast.stmt]:
    parent = site.module.parents[loop]
    blocks = (getattr(parent, name, None) for name in ("body", "orelse", "finalbody"))
    return next(block for block in blocks if isinstance(block, list) and any(each is loop for each in block))
