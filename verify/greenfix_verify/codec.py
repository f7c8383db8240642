"""Frozen values to JSON and back, exactly: the ledger and the evidence file store the same text.

Covers what the values of this package are made of: dataclasses, tuples, string-keyed mappings, string enumerations,
paths, bytes (as base64), optional values, and plain JSON (``Any``). JSON has no NaN and no infinities, but a diverging
loss has: they are written as the strings ``NaN``, ``Infinity`` and ``-Infinity``, and read as numbers wherever the type
says float.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import math
import types
from collections.abc import Mapping
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Value = TypeVar("Value")


class CodecError(ValueError):
    """JSON does not have the shape of the value it should become; the message names the field."""


def encode(value: object) -> Any:
    """Return ``value`` as JSON-ready data."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    return _encode_scalar(value)


def decode(kind: type[Value], data: Any, where: str = "", named: tuple[type[Any], ...] = ()) -> Value:
    """Return the value of type ``kind`` that ``data`` describes.

    ``named`` are types that fields are annotated with but whose modules import them for the type checker only.

    Raises:
        CodecError: a field is missing, unknown, or has another type; ``where`` is the path to it.
    """
    try:
        decoded: Value = _Decoder(named).decode(kind, data, where)
    except (TypeError, ValueError, KeyError) as error:
        if isinstance(error, CodecError):
            raise
        raise CodecError(f"{where or kind.__name__}: {error}") from error
    return decoded


def canonical(value: object) -> str:
    """Return the one JSON text of ``value``: sorted keys, no spaces, ASCII. Equal values have equal text.

    ASCII, because a path that is no UTF-8 holds lone surrogates, which JSON can escape and UTF-8 cannot encode.
    """
    return json.dumps(encode(value), sort_keys=True, separators=(",", ":"), allow_nan=False)


def _encode_scalar(value: object) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


class _Decoder:
    """Decodes with types that have these names besides those of the modules."""

    def __init__(self, named: tuple[type[Any], ...]) -> None:
        self._named = named

    def decode(self, kind: Any, data: Any, where: str) -> Any:
        if kind is Any:
            return data
        origin = get_origin(kind)
        if origin in (Union, types.UnionType):
            inner = next(option for option in get_args(kind) if option is not type(None))
            return None if data is None else self.decode(inner, data, where)
        if origin is tuple:
            return self._tuple(get_args(kind), data, where)
        if origin is not None and issubclass(origin, Mapping):
            inner = get_args(kind)[1]
            return {key: self.decode(inner, item, f"{where}.{key}") for key, item in _expect(dict, data, where).items()}
        if dataclasses.is_dataclass(kind):
            return self._dataclass(kind, data, where)
        return _decode_scalar(kind, data, where)

    def _tuple(self, kinds: tuple[Any, ...], data: Any, where: str) -> tuple[Any, ...]:
        items = _expect(list, data, where)
        if kinds[1:] == (Ellipsis,):
            kinds = (kinds[0],) * len(items)
        if len(kinds) != len(items):
            raise CodecError(f"{where}: expected {len(kinds)} items, found {len(items)}")
        return tuple(
            self.decode(kind, item, f"{where}[{index}]")
            for index, (kind, item) in enumerate(zip(kinds, items, strict=True))
        )

    def _dataclass(self, kind: Any, data: Any, where: str) -> Any:
        hints = _hints(kind, self._named)
        fields = _expect(dict, data, where)
        unknown = fields.keys() - hints.keys()
        if unknown:
            raise CodecError(f"{where or kind.__name__}: unknown field {min(unknown)!r}")
        return kind(
            **{name: self.decode(hints[name], item, f"{where}.{name}".lstrip(".")) for name, item in fields.items()}
        )


def _decode_scalar(kind: Any, data: Any, where: str) -> Any:
    if issubclass(kind, Enum | Path):
        return kind(data)
    if kind is bytes:
        return base64.b64decode(_expect(str, data, where), validate=True)
    if kind is float and isinstance(data, str | int) and not isinstance(data, bool):
        return float(data)
    return _expect(kind, data, where)


def _expect(kind: Any, data: Any, where: str) -> Any:
    if not isinstance(data, kind) or (kind is int and isinstance(data, bool)):
        raise CodecError(f"{where}: expected {kind.__name__}, found {type(data).__name__}")
    return data


@cache
def _hints(kind: Any, named: tuple[type[Any], ...]) -> dict[str, Any]:
    hints = get_type_hints(kind, localns={each.__name__: each for each in named})
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}
