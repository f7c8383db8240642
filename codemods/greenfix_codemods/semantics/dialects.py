"""Files that Python 3 does not parse, though their authors ran them: Python 2, and scripts with lines of IPython's."""

from __future__ import annotations

from collections.abc import Iterator

from greenfix_codemods.semantics.ipython import ipython_lines
from greenfix_codemods.semantics.python2 import in_python3
from greenfix_codemods.semantics.source import Source


def translations(source: Source) -> Iterator[tuple[bytes, str]]:
    """What may parse in place of ``source``, line for line, and the dialect that it is then written in."""
    plain = source.data if source.notebook else _without_ipython(source)
    if plain != source.data:
        yield plain, "a script for IPython"
    for code in dict.fromkeys((source.data, plain)):
        if (modern := in_python3(code)) is not None:
            yield modern, "Python 2"


def _without_ipython(source: Source) -> bytes:
    lines = source.text.splitlines(keepends=True)
    for index, instead in ipython_lines(lines):
        lines[index] = instead + lines[index][len(lines[index].rstrip("\r\n")) :]
    return "".join(lines).encode(source.encoding)
