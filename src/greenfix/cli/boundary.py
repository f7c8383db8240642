"""The one place where errors become sentences and exit codes, and signals become a clean stop."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import typer

from greenfix.errors import ExitCode, GreenfixError


def say(text: str = "") -> None:
    """Narrate: stderr is for people, stdout for data."""
    typer.echo(text, err=True)


@contextmanager
def boundary() -> Iterator[threading.Event]:
    """Run a command: yields the event that is set when the person wants to stop.

    The first Ctrl-C (or SIGTERM, SIGHUP) interrupts; further ones are ignored while worktrees are removed and children
    ended, which takes less than a second.
    """
    from greenfix_codemods.errors import CodemodsError
    from greenfix_verify.errors import Interrupted, VerifyError

    cancel = threading.Event()
    try:
        with _signals(cancel):
            yield cancel
    except GreenfixError as error:
        _fail(error.what, error.do, error.exit_code)
    except (Interrupted, KeyboardInterrupt):
        _fail("Stopped. Finished runs are kept.", "The same command goes on where it stopped.", ExitCode.INTERRUPTED)
    except (CodemodsError, VerifyError) as error:
        _fail(str(error), "", ExitCode.USAGE)
    except BrokenPipeError:
        # The reader of stdout (head, less) has gone: nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(ExitCode.FINE) from None


def _fail(what: str, do: str, code: ExitCode) -> None:
    say(f"greenfix: {what}")
    if do:
        say(f"  {do}")
    raise typer.Exit(code)


@contextmanager
def _signals(cancel: threading.Event) -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        if not cancel.is_set():
            cancel.set()
            raise KeyboardInterrupt

    watched = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in watched}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
