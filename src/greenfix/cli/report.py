"""``greenfix report``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greenfix.cli.boundary import boundary, say
from greenfix.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greenfix_verify.evidence import Evidence

    from greenfix.report.check import Difference


class ReportFormat(StrEnum):
    """How evidence is shown on stdout."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    """One file that fetches nothing."""
    JSON = "json"


def report(
    evidence: Annotated[Path, typer.Argument(metavar="EVIDENCE", help="An evidence file of `fix` or `verify`.")],
    output: Annotated[ReportFormat, typer.Option("--format", help="What stdout holds.")] = ReportFormat.TEXT,
    check: Annotated[
        bool, typer.Option("--check", help="Fail if the file does not follow from the runs in it.")
    ] = False,
) -> None:
    """Show what an experiment found, and whether its evidence holds.

    Verdict, statistics and pay-back are always computed again from the raw runs, by the functions that judged them
    first, and the report says whether they are the same.

    Exit code 0: shown; 1: with --check, something in the file does not follow from its runs; 2: it cannot be read.

    Examples:
    - `greenfix report evidence.json`
    - `greenfix report evidence.json --check`
    - `greenfix report evidence.json --format html > evidence.html`
    """
    with boundary():
        import hashlib

        from greenfix_verify.evidence import read_evidence

        from greenfix.report.check import differences

        found = read_evidence(evidence)
        wrong = differences(found)
        sha256 = hashlib.sha256(evidence.read_bytes()).hexdigest()
        typer.echo(_rendered(found, sha256, wrong, output), nl=False)
        for each in wrong:
            say(f"{evidence}: {each.field} is {each.recorded!r}, but its runs say {each.recomputed!r}")
        raise typer.Exit(ExitCode.FINDINGS if wrong and check else ExitCode.FINE)


def _rendered(evidence: Evidence, sha256: str, wrong: Sequence[Difference], output: ReportFormat) -> str:
    from greenfix.report.document_markdown import as_markdown
    from greenfix.report.evidence import document_of
    from greenfix.report.evidence_json import as_json
    from greenfix.report.html import as_html
    from greenfix.report.plain import as_plain

    if output is ReportFormat.JSON:
        return as_json(evidence, sha256, wrong)
    formats = {ReportFormat.TEXT: as_plain, ReportFormat.MARKDOWN: as_markdown, ReportFormat.HTML: as_html}
    return formats[output](document_of(evidence, sha256, wrong))
