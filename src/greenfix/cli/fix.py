"""``greenfix fix``."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from greenfix.cli import measuring
from greenfix.cli.boundary import boundary
from greenfix.cli.measuring import DEFAULTS, ResultFormat
from greenfix.cli.terminal import has_screen, in_browser

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from greenfix.errors import GreenfixError
    from greenfix.front import Front
    from greenfix.outcome import Outcome
    from greenfix.pull_request import Request as PullRequestRequest
    from greenfix.pull_request import Result
    from greenfix.settings import Settings
    from greenfix.workflow import Request


def fix(
    repository: measuring.RepositoryArgument,
    command: Annotated[
        list[str] | None, typer.Argument(metavar="-- COMMAND", help="The training program to measure.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="No screen, no questions: take what passes the gate.")
    ] = False,
    no_tui: Annotated[
        bool, typer.Option("--no-tui", help="No screen: plain text and questions, as on a dumb terminal.")
    ] = False,
    strategy: Annotated[str, typer.Option(help="Try only this strategy.", show_default="all that apply race")] = "",
    branch: Annotated[
        str, typer.Option(help="Commit to this new branch.", show_default="greenfix/<rule>/<file>-<id>")
    ] = "",
    pr: Annotated[
        bool, typer.Option("--pr", help="Push the branch and open or update its pull request (see `greenfix pr`).")
    ] = False,
    attribute: Annotated[
        bool, typer.Option("--attribute", help="Measure afterwards what each finding gives of the saving.")
    ] = False,
    include_dirty: Annotated[bool, typer.Option("--include-dirty", help="Measure uncommitted changes too.")] = False,
    allow_estimated: measuring.AllowEstimated = False,
    timeout: measuring.Timeout = 3600.0,
    max_blocks: measuring.Blocks = DEFAULTS.maximum_blocks,
    warmup: measuring.Warmup = DEFAULTS.warmup_blocks,
    cooldown: measuring.Cooldown = DEFAULTS.cooldown_seconds,
    min_saving: measuring.MinimumSaving = DEFAULTS.minimum_saving,
    seed: measuring.Seed = DEFAULTS.seed,
    no_seed: measuring.NoSeed = False,
    budget: measuring.Budget = None,
    no_observe: measuring.NoObserve = False,
    metrics: measuring.Metrics = "",
    metric_pattern: measuring.MetricPattern = "",
    output_file: measuring.OutputFiles = None,
    evidence: measuring.EvidenceFile = None,
    output: measuring.Output = ResultFormat.TEXT,
    verbose: measuring.Verbose = False,
) -> None:
    """Find leaks, mend them, measure, and commit what saves energy to a branch of its own.

    Your files, index and HEAD stay as they are. Exit code 0: committed, or nothing found; 1: nothing was worth a
    commit; 2: something is missing; 3: inconclusive; 4: the measurement is bad.

    Examples:
    - `greenfix fix .`
    - `greenfix fix . -- python train.py --epochs 3`
    - `greenfix fix . --yes --allow-estimated --format json -- python train.py`
    - `greenfix fix . --yes --pr -- python train.py`
    """
    with boundary() as cancel:
        from greenfix.settings import load_settings

        policy = measuring.policy_of(
            allow_estimated,
            timeout,
            max_blocks,
            warmup,
            cooldown,
            min_saving,
            seed,
            budget,
            seeded=not no_seed,
            metrics=metrics,
            metric_pattern=metric_pattern,
            outputs=output_file or (),
        )
        settings = load_settings(repository)

        def request() -> Request:
            from greenfix.workflow import Request  # 0.15 s that the first screen does not wait for

            words = tuple(command or ())
            asked = Request(repository, words, strategy, branch, include_dirty, not no_observe, attribute, policy)
            return replace(asked, settings=settings)

        if pr:
            _check_remote(request())
        if has_screen() and not (no_tui or yes):
            outcome = _on_screen(request, repository, settings)
        else:
            interactive = sys.stdin.isatty() and sys.stderr.isatty() and not yes
            outcome = _in_text(request(), cancel, interactive=interactive, verbose=verbose)
        if evidence is not None and outcome.trial is not None:
            shutil.copyfile(outcome.trial.evidence_file, evidence)
        proposed, problem = _proposed(request(), outcome) if pr else ((), None)
        url = next((each.url for each in proposed if each.url), None)
        from greenfix.report.verdict import outcome_json, outcome_text

        text = outcome_json(outcome, url) if output is ResultFormat.JSON else outcome_text(outcome)
        typer.echo(text, nl=False, err=in_browser())
        if proposed and output is ResultFormat.TEXT:
            from greenfix.report.results import results_text

            typer.echo(results_text(proposed), nl=False, err=in_browser())
        if problem is not None:
            raise problem
        raise typer.Exit(outcome.exit_code)


def _check_remote(request: Request) -> None:
    """Make sure before hours of measuring that a pull request could be made: remote, token, base."""
    from greenfix.errors import UsageError
    from greenfix.pull_request import open_desk

    if request.include_dirty:
        raise UsageError("Uncommitted changes cannot be proposed to others.", "Commit and push them first.")
    desk = open_desk(_pull_request(request))
    desk.check_start(desk.repository.head)


def _proposed(request: Request, outcome: Outcome) -> tuple[Sequence[Result], GreenfixError | None]:
    """What became of the commit's pull request, or why it could not be proposed: the commit is there all the same."""
    from greenfix.cli.pr import run
    from greenfix.errors import GreenfixError

    if outcome.commit is None:
        return (), None
    try:
        return run(_pull_request(request, outcome.commit.branch)), None
    except GreenfixError as error:
        return (), error


def _pull_request(request: Request, *branches: str) -> PullRequestRequest:
    from greenfix.pull_request import Request as PullRequestRequest

    limits = request.settings.values
    given = {name: limits[key] for key, name in (("max-open", "most_open"), ("max-new", "most_new")) if key in limits}
    return PullRequestRequest(request.path, branches, **given)


def _in_text(request: Request, cancel: threading.Event, *, interactive: bool, verbose: bool) -> Outcome:
    from greenfix.cli.progress import narration
    from greenfix.narrator import Attended, Unattended
    from greenfix.workflow import fix as run_story

    def ask(question: str) -> bool:
        return typer.confirm(question, default=True, err=True)

    with narration() as (stay, work):
        front = Attended(stay, work, ask, verbose=verbose) if interactive else Unattended(stay, work, verbose=verbose)
        return run_story(request, front, cancel)


def _on_screen(request: Callable[[], Request], repository: Path, settings: Settings) -> Outcome:
    from greenfix.settings import load_appearance
    from greenfix.tui.app import ReviewApp  # textual costs 208 ms, only the screen needs it

    def story(front: Front, cancel: threading.Event) -> Outcome:
        from greenfix.workflow import fix as run_story  # numpy and the rules load behind the first paint

        return run_story(request(), front, cancel)

    return ReviewApp(story, repository.resolve().name, load_appearance(settings)).review()
