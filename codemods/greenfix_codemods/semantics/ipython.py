"""What IPython understands and Python does not: magics, commands, help, and cells in other languages."""

from __future__ import annotations

import ast
import re
import tokenize
import warnings
from collections.abc import Iterator, Sequence
from functools import partial

WRAPPING = frozenset(
    {"time", "timeit", "capture", "prun", "memit", "mprun", "lprun", "scalene", "snakeviz", "pyinstrument", "debug"}
)
"""Cell magics whose cell is Python that runs in this process; after every other ``%%`` comes another language."""

_MAGIC = re.compile(r"\s*(?:[%!]|\?{1,2}\s*[\w.%*]|[\w.%*]+\?{1,2}\s*$)")
_ASSIGNED = re.compile(r"(?P<head>\s*[\w.,\s\[\]'\"]*[^=!<>\s]\s*=\s*)[%!]\s*\w")


def is_python(lines: Sequence[str]) -> bool:
    """Whether a cell is Python: it has no ``%%`` line, or one that only wraps."""
    first = next((line.strip() for line in lines if line.strip()), "")
    return not first.startswith("%%") or first[2:].partition(" ")[0] in WRAPPING


def only_ipython(lines: Sequence[str]) -> bool:
    """Whether nothing but IPython's lines, comments and empty lines stands here."""
    ours = {index for index, _ in ipython_lines(lines)}
    return all(index in ours or line.lstrip()[:1] in {"", "#"} for index, line in enumerate(lines))


def ipython_lines(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The lines that only IPython understands, by index, each with the Python that can stand there.

    A line in the middle of a statement is never one: ``% b)`` may be the end of ``(a``. A line that ends in a
    backslash takes the next one along.
    """
    if _parses("".join(lines)):
        return
    index = 0
    while index < len(lines):
        head = _python_for(lines[index].rstrip("\r\n"))
        if head is None:
            index = _after_statement(lines, index)
            continue
        end = _after_continued(lines, index)
        yield index, head
        yield from ((following, f"{_indent(head)}pass") for following in range(index + 1, end))
        index = end


def _python_for(line: str) -> str | None:
    """What can stand for a line that only IPython understands; None when Python does."""
    if _MAGIC.match(line):
        return f"{_indent(line)}pass"
    match = _ASSIGNED.match(line)
    return f"{match['head']}None" if match else None


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _parses(code: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _after_continued(lines: Sequence[str], start: int) -> int:
    """The index after a line of IPython's and those that its backslashes take along."""
    end = start + 1
    while end < len(lines) and lines[end - 1].rstrip("\r\n").endswith("\\"):
        end += 1
    return end


def _after_statement(lines: Sequence[str], start: int) -> int:
    """The index after the Python line that begins at ``start``, with all that its brackets and strings span."""
    if lines[start].lstrip()[:1] in {"", "#"}:
        return start + 1
    following = (lines[index] for index in range(start, len(lines)))
    tokens = tokenize.generate_tokens(partial(next, following, ""))
    try:
        return start + next(token.start[0] for token in tokens if token.type == tokenize.NEWLINE)
    except tokenize.TokenError:
        return len(lines)  # never closed: the syntax error is reported with its place
