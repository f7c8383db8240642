"""``greenfix pr``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greenfix.cli import measuring
from greenfix.cli.boundary import boundary
from greenfix.cli.measuring import ResultFormat
from greenfix.forge.kinds import ForgeKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greenfix.pull_request import Request, Result

_WHERE, _RULES = "Where", "Rules"


def pr(
    repository: measuring.RepositoryArgument = Path(),
    branch: Annotated[
        list[str] | None, typer.Option(help="Only this branch. Repeatable.", show_default="every greenfix/... branch")
    ] = None,
    evidence: Annotated[
        Path | None,
        typer.Option(help="The evidence of the one --branch.", show_default="what `fix` kept in .git/greenfix"),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print title, body and calls; write nothing.")] = False,
    output: measuring.Output = ResultFormat.TEXT,
    remote: Annotated[str, typer.Option(help="git's name of the remote.", rich_help_panel=_WHERE)] = "origin",
    base: Annotated[
        str,
        typer.Option(help="Branch to merge into.", show_default="the remote's main branch", rich_help_panel=_WHERE),
    ] = "",
    forge: Annotated[
        ForgeKind, typer.Option(help="What the remote is; auto goes by its host.", rich_help_panel=_WHERE)
    ] = ForgeKind.AUTO,
    api_url: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="Enterprise or GitLab server.",
            show_default="by the host",
            rich_help_panel=_WHERE,
        ),
    ] = "",
    label: Annotated[
        list[str] | None, typer.Option(help="Label of new pull requests. Repeatable.", rich_help_panel=_RULES)
    ] = None,
    max_open: Annotated[int, typer.Option(help="So many may be open.", min=0, rich_help_panel=_RULES)] = 5,
    max_new: Annotated[int, typer.Option(help="So many new ones in one run.", min=0, rich_help_panel=_RULES)] = 2,
    recreate: Annotated[
        bool, typer.Option("--recreate", help="Open a new one where a person closed the last.", rich_help_panel=_RULES)
    ] = False,
) -> None:
    """Push branches and open or update their pull requests, with the evidence as the body.

    Nothing of a person is overwritten: what somebody committed to a branch stays, and what somebody closed stays
    closed. Without --branch, pull requests with nothing left to mend are closed and their branches deleted. On a remote
    that is neither GitHub nor GitLab the branch is pushed and the body written to a file. Tokens: GITHUB_TOKEN,
    GH_TOKEN or GITLAB_TOKEN, or git's credential helper.

    Exit code 0: everything is as it should be, or was left alone by rule; 2: something is missing or refused.

    Examples:
    - `greenfix pr --dry-run`
    - `greenfix pr path/to/repo`
    - `greenfix pr --branch greenfix/imr001/train-01234567 --label energy`
    - `greenfix pr --forge github --api-url https://git.example.com/api/v3`
    """
    with boundary():
        from greenfix.errors import UsageError
        from greenfix.pull_request import Request
        from greenfix.report.results import dry_run_text, results_json, results_text

        if evidence is not None and len(branch or ()) != 1:
            raise UsageError("--evidence is of one commit.", "Name its branch: --branch BRANCH --evidence FILE.")
        results = run(
            Request(
                path=repository,
                branches=tuple(branch or ()),
                evidence=evidence,
                remote=remote,
                base=base,
                forge=forge,
                api_url=api_url,
                labels=tuple(label or ()),
                most_open=max_open,
                most_new=max_new,
                recreate=recreate,
                dry_run=dry_run,
            )
        )
        if output is ResultFormat.JSON:
            typer.echo(results_json(results), nl=False)
        else:
            typer.echo(dry_run_text(results) if dry_run else results_text(results), nl=False)


def run(request: Request) -> Sequence[Result]:
    """Bring the pull requests to where they should be, with a line on stderr meanwhile."""
    from greenfix.cli.progress import narration
    from greenfix.pull_request import propose

    with narration() as (_, work):
        work("Comparing branches, remote and pull requests")
        return propose(request, lambda event: None)
