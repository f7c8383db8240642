"""The pull request of a commit that ``greenfix fix`` made: for ``--pr``, and for the commit screen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from greenfix.errors import GreenfixError
    from greenfix.outcome import Outcome
    from greenfix.pull_request import Request as PullRequestRequest
    from greenfix.pull_request import Result
    from greenfix.workflow import Request


def check_remote(request: Request) -> None:
    """Make sure before hours of measuring that a pull request could be made: remote, token, base.

    Raises:
        UsageError: it could not.
    """
    from greenfix.errors import UsageError
    from greenfix.pull_request import open_desk

    if request.include_dirty:
        raise UsageError("Uncommitted changes cannot be proposed to others.", "Commit and push them first.")
    desk = open_desk(_pull_request(request))
    desk.check_start(desk.repository.head)


def proposed(request: Request, outcome: Outcome) -> tuple[Sequence[Result], GreenfixError | None]:
    """What became of the commit's pull request, or why it could not be proposed: the commit is there all the same."""
    from greenfix.cli.pr import run
    from greenfix.errors import GreenfixError

    if outcome.commit is None:
        return (), None
    try:
        return run(_pull_request(request, outcome.commit.branch)), None
    except GreenfixError as error:
        return (), error


def told(request: Request, outcome: Outcome, *, dry_run: bool) -> str:
    """The same for a person at the screen, in words; a dry run shows title, body and calls.

    Raises:
        GreenfixError: it cannot be proposed.
    """
    from greenfix.pull_request import propose
    from greenfix.report.results import dry_run_text, results_text

    if outcome.commit is None:
        return "There is no commit to propose."
    results = propose(replace(_pull_request(request, outcome.commit.branch), dry_run=dry_run), lambda event: None)
    return dry_run_text(results) if dry_run else results_text(results)


def _pull_request(request: Request, *branches: str) -> PullRequestRequest:
    from greenfix.pull_request import Request as PullRequestRequest

    limits = request.settings.values
    given = {name: limits[key] for key, name in (("max-open", "most_open"), ("max-new", "most_new")) if key in limits}
    return PullRequestRequest(request.path, branches, **given)
