"""Values to JSON and back, and what is refused on the way."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pytest
from greenfix_verify.codec import CodecError, canonical, decode, encode


class Colour(StrEnum):
    GREEN = "green"


@dataclass(frozen=True)
class Value:
    name: str
    number: float
    colour: Colour = Colour.GREEN
    path: Path | None = None
    count: int = 0
    pair: tuple[str, int] = ("a", 1)


def test_not_a_number_and_the_infinities_survive() -> None:
    values = decode(
        tuple[float, ...], json.loads(json.dumps(encode((math.nan, math.inf, -math.inf, 1)), allow_nan=False))
    )
    assert math.isnan(values[0])
    assert values[1:] == (math.inf, -math.inf, 1.0)


def test_equal_values_have_equal_text() -> None:
    assert canonical({"b": 1, "a": (1, 2)}) == canonical({"a": [1, 2], "b": 1}) == '{"a":[1,2],"b":1}'


def test_defaults_fill_what_an_older_file_lacks() -> None:
    assert decode(Value, {"name": "x", "number": 1}) == Value("x", 1.0)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"number": 1.0}, "name"),
        ({"name": 1, "number": 1.0}, "name: expected str, found int"),
        ({"name": "x", "number": "many"}, "many"),
        ({"name": "x", "number": None}, "number: expected float, found NoneType"),
        ({"name": "x", "number": 1.0, "size": 2}, "unknown field 'size'"),
        ({"name": "x", "number": 1.0, "colour": "red"}, "red"),
        ({"name": "x", "number": 1.0, "count": True}, "count: expected int, found bool"),
        ({"name": "x", "number": 1.0, "pair": ["a"]}, "pair: expected 2 items, found 1"),
        ([], "expected dict, found list"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(data: object, message: str) -> None:
    with pytest.raises(CodecError, match=message):
        decode(Value, data)
