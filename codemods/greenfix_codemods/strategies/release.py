"""``release``: ``del`` what a pass made, as soon as it is dead."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from greenfix_codemods.edits import Edits, Insert, Where
from greenfix_codemods.finding import Safety
from greenfix_codemods.semantics.tensors.bindings import flow_of
from greenfix_codemods.semantics.tensors.inference import inference_of
from greenfix_codemods.semantics.tensors.kinds import Size
from greenfix_codemods.semantics.tensors.lifetimes import Alive, Release, release_point
from greenfix_codemods.semantics.tensors.loops import loops_of
from greenfix_codemods.strategies.store_numpy import StoreNumpy
from greenfix_codemods.strategies.store_scalar import StoreScalar
from greenfix_codemods.strategy import Strategy

if TYPE_CHECKING:
    from greenfix_codemods.rule import Site


class ReleaseKept(Strategy):
    """Store numbers, then ``del`` the large tensors of the pass right after their last use.

    A ``del`` alone frees nothing while a container holds the same object, so the container gets the number first. The
    ``del`` then frees activations before the next step allocates its own, instead of during it.
    """

    name = "release"
    safety = Safety.SAFE
    summary = "Stores numbers and deletes the pass's large tensors as soon as they are dead."

    def obstacle(self, site: Site) -> str | None:
        """What stops the conversion, and every reason why a name is not dead."""
        stored = _converter(site).obstacle(site)
        if stored is not None:
            return f"a `del` frees nothing while the container holds the tensor, and {stored}"
        points = _points(site)
        return points if isinstance(points, str) else None

    def edits(self, site: Site) -> Edits:
        """The conversion, and one ``del`` for each place where names die."""
        points = _points(site)
        assert not isinstance(points, str)  # noqa: S101  # obstacle() saw them
        by_place: dict[ast.stmt, list[str]] = {}
        for point in points:
            by_place.setdefault(point.after, []).append(point.name)
        deletions = (Insert(place, Where.AFTER, f"del {', '.join(names)}") for place, names in by_place.items())
        return *_converter(site).edits(site), *deletions


def _converter(site: Site) -> StoreScalar | StoreNumpy:
    return StoreScalar() if StoreScalar().obstacle(site) is None else StoreNumpy()


def _points(site: Site) -> list[Release] | str:
    """Where each large name of the kept value may be deleted, or why none may."""
    around = site.module.once(loops_of).around(site.place)
    if not around:
        return "the statement stands in no loop of this function, so its names end with the function"
    inference = site.module.once(inference_of)
    names = {
        node.id: None
        for node in ast.walk(site.target)
        if isinstance(node, ast.Name)
        and any(tensor.size not in (Size.SCALAR, Size.SMALL) for tensor in inference.of(node).tensors)
    }
    if not names:
        return "only a number is kept, and storing it as one is enough"
    scope = site.module.once(flow_of).scope(site.place)
    points = [release_point(site.module, around[0].body, name, scope) for name in names]
    found = [point for point in points if isinstance(point, Release)]
    alive = [point.reason for point in points if isinstance(point, Alive)]
    return found or "; ".join(alive)
