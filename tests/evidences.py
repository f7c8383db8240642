"""Evidence made from numbers alone, by the functions that judge a real experiment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from greenfix_verify.codec import encode
from greenfix_verify.command import Command, Environment
from greenfix_verify.evidence import ComparedArm, Evidence, exclusions, judged_runs, payback, spent_joules
from greenfix_verify.executor import Site
from greenfix_verify.judging import judge, used_statistics
from greenfix_verify.machine import Machine, versions
from greenfix_verify.meter import MeterDescription
from greenfix_verify.policy import Policy
from greenfix_verify.quality import notes
from greenfix_verify.reading import Component, Provenance
from greenfix_verify.run import ORIGINAL, Behaviour, Run
from greenfix_verify.schedule import plan

from tests.measuring import run

METER = MeterDescription(
    "codecarbon",
    "3.3.2",
    {},
    {Component.GPU: Provenance.MEASURED},
    {Component.GPU: "NVML energy counter"},
    4.0,
    "4 W a thread",
    "595.1",
    "13.0",
)
SITE = Site(
    Machine("A processor", 8, 2**34, "Linux 6", ("NVIDIA T4, 595.1",)), METER, idle_watts=20.0, versions=versions()
)
SAVING = tuple((100.0 + number, 75.0 + number % 3) for number in range(8))
"""Energies (J) of which five blocks are enough: the last three came after the stop."""
EVEN = tuple((100.0 + number % 2, 101.0 - number % 2) for number in range(8))
"""No difference to speak of."""


def saving(shares: Sequence[float]) -> tuple[tuple[float, float], ...]:
    """The energies (J) of blocks of which each saves that share."""
    return tuple((101.0 + number, (101.0 + number) * (1 - share)) for number, share in enumerate(shares))


def evidence_of(
    pairs: Sequence[tuple[float, float]],
    *,
    patch: str = "hoist-compile",
    diff: str = "--- a/t.py\n",
    base: str = "1" * 40,
    policy: Policy | None = None,
) -> Evidence:
    """The evidence of an experiment with these energies (J) of original and patch, one pair a block after warm-up."""
    policy = policy or Policy(maximum_blocks=max(len(pairs), 8))
    behaviour = Behaviour({"fit[0].loss": (0.5, 0.25)}, {"epochs": 2})
    schedule = plan([ORIGINAL, patch], policy)
    energies = [pairs[0], *pairs]
    runs: tuple[Run, ...] = tuple(
        run(
            block.number,
            position,
            arm,
            warmup=block.warmup,
            joules=energies[block.number][arm != ORIGINAL],
            behaviour=behaviour,
        )
        for block in schedule[: len(energies)]
        for position, arm in enumerate(block.order)
    )
    judged = judged_runs(runs, 2)
    verdict, spent = judge(judged, patch, policy), spent_joules(runs)
    return Evidence(
        experiment="e" * 64,
        arms=(ComparedArm(ORIGINAL, base, ""), ComparedArm(patch, "2" * 40, diff)),
        command=Command(("/home/ada/.venv/bin/python", "train.py"), Path("/home/ada/.venv/bin/python"), "named"),
        environment=Environment("3.11.9", "cpython", {"tensorflow": "2.21.0", "keras": "3.15.0"}),
        site=SITE,
        policy=policy,
        schedule=schedule,
        runs=runs,
        exclusions=exclusions(runs, 2),
        verdicts={patch: verdict},
        spent_joules=spent,
        payback_runs={patch: payback(spent, judged, verdict)},
        statistics={patch: encode(used_statistics(judged, patch, policy))},
        notes=notes(SITE, runs),
    )
