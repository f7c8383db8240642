"""An experiment as the screen knows it: folded from what is told, drawn from nothing else."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from greenfix_verify.events import (
    BlockJudged,
    CandidatesScreened,
    ExperimentStarted,
    RunFinished,
    RunOutput,
    RunStarted,
    ScreeningStarted,
)
from greenfix_verify.reading import Provenance, provenance_together
from greenfix_verify.run import ORIGINAL, Ending, Run
from greenfix_verify.screening import Standing
from greenfix_verify.verdict import Verdict

from greenfix.events import Belated, Event, RaceStarted, TrialEnded, TrialStarted
from greenfix.tui.words import plain

LOG_LINES = 2_000
"""The tail that is kept: what a program says before that is in its own logs."""


@dataclass(slots=True)
class Block:
    """One run of each arm, as far as they have ended, and what the experiment said after it."""

    number: int
    warmup: bool
    runs: dict[str, Run] = field(default_factory=dict)
    verdict: Verdict | None = None

    def joules(self, arm: str) -> float | None:
        """Energy of the arm's run (J); None while it is missing or when nothing was read."""
        run = self.runs.get(arm)
        return run.reading.joules if run and run.reading else None

    def saving(self, arm: str) -> float | None:
        """1 - candidate/original of this block alone."""
        original, candidate = self.joules(ORIGINAL), self.joules(arm)
        return 1 - candidate / original if original and candidate is not None else None


class Experiment:
    """The experiment of the current trial. ``clock`` counts seconds; tests pass their own."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begun = clock()
        self._run_begun = self._begun
        self._over: float | None = None
        self._late = 0.0
        """How long ago (s) the next event happened."""
        self.trial: TrialStarted | None = None
        self.race: RaceStarted | None = None
        """The race that goes on; None before and after it."""
        self.standings: tuple[Standing, ...] = ()
        self._reset()

    def _reset(self) -> None:
        self.arms: tuple[str, ...] = ()
        self.maximum_blocks = 0
        self.resumed_runs = 0
        self.blocks: dict[int, Block] = {}
        self.verdict: Verdict | None = None
        self.running: RunStarted | None = None
        self.log: deque[str] = deque(maxlen=LOG_LINES)
        self.logged = 0
        """Lines ever written, so that a screen knows how many of ``log`` are new to it."""

    def hear(self, event: Event) -> None:
        """Take in one event; those of others change nothing."""
        if isinstance(event, Belated):
            self._late = event.seconds
        else:
            self._take(event)
            self._late = 0.0

    def _take(self, event: Event) -> None:  # noqa: C901  # one case an event
        match event:
            case RaceStarted():
                self._begin()
                self.race = event
            case ScreeningStarted(candidates, _, resumed_runs, runs):
                self.arms, self.resumed_runs = (ORIGINAL, *candidates), resumed_runs
                self._resume(runs)
            case CandidatesScreened(_, standings):
                self.standings = standings
            case TrialStarted():
                self._begin()
                self.race, self.trial = None, event
            case ExperimentStarted(arms, maximum_blocks, resumed_runs, runs):
                self.arms, self.maximum_blocks, self.resumed_runs = arms, maximum_blocks, resumed_runs
                self._resume(runs)
            case RunStarted():
                self.running, self._run_begun = event, self._now
                self._write(f"── {self._place(event)}")
            case RunOutput(line):
                self._write(plain(line))
            case RunFinished(run):
                self._finish(run)
            case TrialEnded():
                self._over = self._now
            case BlockJudged(block, verdict):
                self.verdict = verdict
                self.blocks[block].verdict = verdict
            case _:
                pass

    def _begin(self) -> None:
        self._reset()
        self._begun, self._over = self._now, None

    @property
    def _now(self) -> float:
        return self._clock() - self._late

    def _resume(self, runs: Sequence[Run]) -> None:
        """Show what the ledger holds as if it had just been measured."""
        for run in runs:
            self._finish(run)

    def _finish(self, run: Run) -> None:
        self.running = None
        self.blocks.setdefault(run.block, Block(run.block, run.warmup)).runs[run.arm] = run
        if run.ending is not Ending.COMPLETED:
            self._write(f"── {run.ending}: {plain(run.detail)}")

    def _write(self, text: str) -> None:
        for line in text.splitlines() or [""]:
            self.log.append(line)
            self.logged += 1

    @staticmethod
    def _place(run: RunStarted) -> str:
        return f"{run.arm}, warm-up" if run.warmup else f"{run.arm}, block {run.block}"

    @property
    def candidate(self) -> str:
        """The name of the arm that is compared with the original."""
        return self.candidates[0] if self.candidates else ""

    @property
    def runs(self) -> list[Run]:
        """Every run that ended, in order of the blocks."""
        return [run for block in self.blocks.values() for run in block.runs.values()]

    @property
    def provenance(self) -> Provenance | None:
        """Of the energy read so far: measured only when every reading was."""
        found = {run.reading.provenance for run in self.runs if run.reading}
        return provenance_together(found) if found else None

    @property
    def counted(self) -> int:
        """Blocks complete, without warm-up. In a race a block has only the arms that are still in it."""
        if self.race is not None:
            return max((standing.blocks for standing in self.standings), default=0)
        return sum(not block.warmup and len(block.runs) == len(self.arms) for block in self.blocks.values())

    @property
    def candidates(self) -> tuple[str, ...]:
        """The arms that are compared with the original."""
        return tuple(arm for arm in self.arms if arm != ORIGINAL)

    @property
    def explained(self) -> tuple[Run, ...]:
        """The runs of complete blocks that count: what the counters are compared on."""
        blocks = (block for block in self.blocks.values() if not block.warmup and len(block.runs) == len(self.arms))
        return tuple(run for block in blocks for run in block.runs.values())

    @property
    def elapsed(self) -> float:
        """Seconds since the trial began, until it was over."""
        return (self._clock() if self._over is None else self._over) - self._begun

    @property
    def run_elapsed(self) -> float:
        """Seconds since the running program was started."""
        return self._clock() - self._run_begun

    @property
    def remaining(self) -> float | None:
        """Seconds until the last block at the latest, from the runs so far; None before the first counted block."""
        walls = [run.counters.wall_seconds for run in self.runs]
        if not self.counted or self.race is not None:
            return None
        left = (self.maximum_blocks - self.counted) * len(self.arms) * sum(walls) / len(walls)
        return max(0.0, left - self.run_elapsed if self.running else left)
