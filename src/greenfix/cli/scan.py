"""``greenfix scan``."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from greenfix_codemods.events import CacheUnusable, Listener, ScanEvent
from greenfix_codemods.finding import Confidence, ScanResult

from greenfix.cli.boundary import boundary, say
from greenfix.errors import ExitCode, UsageError


class ScanFormat(StrEnum):
    """How findings are printed on stdout."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    """2.1.0, within GitHub's limits."""
    GITHUB = "github"
    """Annotations of a GitHub workflow; the job summary gets a table, too."""
    MARKDOWN = "markdown"


class FailOn(StrEnum):
    """Which findings make the exit code 1."""

    NONE = "none"
    NEW = "new"
    ANY = "any"


def scan(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="A file or a folder.", show_default="this folder")
    ] = Path(),
    output: Annotated[ScanFormat, typer.Option("--format", help="What stdout holds.")] = ScanFormat.TEXT,
    diff: Annotated[bool, typer.Option("--diff", help="Show the patch of every strategy that applies.")] = False,
    select: Annotated[list[str] | None, typer.Option(metavar="RULE", help="Run only these: `UTR001`, `IMR`.")] = None,
    ignore: Annotated[list[str] | None, typer.Option(metavar="RULE", help="Do not run these.")] = None,
    exclude: Annotated[list[str] | None, typer.Option(metavar="GLOB", help="Do not look at these files.")] = None,
    confidence: Annotated[
        Confidence | None,
        typer.Option(help="Report what is found with at least this confidence.", show_default="medium"),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(help="Set findings apart that this file knows.", show_default="the settings' baseline"),
    ] = None,
    write_baseline: Annotated[
        bool, typer.Option("--write-baseline", help="Make all findings known: write the baseline.")
    ] = False,
    fail_on: Annotated[
        FailOn | None,
        typer.Option(help="Findings that make the exit code 1.", show_default="new with a baseline, else any"),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", min=1, help="Processes.", show_default="one a processor, at most 8")
    ] = None,
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Look at every file anew, remember nothing.")] = False,
) -> None:
    """Find leaks. Changes nothing, runs nothing, needs no git.

    Exit code 0: nothing (new) found; 1: findings; 2: no such path, or a wrong option or setting. What was found is kept
    in the user's cache folder, or in GREENFIX_CACHE_DIR, and holds until a file it depends on changes.

    Examples:
    - `greenfix scan`
    - `greenfix scan train.py --diff`
    - `greenfix scan --select UTR --exclude legacy/`
    - `greenfix scan --confidence low`
    - `greenfix scan --write-baseline`
    - `greenfix scan repo/ --format json > findings.json`
    - `greenfix scan --format sarif > greenfix.sarif`
    - `greenfix scan --format github --fail-on new`
    """
    with boundary():
        from greenfix_codemods.files import root_of
        from greenfix_codemods.scan import scan as scan_tree

        from greenfix.baseline import DEFAULT_NAME, against
        from greenfix.baseline import write_baseline as save
        from greenfix.cli.progress import scanning  # rich draws only for people
        from greenfix.report.findings import count, notes, summary
        from greenfix.settings import load_settings

        if not path.exists():
            raise UsageError(f"{path} does not exist.")
        settings = load_settings(path)
        least = confidence or settings.confidence or Confidence.MEDIUM
        selection = settings.selection(root_of(path), _codes(select), _codes(ignore), exclude or (), least)
        with scanning() as tell:
            result = scan_tree(path, _told(tell), selection, cache=None if no_cache else cache_folder(), jobs=jobs)
        known = baseline or settings.baseline
        if write_baseline:
            known = known or root_of(path) / DEFAULT_NAME
            save(known, result, path)
            say(f"{known} now knows {count(len(result.findings) + len(result.unsure), 'finding')}.")
            raise typer.Exit(ExitCode.FINE)
        notice = ""
        if known is not None and fail_on is not FailOn.ANY:
            result, notice = against(known, result, path, selection, asked=baseline is not None)
        typer.echo(_rendered(result, path, output, diff=diff), nl=False)
        if output is ScanFormat.TEXT:
            for error in result.errors:
                say(f"{error.path}: {error.message}")
            if result.notes:
                say(notes(result).rstrip())
            say(summary(result))
        elif output in {ScanFormat.SARIF, ScanFormat.GITHUB}:
            say(summary(result))
        if notice:
            say(notice)
        sys.stdout.flush()
        raise typer.Exit(ExitCode.FINDINGS if result.findings and fail_on is not FailOn.NONE else ExitCode.FINE)


def _rendered(result: ScanResult, path: Path, output: ScanFormat, *, diff: bool) -> str:
    """What stdout shall hold."""
    from greenfix_codemods.files import root_of
    from greenfix_codemods.scan import candidates  # LibCST is only needed for patches

    from greenfix.report import findings, github, scan_markdown
    from greenfix.report.places import repository_prefix

    prefix = repository_prefix(root_of(path))
    match output:
        case ScanFormat.SARIF:
            from greenfix.report.sarif import as_sarif, with_patches  # the rules' pages are only needed here

            return as_sarif(result, candidates(path, with_patches(result.findings)), prefix)
        case ScanFormat.GITHUB:
            github.append_summary(result, prefix)
            return github.as_annotations(result, prefix)
        case ScanFormat.MARKDOWN:
            return scan_markdown.as_markdown(result, prefix)
        case ScanFormat.JSON:
            return findings.as_json(result, candidates(path, result.findings))
        case ScanFormat.TEXT:
            return findings.as_text(result, candidates(path, result.findings) if diff else (), path)


def _codes(given: list[str] | None) -> list[str]:
    """``--select IMR,UTR001`` is the same as two options."""
    return [code.strip() for each in given or () for code in each.split(",")]


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
