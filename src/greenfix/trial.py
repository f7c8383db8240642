"""One patch against the original: worktrees, experiment, verdict, gate."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from greenfix_codemods.finding import Patch
from greenfix_verify.command import Command, resolve_command
from greenfix_verify.events import Listener
from greenfix_verify.evidence import Evidence, write_evidence
from greenfix_verify.executor import LocalExecutor
from greenfix_verify.experiment import measure
from greenfix_verify.gate import passes_gate
from greenfix_verify.judging import is_decided, judge, used_statistics
from greenfix_verify.ledger import Ledger
from greenfix_verify.meter.codecarbon_meter import CodeCarbonMeter
from greenfix_verify.policy import Policy
from greenfix_verify.run import ORIGINAL, Arm

from greenfix.outcome import Commit, Trial
from greenfix.repository import Repository
from greenfix.worktree import Worktree

CANDIDATE = "candidate"
"""The name of the second arm when it is no patch of ours."""


@dataclass(frozen=True, slots=True)
class Bench:
    """Where trials happen: the repository, the original's checkout, the command, whether runs are observed."""

    repository: Repository
    original: Worktree
    base: str
    words: tuple[str, ...]
    observe: bool

    @property
    def command(self) -> Command:
        """The command with the target's own interpreter, found from the user's repository.

        Raises:
            CommandError: there is nothing to run, or no interpreter.
        """
        return resolve_command(self.words, self.repository.root)


def prove(bench: Bench, patch: Patch, policy: Policy, tell: Listener, cancel: threading.Event) -> Trial:
    """Measure ``patch`` against the original and let the gate decide. Writes the evidence file.

    Raises:
        VerifyError: the experiment could not be carried out, or was interrupted.
    """
    commit = bench.repository.commit_of(bench.base, patch.edits, f"greenfix: {patch.strategy}", bench.original.path)
    with bench.repository.worktree(commit) as patched:
        arms = {
            ORIGINAL: (bench.original, Arm(ORIGINAL, bench.original.path, bench.base)),
            patch.strategy: (patched, Arm(patch.strategy, patched.path, commit, patch.diff)),
        }
        evidence = run_experiment(bench, arms, policy, tell, cancel)
    verdict = evidence.verdicts[patch.strategy]
    decision = passes_gate(verdict, policy)
    file = evidence_file(bench.repository, evidence)
    return Trial(patch, verdict, evidence, file, write_evidence(evidence, file), decision.commit, decision.why)


def evidence_file(repository: Repository, evidence: Evidence) -> Path:
    """Where an experiment's evidence is kept: the same experiment, the same file."""
    return repository.state / "evidence" / f"{evidence.experiment[:16]}.json"


def verify(
    repository: Repository,
    revisions: tuple[str, str],
    words: tuple[str, ...],
    policy: Policy,
    tell: Listener,
    cancel: threading.Event,
    *,
    observe: bool = True,
) -> Evidence:
    """Measure any two revisions against each other: the first is the original, the second the candidate.

    Raises:
        VerifyError: the experiment could not be carried out, or was interrupted.
    """
    baseline, candidate = revisions
    with ExitStack() as stack:
        before = stack.enter_context(repository.worktree(baseline))
        after = stack.enter_context(repository.worktree(candidate))
        bench = Bench(repository, before, baseline, words, observe)
        arms = {
            ORIGINAL: (before, Arm(ORIGINAL, before.path, baseline)),
            CANDIDATE: (after, Arm(CANDIDATE, after.path, candidate, repository.diff(baseline, candidate))),
        }
        return run_experiment(bench, arms, policy, tell, cancel)


def run_experiment(
    bench: Bench, arms: dict[str, tuple[Worktree, Arm]], policy: Policy, tell: Listener, cancel: threading.Event
) -> Evidence:
    """Measure the arms, each run in a checkout that looks as before the first one."""
    command = bench.command
    executor = LocalExecutor(
        command,
        policy,
        CodeCarbonMeter(),
        observe=bench.observe,
        prepare=lambda arm: arms[arm.name][0].reset(),
    )
    with Ledger(bench.repository.state / "ledger.sqlite") as ledger:
        return measure(
            [arm for _, arm in arms.values()],
            command,
            policy,
            ledger=ledger,
            executor=executor,
            judge=judge,
            is_decided=is_decided,
            describe=used_statistics,
            tell=tell,
            cancel=cancel,
        )


def commit_trial(bench: Bench, trial: Trial, branch: str, message: str) -> Commit:
    """Put the trial's patch on the new ``branch``.

    Raises:
        BranchError: the branch has come into being meanwhile.
    """
    sha = bench.repository.commit_of(bench.base, trial.patch.edits, message, bench.original.path, dated=True)
    bench.repository.create_branch(branch, sha)
    return Commit(sha, branch, message)
