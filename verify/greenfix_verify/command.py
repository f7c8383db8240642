"""The entrypoint: what the person typed, made independent of where it runs.

An arm's tree is a git worktree outside the repository: what git ignores (``.venv``) is not there. So the interpreter
becomes an absolute path into the user's repository, while program files stay relative: each arm must run its own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from greenfix_verify.errors import CommandError
from greenfix_verify.interpreter import Interpreter, find_interpreter, search_path

PROBE_SECONDS = 60.0

_PYTHON = re.compile(r"(python|pypy)(\d+(\.\d+)*)?t?")

_PROBE = """
import json, sys
from importlib import metadata
packages = {d.metadata["Name"]: d.version for d in metadata.distributions() if d.metadata["Name"]}
print(json.dumps({"python": sys.version.split()[0], "implementation": sys.implementation.name, "packages": packages}))
"""


@dataclass(frozen=True, slots=True)
class Command:
    """An entrypoint ready to run in any arm's tree.

    Attributes:
        argv: as it will be executed; the first word is an absolute path, unless the tree itself holds the program.
        interpreter: the target's Python; None when there is none, which is fine for a command that is not Python.
        how: how the interpreter was found, in words.
    """

    argv: tuple[str, ...]
    interpreter: Path | None
    how: str


@dataclass(frozen=True, slots=True)
class Environment:
    """The lock of the target's environment: its Python and every installed distribution with its version."""

    python: str = ""
    implementation: str = ""
    packages: Mapping[str, str] = field(default_factory=dict)


def resolve_command(argv: Sequence[str], repository: Path, environment: Mapping[str, str] | None = None) -> Command:
    """Return ``argv`` with the target's interpreter in the place of ``python`` or before a ``*.py`` file.

    Args:
        argv: what the person typed after ``--``.
        repository: where they typed it; relative interpreter paths start here.
        environment: default ``os.environ``.

    Raises:
        CommandError: nothing to run, or no such interpreter or program; the message says what was tried.
    """
    if not argv:
        raise CommandError("no command given: what should be measured?")
    environment = os.environ if environment is None else environment
    repository = repository.absolute()
    first, *rest = argv
    if first.endswith(".py"):
        found = find_interpreter(repository, environment)
        return Command((str(found.path), first, *rest), found.path, found.how)
    if _PYTHON.fullmatch(Path(first).name):
        found = _named(first, repository) if "/" in first else find_interpreter(repository, environment, first)
        return Command((str(found.path), *rest), found.path, found.how)
    return _other_program(first, rest, repository, environment)


def probe(interpreter: Path | None) -> Environment:
    """Ask ``interpreter`` for its version and packages; nothing heavy is imported.

    Raises:
        CommandError: it does not run; the message carries what it said.
    """
    if interpreter is None:
        return Environment()
    try:
        said = subprocess.run(
            [interpreter, "-c", _PROBE], capture_output=True, text=True, timeout=PROBE_SECONDS, check=True, cwd="/"
        )
        answer = json.loads(said.stdout)
    except subprocess.CalledProcessError as error:
        raise CommandError(f"{interpreter} does not run: {error.stderr.strip()[-500:]}") from error
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        raise CommandError(f"{interpreter} does not run as a Python interpreter: {error}") from error
    return Environment(answer["python"], answer["implementation"], dict(sorted(answer["packages"].items())))


def _named(first: str, repository: Path) -> Interpreter:
    # Not resolved: a virtual environment's python is a symbolic link, and what it is depends on the link's own place.
    path = Path(os.path.normpath(repository / first))
    if not os.access(path, os.X_OK) or path.is_dir():
        raise CommandError(f"no interpreter at {path}")
    return Interpreter(path, "named in the command")


def _other_program(first: str, rest: Sequence[str], repository: Path, environment: Mapping[str, str]) -> Command:
    """A console script, a shell script, anything: it runs with the target's environment first on PATH."""
    try:
        found: Interpreter | None = find_interpreter(repository, environment)
    except CommandError:  # a command that is not Python needs no Python
        found = None
    program = _program(first, repository, found, environment)
    return Command((program, *rest), found.path if found else None, found.how if found else "")


def _program(first: str, repository: Path, found: Interpreter | None, environment: Mapping[str, str]) -> str:
    if "/" in first:
        if not (repository / first).exists():
            raise CommandError(f"no such program: {repository / first}")
        return first
    own = f"{found.path.parent}{os.pathsep}" if found else ""
    program = shutil.which(first, path=own + search_path(environment))
    if program is None:
        raise CommandError(f"no program called {first}; looked in {own}{search_path(environment)}")
    return program
