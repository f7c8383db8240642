"""The site builds without a warning, offline, and its generated pages say all that the code knows."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from greenfix_codemods.rules import all_rules

from greenfix.reference import pages
from greenfix.reference.schemas import schema_page
from greenfix.settings_model import SettingsModel

ROOT = Path(__file__).parents[2]
PAGES = pages(json.loads((ROOT / "docs" / "scan.schema.json").read_text()))
LOADED = re.compile(r"<(?:script|link|img|iframe)\b[^>]*(?:src|href)=\"?(?:https?:)?//[^>]*>")


def build(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder), *options],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )


def test_the_site_builds_strictly_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    done = build(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    built = [*tmp_path.rglob("*.html")]
    assert {f"{rule.code}.html" for rule in all_rules()} <= {page.name for page in built}
    assert (tmp_path / "evidence.schema.json").is_file()
    for page in built:
        text = page.read_text()
        assert not [tag for tag in LOADED.findall(text) if 'rel="canonical"' not in tag], page.name


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_a_rules_page_holds_its_strategies_and_examples(rule: object) -> None:
    known = next(each for each in all_rules() if each is rule)
    page = PAGES[f"rules/{known.code}.md"]
    assert all(f"| `{strategy.name}` | {strategy.safety} |" in page for strategy in known.strategies)
    assert page.count("```python") >= len(known.examples)
    assert f"[{known.code}]({known.code}.md)" in PAGES["rules/index.md"]


@pytest.mark.parametrize("words", ["## greenfix fix", "`--max-blocks <int range>`", "default: 24", "| 130 |"])
def test_the_page_of_commands_holds_options_defaults_and_exit_codes(words: str) -> None:
    assert words in PAGES["reference/commands.md"]


def test_the_page_of_settings_holds_every_key() -> None:
    assert re.findall(r"(?m)^\| `([a-z-]+)` \|", PAGES["reference/settings.md"]) == [*SettingsModel.names()]


def test_a_schema_is_told_with_its_inner_objects_references_and_bounds() -> None:
    inner = {"type": "object", "properties": {"rule": {"type": "string", "pattern": "^[A-Z]+$"}}, "required": ["rule"]}
    schema = {
        "title": "Things",
        "properties": {
            "things": {"type": "array", "items": inner},
            "same": {"$ref": "#/properties/things/items/properties/rule"},
            "part": {"anyOf": [{"$ref": "#/$defs/Part"}, {"type": "null"}]},
        },
        "required": ["things", "part"],
        "$defs": {"Part": {"properties": {"n": {"type": "integer", "minimum": 1, "description": "How many."}}}},
    }
    page = schema_page(schema, "things.json", "things.md")
    assert "| `things` | list of object |" in page
    assert "## things[]\n\n| field | type |\n| --- | --- |\n| `rule` | string, matches `^[A-Z]+$` |" in page
    assert "| `same` | string, matches `^[A-Z]+$` *(may be absent)* |" in page
    assert "| `part` | [Part](#part) or null |" in page
    assert "| `n` | integer, at least 1 *(may be absent)* | How many. |" in page
