"""The commands. Each one is a module here that parses arguments, calls the story and turns its end into an exit code.

Importing this package must stay cheap (a quarter of a CPU second for ``--version``): every command imports what it
needs when it runs, and nothing here imports textual, libcst, scipy, codecarbon, git or tensorflow.
"""

from __future__ import annotations

from typing import Annotated

import typer

import greenfix
from greenfix.cli.diagnose import diagnose
from greenfix.cli.doctor import doctor
from greenfix.cli.explain import explain
from greenfix.cli.fix import fix
from greenfix.cli.init import init
from greenfix.cli.judge import judge
from greenfix.cli.pr import pr
from greenfix.cli.replicate import replicate
from greenfix.cli.report import report
from greenfix.cli.scan import scan
from greenfix.cli.serve import SETTINGS, HandsOn, serve
from greenfix.cli.verify import verify

app = typer.Typer(
    help="Find energy leaks in TensorFlow/Keras training code, mend them, and commit only what measurably saves.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,  # a traceback of ours is a bug report: it must be complete
    context_settings={"help_option_names": ["-h", "--help"]},
)
WITHOUT_ARGUMENTS = (scan, doctor, replicate, init, pr)
"""Commands that do something sensible when nothing is said; the others show their help."""

for command in (scan, diagnose, fix, pr, verify, judge, report, doctor, explain, replicate, init):
    app.command(no_args_is_help=command not in WITHOUT_ARGUMENTS)(command)
app.command(no_args_is_help=True, cls=HandsOn, context_settings=SETTINGS)(serve)


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
