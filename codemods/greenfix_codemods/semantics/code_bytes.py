"""What the bytes of a file tell without a parser: its code, and the modules that it imports.

Parsing takes fifty times as long, and the names of a parsed file half of that again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_LONG = rb'"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""' + rb"|'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''"
_SHORT = rb'"[^"\\\n]*(?:\\.[^"\\\n]*)*"' + rb"|'[^'\\\n]*(?:\\.[^'\\\n]*)*'"
TEXT = re.compile(rb"#[^\n]*|" + _LONG + rb"|" + _SHORT, re.DOTALL)
"""Comments and strings, in the order in which they start."""
_COMPUTED = re.compile(rb"\{[^{}]*\([^{}]*")
"""Braces with a call inside: a string may hold code, ``f"{model.fit(x)}"``."""
_GETATTR = re.compile(rb"\bgetattr\b")
"""``getattr(models, "Sequential")``."""
_IMPORT = re.compile(rb"import\b(?<!\wimport)(?:[ \t]|\\\r?\n)*(\([^)]*\)|[^\n;\\]*(?:\\\r?\n[^\n;\\]*)*)")
"""Begins with a plain word: with the boundary before it the search takes six times as long."""
_FROM = re.compile(rb"\bfrom\s*([.\w]+)[\s\\]*$")


def code_of(data: bytes) -> bytes:
    """``data`` without comments and strings, but with the calls that strings hold."""
    code = TEXT.sub(b"", data)
    formatted = b'f"' in data or b"f'" in data or b"F" in data
    return b"\n".join([code, *_COMPUTED.findall(data)]) if formatted else code


def naming(data: bytes, code: bytes) -> bytes:
    """What of ``data`` may name something: its ``code``, or all where ``getattr`` may make a name of a string."""
    return data if b"getattr" in code and _GETATTR.search(code) else code


def imported_by(code: bytes) -> Iterator[str]:
    """The modules that the import statements may mean, as they are written."""
    for match in _IMPORT.finditer(code):
        line = _line_before(code, match.start())
        before = _FROM.search(line) if b"from" in line else None
        module = before.group(1).decode(errors="replace") if before else ""
        names = match.group(1).decode(errors="replace").strip("()").replace("\\", " ")
        if not module:
            names_read = [item.split()[0] for item in names.split(",") if item.strip()]
        else:
            dot = "" if module.endswith(".") else "."
            names_read = [module, *(f"{module}{dot}{item.split()[0]}" for item in names.split(",") if item.strip())]
        yield from names_read


def _line_before(code: bytes, end: int) -> bytes:
    """The line up to ``end``, with the lines that it continues."""
    start = code.rfind(b"\n", 0, end)
    while start > 0 and code[start - 2 : start].rstrip(b"\r").endswith(b"\\"):
        start = code.rfind(b"\n", 0, start)
    return code[max(start, 0) : end]
