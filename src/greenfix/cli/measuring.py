"""The options that ``fix`` and ``verify`` share: how to measure, and what is enough."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from greenfix_verify.policy import Policy

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
    *,
    seeded: bool,
) -> Policy:
    """The policy that these options ask for."""
    return Policy(
        minimum_saving=minimum_saving,
        maximum_blocks=maximum_blocks,
        warmup_blocks=warmup,
        allow_estimated=allow_estimated,
        timeout_seconds=timeout,
        cooldown_seconds=cooldown,
        seed=seed,
        seed_program=seeded,
    )
