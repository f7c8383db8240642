"""``greenfix replicate``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from greenfix.cli import measuring
from greenfix.cli.boundary import boundary
from greenfix.cli.measuring import ResultFormat


class ScaleName(StrEnum):
    """How large the programs are."""

    CPU = "cpu"
    GPU = "gpu"


def replicate(
    scale: Annotated[ScaleName, typer.Option(help="gpu is the published size, cpu a short one.")] = ScaleName.CPU,
    python: Annotated[
        Path | None, typer.Option(help="An interpreter with TensorFlow.", show_default="python3 on PATH")
    ] = None,
    blocks: Annotated[int | None, typer.Option(help="How often each program runs.", min=6, show_default="8")] = None,
    output: measuring.Output = ResultFormat.TEXT,
    verbose: measuring.Verbose = False,
) -> None:
    """Repeat the paper's experiment: what IMR and UTR cost, read in several ways, and what the winning fix gives back.

    Each variant is measured against its clean program in every block, in random order. Finished runs are kept: the same
    command goes on where it stopped. The table (Markdown) comes on stdout.

    Exit code 0: measured, whatever came out; 2: something is missing, such as an interpreter with TensorFlow.

    Examples:
    - `greenfix replicate --python .venv-tensorflow/bin/python`
    - `greenfix replicate --scale gpu --python venv/bin/python > table.md`
    """
    with boundary() as cancel:
        from greenfix_verify.command import resolve_command

        from greenfix.cli.progress import narration
        from greenfix.folders import state_folder
        from greenfix.narrator import Narrator
        from greenfix.replication.experiment import replicate as measure_all
        from greenfix.replication.experiment import with_blocks
        from greenfix.replication.variants import SCALES, available_data
        from greenfix.report.replication import replication_json, replication_markdown

        size = with_blocks(SCALES[scale], blocks)
        words = (str(python) if python else "python3", "train.py", *size.words(available_data()))
        with narration() as (stay, work):
            tell = Narrator(stay, work, verbose=verbose).tell
            found = list(measure_all(size, resolve_command(words, Path.cwd()), state_folder(), tell, cancel))
        typer.echo(replication_json(found) if output is ResultFormat.JSON else replication_markdown(found), nl=False)
