"""``greenfix doctor``."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greenfix.cli import measuring
from greenfix.cli.boundary import boundary
from greenfix.cli.measuring import DEFAULTS, ResultFormat
from greenfix.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from greenfix_verify.policy import Policy

    from greenfix.calibration import Calibration


def doctor(
    repository: Annotated[
        Path, typer.Argument(metavar="REPOSITORY", help="A git repository.", show_default="this folder")
    ] = Path(),
    command: Annotated[
        list[str] | None, typer.Argument(metavar="-- COMMAND", help="With --calibrate: the program to run.")
    ] = None,
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="Run the program against itself and say how small a saving shows.")
    ] = False,
    blocks: Annotated[int, typer.Option(help="Blocks of a calibration, two runs each.", min=5, max=100)] = 10,
    warmup: measuring.Warmup = DEFAULTS.warmup_blocks,
    cooldown: measuring.Cooldown = DEFAULTS.cooldown_seconds,
    timeout: measuring.Timeout = 3600.0,
    seed: measuring.Seed = DEFAULTS.seed,
    output: measuring.Output = ResultFormat.TEXT,
    verbose: measuring.Verbose = False,
) -> None:
    """Say what this machine can measure, and with --calibrate how well.

    Exit code 0: it can measure or estimate; 2: something is missing; 3: too few undisturbed blocks to promise
    anything; 4: the calibration's measurement is bad.

    Examples:
    - `greenfix doctor`
    - `greenfix doctor repo/ --format json`
    - `greenfix doctor --calibrate repo/ -- python train.py --epochs 1`
    """
    with boundary() as cancel:
        from greenfix_verify.meter.codecarbon_meter import CodeCarbonMeter
        from greenfix_verify.policy import Policy

        from greenfix.doctor import examine
        from greenfix.report.doctor import calibration_text, checkup_text, doctor_json

        if command and not calibrate:
            raise UsageError("A command is only run with --calibrate.", "`greenfix doctor --calibrate REPO -- COMMAND`")
        if calibrate and not command:
            raise UsageError("Which program shall be run?", "`greenfix doctor --calibrate REPO -- python train.py`")
        checkup = examine(repository, CodeCarbonMeter())
        if output is ResultFormat.TEXT:
            typer.echo(checkup_text(checkup), nl=False)
        found = None
        if calibrate and checkup.ready:
            policy = Policy(
                maximum_blocks=blocks,
                warmup_blocks=warmup,
                cooldown_seconds=cooldown,
                timeout_seconds=timeout,
                seed=seed,
            )
            found = _calibrated(repository, tuple(command or ()), policy, cancel, verbose=verbose)
        if output is ResultFormat.JSON:
            typer.echo(doctor_json(checkup, found), nl=False)
        elif found is not None:
            typer.echo(f"\n{calibration_text(found)}", nl=False)
        raise typer.Exit(_exit_code(found) if checkup.ready else ExitCode.USAGE)


def _calibrated(
    repository: Path, words: tuple[str, ...], policy: Policy, cancel: threading.Event, *, verbose: bool
) -> Calibration:
    from greenfix.calibration import run_calibration
    from greenfix.cli.progress import narration
    from greenfix.narrator import Narrator
    from greenfix.repository import open_repository

    with narration() as (stay, work):
        tell = Narrator(stay, work, verbose=verbose).tell
        return run_calibration(open_repository(repository), words, policy, tell, cancel)


def _exit_code(found: Calibration | None) -> ExitCode:
    if found is not None and found.problem:
        return ExitCode.INVALID
    return ExitCode.INCONCLUSIVE if found is not None and found.noise is None else ExitCode.FINE
