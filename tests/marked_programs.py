"""The small programs of ``tests/programs``: a folder a family, a file an idea, ``# <-`` where findings stand.

``[head]`` begins what stands before every program of the file, ``[case NAME]`` a program, ``[file PATH]`` a file of it
(``program.py`` where none is named). The form is that of mypy's test data, smaller.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

PROGRAMS = Path(__file__).parent / "programs"
SECTION = re.compile(r"^\[(head|case|file) ?(.*)\]\n", re.MULTILINE)

Program = dict[str, str]
"""The text of each file, by its path."""


def programs(family: str) -> dict[str, Program]:
    """Every program of a family by its name, which is its own in the family."""
    found: dict[str, Program] = {}
    for file in sorted((PROGRAMS / family).glob("*.txt")):
        for name, program in _programs_of(file.read_text()):
            assert name not in found, f"{file}: {name!r} is there already"
            found[name] = program
    return found


def _programs_of(text: str) -> Iterator[tuple[str, Program]]:
    head, program = "", Program()
    for kind, name, body in zip(*[iter(SECTION.split(text)[1:])] * 3, strict=True):
        code = body.strip("\n") + "\n"
        if kind == "head":
            head = code
        elif kind == "file":
            program[name] = head + code
        else:
            program = {"program.py": head + code} if code.strip() else {}
            yield name, program


def marked(program: Program) -> set[tuple[str, int]]:
    """File and line of each ``# <-``."""
    return {
        (path, number)
        for path, text in program.items()
        for number, line in enumerate(text.splitlines(), 1)
        if line.endswith("# <-")
    }


def written(program: Program, folder: Path) -> Path:
    """Write the program's files below the folder, which is given back."""
    for path, text in program.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder
