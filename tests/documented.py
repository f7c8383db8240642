"""The commands that README and documentation show, read from their Markdown, and what is known of each kind of them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

import typer

FENCE = re.compile(r"^( *)(`{3,}) *(\w*).*?\n(.*?)^\1\2 *$", re.MULTILINE | re.DOTALL)
SHELLS = {"console", "bash", "sh", "shell"}
OPERATORS = {"|", ">", ">>", "&&", "||", ";", "&", "<"}
PARSED_ONLY = {"make", "pip", "uv", "pytest", "python"}
"""Programs that take minutes, install something or measure: their words are checked, nothing is started."""
SHELL_TOOLS = {"cd", "mkdir", "cp", "ln", "echo", "cat", "export"}
"""Harmless in a sandbox."""
DEAR = {"fix", "verify", "diagnose", "replicate", "doctor --calibrate"}
"""Commands of greenfix that run a program again and again: run only where a page's sandbox has one that takes no time."""


class UnknownCommand(Exception):
    """A command of a kind that nobody has decided about."""


class Kind(Enum):
    """What a test does with a command."""

    RUN = "run"
    RUN_DEAR = "run where the sandbox has a quick program, else parse"
    PARSE = "parse"


@dataclass(frozen=True)
class Shown:
    """One command as a page shows it, with the output lines below it."""

    line: str
    output: tuple[str, ...] = field(default=())

    @property
    def words(self) -> list[str]:
        """The first simple command: what follows an operator or a comment is left out."""
        lexer = shlex.shlex(self.line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        words: list[str] = []
        for word in lexer:
            if word in OPERATORS:
                break
            words.append(word)
        return words


def commands_in(markdown: str) -> Iterator[Shown]:
    """Every command of the fenced shell blocks of a page, in order."""
    for fence in FENCE.finditer(markdown):
        language, body = fence[3], fence[4].replace("\\\n", " ")
        if language == "console":
            yield from _session(body)
        elif language in SHELLS:
            yield from (Shown(line.strip()) for line in body.splitlines() if line.strip() and line.strip()[0] != "#")
        elif re.search(r"(?m)^\$ ", body) and language not in {"text"}:
            raise UnknownCommand(f"a block with a prompt is not marked as console:\n{body}")


def _session(body: str) -> Iterator[Shown]:
    parts = re.split(r"(?m)^ *\$ ", body)
    if parts[0].strip():
        raise UnknownCommand(f"a console block begins without a prompt:\n{body}")
    for part in parts[1:]:
        line, *output = part.rstrip("\n").split("\n")
        yield Shown(line, tuple(output))


def kind_of(shown: Shown) -> Kind:
    """What to do with a command.

    Raises:
        UnknownCommand: it is in no category.
    """
    program, *rest = shown.words
    if program in PARSED_ONLY:
        return Kind.PARSE
    if program in SHELL_TOOLS or program == "git":
        return Kind.RUN
    if program == "greenfix":
        dear = rest[:1] and (rest[0] in DEAR or f"{rest[0]} --calibrate" in DEAR and "--calibrate" in rest)
        return Kind.RUN_DEAR if dear else Kind.RUN
    raise UnknownCommand(shown.line)


def parse_greenfix(words: list[str]) -> None:
    """Let the application's own parser read these words, without running anything.

    Raises:
        Exception: what the parser says: no such command, no such option, a wrong value, something missing.
    """
    from greenfix.cli import app

    group = typer.main.get_command(app)
    with group.make_context("greenfix", words[1:]) as context:
        name, command, rest = group.resolve_command(context, [*context._protected_args, *context.args])  # type: ignore[attr-defined]  # noqa: SLF001  # a group's own way
        if command is None:
            raise UnknownCommand(str(name))
        command.make_context(name, rest, parent=context)
