"""What moves on stderr for a person at a terminal; plain lines, or silence, for everybody else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from greenfix_codemods.events import FileScanned, Listener, ScanEvent, ScanStarted, silence

from greenfix.cli.boundary import say


@contextmanager
def scanning() -> Iterator[Listener]:
    """A listener that draws how far a scan is."""
    if not sys.stderr.isatty():
        yield silence
        return
    from rich.console import Console  # only for people
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("Scanning"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)

        def tell(event: ScanEvent) -> None:
            if isinstance(event, ScanStarted):
                progress.update(task, total=event.files)
            elif isinstance(event, FileScanned):
                progress.update(task, completed=event.done, description=event.path[-50:])

        yield tell


@contextmanager
def narration() -> Iterator[tuple[Callable[[str], None], Callable[[str], None]]]:
    """Two functions: one says a line that stays, the other shows what is going on until the next line."""
    if not sys.stderr.isatty():
        yield say, lambda text: None
        return
    from rich.console import Console

    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    with console.status("", spinner="dots") as status:
        status.stop()

        def work(text: str) -> None:
            status.update(text)
            status.start()

        def stay(text: str) -> None:
            status.stop()
            console.print(text, soft_wrap=True)

        yield stay, work
