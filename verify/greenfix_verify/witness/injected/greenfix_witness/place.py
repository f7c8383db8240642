"""A place of the program as it was asked for, and what is known of it.

What it may ask for:

``reached``  how often its first line ran
``call``     how often the function that starts there was called
``value``    also what its names hold, each time and when the function ends
``block``    also the tensors that came to life in the block and that no name of the function leads to
"""

from __future__ import annotations

import dis
from typing import Any

MISSING = object()


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


def resolve(value: Any, path: str) -> Any:
    """Return what a dotted path leads to; nothing of the program's is run but attribute access."""
    for name in path.split(".") if path else ():
        try:
            value = getattr(value, name)
        except Exception:  # a property may raise anything
            return MISSING
    return value


def places_of(code: Any, places: list[Place]) -> list[Place]:
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
