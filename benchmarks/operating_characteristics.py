"""How often does the verdict err, how long does it measure, and does the interval keep its word?

Simulates experiments through the very functions that judge real ones and prints a Markdown table:

    python benchmarks/operating_characteristics.py [experiments per row, default 10000]

Energies are simulated run by run in order of time; the order of the arms is random within each block.
"""

from __future__ import annotations

import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from greenfix_verify.conclusion import RatioJudgement, judge_ratios, verdict_on
from greenfix_verify.policy import Policy
from greenfix_verify.reading import Provenance
from greenfix_verify.sequential import Stop, plan
from greenfix_verify.verdict import VerdictKind
from numpy.typing import NDArray

Energies = NDArray[np.float64]
Noise = Callable[[np.random.Generator, int], Energies]


def normal(sd: float) -> Noise:
    """Independent noise of each run, a fraction of its energy."""
    return lambda generator, runs: 1.0 + generator.normal(0.0, sd, runs)


def heavy_tails(generator: np.random.Generator, runs: int) -> Energies:
    """Student t with 3 degrees of freedom, standard deviation 5 %."""
    return np.maximum(1.0 + 0.05 / math.sqrt(3.0) * generator.standard_t(3.0, runs), 0.1)


def outliers(generator: np.random.Generator, runs: int) -> Energies:
    """Noise of 2 %, and one run in twenty needs half as much again."""
    return normal(0.02)(generator, runs) * np.where(generator.random(runs) < 0.05, 1.5, 1.0)


def drift(generator: np.random.Generator, runs: int) -> Energies:
    """3 % more from the first run to the last; noise 1 %."""
    return normal(0.01)(generator, runs) + np.linspace(0.0, 0.03, runs)


def thermal_warmup(generator: np.random.Generator, runs: int) -> Energies:
    """The first runs need up to 10 % less, with a time constant of 6 runs; noise 1 %."""
    return normal(0.01)(generator, runs) - 0.1 * np.exp(-np.arange(runs) / 6.0)


def correlated(generator: np.random.Generator, runs: int) -> Energies:
    """AR(1) with coefficient 0.9, standard deviation 5 %."""
    shocks = generator.normal(0.0, 0.05 * math.sqrt(1.0 - 0.81), runs)
    level = generator.normal(0.0, 0.05)
    levels = np.empty(runs)
    for index, shock in enumerate(shocks):
        level = 0.9 * level + shock
        levels[index] = level
    return 1.0 + levels


def bursty_neighbour(generator: np.random.Generator, runs: int) -> Energies:
    """A neighbour that comes (1 run in 10) and goes (3 in 10) adds up to 30 %; noise 1 %."""
    here, load = False, np.empty(runs)
    for index, (turn, share) in enumerate(generator.random((runs, 2))):
        here = turn >= 0.3 if here else turn < 0.1
        load[index] = 0.3 * share if here else 0.0
    return normal(0.01)(generator, runs) + load


@dataclass(frozen=True, slots=True)
class Scenario:
    """A kind of noise and a true saving (fraction)."""

    name: str
    noise: Noise
    saving: float


NOISES: dict[str, Noise] = {
    "normal 1 %": normal(0.01),
    "normal 5 %": normal(0.05),
    "normal 10 %": normal(0.10),
    "Student t3, 5 %": heavy_tails,
    "5 % outliers x 1.5": outliers,
    "drift 3 %": drift,
    "thermal warm-up": thermal_warmup,
    "AR(1) 0.9, 5 %": correlated,
    "bursty neighbour": bursty_neighbour,
}
SCENARIOS = (
    *(Scenario(name, noise, 0.0) for name, noise in NOISES.items()),
    *(Scenario("normal 5 %", normal(0.05), saving) for saving in (0.02, 0.05, 0.10, 0.24, -0.05, -0.24)),
    Scenario("normal 1 %", normal(0.01), 0.02),
    Scenario("normal 10 %", normal(0.10), 0.24),
    Scenario("Student t3, 5 %", heavy_tails, 0.05),
    Scenario("5 % outliers x 1.5", outliers, 0.05),
    Scenario("AR(1) 0.9, 5 %", correlated, 0.05),
    Scenario("bursty neighbour", bursty_neighbour, 0.05),
)


@dataclass(frozen=True, slots=True)
class Characteristics:
    """Shares of experiments; ``passed`` passed the test, whether or not above the floor of 1 %.

    ``covered``: the interval holds the true saving. ``mean_saving_when_saves``: what a ``saves`` says on average.
    """

    verdicts: dict[VerdictKind, float]
    passed: float
    mean_blocks: float
    covered: float
    mean_saving_when_saves: float | None


def log_ratios(scenario: Scenario, blocks: int, generator: np.random.Generator) -> list[float]:
    """One experiment: log(candidate / original) of each block, the arms in random order within it."""
    energies = np.log(scenario.noise(generator, 2 * blocks)).reshape(blocks, 2)
    candidate_first = generator.random(blocks) < 0.5
    later_minus_earlier = energies[:, 1] - energies[:, 0]
    differences = np.where(candidate_first, -later_minus_earlier, later_minus_earlier) + math.log1p(-scenario.saving)
    return [float(value) for value in differences]


def simulate(scenario: Scenario, experiments: int, policy: Policy, seed: int = 1) -> Characteristics:
    """Judge many experiments of one scenario."""
    looks, generator = plan(policy), np.random.default_rng(seed)
    judged = [
        judge_ratios(log_ratios(scenario, policy.maximum_blocks, generator), policy, looks) for _ in range(experiments)
    ]
    kinds = [verdict_on(one, policy, Provenance.MEASURED).kind for one in judged]
    shares = Counter(kinds)
    shown = [one.saving.estimate for one, kind in zip(judged, kinds, strict=True) if one.saving and kind == "saves"]
    return Characteristics(
        verdicts={kind: shares[kind] / experiments for kind in VerdictKind},
        passed=sum(one.stop is Stop.SUCCESS for one in judged) / experiments,
        mean_blocks=float(np.mean([one.blocks for one in judged])),
        covered=float(np.mean([_covers(one, scenario.saving) for one in judged])),
        mean_saving_when_saves=float(np.mean(shown)) if shown else None,
    )


def _covers(judged: RatioJudgement, truth: float) -> bool:
    saving = judged.saving
    return (
        saving is not None and saving.low is not None and saving.high is not None and saving.low <= truth <= saving.high
    )


def rows(experiments: int, policy: Policy) -> Iterator[str]:
    """The table, line by line."""
    columns = [
        "noise of a run",
        "true saving",
        "test passed",
        "saves",
        "no saving",
        "costs",
        "inconclusive",
        "blocks",
        "covered",
        "said",
    ]
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for scenario in SCENARIOS:
        found = simulate(scenario, experiments, policy)
        share = found.verdicts
        said = "" if found.mean_saving_when_saves is None else f"{found.mean_saving_when_saves:.1%}"
        yield (
            f"| {scenario.name} | {scenario.saving:.0%} | {found.passed:.4f} | {share[VerdictKind.SAVES]:.4f} "
            f"| {share[VerdictKind.NO_SAVING]:.3f} | {share[VerdictKind.COSTS]:.4f} "
            f"| {share[VerdictKind.INCONCLUSIVE]:.3f} | {found.mean_blocks:.1f} | {found.covered:.3f} | {said} |"
        )


def main() -> None:
    """Print the table and what an experiment cost to judge."""
    experiments = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    started = time.process_time()
    for row in rows(experiments, Policy()):
        sys.stdout.write(row + "\n")
        sys.stdout.flush()
    judged = experiments * len(SCENARIOS)
    milliseconds = 1000.0 * (time.process_time() - started) / judged
    sys.stdout.write(f"\n{judged} experiments, {milliseconds:.2f} ms of CPU each, simulation included\n")


if __name__ == "__main__":
    main()
