"""A progress bar on stderr for a person at a terminal; silence for everybody else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from greenfix_codemods.events import FileScanned, Listener, ScanEvent, ScanStarted, silence


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
