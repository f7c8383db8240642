"""Does choosing among several strategies inflate what the winner is said to save?

Simulates whole races through the functions that run real ones: screening with successive halving, then the winner on
fresh blocks. Prints a Markdown table:

    python benchmarks/races.py [races per row, default 2000]

``in the race`` is what screening saw of the winner, which chose it and is therefore too good; ``on fresh blocks`` is
what is reported, and ``corrected`` the same corrected for stopping early. Errors are against the winner's true saving,
in percentage points, over all races, whatever their verdict.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from greenfix_verify.conclusion import judge_ratios, verdict_on
from greenfix_verify.policy import Policy
from greenfix_verify.race import next_block, standings
from greenfix_verify.reading import Component, ComponentEnergy, Provenance, Reading
from greenfix_verify.run import ORIGINAL, Behaviour, Counters, Ending, Run
from greenfix_verify.screening import Fate
from greenfix_verify.sequential import plan
from greenfix_verify.stopping import corrected_mean
from greenfix_verify.verdict import VerdictKind


@dataclass(frozen=True, slots=True)
class Field:
    """True savings of the candidates (fractions), and the noise of a run (standard deviation, a fraction)."""

    name: str
    savings: tuple[float, ...]
    noise: float


FIELDS = (
    *(Field(f"6 equal, noise {100 * noise:g} %", (0.0,) * 6, noise) for noise in (0.03, 0.05, 0.10)),
    *(Field(f"6 equal, noise {100 * noise:g} %", (0.05,) * 6, noise) for noise in (0.03, 0.05)),
    Field("6 equal, noise 5 %", (0.24,) * 6, 0.05),
    Field("one of 6 saves, noise 5 %", (0.1, 0.0, 0.0, 0.0, 0.0, 0.0), 0.05),
    Field("one of 4 saves, others cost, noise 5 %", (-0.6, -0.1, 0.24, 0.0), 0.05),
    Field("all of 4 cost, noise 5 %", (-0.6, -0.1, -0.2, -0.12), 0.05),
)


@dataclass(frozen=True, slots=True)
class Result:
    """One race. Savings are fractions; None where no candidate was worth an experiment."""

    best_chosen: bool
    runs: int
    verdict: VerdictKind
    truth: float
    in_race: float | None = None
    fresh: float | None = None
    corrected: float | None = None


def simulate(field: Field, races: int, policy: Policy, seed: int = 1) -> list[Result]:
    """Run many races of one field."""
    generator = np.random.default_rng(seed)
    return [race(field, policy, generator) for _ in range(races)]


def race(field: Field, policy: Policy, generator: np.random.Generator) -> Result:
    """Screen all candidates and confirm the winner on fresh blocks."""
    truth = {f"fix-{number}": saving for number, saving in enumerate(field.savings)} | {ORIGINAL: 0.0}
    candidates = [name for name in truth if name != ORIGINAL]
    runs: tuple[Run, ...] = ()
    while (block := next_block(runs, candidates, policy)) is not None:
        runs += tuple(
            _run(block.number, position, arm, block.warmup, _energy(truth[arm], field.noise, generator))
            for position, arm in enumerate(block.order)
        )
    best = standings(runs, candidates, policy)[0]
    chosen = truth[best.arm] == max(field.savings)
    if best.fate is not Fate.AHEAD:
        return Result(chosen, len(runs), VerdictKind.NO_SAVING, truth[best.arm], best.saving)
    looks = plan(policy)
    ratios = [
        math.log(_energy(truth[best.arm], field.noise, generator) / _energy(0.0, field.noise, generator))
        for _ in range(policy.maximum_blocks)
    ]
    judged = judge_ratios(ratios, policy, looks)
    return Result(
        chosen,
        len(runs) + 2 * (judged.blocks + policy.warmup_blocks),
        verdict_on(judged, policy, Provenance.MEASURED).kind,
        truth[best.arm],
        best.saving,
        judged.saving.estimate if judged.saving else None,
        -math.expm1(corrected_mean(ratios[: judged.blocks], looks)),
    )


def rows(races: int, policy: Policy) -> Iterator[str]:
    """The table, line by line."""
    columns = ["candidates", "true", "best chosen", "confirmed", "saves", "in the race", "on fresh blocks", "corrected"]
    yield f"| {' | '.join([*columns, 'runs'])} |"
    yield f"|{'---|' * (len(columns) + 1)}"
    for field in FIELDS:
        found = simulate(field, races, policy)
        confirmed = [each for each in found if each.fresh is not None]
        saves = sum(each.verdict is VerdictKind.SAVES for each in found) / races
        errors = (mean_error(confirmed, name) for name in ("in_race", "fresh", "corrected"))
        yield (
            f"| {field.name} | {', '.join(f'{saving:.0%}' for saving in sorted(set(field.savings)))} "
            f"| {np.mean([each.best_chosen for each in found]):.2f} | {len(confirmed) / races:.3f} | {saves:.4f} "
            f"| {' | '.join(f'{error:+.2f}' for error in errors)} | {np.mean([each.runs for each in found]):.0f} |"
        )


def mean_error(results: Sequence[Result], name: str) -> float:
    """Mean of estimate minus truth, in percentage points; not a number where nothing was confirmed."""
    errors = [getattr(each, name) - each.truth for each in results]
    return 100.0 * float(np.mean(errors)) if errors else math.nan


def _energy(saving: float, noise: float, generator: np.random.Generator) -> float:
    return 100.0 * (1.0 - saving) * max(0.1, 1.0 + float(generator.normal(0.0, noise)))


def _run(block: int, position: int, arm: str, warmup: bool, joules: float) -> Run:
    part = ComponentEnergy(Component.GPU, joules, Provenance.MEASURED, "simulated")
    counters = Counters(60.0, 60.0, 1.0, 2**30, 0, 0)
    reading = Reading((part,), joules, "simulated")
    return Run(block, position, arm, warmup, 0.0, 60.0, Ending.COMPLETED, 0, reading, counters, Behaviour())


def main() -> None:
    """Print the table."""
    races = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    for row in rows(races, Policy()):
        sys.stdout.write(row + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
