"""``greenfix verify``."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Annotated

import typer

from greenfix.cli import measuring
from greenfix.cli.boundary import boundary
from greenfix.cli.measuring import DEFAULTS, ResultFormat


class FailOn(StrEnum):
    """Which verdicts make the exit code 1."""

    NOT_SAVES = "not-saves"
    COST = "cost"


def verify(
    repository: measuring.RepositoryArgument,
    command: Annotated[list[str], typer.Argument(metavar="-- COMMAND", help="The program to measure.")],
    baseline: Annotated[str, typer.Option(metavar="REV", help="The original: branch, tag or commit.")],
    candidate: Annotated[str, typer.Option(metavar="REV", help="What is compared with it.")] = "HEAD",
    merge_base: Annotated[
        bool, typer.Option("--merge-base", help="The original is where the candidate left the baseline.")
    ] = False,
    fail_on: Annotated[
        FailOn,
        typer.Option(help="What makes the exit code 1; cost: ask whether it costs, not whether it saves."),
    ] = FailOn.NOT_SAVES,
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
    """Measure whether a change saves energy: any change, not only ours.

    Exit code 0: it saves; 1: it does not, or changes behaviour; 2: something is missing; 3: inconclusive; 4: the
    measurement is bad. With --fail-on cost: 0 unless it is shown to cost or no longer runs (1), 2 and 4 as before; what
    the programs compute is recorded and decides nothing.

    Examples:
    - `greenfix verify . --baseline main --candidate my-branch -- python train.py`
    - `greenfix verify . --baseline HEAD~1 --format json -- .venv/bin/python train.py --epochs 3`
    - `greenfix verify . --baseline origin/main --merge-base --fail-on cost -- python train.py`
    - `greenfix verify . --baseline main --metric-pattern 'accuracy: ([0-9.]+)' --output model.npz -- python train.py`
    """
    with boundary() as cancel:
        from greenfix_verify.evidence import write_evidence

        from greenfix.cli.progress import narration
        from greenfix.narrator import Narrator
        from greenfix.outcome import exit_code_of, guard_exit_code_of
        from greenfix.report.verdict import evidence_json, verdict_text
        from greenfix.repository import open_repository
        from greenfix.trial import CANDIDATE, evidence_file
        from greenfix.trial import verify as measure_both

        opened = open_repository(repository)
        original = opened.merge_base(baseline, candidate) if merge_base else opened.resolve(baseline)
        revisions = (original, opened.resolve(candidate))
        guard = fail_on is FailOn.COST
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
        policy = replace(policy, guard=guard)
        with narration() as (stay, work):
            tell = Narrator(stay, work, verbose=verbose).tell
            found = measure_both(opened, revisions, tuple(command), policy, tell, cancel, observe=not no_observe)
        verdict = found.verdicts[CANDIDATE]
        file = evidence or evidence_file(opened, found)
        write_evidence(found, file)
        if output is ResultFormat.JSON:
            typer.echo(evidence_json(verdict, file), nl=False)
        else:
            typer.echo(f"{verdict_text(verdict, found, CANDIDATE)}Evidence: {file}")
        raise typer.Exit(guard_exit_code_of(verdict.kind) if guard else exit_code_of(verdict.kind))
