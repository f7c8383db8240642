"""Evidence made from numbers alone, by the functions that judge a real experiment."""

from __future__ import annotations

from collections.abc import Sequence

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
from greenfix_verify.run import ORIGINAL, Run
from greenfix_verify.schedule import plan

from tests.measuring import run

METER = MeterDescription(
    "fake", "1", {}, {Component.GPU: Provenance.MEASURED}, {Component.GPU: "NVML energy counter"}, 4.0, "4 W a thread"
)
SITE = Site(
    Machine("A processor", 8, 2**34, "Linux 6", ("A card, 555.1",)), METER, idle_watts=20.0, versions=versions()
)


def evidence_of(
    pairs: Sequence[tuple[float, float]], *, patch: str = "hoist-compile", diff: str = "--- a/t.py\n"
) -> Evidence:
    """The evidence of an experiment with these energies (J) of original and patch, one pair a block after warm-up."""
    policy = Policy(maximum_blocks=max(len(pairs), 8))
    schedule = plan([ORIGINAL, patch], policy)
    energies = [pairs[0], *pairs]
    runs: tuple[Run, ...] = tuple(
        run(block.number, position, arm, warmup=block.warmup, joules=energies[block.number][arm != ORIGINAL])
        for block in schedule[: len(energies)]
        for position, arm in enumerate(block.order)
    )
    judged = judged_runs(runs, 2)
    verdict, spent = judge(judged, patch, policy), spent_joules(runs)
    return Evidence(
        experiment="e" * 64,
        arms=(ComparedArm(ORIGINAL, "1" * 40, ""), ComparedArm(patch, "2" * 40, diff)),
        command=Command(("python", "train.py", "--name", "a b"), None, "found on PATH"),
        environment=Environment("3.11.9", "cpython", {"tensorflow": "2.21.0"}),
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


SAVING = tuple((100.0 + number, 75.0 + number % 3) for number in range(8))
"""Energies (J) of which five blocks are enough: the last three came after the stop."""
EVEN = tuple((100.0 + number % 2, 101.0 - number % 2) for number in range(8))
"""No difference to speak of."""
