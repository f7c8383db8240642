"""How long a container lives that a caller made and handed over: its life there, and the loops on the way."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from greenfix_codemods.semantics.module import Module
from greenfix_codemods.semantics.tensors.classes import classes_of
from greenfix_codemods.semantics.tensors.handed_over import Place, Way, held_by
from greenfix_codemods.semantics.tensors.life import Life, Lifetime
from greenfix_codemods.semantics.tensors.loops import Loop
from greenfix_codemods.semantics.tensors.object_lists import made_by

if TYPE_CHECKING:
    from greenfix_codemods.semantics.tensors.container_life import ContainerLife

_NESTED = 2
"""Loops in one function, as of epochs and batches, through which even a list of one call grows."""


def life_through(ways: Sequence[Way], start: Place, lives: Callable[[Module], ContainerLife]) -> Lifetime:
    """The longest of the lives that the container filled at ``start`` has, on each way on which it comes there."""
    found = [_life([start, *way], lives) for way in ways]
    return next((each for each in found if each.life is Life.RUN), found[0] if found else Lifetime(Life.CALL))


def _life(places: Sequence[Place], lives: Callable[[Module], ContainerLife]) -> Lifetime:
    made, inner = places[-1], places[:-1]
    if not _plain(made, lives(made.module)):
        return Lifetime(Life.CALL)
    if any(_emptied(place, lives(place.module)) for place in inner):
        return Lifetime(Life.PASS)
    there = lives(made.module).lifetime(made.keep)
    if there.life is Life.RUN:
        return replace(there, caller=made.module)
    loops = [(place, loop) for place in inner for loop in _long(place, lives(place.module))]
    least = 1 if there.life is Life.CALL else _NESTED
    if there.life is Life.BOUNDED or len(loops) < least:
        return there
    place, outermost = loops[-1]
    counts = lives(place.module).loops.counts(outermost)
    return Lifetime(Life.RUN, outermost, certain=counts, caller=place.module if place is not inner[0] else None)


def _long(place: Place, life: ContainerLife) -> Iterator[Loop]:
    """The long loops around a place, if they train: the tensors of a short evaluation end with it."""
    around = life.loops.around(place.keep.statement)
    if around and life.loops.trains(around[-1]) and life.grows_in(place.keep, around):
        yield from (loop for loop in around if life.long(loop, place.keep))


def _emptied(place: Place, life: ContainerLife) -> bool:
    function = place.module.enclosing_function(place.keep.statement)
    return function is not None and life.emptying.emptied(function, place.keep.name, place.keep)


def _plain(place: Place, life: ContainerLife) -> bool:
    """Whether what is handed over is a list or a dict for all that is known: written out, or made by its name."""
    root = place.keep.root
    if isinstance(root, ast.Attribute) and held_by(place.keep) is not None:
        return True  # an object's list: its class was looked at
    if isinstance(root, ast.Attribute):
        owner = place.module.enclosing_class(place.keep.statement)
        writes = place.module.once(classes_of).writes(owner).get(root.attr, []) if owner is not None else []
        return bool(writes) and all(made_by(value, steps) for value, steps in writes)
    made = [each for each in life.flow.reaching(root) if not life.extends(each, root.id)]
    return bool(made) and all(made_by(each.value, each.steps) for each in made)
