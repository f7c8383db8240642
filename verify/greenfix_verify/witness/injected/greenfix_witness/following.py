"""One call of a function that holds places, followed line by line to its end."""

from __future__ import annotations

import inspect
import sys
import time
import weakref
from typing import TYPE_CHECKING, Any

from .place import Place, resolve
from .sizes import living_tensors

if TYPE_CHECKING:
    from .follower import Follower

EVENTS_BETWEEN = (1 << 14) - 1
"""Events between two looks at the clock, as a mask."""
BLOCK_PASSES = frozenset({1, 2, 5})
"""Passes of a block in which all living tensors are counted, at 0.2 s each."""
MOST_DURATIONS = 5_000

_PAUSES = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


class Following:
    """One call of a function that holds places."""

    def __init__(self, follower: Follower, frame: Any, places: list[Place]) -> None:
        self._follower = follower
        self._frame = frame
        self._places = places
        self._first = {place.line for place in places}
        self._open: dict[Place, float] = {}
        self._blocks: dict[Place, tuple[int, int, int, int] | None] = {}
        self._line = 0
        self._pauses = bool(frame.f_code.co_flags & _PAUSES)
        self._arguments = frame.f_code.co_varnames[: frame.f_code.co_argcount]
        if any(place.measured for place in places):
            follower.active.add(self)

    def on_event(self, frame: Any, event: str, arg: Any) -> Any:
        """Be told of every line of the call and of its end."""
        if self._follower.tired:
            self.forget()
            return None
        try:
            if event == "line":
                line = frame.f_lineno
                if line in self._first or self._open:
                    self._step(line)
                self._line = line
                self._follower.events += 1
                if not self._follower.events & EVENTS_BETWEEN:
                    self._follower.weigh_following()
            elif event == "return":
                self._ended()
        except Exception as error:
            self._follower.failed(error)
            self.forget()
            return None
        return self.on_event

    def look(self, *, last: bool = False, at_training: bool = False) -> None:
        """Measure what the names of all places hold now."""
        for place in self._places:
            if place.what == "value" and place.facts["hits"]:
                self._measure(place, last=last, at_training=at_training)

    def _step(self, line: int) -> None:
        for place in list(self._open):
            if not place.line <= line <= place.end_line:
                self._leave(place)
            elif line != place.line:
                self._inside(place)
        for place in self._places:
            if place.line == line and not place.line < self._line <= place.end_line:
                if place in self._open:
                    self._leave(place)
                self._enter(place)

    def _enter(self, place: Place) -> None:
        place.facts["hits"] += 1
        place.facts["function"] = self._frame.f_code.co_name
        if place.measured:
            if place.what == "value":
                self._measure(place, before=1)
            self._open[place] = time.process_time()

    def _leave(self, place: Place) -> None:
        seconds = time.process_time() - self._open.pop(place)
        if len(place.facts["durations"]) < MOST_DURATIONS:
            place.facts["durations"].append(round(seconds, 6))
        before = self._blocks.pop(place, None)
        if before is not None:
            after = self._tensors(place)
            count, size = (
                (after[0] - before[0]) - (after[2] - before[2]),
                (after[1] - before[1]) - (after[3] - before[3]),
            )
            self._follower.keep(place, place.names[0], [place.facts["hits"], max(0, count), max(0, size)])

    def _inside(self, place: Place) -> None:
        """A line of the block: the first one of a pass is where its tensors begin to count."""
        if place.what == "block" and place not in self._blocks:
            wanted = place.facts["hits"] in BLOCK_PASSES
            self._blocks[place] = self._tensors(place) if wanted else None

    def _tensors(self, place: Place) -> tuple[int, int, int, int]:
        named = {name: value for name, value in self._frame.f_locals.items() if name not in place.names}
        return (*living_tensors(), *self._follower.scale.weigh(named))

    def _measure(self, place: Place, *, before: int = 0, last: bool = False, at_training: bool = False) -> None:
        names = self._frame.f_locals
        everywhere = self._frame.f_globals
        for name in place.names:
            root, _, path = name.partition(".")
            owner = names if root in names else everywhere
            if root not in owner:
                continue
            local = owner is names and names is not everywhere and root not in self._arguments
            self._anchor(place, name, root, path, owner, local)
            value = resolve(owner[root], path)
            # What only this call can reach is gone after it: the last chance to measure it.
            final = last and (local or names is everywhere)
            self._follower.note(place, name, value, place.facts["hits"] - before, last=final, at_training=at_training)

    def _anchor(self, place: Place, name: str, root: str, path: str, owner: Any, local: bool) -> None:
        if name in place.anchors:
            return
        if owner is self._frame.f_globals:
            module = sys.modules.get(owner.get("__name__", ""))
            if module is not None:
                place.anchors[name] = (weakref.ref(module), name)
        elif not local and path:
            try:
                place.anchors[name] = (weakref.ref(owner[root]), path)
            except TypeError:  # an object without weak references is looked at while its method runs
                return

    def _ended(self) -> None:
        for place in list(self._open):
            self._leave(place)
        self.look(last=not self._pauses)  # a generator "returns" at every yield
        self.forget()

    def forget(self) -> None:
        """Let go of the frame: it leads back to us, and the cycle would keep the function's values alive."""
        self._follower.active.discard(self)
        self._frame = None
