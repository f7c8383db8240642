"""The commands that README and documentation show, read from their Markdown, and what is known of each kind of them."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer

FENCE = re.compile(r"^( *)(`{3,}) *(\w*).*?\n(.*?)^\1\2 *$", re.MULTILINE | re.DOTALL)
SHELLS = {"console", "bash", "sh", "shell"}
OPERATORS = {"|", ">", ">>", "&&", "||", ";", "&", "<"}
NOT_RUN = {
    "make": "sets up environments from a package index, or takes hours: the target must exist",
    "pip": "installs from a package index: the extra must exist",
    "greenfix replicate": "takes minutes even without TensorFlow: its words must parse, and "
    "tests/experiment/test_replicate_on_a_simulated_gpu.py runs it",
    "greenfix pr --forge github": "needs a GitHub server: its words must parse, and tests/contract runs it on a fake",
}
"""How the only commands begin that no test of the pages runs, with the reason and what is held instead."""
SHELL_WORDS = {"git", "cd", "mkdir", "cp", "ln", "echo", "cat", "export", "ssh"}
EXIT_CODES = {
    "scan": {0, 1},
    "diagnose": {0, 1},
    "fix": {0, 1, 3},
    "pr": {0},
    "verify": {0, 1, 3},
    "judge": {0},
    "report": {0},
    "doctor": {0, 3},
    "explain": {0},
    "init": {0},
    "serve": {0},
}
"""Of the commands of greenfix: how each may end where nothing is missing. What they measure in a second is noise."""
MEASURING = ("diagnose", "fix", "pr", "verify", "doctor", "log")
"""Commands whose output holds what was measured: a page shows other numbers, but the same words."""
NUMBERS = re.compile(r"\b[0-9a-f]{7,}\b|\d+(?:\.\d+)?")


class UnknownCommand(Exception):
    """A command of a kind that nobody has decided about."""


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

    @property
    def exit_codes(self) -> set[int]:
        """How it may end.

        Raises:
            UnknownCommand: nobody has decided about this program.
        """
        program, *rest = self.words
        if program in SHELL_WORDS:
            return {0}
        if program == "greenfix" and rest and rest[0] in EXIT_CODES:
            return EXIT_CODES[rest[0]]
        raise UnknownCommand(self.line)

    @property
    def measures(self) -> bool:
        """Whether its output holds what was measured."""
        return self.words[1:2] != [] and self.words[1] in MEASURING

    @property
    def serves(self) -> bool:
        """Whether it goes on until somebody ends it."""
        return ["greenfix", "serve"] in [self.words[at : at + 2] for at in range(len(self.words))]

    @property
    def why_not_run(self) -> str:
        """Why no test runs it; empty when one does."""
        return next((why for beginning, why in NOT_RUN.items() if f"{self.line} ".startswith(beginning)), "")


def commands_in(markdown: str) -> Iterator[Shown]:
    """Every command of the fenced blocks of a page, in order.

    Raises:
        UnknownCommand: a block shows commands and is not marked as one that does.
    """
    for fence in FENCE.finditer(markdown):
        language, body = fence[3], fence[4].replace("\\\n", " ")
        if language == "console":
            yield from _session(body)
        elif language in SHELLS:
            yield from (Shown(line.strip()) for line in body.splitlines() if line.strip() and line.strip()[0] != "#")
        elif re.search(r"(?m)^(\$ |greenfix [a-z])", body) and "[OPTIONS]" not in body:
            raise UnknownCommand(f"a block with commands is not marked as sh or console:\n{body}")


def _session(body: str) -> Iterator[Shown]:
    parts = re.split(r"(?m)^ *\$ ", body)
    if parts[0].strip():
        raise UnknownCommand(f"a console block begins without a prompt:\n{body}")
    for part in parts[1:]:
        line, *output = part.rstrip("\n").split("\n")
        yield Shown(line, tuple(output))


def check(shown: Shown, root: Path) -> None:
    """Hold the words of a command that is not run to what there is.

    Raises:
        UnknownCommand: no such target or extra.
        Exception: what greenfix's own parser says: no such option, a wrong value, something missing.
    """
    program, *rest = shown.words
    if program == "greenfix":
        parse_greenfix(rest)
    elif program == "make" and not set(rest) <= set(re.findall(r"(?m)^([a-z-]+):", (root / "Makefile").read_text())):
        raise UnknownCommand(f"no such target: {shown.line}")
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


def missing_output(shown: Shown, printed: str) -> str | None:
    """The first line that a page shows and the command did not print there; ``...`` stands for any lines.

    Blank lines are not compared. Numbers and digests are not either where something was measured.
    """
    real = [_plain(line, shown) for line in printed.splitlines() if line.strip()]
    anywhere, at = False, 0
    for line in shown.output:
        wanted = _plain(line, shown)
        if not wanted:
            continue
        if wanted == "...":
            anywhere = True
            continue
        places = range(at, len(real)) if anywhere else range(at, min(at + 1, len(real)))
        found = next((place for place in places if real[place] == wanted), None)
        if found is None:
            return line
        anywhere, at = False, found + 1
    return None if anywhere or not shown.output or at == len(real) else f"(nothing more, but it prints {real[at]!r})"


def _plain(line: str, shown: Shown) -> str:
    return NUMBERS.sub("#", line).rstrip() if shown.measures else line.rstrip()
