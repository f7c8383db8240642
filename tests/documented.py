"""The commands that README and documentation show, read from their Markdown, and what is known of each kind of them."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

import typer

FENCE = re.compile(r"^( *)(`{3,}) *(\w*).*?\n(.*?)^\1\2 *$", re.MULTILINE | re.DOTALL)
SHELLS = {"console", "bash", "sh", "shell"}
OPERATORS = {"|", ">", ">>", "&&", "||", ";", "&", "<"}
CHECKED_ONLY = {"make", "pip", "python", "export", "ssh"}
"""Programs that take minutes, install something or measure: their words are checked, nothing is started."""
HARMLESS = {"git", "cd", "mkdir", "cp", "ln", "echo", "cat"}
"""Started in a sandbox."""
DEAR = {"fix", "verify", "diagnose", "replicate", "--calibrate"}
"""Commands and options of greenfix that measure: run only where that takes no time, their words checked elsewhere."""
ELSEWHERE = {"pr", "serve", "report"}
"""Commands that reach a forge, never end, or read an experiment's file: their words are checked."""


class UnknownCommand(Exception):
    """A command of a kind that nobody has decided about."""


class Kind(Enum):
    """What a test does with a command."""

    RUN = "run"
    RUN_DEAR = "run where the sandbox has a quick program, else check its words"
    CHECK = "check its words"


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
        elif re.search(r"(?m)^\$ ", body) and language != "text":
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
    if program in CHECKED_ONLY:
        return Kind.CHECK
    if program in HARMLESS:
        return Kind.RUN
    if program == "greenfix" and rest[:1] and rest[0] in ELSEWHERE:
        return Kind.CHECK
    if program == "greenfix":
        return Kind.RUN_DEAR if DEAR.intersection(rest) else Kind.RUN
    raise UnknownCommand(shown.line)


def check(shown: Shown, root: Path) -> None:
    """Hold the words of a command to what there is, without starting it.

    Raises:
        UnknownCommand: no such target, script or extra.
        Exception: what greenfix's own parser says: no such option, a wrong value, something missing.
    """
    program, *rest = shown.words
    if program == "greenfix":
        parse_greenfix(rest)
    elif program == "ssh":
        parse_greenfix(rest[rest.index("greenfix") + 1 :])
    elif program == "make" and not set(rest) <= set(re.findall(r"(?m)^([a-z-]+):", (root / "Makefile").read_text())):
        raise UnknownCommand(f"no such target: {shown.line}")
    elif program == "python" and not (rest and (root / rest[0]).is_file()):
        raise UnknownCommand(f"no such script: {shown.line}")
    elif program == "pip":
        extras = tomllib.loads((root / "pyproject.toml").read_text())["project"]["optional-dependencies"]
        asked = re.fullmatch(r"(?:\.|greenfix)(?:\[(\w+)\])?", rest[1]) if rest[:1] == ["install"] else None
        if asked is None or (asked[1] and asked[1] not in extras):
            raise UnknownCommand(f"installs something else: {shown.line}")


def parse_greenfix(words: list[str]) -> None:
    """Let the application's own parser read these words, without running anything."""
    from greenfix.cli import app

    group: Any = typer.main.get_command(app)  # typer brings a click of its own, which has no public types
    with group.make_context("greenfix", words) as context:
        name, command, rest = group.resolve_command(context, [*context._protected_args, *context.args])
        command.make_context(name, rest, parent=context)


def unknown_in_mention(words: list[str]) -> set[str]:
    """Of a mention of greenfix in running text, which may be incomplete: the commands and options that do not exist."""
    from greenfix.cli import app

    group: Any = typer.main.get_command(app)
    if not words or words[0].startswith("-"):
        return set(words[:1]) - {"--version", "--help"}
    if words[0] not in group.commands:
        return {words[0]}
    known = {option for each in group.commands[words[0]].params for option in each.opts} | {"--help", "-h", "--"}
    own = words[1 : words.index("--")] if "--" in words else words[1:]
    return {word for word in own if word.startswith("-")} - known


def missing_output(expected: tuple[str, ...], real: str) -> str | None:
    """The first line that a page shows and the command did not print after the lines before; ``...`` skips."""
    lines = iter(real.splitlines())
    for wanted in expected:
        if wanted.strip() in {"", "..."}:
            continue
        if not any(line.rstrip() == wanted.rstrip() for line in lines):
            return wanted
    return None
