"""``greenfix judge``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from greenfix.cli import measuring
from greenfix.cli.boundary import boundary
from greenfix.cli.measuring import DEFAULTS, ResultFormat


def judge(
    readings: Annotated[Path, typer.Argument(metavar="READINGS.csv", help="Recorded readings.")],
    max_blocks: measuring.Blocks = DEFAULTS.maximum_blocks,
    min_saving: measuring.MinimumSaving = DEFAULTS.minimum_saving,
    output: measuring.Output = ResultFormat.TEXT,
) -> None:
    """Apply the statistics of `verify` to readings of a meter of your own, one verdict an experiment.

    The table has the columns experiment, block, arm (original or candidate), energy_joules and, if you like, metric
    and stratum (the node or device on which a block ran).
    With --format json each line of stdout is one object. What the arms compute is compared by `metric`, where given.
    Exit code 0: judged, whatever the verdicts; 2: the table is malformed.

    Examples:
    - `greenfix judge readings.csv`
    - `greenfix judge readings.csv --format json`
    """
    with boundary():
        from greenfix_verify.policy import Policy
        from greenfix_verify.readings import judge_table

        from greenfix.report.verdict import verdict_fields, verdict_line

        for experiment, verdict in judge_table(readings, Policy(maximum_blocks=max_blocks, minimum_saving=min_saving)):
            if output is ResultFormat.JSON:
                fields = verdict_fields(verdict)
                blocks = fields.pop("blocks")
                document = {"experiment": experiment, "verdict": fields.pop("verdict"), "blocks_used": blocks, **fields}
                words = {"behaviour": verdict.behaviour.value, "reason": verdict.reason, "settle": verdict.settle}
                typer.echo(json.dumps({**document, **words}))
            else:
                typer.echo(f"{' '.join(experiment.split())}: {verdict_line(verdict)}. {verdict.reason}")
