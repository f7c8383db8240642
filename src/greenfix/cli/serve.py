"""``greenfix serve``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from greenfix.cli.boundary import boundary, say
from greenfix.errors import UsageError


class HandsOn(TyperCommand):
    """Keeps what it does not know: options before ``--`` are those of ``fix``, what comes behind is the program's."""

    def parse_args(self, context: Any, args: list[str]) -> list[str]:
        """Parse only what stands before ``--``; the context is a class that Typer keeps to itself."""
        end = args.index("--") if "--" in args else len(args)
        context.meta["command"] = args[end:]
        return super().parse_args(context, args[:end])


KIND = {"cls": HandsOn, "context_settings": {"allow_extra_args": True, "ignore_unknown_options": True}}


def serve(
    context: typer.Context,
    repository: Annotated[
        Path, typer.Argument(metavar="REPOSITORY", help="The repository, before all options of `fix`.")
    ],
    port: Annotated[int, typer.Option(min=0, max=65535, help="Listen here.", show_default="a free port")] = 0,
) -> None:
    """Open the screens of `greenfix fix` in a browser on this machine: all options of `fix` work here, too.

    It listens on 127.0.0.1 only, and the address that it prints holds a secret: whoever knows it can run your program.
    From another machine: `ssh -L 8000:127.0.0.1:8000 HOST greenfix serve REPOSITORY --port 8000`. Ctrl-C ends it.

    Exit code 0: ended by Ctrl-C; 2: something is missing, or the port is taken.

    Examples:
    - `greenfix serve .`
    - `greenfix serve . --allow-estimated -- python train.py --epochs 3`
    """
    with boundary():
        given = [str(repository), *context.args, *context.meta["command"]]
        _check(context, given, repository)
        try:
            from greenfix.tui.web.server import BrowserServer
        except ModuleNotFoundError as error:
            raise UsageError(
                f"The browser needs textual-serve ({error.name} is missing).", "Run `pip install 'greenfix[serve]'`."
            ) from error
        try:
            server = BrowserServer([sys.executable, "-m", "greenfix", "fix", *given], repository.resolve().name, port)
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            raise UsageError(f"Cannot listen on port {port}: {reason}.", "Choose another --port.") from error
        say(f"greenfix is open at {server.address}\nThe address is a secret. Ctrl-C ends greenfix.")
        server.run()


def _check(context: typer.Context, given: list[str], repository: Path) -> None:
    """What ``fix`` would refuse is refused here, where the person looks, and not in the browser."""
    from greenfix.repository import open_repository
    from greenfix.settings import load_appearance, load_settings
    from greenfix.tui.keymap import keymap_of
    from greenfix.tui.themes import theme_named

    group = context.find_root().command
    assert isinstance(group, TyperGroup)  # noqa: S101  the root of all commands, for the type checker
    options = group.commands["fix"].make_context("fix", list(given), parent=context.parent).params
    if any(options[each] for each in ("yes", "no_tui", "dry_run", "detach")):
        raise UsageError("--yes, --no-tui, --dry-run and --detach have no screens.", "Run `greenfix fix` with them.")
    open_repository(repository)
    appearance = load_appearance(load_settings(repository))
    theme_named(appearance.theme)
    keymap_of(appearance.keys)
