"""Where the values of a JSON text lie in it, so that one can be replaced and the rest stays as it was written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")
Place = tuple[int, int]
"""Start and end (exclusive) of a value."""


def members(text: str, start: int) -> dict[str, Place]:
    """The values of the object that starts at or after ``start``, by key.

    Raises:
        ValueError: there is no object.
    """
    found: dict[str, Place] = {}
    for at in _items(text, start, "{"):
        key, end = _DECODER.raw_decode(text, at)
        colon = _after_space(text, end)
        value = _after_space(text, colon + 1)
        found[key] = (value, _DECODER.raw_decode(text, value)[1])
    return found


def elements(text: str, start: int) -> list[Place]:
    """The elements of the array that starts at or after ``start``.

    Raises:
        ValueError: there is no array.
    """
    return [(at, _DECODER.raw_decode(text, at)[1]) for at in _items(text, start, "[")]


def _items(text: str, start: int, opening: str) -> Iterator[int]:
    """Where each item (a key, an element) of a container starts. The text has been parsed before: it is valid."""
    at = _after_space(text, start)
    if text[at : at + 1] != opening:
        raise ValueError(f"expected {opening} at character {at}")
    closing = {"{": "}", "[": "]"}[opening]
    at = _after_space(text, at + 1)
    while text[at] != closing:
        yield at
        at = _after_item(text, at, keyed=opening == "{")


def _after_item(text: str, at: int, *, keyed: bool) -> int:
    end = _after_space(text, _DECODER.raw_decode(text, at)[1])
    if keyed:
        end = _after_space(text, _DECODER.raw_decode(text, _after_space(text, end + 1))[1])
    return _after_space(text, end + 1) if text[end] == "," else end


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
