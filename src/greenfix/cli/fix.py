"""``greenfix fix``."""

from __future__ import annotations

import gc
import shutil
import sys
import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from greenfix.cli import measuring, proposing
from greenfix.cli.boundary import boundary, say
from greenfix.cli.measuring import DEFAULTS, ResultFormat
from greenfix.cli.terminal import has_screen, in_browser
from greenfix.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from greenfix.front import Front
    from greenfix.outcome import Outcome
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
    detach: Annotated[
        bool, typer.Option("--detach", help="Decide now, measure in the background; `greenfix fix` shows it.")
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
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be measured, and what it would take.")
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
    env: measuring.Variables = None,
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
    - `greenfix fix . --dry-run -- python train.py --epochs 3`
    - `greenfix fix . --yes --allow-estimated --format json -- python train.py`
    - `greenfix fix . --yes --pr -- python train.py`
    - `greenfix fix . --detach -- python train.py`
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
            environment=env or (),
        )
        settings = load_settings(repository)

        def request() -> Request:
            from greenfix.workflow import Request  # 0.15 s that the first screen does not wait for

            words = tuple(command or ())
            asked = Request(repository, words, strategy, branch, include_dirty, not no_observe, attribute)
            return replace(asked, dry_run=dry_run, policy=policy, settings=settings)

        if detach and (pr or dry_run or evidence):
            raise UsageError("--detach ends before --pr, --evidence and --dry-run.", "Give them when you come back.")
        if pr:
            proposing.check_remote(request())
        interactive = sys.stdin.isatty() and sys.stderr.isatty() and not (yes or dry_run)
        with _going_on():
            if has_screen() and not (no_tui or yes or dry_run or detach):
                outcome = _on_screen(request, repository, settings)
            else:
                commits = yes if detach else None
                outcome = _in_text(request, cancel, interactive=interactive, verbose=verbose, detached=commits)
        if evidence is not None and outcome.trial is not None:
            shutil.copyfile(outcome.trial.evidence_file, evidence)
        proposed, problem = proposing.proposed(request(), outcome) if pr else ((), None)
        typer.echo(_result_text(outcome, proposed, output), nl=False, err=in_browser())
        if problem is not None:
            raise problem
        raise typer.Exit(outcome.exit_code)


def _result_text(outcome: Outcome, proposed: Sequence[Result], output: ResultFormat) -> str:
    """What stdout gets: the outcome, and what became of its pull request."""
    from greenfix.report.results import results_text
    from greenfix.report.verdict import outcome_json, outcome_text

    if output is ResultFormat.JSON:
        return outcome_json(outcome, next((each.url for each in proposed if each.url), None))
    return outcome_text(outcome) + (results_text(proposed) if proposed else "")


@contextmanager
def _going_on() -> Iterator[None]:
    """Whoever leaves an experiment that goes on is told how to come back to it."""
    from greenfix.detached import GoesOn

    try:
        yield
    except GoesOn as left:
        say(str(left))
        raise typer.Exit from None


def _in_text(
    request: Callable[[], Request],
    cancel: threading.Event,
    *,
    interactive: bool,
    verbose: bool,
    detached: bool | None,
) -> Outcome:
    """In words. ``detached`` is None for a story of this process, else whether the one in the background commits."""
    from greenfix.cli.progress import narration
    from greenfix.detached.story import Story, detach
    from greenfix.narrator import Attended, Unattended

    def ask(question: str) -> bool:
        return typer.confirm(question, default=True, err=True)

    with narration() as (stay, work):
        front = Attended(stay, work, ask, verbose=verbose) if interactive else Unattended(stay, work, verbose=verbose)
        if detached is not None:
            return detach(request(), front, cancel, commits=detached)
        return Story(request, attended=interactive)(front, cancel)


def _on_screen(request: Callable[[], Request], repository: Path, settings: Settings) -> Outcome:
    gc.disable()  # what is imported makes no garbage: 0.04 s of the first paint
    from greenfix.settings import load_appearance
    from greenfix.tui.app import ReviewApp  # textual costs 208 ms, only the screen needs it

    leaving = threading.Event()

    def story(front: Front, cancel: threading.Event) -> Outcome:
        gc.freeze()
        gc.enable()
        from greenfix.detached.story import Story  # numpy and the rules load behind the first paint

        return Story(request, leaving)(front, cancel)

    def pull_request(outcome: Outcome, dry_run: bool) -> str:
        return proposing.told(request(), outcome, dry_run=dry_run)

    app = ReviewApp(story, repository.resolve().name, load_appearance(settings), pull_request, leaving.set)
    return app.review()
