"""A document as Markdown, as GitHub and GitLab show it: folded sections open with a click."""

from __future__ import annotations

import html

from greenfix.report.document import Bullets, Document, Facts, Listing, Paragraph, Part, Plot, Section, Table
from greenfix.report.markdown import block, folded, plain, table
from greenfix.report.prose import prose

LONGEST = 60_000
"""Characters. A GitHub comment takes 65,536, and the line that says what is missing needs room."""


def as_markdown(document: Document) -> str:
    """All sections, as long as they fit into a comment; the last ones give way, and a sentence says so."""
    text = f"## {plain(document.title)}\n"
    for number, section in enumerate(document.sections):
        added = _section(section)
        if len(text) + len(added) > LONGEST:
            left = ", ".join(plain(each.title) for each in document.sections[number:])
            return f"{text}\nToo long for a comment: {left}. `greenfix report --format html` shows all.\n"
        text += added
    return text


def _section(section: Section) -> str:
    body = "\n".join(_part(part) for part in section.parts if not isinstance(part, Plot))
    if section.folded:
        title = html.escape(section.title).replace("@", "&#64;")  # which would tell the person of that name
        return f"\n{folded(title, body)}\n"
    return f"\n### {plain(section.title)}\n\n{body}"


def _part(part: Part) -> str:
    match part:
        case Paragraph(text):
            return f"{prose(text)}\n"
        case Bullets(items):
            return "".join(f"- {prose(item)}\n" for item in items)
        case Facts(rows):
            return table(("", ""), [(plain(name), plain(text)) for name, text in rows]) + "\n"
        case Table(header, rows):
            return table([*map(plain, header)], [[*map(plain, row)] for row in rows]) + "\n"
        case Listing(text, language):
            return block(text, language) + "\n"
        case Plot():
            return ""
