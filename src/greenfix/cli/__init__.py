"""The commands. Each one is a module here that parses arguments, calls the story and turns its end into an exit code.

Importing this package must stay cheap (a quarter of a CPU second for ``--version``): a command is imported when it is
named, it imports what it needs when it runs, and nothing here imports textual, libcst, scipy, codecarbon, git or
tensorflow.
"""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any

import typer

import greenfix
from greenfix.cli.late import group_of

COMMANDS = (
    "scan", "diagnose", "fix", "pr", "verify", "judge", "report", "doctor", "explain", "replicate", "init", "serve",
)  # fmt: skip
"""Each is a function in a module of its name, in the order of ``--help``."""

WITHOUT_ARGUMENTS = {"scan", "doctor", "replicate", "init", "pr"}
"""Commands that do something sensible when nothing is said; the others show their help."""


def _alone(name: str) -> typer.Typer:
    """An application of only this command. ``KIND`` of its module says how typer shall parse it, if that is unusual."""
    module = import_module(f"greenfix.cli.{name}")
    alone = typer.Typer(add_completion=False, rich_markup_mode="markdown", pretty_exceptions_enable=False)
    kind: dict[str, Any] = getattr(module, "KIND", {})
    alone.command(name, no_args_is_help=name not in WITHOUT_ARGUMENTS, **kind)(getattr(module, name))
    return alone


app = typer.Typer(
    cls=group_of(COMMANDS, _alone),
    help="Find energy leaks in TensorFlow/Keras training code, mend them, and commit only what measurably saves.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,  # a traceback of ours is a bug report: it must be complete
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"greenfix {greenfix.__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options of every command."""
