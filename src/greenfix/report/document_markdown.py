"""A document as Markdown, as GitHub and GitLab show it: folded sections open with a click."""

from __future__ import annotations

import html

from greenfix.report.document import Bullets, Document, Facts, Listing, Paragraph, Part, Plot, Section, Table
from greenfix.report.markdown import escaped, fenced, prose, table

LONGEST = 60_000
"""Characters. A GitHub comment takes 65,536, and the line that says what is missing needs room."""


def as_markdown(document: Document) -> str:
    """All sections, as long as they fit into a comment; the last ones give way, and a sentence says so."""
    text = f"## {escaped(document.title)}\n"
    for number, section in enumerate(document.sections):
        added = _section(section)
        if len(text) + len(added) > LONGEST:
            left = ", ".join(escaped(each.title) for each in document.sections[number:])
            return f"{text}\nToo long for a comment: {left}. `greenfix report --format html` shows all.\n"
        text += added
    return text


def _section(section: Section) -> str:
    body = "\n".join(_part(part) for part in section.parts if not isinstance(part, Plot))
    if section.folded:
        title = html.escape(section.title).replace("@", "&#64;")  # which would tell the person of that name
        return f"\n<details><summary>{title}</summary>\n\n{body}\n</details>\n"
    return f"\n### {escaped(section.title)}\n\n{body}"


def _part(part: Part) -> str:
    match part:
        case Paragraph(text):
            return f"{prose(text)}\n"
        case Bullets(items):
            return "".join(f"- {prose(item)}\n" for item in items)
        case Facts(rows):
            return table(("", ""), ((escaped(name), escaped(text)) for name, text in rows), words=2)
        case Table(header, rows, words):
            return table(tuple(map(escaped, header)), (tuple(map(escaped, row)) for row in rows), words)
        case Listing(text, language):
            return fenced(text, language)
        case Plot():
            return ""
