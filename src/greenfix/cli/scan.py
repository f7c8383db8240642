"""``greenfix scan``."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

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
    select: Annotated[list[str] | None, typer.Option(metavar="RULE", help="Run only these: `UTR001`, `IMR`.")] = None,
    ignore: Annotated[list[str] | None, typer.Option(metavar="RULE", help="Do not run these.")] = None,
    exclude: Annotated[list[str] | None, typer.Option(metavar="GLOB", help="Do not look at these files.")] = None,
) -> None:
    """Find leaks. Changes nothing, runs nothing, needs no git.

    Exit code 0: nothing found; 1: findings; 2: no such path.

    Examples:
    - `greenfix scan`
    - `greenfix scan train.py --diff`
    - `greenfix scan --select UTR --exclude legacy/`
    - `greenfix scan repo/ --format json > findings.json`
    """
    with boundary():
        from greenfix_codemods.scan import candidates, root_of  # LibCST is only needed for patches
        from greenfix_codemods.scan import scan as scan_tree

        from greenfix.cli.progress import scanning  # rich draws only for people
        from greenfix.report.findings import as_json, as_text, notes, summary
        from greenfix.settings import load_settings

        if not path.exists():
            raise UsageError(f"{path} does not exist.")
        settings = load_settings(path)
        selection = settings.selection(root_of(path), _codes(select), _codes(ignore), exclude or ())
        with scanning() as tell:
            result = scan_tree(path, tell, selection)
        wanted = diff or output is ScanFormat.JSON
        offered = candidates(path, result.findings) if wanted else ()
        typer.echo(as_json(result, offered) if output is ScanFormat.JSON else as_text(result, offered, path), nl=False)
        if output is ScanFormat.TEXT:
            for error in result.errors:
                say(f"{error.path}: {error.message}")
            if result.notes:
                say(notes(result).rstrip())
            say(summary(result))
        sys.stdout.flush()
        raise typer.Exit(ExitCode.FINDINGS if result.findings else ExitCode.FINE)


def _codes(given: list[str] | None) -> list[str]:
    """``--select IMR,UTR001`` is the same as two options."""
    return [code.strip() for each in given or () for code in each.split(",")]
