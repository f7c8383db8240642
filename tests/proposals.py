"""Branches as ``greenfix fix`` leaves them, made in a moment: a real finding and patch, runs that nobody measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from greenfix_codemods.events import silence
from greenfix_codemods.scan import Choice, candidates, scan
from greenfix_verify.codec import encode
from greenfix_verify.command import Command, Environment
from greenfix_verify.evidence import ComparedArm, Evidence, exclusions, payback, spent_joules, write_evidence
from greenfix_verify.executor import Site
from greenfix_verify.judging import judge, used_statistics
from greenfix_verify.machine import Machine
from greenfix_verify.meter import MeterDescription
from greenfix_verify.policy import Policy
from greenfix_verify.reading import Provenance
from greenfix_verify.run import ORIGINAL, Behaviour, Run
from greenfix_verify.schedule import PlannedBlock

from greenfix.message import branch_name, commit_message
from greenfix.outcome import Trial
from greenfix.repository import open_repository
from greenfix.trial import Bench, commit_trial, evidence_file
from tests.measuring import run

METER = MeterDescription(
    "codecarbon",
    "3.3.2",
    {},
    {"gpu": Provenance.MEASURED},
    {"gpu": "NVML energy counter"},
    4.0,
    "a test",
    "595.1",
    "13.0",
)
SITE = Site(Machine("A CPU", 8, 2**34, "Linux 6.1", ("NVIDIA T4, 595.1",)), METER, versions={"greenfix": "1"})
LOCK = Environment("3.11.9", "cpython", {"tensorflow": "2.21.0", "keras": "3.15.0"})
SAVED = (0.24, 0.25, 0.26, 0.24, 0.25, 0.26, 0.25)


@dataclass(frozen=True)
class Fix:
    """A branch with its commit."""

    branch: str
    commit: str
    sha256: str


def runs_of(arm: str, saved: Sequence[float] = SAVED) -> tuple[Run, ...]:
    """A warm-up block, then one block a number in ``saved``: the share that the patch saves there."""
    behaviour = Behaviour({"fit[0].loss": (0.5, 0.25)}, {"epochs": 2})
    made = []
    for block, share in enumerate((0.0, *saved)):
        energies = {ORIGINAL: 100.0 + block, arm: (100.0 + block) * (1 - share)}
        made += [
            run(block, position, name, warmup=block == 0, joules=joules, behaviour=behaviour)
            for position, (name, joules) in enumerate(energies.items())
        ]
    return tuple(made)


def evidence_of(arm: str, diff: str = "", base: str = "", saved: Sequence[float] = SAVED) -> Evidence:
    """Evidence as an experiment leaves it, judged for real."""
    policy, runs = Policy(), runs_of(arm, saved)
    verdict = judge(runs, arm, policy)
    spent = spent_joules(runs)
    return Evidence(
        experiment="e" * 64,
        arms=(ComparedArm(ORIGINAL, base, ""), ComparedArm(arm, "", diff)),
        command=Command(("/home/ada/.venv/bin/python", "train.py"), Path("/home/ada/.venv/bin/python"), "named"),
        environment=LOCK,
        site=SITE,
        policy=policy,
        schedule=(PlannedBlock(0, True, (ORIGINAL, arm)),),
        runs=runs,
        exclusions=exclusions(runs, 2),
        verdicts={arm: verdict},
        spent_joules=spent,
        payback_runs={arm: payback(spent, runs, verdict)},
        statistics={arm: encode(used_statistics(runs, arm, policy))},
    )


def commit_fix(folder: Path, saved: Sequence[float] = SAVED, path: str = "train.py") -> Fix:
    """Mend what is found in ``path`` and commit it to a branch, as ``greenfix fix`` does after measuring."""
    repository = open_repository(folder)
    with repository.worktree(repository.head) as tree:
        finding = next(each for each in scan(tree.path, silence).findings if each.path == path)
        patch = next(each for each in candidates(tree.path, [finding])[0].patches if each.strategy == "clear-session")
        evidence = evidence_of(patch.strategy, patch.diff, repository.head, saved)
        file = evidence_file(repository, replace(evidence, experiment=finding.fingerprint * 4))
        sha256 = write_evidence(evidence, file)
        trial = Trial(patch, evidence.verdicts[patch.strategy], evidence, file, sha256, True, "it saves")
        branch = branch_name([Choice(finding, patch.strategy)])
        bench = Bench(repository, tree, repository.head, ("python", "train.py"), observe=False)
        commit = commit_trial(bench, trial, branch, commit_message(trial))
    return Fix(branch, commit.sha, sha256)
