"""The options that ``fix`` and ``verify`` share: how to measure, and what is enough."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from greenfix_verify.policy import Policy

from greenfix.cli.budgets import budgets

_MEASURING = "Measuring"
DEFAULTS = Policy()


class ResultFormat(StrEnum):
    """How the result is printed on stdout."""

    TEXT = "text"
    JSON = "json"


def settings_as_defaults(context: typer.Context, repository: Path) -> Path:
    """Let the settings that hold for ``repository`` be the defaults of this command; options given still win."""
    from greenfix.cli.boundary import boundary
    from greenfix.settings import load_settings

    with boundary():
        context.default_map = load_settings(repository).measuring
    return repository


RepositoryArgument = Annotated[
    Path,
    typer.Argument(
        metavar="REPOSITORY",
        help="A git repository, or a folder or file in one.",
        is_eager=True,
        callback=settings_as_defaults,
    ),
]
AllowEstimated = Annotated[
    bool,
    typer.Option(
        "--allow-estimated", help="Accept energy that no hardware counter measured.", rich_help_panel=_MEASURING
    ),
]
Timeout = Annotated[
    float, typer.Option(help="Seconds after which a run is stopped.", min=0.1, rich_help_panel=_MEASURING)
]
Blocks = Annotated[
    int, typer.Option("--max-blocks", help="Stop here at the latest.", min=2, max=100, rich_help_panel=_MEASURING)
]
Warmup = Annotated[
    int, typer.Option("--warmup", help="Blocks that are run and discarded first.", min=0, rich_help_panel=_MEASURING)
]


def _cooldown(text: str) -> float | None:
    if text == "auto":
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise typer.BadParameter(f"{text!r} is neither 'auto' nor a number of seconds")
    return seconds


Cooldown = Annotated[
    float | None,
    typer.Option(
        parser=_cooldown,
        metavar="auto|SECONDS",
        help="Wait before each run; auto: until the device is as cool and idle as before the first one, 120 s at most.",
        show_default="auto",
        rich_help_panel=_MEASURING,
    ),
]
MinimumSaving = Annotated[
    float,
    typer.Option(
        "--min-saving", help="A smaller saving is no saving (0.01 is 1 %).", min=0, max=1, rich_help_panel=_MEASURING
    ),
]
Budget = Annotated[
    list[str] | None,
    typer.Option(
        metavar="AMOUNT",
        help="Start no further block beyond this: 90m, 2h, 0.5kWh, 800kJ. May be given for both.",
        show_default="none",
        rich_help_panel=_MEASURING,
    ),
]
Seed = Annotated[
    int, typer.Option(help="Of the order of runs and of the program's random numbers.", rich_help_panel=_MEASURING)
]
NoObserve = Annotated[
    bool, typer.Option("--no-observe", help="Do not record Keras histories in the runs.", rich_help_panel=_MEASURING)
]
NoSeed = Annotated[
    bool,
    typer.Option("--no-seed", help="Do not seed the program's random numbers.", rich_help_panel=_MEASURING),
]
_RESULTS = "What the program computes"
Metrics = Annotated[
    str,
    typer.Option(
        "--metrics",
        metavar="FILE",
        help="JSON or CSV file of metrics that the program writes.",
        show_default="metrics.json, if it is written",
        rich_help_panel=_RESULTS,
    ),
]
MetricPattern = Annotated[
    str,
    typer.Option(
        "--metric-pattern",
        metavar="REGEX",
        help="Metrics on standard output: one group, or named ones, as in 'accuracy: (?P<accuracy>[0-9.]+)'.",
        rich_help_panel=_RESULTS,
    ),
]
OutputFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--output",
        metavar="FILE",
        help="A file that must come out the same: by its bytes, else by its numbers (npy, npz, csv, json). Repeatable.",
        rich_help_panel=_RESULTS,
    ),
]
Variables = Annotated[
    list[str] | None,
    typer.Option(
        "--env",
        metavar="KEY=VALUE",
        help="A variable of the measured program; kept with the evidence, so no secrets. Repeatable.",
        show_default="only what it inherits",
        rich_help_panel=_MEASURING,
    ),
]
EvidenceFile = Annotated[
    Path | None,
    typer.Option("--evidence", help="Write the evidence here too.", show_default="only .git/greenfix/evidence/"),
]
Output = Annotated[ResultFormat, typer.Option("--format", help="What stdout holds at the end.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show what the measured program prints.")]


def policy_of(
    allow_estimated: bool,
    timeout: float,
    maximum_blocks: int,
    warmup: int,
    cooldown: float | None,
    minimum_saving: float,
    seed: int,
    budget: Sequence[str] | None,
    *,
    seeded: bool,
    metrics: str = "",
    metric_pattern: str = "",
    outputs: Sequence[str] = (),
    environment: Sequence[str] = (),
) -> Policy:
    """The policy that these options ask for.

    Raises:
        PolicyError: the metric pattern is none, or a variable is none or looks like a secret.
        UsageError: a budget that is neither a time nor an energy.
    """
    from greenfix_verify.variables import variables  # 2 ms that `--help` need not wait for

    if metric_pattern:
        from greenfix_verify.declared import compiled  # 20 ms that only whoever has one waits for

        compiled(metric_pattern)
    variables(environment)
    seconds, joules = budgets(budget or ())
    return Policy(
        minimum_saving=minimum_saving,
        maximum_blocks=maximum_blocks,
        warmup_blocks=warmup,
        allow_estimated=allow_estimated,
        timeout_seconds=timeout,
        cooldown_seconds=cooldown,
        seed=seed,
        seed_program=seeded,
        metrics_file=metrics,
        metric_pattern=metric_pattern,
        outputs=tuple(dict.fromkeys(outputs)),
        budget_seconds=seconds,
        budget_joules=joules,
        environment=tuple(environment),
    )
