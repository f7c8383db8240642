"""``greenfix scan``."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from greenfix_codemods.events import CacheUnusable, Listener, ScanEvent

from greenfix.cli.boundary import boundary, say
from greenfix.errors import ExitCode, UsageError


class ScanFormat(StrEnum):
    """How findings are printed on stdout."""

    TEXT = "text"
    JSON = "json"


def scan(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="A file or a folder.", show_default="this folder")
    ] = Path(),
    output: Annotated[ScanFormat, typer.Option("--format", help="What stdout holds.")] = ScanFormat.TEXT,
    diff: Annotated[bool, typer.Option("--diff", help="Show the patch of every strategy that applies.")] = False,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", min=1, help="Processes.", show_default="one a processor, at most 8")
    ] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Look at every file anew, remember nothing.")] = False,
) -> None:
    """Find leaks. Changes nothing, runs nothing, needs no git.

    Exit code 0: nothing found; 1: findings; 2: no such path. What was found is kept in the user's cache folder, or in
    GREENFIX_CACHE_DIR, and holds until a file it depends on changes.

    Examples:
    - `greenfix scan`
    - `greenfix scan train.py --diff`
    - `greenfix scan repo/ --format json > findings.json`
    """
    with boundary():
        from greenfix_codemods.scan import candidates  # LibCST is only needed for patches
        from greenfix_codemods.scan import scan as scan_tree

        from greenfix.cli.progress import scanning  # rich draws only for people
        from greenfix.report.findings import as_json, as_text, summary

        if not path.exists():
            raise UsageError(f"{path} does not exist.")
        with scanning() as tell:
            result = scan_tree(path, _told(tell), cache=None if no_cache else cache_folder(), jobs=jobs)
        wanted = diff or output is ScanFormat.JSON
        offered = candidates(path, result.findings) if wanted else ()
        typer.echo(as_json(result, offered) if output is ScanFormat.JSON else as_text(result, offered, path), nl=False)
        if output is ScanFormat.TEXT:
            for error in result.errors:
                say(f"{error.path}: {error.message}")
            say(summary(result))
        sys.stdout.flush()
        raise typer.Exit(ExitCode.FINDINGS if result.findings else ExitCode.FINE)


def cache_folder() -> Path:
    """Where scans remember what they found: ``GREENFIX_CACHE_DIR``, else the user's cache folder."""
    import platformdirs

    return Path(os.environ.get("GREENFIX_CACHE_DIR") or platformdirs.user_cache_path("greenfix"))


def _told(tell: Listener) -> Listener:
    """``tell``, and a line on stderr when the cache is no help."""

    def heard(event: ScanEvent) -> None:
        tell(event)
        if isinstance(event, CacheUnusable):
            say(f"greenfix: {event.problem}")

    return heard
