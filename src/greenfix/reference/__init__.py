"""The reference pages of the documentation site, written from the code: they cannot say anything else.

``docs/hooks.py`` gives them to MkDocs; none of them lies in the repository. A new rule, command, option or setting has
its page or row without anything else being changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RULES = "rules"
"""Folder of the rules' pages, which the navigation lists."""


def pages(scan_schema: Mapping[str, Any]) -> dict[str, str]:
    """Return every page, as Markdown by its path in ``docs/``; ``scan_schema`` is that of the JSON of a scan."""
    from greenfix_verify.evidence_schema import evidence_schema

    from greenfix.reference.commands import commands_page
    from greenfix.reference.rules import rule_pages
    from greenfix.reference.schemas import schema_page, settings_page

    return {
        **{f"{RULES}/{name}": text for name, text in rule_pages().items()},
        "reference/commands.md": commands_page(),
        "reference/settings.md": settings_page(),
        "reference/scan-schema.md": schema_page(scan_schema, "scan.schema.json", "../scan-json.md"),
        "reference/evidence-schema.md": schema_page(evidence_schema(), "evidence.schema.json", "../evidence.md"),
    }
