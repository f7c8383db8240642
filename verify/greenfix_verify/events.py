"""What an experiment tells while it works. A listener is any callable; the default listens to nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from greenfix_verify.run import Run
from greenfix_verify.screening import Standing
from greenfix_verify.verdict import Verdict


@dataclass(frozen=True, slots=True)
class ExperimentStarted:
    """The schedule is written: arms in order of the table, blocks at most, number and list of runs in the ledger."""

    arms: tuple[str, ...]
    maximum_blocks: int
    resumed_runs: int
    runs: tuple[Run, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class CoolingDown:
    """The next run waits until the machine is as before the first one, or for a fixed time."""

    arm: str


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A fresh process begins."""

    block: int
    position: int
    arm: str
    warmup: bool


@dataclass(frozen=True, slots=True)
class RunOutput:
    """One line that the measured program wrote (stdout or stderr), without its line end."""

    line: str


@dataclass(frozen=True, slots=True)
class RunFinished:
    """A run is over and stands in the ledger."""

    run: Run


@dataclass(frozen=True, slots=True)
class BlockJudged:
    """A block is complete; ``verdict`` is what the experiment would say of ``arm`` if it stopped here."""

    block: int
    verdict: Verdict
    arm: str = ""


@dataclass(frozen=True, slots=True)
class ScreeningStarted:
    """Candidates race: rounds of ``blocks`` blocks, after each of which the worse half leaves.

    ``runs`` are those already in the ledger, ``resumed_runs`` their number.
    """

    candidates: tuple[str, ...]
    blocks: int
    resumed_runs: int
    runs: tuple[Run, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class CandidatesScreened:
    """A block of a screening is over; ``standings`` say where each candidate is now, the best one first."""

    block: int
    standings: tuple[Standing, ...]


@dataclass(frozen=True, slots=True)
class CommandRan:
    """A command is over: ``words`` in ``directory``, for ``seconds`` (s).

    ``exit_code`` is negative for a signal and None for a helper that keeps running. The words are shown to people: a
    token among them was replaced by who tells this.
    """

    words: tuple[str, ...]
    directory: Path
    exit_code: int | None
    seconds: float


VerifyEvent = (
    CommandRan
    | ExperimentStarted
    | CoolingDown
    | RunStarted
    | RunOutput
    | RunFinished
    | BlockJudged
    | ScreeningStarted
    | CandidatesScreened
)
Listener = Callable[[VerifyEvent], None]


def silence(event: VerifyEvent) -> None:
    """The listener of those who do not listen."""
