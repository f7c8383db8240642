"""Follows the functions that hold a place, line by line, and looks at the names there.

``sys.settrace`` costs some 0.4 us for every call of the process and every line of a followed function. To stay below
twice the program's time, nobody follows while a library is imported or a ``tf.function`` runs or is traced, functions
without a place are left at their call, values are measured within a share of the time, and when calls or lines come too
thick (a simulation in plain Python, a loop over single numbers beside the place) following ends, with a word in the
notes.

What a place asks for:

``reached``  how often its first line ran
``call``     how often the function that starts there was called
``value``    also what its names hold, each time and when the function ends
``block``    also the tensors that came to life in the block and that no name of the function leads to
"""

from __future__ import annotations

import dis
import sys
import threading
import time
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .notes import Notes
from .sizes import Scale, living_tensors
from .tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator

MEASURING_SHARE = 0.05
"""Of the program's CPU time, for measuring what names hold."""
FIRST_SECONDS = 0.2
"""CPU seconds that measuring may take in any case."""
EVENT_SECONDS = 4.5e-7
"""CPU seconds that one call or line costs: fib(31) took 2.0 s followed and 0.2 s alone, for 4.4 million calls."""
FREE_SECONDS = 0.5
FOLLOWING_SHARE = 0.4
"""Of the program's own time, for following; ``FREE_SECONDS`` beyond it in any case."""
EVENTS_BETWEEN = (1 << 14) - 1
"""Events between two looks at the clock, as a mask."""
MOST_SAMPLES = 128
BLOCK_PASSES = frozenset({1, 2, 3, 5, 9})
"""Passes of a block in which all living tensors are counted, 0.2 s each."""
MOST_DURATIONS = 5_000

_MISSING = object()


class Place:
    """A place as it was asked for, and what is known of it."""

    def __init__(self, asked: dict[str, Any]) -> None:
        self.id: str = asked["id"]
        self.path: str = asked["path"]
        self.what: str = asked["what"]
        self.line: int = asked["line"]
        self.end_line: int = asked["end_line"]
        self.function: str = asked["function"]
        self.names: list[str] = asked["names"]
        self.facts: dict[str, Any] = {"hits": 0, "function": "", "names": {}, "durations": []}
        self.sizes: dict[str, int] = {}
        self.anchors: dict[str, Any] = {}

    @property
    def measured(self) -> bool:
        """Whether its names are looked at."""
        return self.what in ("value", "block")


class Follower:
    """Decides which frames are followed, and keeps what was seen at each place."""

    def __init__(self, tree: Tree, asked: list[dict[str, Any]], notes: Notes) -> None:
        self._tree = tree
        self._notes = notes
        self.failed = notes.failed
        self.scale = Scale(self._own)
        self.spent = 0.0
        self.events = 0
        self.tired = False
        self.active: set[Following] = set()
        self._places = [Place(each) for each in asked]
        self._files: dict[str, Any] = {}
        self._kinds: dict[type, bool] = {}
        notes.facts["places"] = {place.id: place.facts for place in self._places}

    def on_call(self, frame: Any, event: str, arg: Any) -> Any:
        """Be told of every call of a Python function; return who follows its lines, or None."""
        self.events += 1
        if not self.events & EVENTS_BETWEEN:
            self.weigh_following()
        code = frame.f_code
        known = self._files.get(code.co_filename, _MISSING)
        if known is None:
            return None
        try:
            if known is _MISSING:
                known = self._files[code.co_filename] = self._places_in(code.co_filename)
                if known is None:
                    return None
            places = known["codes"].get((code.co_firstlineno, code.co_name))
            if places is None:
                places = known["codes"][code.co_firstlineno, code.co_name] = _places_of(code, known["places"])
            return self._followed(frame, places) if places else None
        except Exception as error:
            self.failed(error)
            return None

    def training(self) -> None:
        """A training begins: note what the followed functions hold right now."""
        for following in list(self.active):
            following.look(at_training=True)

    def finish(self) -> None:
        """Look a last time at what is reachable at the end of the process."""
        for place in self._places:
            for name, anchor in place.anchors.items():
                owner = anchor[0]()
                if owner is not None:
                    self.note(place, name, resolve(owner, anchor[1]), place.facts["hits"], last=True)

    def note(
        self, place: Place, name: str, value: Any, passes: int, *, last: bool = False, at_training: bool = False
    ) -> None:
        """Measure what a name holds, unless that would take too long, and keep it."""
        if value is _MISSING:
            return
        length = len(value) if hasattr(value, "__len__") and isinstance(value, (list, dict, set, tuple)) else 1
        if not (last or at_training) and not self._affordable(length, place.sizes.get(name, 0)):
            return
        began = time.process_time()
        place.sizes[name] = length
        count, size = self.scale.weigh(value)
        self.spent += time.process_time() - began
        self.keep(place, name, [passes, count, size], at_training=at_training, last=last)

    def keep(
        self, place: Place, name: str, sample: list[int], *, at_training: bool = False, last: bool = False
    ) -> None:
        """Keep a sample: pass, count, bytes."""
        facts = place.facts["names"].setdefault(name, {"samples": [], "peak": sample, "training": None, "last": None})
        if sample[2] >= facts["peak"][2]:
            facts["peak"] = sample
        if at_training and (facts["training"] is None or sample[2] > facts["training"][2]):
            facts["training"] = sample
        if last:
            facts["last"] = sample
        if not facts["samples"] or facts["samples"][-1] != sample:
            facts["samples"].append(sample)
        if len(facts["samples"]) > MOST_SAMPLES:
            del facts["samples"][1::2]

    def weigh_following(self) -> None:
        """End following for good when it costs too much: look a last time, and let go of every frame."""
        cost = self.events * EVENT_SECONDS
        if self.tired or cost < FREE_SECONDS + FOLLOWING_SHARE * (time.process_time() - cost):
            return
        self.tired = True
        self._notes.facts["unfollowed"] = (
            f"after {self.events:,} calls and lines the program was no longer followed, to stay below twice its time: "
            "counts of passes and sizes end there"
        )
        for following in list(self.active):
            following.look(last=True)
            following.forget()
        threading.settrace(None)
        sys.settrace(None)

    def _followed(self, frame: Any, places: list[Place]) -> Any:
        if self.tired:
            return None
        for place in places:
            if place.what == "call":
                place.facts["hits"] += 1
        stepping = [place for place in places if place.what != "call"]
        return Following(self, frame, stepping).on_event if stepping else None

    def _places_in(self, filename: str) -> dict[str, Any] | None:
        path = self._tree.relative(filename)
        places = [place for place in self._places if place.path == path]
        return {"places": places, "codes": {}} if path is not None and places else None

    def _affordable(self, length: int, before: int) -> bool:
        return self.spent < FIRST_SECONDS + MEASURING_SHARE * time.process_time() or length > 1.5 * before + 8

    def _own(self, kind: type) -> bool:
        if kind not in self._kinds:
            ours = self._tree.module(sys.modules.get(kind.__module__)) is not None
            self._kinds[kind] = ours and not hasattr(kind, "get_weights")  # a model is no container of tensors
        return self._kinds[kind]


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
        self.look(last=True)
        self.forget()

    def forget(self) -> None:
        """Let go of the frame: it leads back to us, and the cycle would keep the function's values alive."""
        self._follower.active.discard(self)
        self._frame = None


def resolve(value: Any, path: str) -> Any:
    """Return what a dotted path leads to; nothing of the program's is run but attribute access."""
    for name in path.split(".") if path else ():
        try:
            value = getattr(value, name)
        except Exception:  # a property may raise anything
            return _MISSING
    return value


def _places_of(code: Any, places: list[Place]) -> list[Place]:
    """Return the places that the lines of ``code`` itself hold, and calls of it that were asked for."""
    lines = {line for _, line in dis.findlinestarts(code) if line is not None}
    found = []
    for place in places:
        if place.what == "call":
            called = place.function == code.co_name and code.co_firstlineno <= place.line <= max(lines)
            if called and not any(line < place.line for line in lines - {code.co_firstlineno}):
                found.append(place)
        elif place.line in lines:
            found.append(place)
    return found


@contextmanager
def unfollowed() -> Iterator[None]:
    """Let nobody be told of the calls in here: they are a library's."""
    tracer = sys.gettrace()
    if not isinstance(getattr(tracer, "__self__", None), Follower):
        yield  # nobody follows, or somebody else does (a debugger)
        return
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracer)
