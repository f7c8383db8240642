"""A document as one HTML file that needs nothing else: no script, no font, no address is fetched.

A content security policy holds that, whatever stands in the evidence. Colours follow the reader's system.
"""

from __future__ import annotations

from html import escape

from greenfix.report.document import Bullets, Document, Facts, Listing, Paragraph, Part, Plot, Section, Table
from greenfix.report.plot import plot

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2b22; --paper: #fff; --soft: #5c6b62; --line: #d5ddd8; --back: #f3f6f4;
  --original: #8a4b08; --candidate: #0b6e3d; --band: #0b6e3d26 }
@media (prefers-color-scheme: dark) { :root { --ink: #e4ece7; --paper: #121815; --soft: #9aa9a0; --line: #33403a;
  --back: #1b231f; --original: #f0a860; --candidate: #5fd39a; --band: #5fd39a33 } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 62rem;
  margin: 0 auto; padding: 1.5rem 1rem 4rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin: 2.2rem 0 .5rem }
summary { font-size: 1.15rem; font-weight: bold; margin: 1.4rem 0 .5rem; cursor: pointer }
.scroll { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
thead th { color: var(--soft); font-weight: 600 } tbody th { font-weight: normal; color: var(--soft) }
.number { text-align: right; white-space: nowrap }
pre { background: var(--back); padding: .8rem; overflow-x: auto; font-size: .85rem }
svg { width: 100%; height: auto; max-width: 52rem } svg text { fill: var(--soft); font: 12px system-ui, sans-serif }
.axis { stroke: var(--line) } .zero { stroke: var(--soft) } .pair { stroke: var(--soft); stroke-dasharray: 2 3 }
.original { fill: var(--original) } .candidate { fill: var(--candidate) } .band { fill: var(--band) }
.mean { stroke: var(--candidate); stroke-width: 2 } .unused { opacity: .35 }
@media print { details > * { display: block } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def as_html(document: Document) -> str:
    """The whole document; sections that are folded open with a click."""
    title = escape(document.title)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
        f"{''.join(map(_section, document.sections))}</body>\n</html>\n"
    )


def _section(section: Section) -> str:
    title, body = escape(section.title), "".join(map(_part, section.parts))
    if section.folded:
        return f"<details>\n<summary>{title}</summary>\n{body}</details>\n"
    return f"<section>\n<h2>{title}</h2>\n{body}</section>\n"


def _part(part: Part) -> str:
    match part:
        case Paragraph(text):
            return f"<p>{escape(text)}</p>\n"
        case Bullets(items):
            return "<ul>\n" + "".join(f"<li>{escape(item)}</li>\n" for item in items) + "</ul>\n"
        case Facts(rows):
            lines = (f'<tr><th scope="row">{escape(name)}</th><td>{escape(text)}</td></tr>\n' for name, text in rows)
            return f'<div class="scroll"><table><tbody>\n{"".join(lines)}</tbody></table></div>\n'
        case Table():
            return _table(part)
        case Listing(text):
            return f"<pre>{escape(text)}</pre>\n"
        case Plot():
            return f"<figure>{plot(part)}</figure>\n"


def _table(part: Table) -> str:
    head = "".join(
        f'<th scope="col"{_side(number, part)}>{escape(name)}</th>' for number, name in enumerate(part.header)
    )
    rows = (
        "".join(f"<td{_side(number, part)}>{escape(cell)}</td>" for number, cell in enumerate(row)) for row in part.rows
    )
    body = "".join(f"<tr>{row}</tr>\n" for row in rows)
    return f'<div class="scroll"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>\n'


def _side(number: int, part: Table) -> str:
    return "" if number < part.words else ' class="number"'
