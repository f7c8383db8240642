"""What is known before anything was measured here: our own trials on another machine, as observations like any other.

CPU seconds of a 2-core machine without a GPU (TensorFlow 2.21, Keras 3.15, tf-keras for graph mode), as found and
mended. The machine was shared, and some figures are one run each: a ratio may be off by a tenth (``STANDARD_ERROR``).
``kept`` is what the leak held, ``passes`` how often the loop ran. ``docs/cost-model.md`` says more of each program;
those of the corpus stand in ``corpus/README.md``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from greenfix_codemods.finding import Mode

from greenfix.cost_model.observation import Observation, Situation, Stage

STANDARD_ERROR = 0.1
"""Of a published log ratio."""
MACHINE = "published"
_MIB = 2**20


@dataclass(frozen=True, slots=True)
class Trial:
    """A program as found and mended, in CPU seconds."""

    program: str
    rule: str
    strategy: str
    before: float
    after: float
    passes: int
    mode: Mode = Mode.EAGER
    keras: int = 3
    kept: int | None = None


TRIALS = (
    Trial("folds of one short epoch", "IMR001", "clear-session", 16.0, 26.3, 30),
    Trial("folds of one short epoch", "IMR001", "clear-session-no-gc", 16.0, 16.5, 30),
    Trial("folds of one short epoch", "IMR001", "freeze-and-clear", 15.1, 17.3, 30),
    Trial("folds of one short epoch", "IMR001", "hoist-and-reset", 16.0, 3.2, 30),
    Trial("folds of 20 epochs", "IMR001", "clear-session", 11.8, 14.8, 8),
    Trial("folds of 20 epochs", "IMR001", "clear-session-no-gc", 11.8, 13.2, 8),
    Trial("folds of 20 epochs", "IMR001", "hoist-and-reset", 11.8, 11.0, 8),
    Trial("folds in graph mode", "IMR001", "clear-session", 27.7, 8.1, 40, Mode.GRAPH, 2),
    Trial("corpus: imr-kfold-graph", "IMR001", "clear-session", 27.8, 12.9, 5, Mode.GRAPH, 2),
    Trial("corpus: imr-kfold-eager", "IMR001", "clear-session", 13.5, 13.9, 5),
    Trial("compile in each pass", "IMR002", "hoist-compile", 23.6, 4.0, 40),
    Trial("corpus: imr-compile-epoch", "IMR002", "hoist-compile", 22.4, 12.5, 40),
    Trial("steps that keep 60 MB each", "UTR001", "store-scalar", 24.5, 13.0, 100, kept=6000 * _MIB),
    Trial("steps that keep 60 MB each", "UTR001", "release", 24.5, 12.4, 100, kept=6000 * _MIB),
    Trial("steps that keep 60 MB each", "UTR001", "release-and-collect", 24.5, 13.1, 100, kept=6000 * _MIB),
    Trial("steps that keep 60 MB each", "UTR001", "freeze-and-collect", 24.5, 13.0, 100, kept=6000 * _MIB),
    Trial("steps that keep outputs and batch", "UTR001", "store-scalar", 3.4, 2.8, 100, kept=400 * _MIB),
    Trial("steps that keep a scalar loss", "UTR001", "store-scalar", 3.0, 2.8, 100, kept=90_000),
    Trial("corpus: utr-activations", "UTR001", "store-scalar", 11.4, 9.6, 480, kept=1200 * _MIB),
)


def published() -> tuple[Observation, ...]:
    """The trials as observations."""
    return tuple(_observation(trial) for trial in TRIALS)


def _observation(trial: Trial) -> Observation:
    seconds = trial.before / trial.passes
    situation = Situation(
        trial.rule, trial.strategy, trial.mode, trial.keras, trial.kept, seconds, trial.program, MACHINE
    )
    ratio = math.log(trial.after / trial.before)
    return Observation(
        *(situation, Stage.PUBLISHED, "published", ratio, STANDARD_ERROR, 1, "CPU seconds"),
        program=trial.program,
        experiment=trial.program,
        day="2026-11-22",
    )
