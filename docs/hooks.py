"""What MkDocs calls: the reference pages come from the code while the site is built."""

from __future__ import annotations

import json
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from greenfix.reference import RULES, pages


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List the page of every rule under "Rules" in the navigation."""
    rules = next(entry["Rules"] for entry in config.nav or () if "Rules" in entry)
    own = sorted(path for path in _pages(config) if path.startswith(f"{RULES}/") and path not in rules)
    rules.extend({Path(path).stem: path} for path in own)
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages."""
    for path, text in _pages(config).items():
        files.append(File.generated(config, path, content=text))
    return files


def _pages(config: MkDocsConfig) -> dict[str, str]:
    return pages(json.loads(Path(config.docs_dir, "scan.schema.json").read_text(encoding="utf-8")))
