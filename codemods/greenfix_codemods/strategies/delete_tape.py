"""``delete-tape``: ``del tape`` after its last gradient."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from greenfix_codemods.edits import Edits, Insert, Where
from greenfix_codemods.finding import Safety
from greenfix_codemods.semantics.tensors.bindings import flow_of
from greenfix_codemods.semantics.tensors.lifetimes import Alive, Release, release_point
from greenfix_codemods.semantics.tensors.scopes import Binding
from greenfix_codemods.strategy import Strategy

if TYPE_CHECKING:
    from greenfix_codemods.rule import Site


class DeleteTape(Strategy):
    """A persistent tape holds every activation of its forward pass until the last reference to it goes.

    ``del tape`` after the last ``gradient`` call frees them before the rest of the pass runs; TensorFlow's own guide
    recommends it.
    """

    name = "delete-tape"
    safety = Safety.SAFE
    summary = "Deletes the persistent tape right after its last gradient."

    def obstacle(self, site: Site) -> str | None:
        """Any path on which the tape is used again."""
        point = _point(site)
        return point.reason if isinstance(point, Alive) else None

    def edits(self, site: Site) -> Edits:
        """The ``del``."""
        point = _point(site)
        assert isinstance(point, Release)  # noqa: S101  # obstacle() saw it
        return (Insert(point.after, Where.AFTER, f"del {point.name}"),)


def _point(site: Site) -> Release | Alive:
    (name,) = site.finding.names
    parent = site.module.parents[site.place]
    blocks = (getattr(parent, each, None) for each in ("body", "orelse", "finalbody"))
    block: list[ast.stmt] | None = next(
        (each for each in blocks if isinstance(each, list) and any(one is site.place for one in each)), None
    )
    if block is None:
        return Alive(name, "the `with` stands in no block that could hold a `del`")
    flow = site.module.once(flow_of)
    scope = flow.scope(site.place)
    return release_point(site.module, _until_rebound(block, site, flow.bindings(scope).bound[name]), name, scope)


def _until_rebound(block: list[ast.stmt], site: Site, bindings: Sequence[Binding]) -> list[ast.stmt]:
    """The block up to where another tape takes the name: from there on the name means that one."""
    others = {each.statement for each in bindings} - {site.place}
    first = next(number for number, each in enumerate(block) if each is site.place) + 1
    rebound = (number for number in range(first, len(block)) if others.intersection(ast.walk(block[number])))
    return block[: next(rebound, len(block))]
