"""A notebook read as one program: its code cells one after the other, IPython's own lines commented out."""

from __future__ import annotations

import json

from greenfix_codemods.errors import SourceError


def notebook_code(data: bytes, path: str) -> bytes:
    """The code cells of the ``.ipynb`` in ``data``, concatenated, as UTF-8.

    Raises:
        SourceError: it is not the JSON of a notebook.
    """
    try:
        cells = json.loads(data)["cells"]
        sources = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(path, f"is not a notebook of format 4: {error!r}") from error
    cells_of_lines = (("".join(source) if isinstance(source, list) else source).splitlines() for source in sources)
    return "".join(f"{_python(line)}\n" for lines in cells_of_lines for line in _cell(lines)).encode()


def _cell(lines: list[str]) -> list[str]:
    """A cell that starts with ``%%`` is another language or a wrapped cell: none of it is plain Python."""
    return [f"# {line}" for line in lines] if lines and lines[0].startswith("%%") else lines


def _python(line: str) -> str:
    stripped = line.lstrip()
    return f"{line[: len(line) - len(stripped)]}pass  # {stripped}" if stripped.startswith(("!", "%")) else line
