"""The options that ``fix`` and ``verify`` share: how to measure, and what is enough."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from greenfix_verify.declared import compiled
from greenfix_verify.policy import Policy
from greenfix_verify.reading import JOULES_PER_KWH

from greenfix.errors import UsageError

_MEASURING = "Measuring"
DEFAULTS = Policy()


class ResultFormat(StrEnum):
    """How the result is printed on stdout."""

    TEXT = "text"
    JSON = "json"


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
Cooldown = Annotated[float, typer.Option(help="Seconds to wait before each run.", min=0, rich_help_panel=_MEASURING)]
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
EvidenceFile = Annotated[
    Path | None,
    typer.Option("--evidence", help="Write the evidence here too.", show_default="only .git/greenfix/evidence/"),
]
Output = Annotated[ResultFormat, typer.Option("--format", help="What stdout holds at the end.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show what the measured program prints.")]


def settings_as_defaults(context: typer.Context, repository: Path) -> Path:
    """Let the settings that hold for ``repository`` be the defaults of this command; options given still win."""
    from greenfix.cli.boundary import boundary
    from greenfix.settings import load_settings

    with boundary():
        context.default_map = load_settings(repository).measuring
    return repository


def policy_of(
    allow_estimated: bool,
    timeout: float,
    maximum_blocks: int,
    warmup: int,
    cooldown: float,
    minimum_saving: float,
    seed: int,
    budget: Sequence[str] | None,
    *,
    seeded: bool,
    metrics: str = "",
    metric_pattern: str = "",
    outputs: Sequence[str] = (),
) -> Policy:
    """The policy that these options ask for.

    Raises:
        PolicyError: the metric pattern is none.
        UsageError: a budget that is neither a time nor an energy.
    """
    compiled(metric_pattern)
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
    )


_UNITS = {"s": (1.0, None), "m": (60.0, None), "min": (60.0, None), "h": (3600.0, None)} | {
    unit: (None, joules) for unit, joules in (("j", 1.0), ("kj", 1e3), ("wh", 3600.0), ("kwh", JOULES_PER_KWH))
}


def budgets(amounts: Sequence[str]) -> tuple[float | None, float | None]:
    """Seconds and joules of ``2h``, ``0.5kWh`` and the like; None for what is not limited.

    Raises:
        UsageError: it is neither a time nor an energy.
    """
    seconds = joules = None
    for amount in amounts:
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*", amount.lower())
        if match is None or match[2] not in _UNITS or float(match[1]) == 0:
            raise UsageError(f"--budget {amount} is neither a time (90m, 2h) nor an energy (0.5kWh, 800kJ).")
        time, energy = _UNITS[match[2]]
        seconds = float(match[1]) * time if time else seconds
        joules = float(match[1]) * energy if energy else joules
    return seconds, joules
