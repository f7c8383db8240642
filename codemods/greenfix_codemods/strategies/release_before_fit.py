"""``release-before-fit``: ``del`` a dead array before the long training."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from greenfix_codemods.edits import Edits, Insert, Where
from greenfix_codemods.finding import Safety
from greenfix_codemods.semantics.tensors.arrays import dead_arrays
from greenfix_codemods.semantics.tensors.bindings import flow_of
from greenfix_codemods.semantics.tensors.lifetimes import Alive, Release, release_point
from greenfix_codemods.strategy import Strategy

if TYPE_CHECKING:
    from greenfix_codemods.rule import Site
    from greenfix_codemods.semantics.module import Module


class ReleaseBeforeFit(Strategy):
    """``del raw`` after the last statement that reads it, so that the training runs without it.

    The memory goes when every name of it is gone, so its dead aliases and views are deleted as well.
    """

    name = "release-before-fit"
    safety = Safety.SAFE
    summary = "Deletes the array after its last use, before the training starts."

    def obstacle(self, site: Site) -> str | None:
        """Every reason why one of the names is not dead, or may be unbound."""
        return next((point.reason for point in _points(site) if isinstance(point, Alive)), None)

    def edits(self, site: Site) -> Edits:
        """The ``del`` of each name after its own last use."""
        points = [point for point in _points(site) if isinstance(point, Release)]  # obstacle() saw that all are
        return [Insert(point.after, Where.AFTER, f"del {point.name}") for point in points]


def _points(site: Site) -> list[Release | Alive]:
    return [_point(site, name) for name in site.finding.names]


def _point(site: Site, name: str) -> Release | Alive:
    """In the block of the binding first; when it is read further out, in the block around that.

    The ``del`` stands before the training, where it saves something; after it the name may already mean another array.
    """
    training = _training(site)
    scope = site.module.once(flow_of).scope(site.place)
    found: Release | Alive = Alive(name, f"`{name}` stands in no block that could hold a `del`")
    child: ast.AST = site.place
    for parent in site.module.ancestors(site.place):
        for block in _blocks(parent):
            if any(each is child for each in block):
                found = release_point(site.module, _before(site.module, training, block), name, scope)
                if isinstance(found, Release):
                    return found
        if parent is scope or parent in site.module.ancestors(training):
            return found
        child = parent
    return found


def _training(site: Site) -> ast.AST:
    """The statement through which the arrays of ``site`` live on for nothing."""
    dead = (each for each in site.module.once(dead_arrays) if each.binding.statement is site.place)
    return next(each.training for each in dead if each.names == tuple(site.finding.names))


def _before(module: Module, training: ast.AST, block: list[ast.stmt]) -> list[ast.stmt]:
    """The part of ``block`` that runs before the training."""
    around = {training, *module.ancestors(training)}
    return block[: next((number for number, each in enumerate(block) if each in around), len(block))]


def _blocks(node: ast.AST) -> list[list[ast.stmt]]:
    blocks = (getattr(node, name, None) for name in ("body", "orelse", "finalbody"))
    return [block for block in blocks if isinstance(block, list)]
