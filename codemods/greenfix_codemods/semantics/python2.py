"""Python 2 as Python 3 can parse it, line by line: much public training code was written before 2019.

Only what Python 3 does not parse is changed, and every line keeps its number: what is found can be told, but not
rewritten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from greenfix_codemods.semantics.code_bytes import TEXT

Edit = tuple[int, int, bytes]
"""What stands from one offset up to another, and what shall stand there."""

_OLD = re.compile(rb"\b(?:print|exec|raise|except)\b|`|<>|\b0[0-7]|[0-9a-fA-F][lL]\b")
"""A file with none of these is not Python 2, whatever else is wrong with it."""
_STATEMENT = re.compile(rb"(?:^[ \t]*|[:;][ \t]*)(print|exec|raise)\b(?=[ \t]*[^\s=.()\[,;:>])", re.MULTILINE)
_HANDLER = re.compile(rb"\bexcept\b[^\n:]{0,300}?(,)[ \t]*[A-Za-z_]\w*[ \t]*:")
_SPELLINGS = (
    (re.compile(rb"(?<![\w.])(?<![eE][+-])0(?=[0-7]+[lL]?\b)"), b"0o"),
    (re.compile(rb"(?<![\w.])(?:0[xX][0-9a-fA-F]+|[0-9]+)([lL])\b"), b""),
    (re.compile(rb"<>"), b"!="),
    (re.compile(rb"\b[uU](?=[rR]_)"), b""),
)
"""What else is spelled otherwise: the whole match, or its group, and what stands there in Python 3."""
_MARGIN = re.compile(rb"^[ \t]*\t[ \t]*", re.MULTILINE)
"""Python 2 takes a tab for eight columns, and Python 3 no mixture of both."""


def in_python3(data: bytes) -> bytes | None:
    """``data`` with its print statements and the like written as Python 3 does; None when it has none."""
    code = _masked(data)
    if _OLD.search(code) is None:
        return None
    pieces, done = [], 0
    for start, end, new in sorted(_edits(code)):
        pieces += [data[done:start], new]
        done = end
    return b"".join([*pieces, data[done:]])


def _masked(data: bytes) -> bytes:
    """``data`` with underscores for each string and spaces for each comment, as long as it was."""
    return TEXT.sub(lambda text: (b" " if text[0].startswith(b"#") else b"_") * len(text[0]), data)


def _edits(code: bytes) -> Iterator[Edit]:
    for statement in _STATEMENT.finditer(code):
        yield from _in_parentheses(code, statement)
    for handler in _HANDLER.finditer(code):
        yield handler.start(1), handler.end(1), b" as "
    for pattern, new in _SPELLINGS:
        yield from ((*match.span(match.lastindex or 0), new) for match in pattern.finditer(code))
    for number, match in enumerate(re.finditer(rb"`", code)):
        yield match.start(), match.end(), b")" if number % 2 else b"("
    for margin in _MARGIN.finditer(code):
        yield margin.start(), margin.end(), margin[0].expandtabs(8)


def _in_parentheses(code: bytes, statement: re.Match[bytes]) -> Iterator[Edit]:
    """``print x, y`` as ``print(x, y)``; ``raise E`` stays, and ``raise E, text`` becomes ``raise(E, text)``."""
    start = statement.end(1)
    end = start + len(code[start : _end(code, start)].rstrip())
    if statement[1] == b"raise" and b"," not in code[start:end]:
        return
    yield start, start + (code[start : start + 1] == b" "), b"("
    yield end, end, b")"


def _end(code: bytes, start: int) -> int:
    """Where the statement that begins before ``start`` ends: at a newline or semicolon outside of all brackets."""
    depth = 0
    for at in range(start, len(code)):
        char = code[at : at + 1]
        if char in b"([{":
            depth += 1
        elif char in b")]}":
            depth -= 1
        elif depth <= 0 and (char == b";" or (char == b"\n" and not code[start:at].rstrip(b"\r").endswith(b"\\"))):
            return at
    return len(code)
