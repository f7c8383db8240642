"""What earlier experiments of this repository tell of a command: that it was used, how long it takes, what it needs.

Everything is read from the ledger, so nothing has to be kept beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from greenfix_verify.codec import CodecError, decode, encode
from greenfix_verify.command import Command
from greenfix_verify.ledger import Ledger
from greenfix_verify.machine import Machine
from greenfix_verify.reading import Provenance, provenance_together
from greenfix_verify.run import ORIGINAL, Run

SCREENING = "screening "
"""With this the identity of a race begins (``race``), and what follows is the same as of an experiment."""


@dataclass(frozen=True, slots=True)
class OneRun:
    """What one run of the original takes: means over ``runs`` earlier ones, in s and J."""

    seconds: float
    joules: float
    provenance: Provenance
    runs: int


@dataclass(frozen=True, slots=True)
class _Experiment:
    digest: str
    command: Command
    machine: object


def ledger_file(state: Path) -> Path:
    """Where the ledger of a repository lies."""
    return state / "ledger.sqlite"


def used_commands(state: Path) -> tuple[tuple[str, ...], ...]:
    """The commands that were measured before, as a person typed them, the last used first.

    Raises:
        LedgerError: there is a ledger, and it cannot be read.
    """
    if not ledger_file(state).is_file():
        return ()
    with Ledger(ledger_file(state)) as ledger:
        return tuple(dict.fromkeys(_typed(each.command) for each in _newest_first(ledger)))


def one_run(state: Path, command: Command, machine: Machine) -> OneRun | None:
    """What one run of the original took when ``command`` was last measured on this machine; None if it never was.

    Warm-up runs count only where there is no other: they are longer, by the imports that the disk has to fetch.

    Raises:
        LedgerError: there is a ledger, and it cannot be read.
    """
    if not ledger_file(state).is_file():
        return None
    with Ledger(ledger_file(state)) as ledger:
        for each in _newest_first(ledger):
            if each.command.argv == command.argv and each.machine == encode(machine):
                runs = [run for run in ledger.runs(each.digest) if run.arm == ORIGINAL and run.usable]
                if runs:
                    return _mean([run for run in runs if not run.warmup] or runs)
    return None


def _mean(runs: Sequence[Run]) -> OneRun:
    readings = [run.reading for run in runs if run.reading is not None]
    return OneRun(
        fmean(run.ended_at - run.started_at for run in runs),
        fmean(reading.joules for reading in readings),
        provenance_together(reading.provenance for reading in readings),
        len(runs),
    )


def _newest_first(ledger: Ledger) -> Iterator[_Experiment]:
    """Every experiment that this version can read; an older one's is no loss, it only tells less."""
    for digest, header in reversed(ledger.experiments()):
        try:
            identity = json.loads(json.loads(header)["identity"].removeprefix(SCREENING))
            yield _Experiment(digest, decode(Command, identity["command"]), identity["machine"])
        except (CodecError, ValueError, KeyError, TypeError):
            continue


def _typed(command: Command) -> tuple[str, ...]:
    """``python train.py`` where greenfix found the interpreter, which it finds again; else as it stands."""
    found = command.interpreter is not None and command.how != "named in the command"
    if found and command.argv[0] == str(command.interpreter):
        return ("python", *command.argv[1:])
    return command.argv
