"""Follows the functions that hold a place, line by line, and looks at the names there.

``sys.settrace`` costs some 0.4 us for every call of the process and every line of a followed function. To stay below
twice the program's time, nobody follows while a library is imported or a ``tf.function`` runs or is traced, functions
without a place are left at their call, values are measured within a share of the time, and when calls or lines come too
thick (a simulation in plain Python, a loop over single numbers beside the place) following ends, with a word in the
notes.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .following import EVENTS_BETWEEN, Following
from .notes import Notes
from .place import MISSING, Place, places_of, resolve
from .sizes import Scale
from .tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator

MEASURING_SHARE = 0.05
"""Of the program's CPU time, for measuring what names hold."""
FIRST_SECONDS = 0.2
"""CPU seconds that measuring may take in any case."""
TRIAL_CALLS = 4_000
TRIALS = 5
"""Rounds of ``TRIAL_CALLS`` plain calls, told and not, that say how many plain calls one told call costs: 8 to 12."""
PACE_CALLS = 1_000
"""Plain calls that say how fast the machine is just now: seconds per call double when its other cores get to work."""
FREE_SECONDS = 0.5
FOLLOWING_SHARE = 0.4
"""Of the program's own time, for following; ``FREE_SECONDS`` beyond it in any case."""
MOST_SAMPLES = 128


class Follower:
    """Decides which frames are followed, and keeps what was seen at each place."""

    def __init__(self, tree: Tree, asked: list[dict[str, Any]], notes: Notes) -> None:
        self._tree = tree
        self._notes = notes
        self.failed = notes.failed
        self.scale = Scale(self._own)
        self.spent = 0.0
        self.events = 0
        self.following_seconds = 0.0
        self._event_calls = 0.0
        self._weighed = 0
        self.tired = False
        self.active: set[Following] = set()
        self._places = [Place(each) for each in asked]
        self._files: dict[str, Any] = {}
        self._kinds: dict[type, bool] = {}
        notes.facts["places"] = {place.id: place.facts for place in self._places}

    def follow(self) -> None:
        """Be told of every call from here on, in every thread; find out first what being told costs."""
        self._event_calls = sorted(self._trial() for _ in range(TRIALS))[TRIALS // 2]
        self.events = 0
        threading.settrace(self.on_call)
        sys.settrace(self.on_call)

    def _trial(self) -> float:
        alone = _seconds_of(TRIAL_CALLS)
        sys.settrace(self.on_call)
        told = _seconds_of(TRIAL_CALLS)
        sys.settrace(None)
        return told / alone - 1.0

    def on_call(self, frame: Any, event: str, arg: Any) -> Any:
        """Be told of every call of a Python function; return who follows its lines, or None."""
        self.events += 1
        known = self._files.get(frame.f_code.co_filename, MISSING)
        if known is None and self.events & EVENTS_BETWEEN:
            return None
        try:
            if not self.events & EVENTS_BETWEEN:
                self.weigh_following()
            return None if self.tired else self._followed(frame)
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
        if value is MISSING:
            return
        length = len(value) if isinstance(value, (list, dict, set, tuple, deque)) else 1
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
        told, self._weighed = self.events - self._weighed, self.events
        self.following_seconds += told * self._event_calls * _seconds_of(PACE_CALLS) / PACE_CALLS
        others = time.process_time() - self.following_seconds
        if self.tired or self.following_seconds < FREE_SECONDS + FOLLOWING_SHARE * others:
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

    def _followed(self, frame: Any) -> Any:
        code = frame.f_code
        if code.co_filename not in self._files:
            self._files[code.co_filename] = self._places_in(code.co_filename)
        known = self._files[code.co_filename]
        if known is None:
            return None
        places = known["codes"].get((code.co_firstlineno, code.co_name))
        if places is None:
            places = known["codes"][code.co_firstlineno, code.co_name] = places_of(code, known["places"])
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


def _seconds_of(calls: int) -> float:
    """CPU seconds of this thread for calls of a function without a place."""
    began = time.thread_time()
    for _ in range(calls):
        _nothing()
    return time.thread_time() - began


def _nothing() -> None:
    pass


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
