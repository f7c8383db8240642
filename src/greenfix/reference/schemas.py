"""JSON schemas as tables that a person can read: settings, the JSON of a scan, the evidence file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from greenfix.reference.rules import table

Schema = Mapping[str, Any]

_NOT_FINITE = ["NaN", "Infinity", "-Infinity"]
_BOUNDS = {"minimum": "at least {}", "maximum": "at most {}", "pattern": "matches `{}`"}


def settings_page() -> str:
    """Return the page of all settings, from the model that checks them."""
    from greenfix.settings_model import SettingsModel  # pydantic costs 60 ms

    properties = SettingsModel.model_json_schema(by_alias=True)["properties"]
    rows = [
        (f"`{key}`", _kind(each, {}), f"`{json.dumps(each['default'])}`", each["description"])
        for key, each in properties.items()
    ]
    return f"""# Settings

Keys of `[tool.greenfix]` in `pyproject.toml`, or of `greenfix.toml`. [Configuration](../configuration.md) explains them
with examples: where they are looked for, globs, suppressions, the baseline. An unknown key is an error.

{table(("key", "type", "default", "meaning"), rows)}
"""


def schema_page(schema: Schema, file: str, explained: str) -> str:
    """Return the page of ``schema``; the raw ``file`` lies beside the pages, and ``explained`` is the page in words."""
    title = schema["title"]
    head = (
        f"[{file}](../{file}){{ download }} is the schema itself (JSON Schema 2020-12), and [this page]({explained}) "
        'says what the fields mean. A number that is not finite is written as the string `"NaN"`, `"Infinity"` or '
        '`"-Infinity"`.'
    )
    sections = list(_sections("The object", schema, schema))
    for name, each in schema.get("$defs", {}).items():
        sections += _sections(name, each, schema)
    return "\n\n".join([f"# Schema: {title[0].lower() + title[1:]}", head, *sections]) + "\n"


def _sections(name: str, schema: Schema, root: Schema) -> Iterator[str]:
    """The table of one object, then those of the objects that are written out inside it."""
    required = schema.get("required", ())
    rows = [
        (f"`{key}`", _kind(each, root) + ("" if key in required else " *(may be absent)*"), each.get("description", ""))
        for key, each in schema["properties"].items()
    ]
    yield f"## {name}"
    if "description" in schema:
        yield schema["description"]
    spoken = any(meaning for *_, meaning in rows)
    columns = 3 if spoken else 2
    yield table(("field", "type", "meaning")[:columns], [row[:columns] for row in rows])
    for key, each in schema["properties"].items():
        inner, path = (each["items"], f"{key}[]") if each.get("type") == "array" else (each, key)
        if "properties" in inner:
            yield from _sections(path if schema is root else f"{name}.{path}", inner, root)


def _kind(schema: Schema, root: Schema) -> str:
    """The type of a value in words."""
    bounds = [words.format(schema[name]) for name, words in _BOUNDS.items() if name in schema]
    return ", ".join([_plain(schema, root), *bounds])


def _plain(schema: Schema, root: Schema) -> str:
    if "$ref" in schema:
        return _referred(schema["$ref"], root)
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        return " or ".join(f"`{json.dumps(value)}`" for value in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(_kind(each, root) for each in schema["anyOf"] if each.get("enum") != _NOT_FINITE)
    return _typed(schema, root)


def _typed(schema: Schema, root: Schema) -> str:
    kind = schema.get("type", "any value")
    if kind == "array":
        return f"list of {_kind(schema['items'], root)}"
    if kind == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        return f"object, by name: {_kind(schema['additionalProperties'], root)}"
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def _referred(pointer: str, root: Schema) -> str:
    *_, parent, name = pointer.split("/")
    if parent == "$defs":
        return f"[{name}](#{name.lower()})"
    found: Any = root
    for part in pointer.removeprefix("#/").split("/"):
        found = found[part]
    return _kind(found, root)
