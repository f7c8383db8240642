"""The page of all commands, from the application itself: arguments, options, defaults, bounds and exit codes."""

from __future__ import annotations

import inspect
import re
from itertools import groupby
from typing import Any

import typer

from greenfix.cli import app
from greenfix.errors import ExitCode
from greenfix.reference.rules import table

_EXIT_CODES = {
    ExitCode.FINE: "fine: committed, nothing found, it saves, or there was nothing to do",
    ExitCode.FINDINGS: "findings, or the gate did not pass: nothing was worth a commit",
    ExitCode.USAGE: "a wrong argument, or something is missing on this machine",
    ExitCode.INCONCLUSIVE: "inconclusive: the experiment cannot tell",
    ExitCode.INVALID: "the measurement is bad",
    ExitCode.INTERRUPTED: "interrupted; the same command goes on where it stopped",
}
_EXAMPLES = "Examples:\n"
_BEFORE_LIST = re.compile(r"(?m)^(?!- |\s|$)(.*)\n(?=- )")


def commands_page() -> str:
    """Return the page."""
    group: Any = typer.main.get_command(app)  # typer brings a click of its own, which has no public types
    codes = [(str(int(code)), _EXIT_CODES[code]) for code in ExitCode]
    parts = [
        "# Commands",
        group.help,
        "stdout is data, stderr is narration. What follows `--` is the program that is run; nothing of it is read by "
        "greenfix. Defaults of `fix` and `verify` can be [settings](settings.md).",
        "## Exit codes",
        table(("code", "meaning"), codes),
    ]
    for name in group.commands:
        parts += _command(f"greenfix {name}", group.commands[name])
    return "\n\n".join(parts) + "\n"


def _command(name: str, command: Any) -> list[str]:
    context = typer.Context(command, info_name=name)
    text, _, examples = inspect.cleandoc(command.help or "").partition(_EXAMPLES)
    usage = " ".join(("$", name, *command.collect_usage_pieces(context)))
    parts = [f"## {name}", f"```text\n{usage}\n```", _BEFORE_LIST.sub(r"\1\n\n", text.strip())]
    if examples:
        parts.append("```console\n" + re.sub(r"(?m)^- `(.*)`$", r"$ \1", examples.strip()) + "\n```")
    shown = [(_panel(each), each.get_help_record(context)) for each in command.get_params(context)]
    shown.sort(key=lambda row: _ORDER.get(row[0], len(_ORDER)))  # stable: panels in the order of the source
    for panel, group in groupby((row for row in shown if row[1]), key=lambda row: row[0]):
        parts.append(table((panel, ""), [(f"`{names}`", _meaning(meaning)) for _, (names, meaning) in group]))
    return parts


_ORDER = {"Arguments": 0, "Options": 1}


def _panel(parameter: Any) -> str:
    usual = "Arguments" if parameter.param_type_name == "argument" else "Options"
    return getattr(parameter, "rich_help_panel", None) or usual


def _meaning(text: str) -> str:
    """The help of an option, with what typer appends in brackets set apart; ``*`` and ``|`` are meant literally."""
    help_text, bracket, extra = text.partition("  [")
    plain = help_text if "`" in help_text else help_text.replace("*", r"\*").replace("|", r"\|").replace("<", r"\<")
    return plain + (f" *{extra.removesuffix(']').replace('<', '&lt;').replace('*', '')}*" if bracket else "")
