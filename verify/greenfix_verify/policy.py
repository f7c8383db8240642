"""The numbers fixed before the first run: they are stored with the evidence and never change afterwards."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """What decides. Rates are fractions (0.05 is 5 %), times are seconds.

    Attributes:
        alpha: one-sided error rate of a false ``saves``, over all looks together.
        confidence: level of the interval of the saving.
        minimum_saving: a smaller estimated saving is ``no saving``, however significant.
        maximum_blocks: the experiment ends here at the latest.
        warmup_blocks: discarded blocks before the first that counts.
        metric_margin: relative difference of a metric that still counts as equivalent.
        accuracy_margin: the same for metrics between 0 and 1, absolute (0.005 is half a point of accuracy).
        allow_estimated: the gate may commit on estimated energy.
        allow_unknown_behaviour: the gate may commit although nothing shows what the program computed.
        timeout_seconds: a run that takes longer is stopped; None waits for ever.
        cooldown_seconds: fixed pause before each run; None waits until the devices look as before the first run, where
            a counter measures energy, and not at all elsewhere.
        maximum_foreign_load: mean cores that other processes may keep busy during a run before it counts as disturbed.
            Applied only to energy that a counter measured: such a counter sees the whole machine. Energy attributed
            from the run's own CPU seconds barely moves with a neighbour (3 % where wall time moves 30 %), so there
            the load is recorded and nothing is discarded. None never disturbs.
        maximum_disturbed_blocks: so many disturbed blocks are repeated before the experiment gives up.
        seed: of the order of arms, of the PYTHONHASHSEED of every run, and of the program's random generators.
        seed_program: whether the observer seeds Python's, NumPy's and TensorFlow's global generators before the
            program starts, so that a program that seeds nothing computes the same in every run.
        metrics_file: a JSON or CSV file of metrics that the program writes; empty: none is declared.
        metric_pattern: a regular expression whose groups are metrics on standard output; empty: none.
        outputs: files that the program writes and that must come out the same.
        screening_blocks: blocks of each round in which many candidates race, before the worse half leaves.
        budget_seconds: no further block starts once the runs took so long together; None is without end.
        budget_joules: the same for their energy.
        guard: the question is whether the candidate costs, not whether it saves: the experiment ends early when a cost
            has little chance of being shown, and what the programs compute is recorded but decides nothing, for a
            change may be meant to compute something else. The error rates are the same.
        environment: variables of the measured program, each ``KEY=VALUE``, besides what it inherits.
    """

    alpha: float = 0.05
    confidence: float = 0.95
    minimum_saving: float = 0.01
    maximum_blocks: int = 24
    warmup_blocks: int = 1
    metric_margin: float = 0.01
    accuracy_margin: float = 0.005
    allow_estimated: bool = False
    allow_unknown_behaviour: bool = False
    timeout_seconds: float | None = 3600.0
    cooldown_seconds: float | None = None
    maximum_foreign_load: float | None = 1.0
    maximum_disturbed_blocks: int = 6
    seed: int = 20260622
    seed_program: bool = True
    metrics_file: str = ""
    metric_pattern: str = ""
    outputs: tuple[str, ...] = ()
    screening_blocks: int = 2
    budget_seconds: float | None = None
    budget_joules: float | None = None
    guard: bool = False
    environment: tuple[str, ...] = ()
