"""What a program builds, traces and keeps, told by file and line. Standard library only, Python 3.8 or newer.

Runs inside the diagnosed program and never while energy is measured. It knows nothing of smells: it is told places and
the names to look at there (``places.json`` in the folder GREENFIX_WITNESS), and writes what it saw into the same
folder, a JSON file a process. Whatever goes wrong here is written down and never raised into the program.
"""

from __future__ import annotations

import atexit
import os
import sys
from typing import TYPE_CHECKING, Any

from . import functions, models
from .follower import Follower, unfollowed
from .notes import Notes
from .pulse import Pulse
from .tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

__all__ = ["WATCHED", "belongs", "loaded", "start", "unfollowed"]

WATCHED = {**models.WATCHED, **functions.WATCHED}

_seat: dict[str, Any] = {}


def start() -> None:
    """Begin to watch this process, and every process that it forks."""
    if "notes" in _seat:
        return
    _begin()
    os.register_at_fork(after_in_child=_begin)
    atexit.register(_end)


def belongs(filename: str) -> bool:
    """Whether a file is the program's own."""
    return _seat["tree"].relative(filename) is not None


def loaded(module: ModuleType) -> None:
    """Wrap what is to be watched in a module that has just been loaded."""
    watch: Callable[[Any, Any, Any], None] | None = WATCHED.get(module.__name__)
    if watch is not None:
        try:
            watch(module, _seat, _seat["notes"].failed)
        except Exception as error:
            _seat["notes"].failed(error)


def _begin() -> None:
    tree, places = Tree.from_environment()
    notes = Notes(os.environ["GREENFIX_WITNESS"])
    follower = Follower(tree, places, notes)
    _seat.update(tree=tree, notes=notes, follower=follower, models=models.Models(tree, notes, follower))
    _seat["pulse"] = Pulse(tree, notes, follower)
    _seat["pulse"].start()
    follower.follow()


def _end() -> None:
    sys.settrace(None)
    try:
        _seat["pulse"].stop()
        _seat["follower"].finish()
    except Exception as error:
        _seat["notes"].failed(error)
    _seat["notes"].write()
