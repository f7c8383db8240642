"""``greenfix diagnose``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from greenfix.cli import measuring
from greenfix.cli.boundary import boundary, say
from greenfix.cli.measuring import ResultFormat
from greenfix.errors import ExitCode

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from greenfix.diagnosis.running import DiagnosisEvent, DiagnosisProgress, Question, Tell
    from greenfix.diagnosis.value import Diagnosis
    from greenfix.narrator import Narrator

EVERY_SECONDS = 15.0
"""A line that stays tells how far the program is."""


def diagnose(
    repository: Annotated[
        Path, typer.Argument(metavar="REPOSITORY", help="A git repository, or a folder or file in one.")
    ],
    command: Annotated[
        list[str] | None, typer.Argument(metavar="-- COMMAND", help="The training program to run.")
    ] = None,
    include_dirty: Annotated[bool, typer.Option("--include-dirty", help="Run uncommitted changes too.")] = False,
    timeout: Annotated[float, typer.Option(help="Seconds after which the run is stopped.", min=0.1)] = 3600.0,
    env: measuring.Variables = None,
    output: measuring.Output = ResultFormat.TEXT,
    verbose: measuring.Verbose = False,
) -> None:
    """Run the program once and say which findings really hold memory or retrace, by line. Measures no energy.

    Your files stay as they are. Exit code 0: nothing confirmed; 1: at least one finding is confirmed; 2: something is
    missing; 3: stopped by the time-out; 4: the program failed.

    Examples:
    - `greenfix diagnose . -- python train.py --epochs 3`
    - `greenfix diagnose . --format json -- python train.py`
    """
    with boundary() as cancel:
        from greenfix_verify.errors import Interrupted
        from greenfix_verify.variables import variables

        from greenfix.diagnosis.running import Question
        from greenfix.report.diagnosis import diagnosis_json, diagnosis_text, ending_text

        variables(env or ())  # what is refused is refused before anything is done
        question = Question(repository, tuple(command or ()), include_dirty, timeout, tuple(env or ()))
        try:
            diagnosis = _narrated(question, cancel, verbose=verbose)
        except (Interrupted, KeyboardInterrupt):
            say("greenfix: Stopped. Nothing of this run is kept.")
            raise typer.Exit(ExitCode.INTERRUPTED) from None
        typer.echo(diagnosis_json(diagnosis) if output is ResultFormat.JSON else diagnosis_text(diagnosis), nl=False)
        if bad := ending_text(diagnosis):
            say(f"greenfix: {bad}")
        raise typer.Exit(_exit_code(diagnosis))


def _narrated(question: Question, cancel: threading.Event, *, verbose: bool) -> Diagnosis:
    from greenfix.cli.progress import narration
    from greenfix.diagnosis.running import diagnose as run_diagnosis
    from greenfix.narrator import Narrator

    with narration() as (stay, work):
        return run_diagnosis(question, _listener(Narrator(stay, work, verbose=verbose), stay, work), cancel)


def _listener(narrator: Narrator, stay: Callable[[str], None], work: Callable[[str], None]) -> Tell:
    """What is told of a diagnosis; the events that it shares with ``fix`` are told as there."""
    from greenfix.diagnosis.running import DiagnosisProgress, DiagnosisStarted
    from greenfix.diagnosis.words import count_text

    said = 0.0

    def tell(event: DiagnosisEvent) -> None:
        nonlocal said
        if isinstance(event, DiagnosisStarted):
            stay(f"Running `{event.command}` once, looking at {count_text(event.places, 'place')}.")
        elif isinstance(event, DiagnosisProgress):
            line = _progress(event)
            work(line)
            if event.seconds - said >= EVERY_SECONDS:
                said = event.seconds
                stay(f"  {line}")
        else:
            narrator.tell(event)

    return tell


def _progress(event: DiagnosisProgress) -> str:
    return (
        f"after {event.seconds:.0f} s: {event.resident_bytes / 2**20:.0f} MiB resident, "
        f"{event.models} models built, {event.traces} functions traced"
    )


def _exit_code(diagnosis: Diagnosis) -> ExitCode:
    from greenfix_verify.run import Ending

    from greenfix.diagnosis.value import State

    if diagnosis.ending is Ending.TIMED_OUT:
        return ExitCode.INCONCLUSIVE
    if diagnosis.ending is not Ending.COMPLETED:
        return ExitCode.INVALID
    confirmed = any(each.state is State.CONFIRMED for each in diagnosis.findings)
    return ExitCode.FINDINGS if confirmed else ExitCode.FINE
