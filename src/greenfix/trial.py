"""Patches against the original: worktrees, race, experiment, verdict, gate."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from greenfix_codemods.finding import Finding, Patch
from greenfix_verify.command import Command, resolve_command
from greenfix_verify.events import Listener
from greenfix_verify.evidence import Evidence, judged_runs, payback, spent_joules, write_evidence
from greenfix_verify.executor import Executor, LocalExecutor
from greenfix_verify.experiment import Decided, measure
from greenfix_verify.gate import passes_gate
from greenfix_verify.judging import is_decided, judge, used_statistics
from greenfix_verify.ledger import Ledger
from greenfix_verify.meter.codecarbon_meter import CodeCarbonMeter
from greenfix_verify.pairing import pair
from greenfix_verify.policy import Policy
from greenfix_verify.race import screen
from greenfix_verify.run import ORIGINAL, Arm, Run
from greenfix_verify.screening import Screening
from greenfix_verify.statistics import estimate_saving

from greenfix.history import ledger_file
from greenfix.holding import HoldingExecutor
from greenfix.kept_evidence import keep_evidence
from greenfix.outcome import Commit, Share, Trial
from greenfix.plan import Plan, without_each
from greenfix.repository import Repository
from greenfix.worktree import Worktree

CANDIDATE = "candidate"
"""The name of the second arm when it is no patch of ours."""


def _goes_on() -> None:
    """Nobody is there to pause."""


def _wants_more() -> bool:
    """Nobody is there to end it early."""
    return False


@dataclass(frozen=True, slots=True)
class Bench:
    """Where trials happen: the repository, the original's checkout, the command, whether runs are observed.

    ``hold`` is called before each block and may wait; ``enough`` says that a person wants no more blocks.
    """

    repository: Repository
    original: Worktree
    base: str
    words: tuple[str, ...]
    observe: bool
    hold: Callable[[], None] = _goes_on
    enough: Callable[[], bool] = _wants_more

    @property
    def command(self) -> Command:
        """The command with the target's own interpreter, found from the user's repository.

        Raises:
            CommandError: there is nothing to run, or no interpreter.
        """
        return resolve_command(self.words, self.repository.root)


def race(bench: Bench, patches: Sequence[Patch], policy: Policy, tell: Listener, cancel: threading.Event) -> Screening:
    """Let all ``patches``, best guess first, race against the original on few blocks, to choose the one to confirm.

    Raises:
        VerifyError: the race could not be carried out, or was interrupted.
    """
    with ExitStack() as stack:
        arms = _arms(bench, patches, stack)
        with Ledger(ledger_file(bench.repository.state)) as ledger:
            return screen(
                [arms[name][1] for name in sorted(arms)],
                bench.command,
                policy,
                ledger=ledger,
                executor=_executor(bench, arms, policy),
                tell=tell,
                cancel=cancel,
                order=[patch.strategy for patch in patches],
            )


def prove(
    bench: Bench,
    patch: Patch,
    policy: Policy,
    tell: Listener,
    cancel: threading.Event,
    screening: Screening | None = None,
    before: Sequence[Trial] = (),
) -> Trial:
    """Measure ``patch`` against the original on fresh blocks and let the gate decide. Writes the evidence file.

    What the ``screening`` that chose it cost is counted into what has to be earned back, and so is what experiments on
    the same patch cost ``before`` this one.

    Raises:
        VerifyError: the experiment could not be carried out, or was interrupted.
    """
    with ExitStack() as stack:
        evidence = run_experiment(bench, _arms(bench, (patch,), stack), policy, tell, cancel)
    evidence = _with_screening(evidence, screening) if screening is not None else evidence
    evidence = _with_costs(evidence, [spent_joules(trial.evidence.runs) for trial in before])
    verdict = evidence.verdicts[patch.strategy]
    decision = passes_gate(verdict, policy)
    file = evidence_file(bench.repository, evidence)
    digest = write_evidence(evidence, file)
    verdicts = tuple(trial.verdict for trial in before)
    return Trial(patch, verdict, evidence, file, digest, decision.commit, decision.why, before=verdicts)


ATTRIBUTION_BLOCKS = 6
"""Enough for an interval; an attribution explains and decides nothing."""


def attribute(bench: Bench, plan: Plan, policy: Policy, tell: Listener, cancel: threading.Event) -> tuple[Share, ...]:
    """Measure the whole patch against itself without each finding's mending, all in the same blocks.

    Raises:
        VerifyError: it could not be carried out, or was interrupted.
    """
    partial = without_each(bench.original.path, plan)
    if len(partial) < 2:
        return ()
    policy = replace(policy, maximum_blocks=ATTRIBUTION_BLOCKS)
    with ExitStack() as stack:
        arms = _arms(bench, (plan.patch, *partial.values()), stack)
        del arms[ORIGINAL]
        worktree, whole = arms.pop(plan.patch.strategy)
        arms = {ORIGINAL: (worktree, replace(whole, name=ORIGINAL)), **arms}
        evidence = run_experiment(bench, arms, policy, tell, cancel, is_decided=_never)
    return tuple(_share(finding, patch.strategy, evidence) for finding, patch in partial.items())


def _share(finding: Finding, arm: str, evidence: Evidence) -> Share:
    """Log ratios are partial/whole, so their negatives are whole/partial, the ratio whose saving is asked for."""
    ratios = [-ratio for ratio in pair(evidence.runs, arm).log_ratios]
    if not ratios:
        return Share(finding, 0.0, None, None)
    saving = estimate_saving(ratios, evidence.policy.confidence)
    return Share(finding, saving.estimate, saving.low, saving.high)


def _never(runs: Sequence[Run], arm: str, policy: Policy) -> bool:
    """The number of blocks is fixed."""
    return False


def _arms(bench: Bench, patches: Sequence[Patch], stack: ExitStack) -> dict[str, tuple[Worktree, Arm]]:
    """The original and each patch, checked out until ``stack`` ends."""
    arms = {ORIGINAL: (bench.original, Arm(ORIGINAL, bench.original.path, bench.base))}
    for patch in patches:
        name = patch.strategy
        commit = bench.repository.commit_of(bench.base, patch.edits, f"greenfix: {name}", bench.original.path)
        worktree = stack.enter_context(bench.repository.worktree(commit))
        arms[name] = (worktree, Arm(name, worktree.path, commit, patch.diff))
    return arms


def _with_screening(evidence: Evidence, screening: Screening) -> Evidence:
    return _with_costs(replace(evidence, screening=screening), [screening.spent_joules])


def _with_costs(evidence: Evidence, joules: Sequence[float]) -> Evidence:
    """Count what was spent elsewhere on the way to this evidence (J)."""
    spent = evidence.spent_joules + math.fsum(joules)
    runs = judged_runs(evidence.runs, len(evidence.arms))
    earned = {arm: payback(spent, runs, verdict) for arm, verdict in evidence.verdicts.items()}
    return replace(evidence, spent_joules=spent, payback_runs=earned)


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
    bench: Bench,
    arms: Mapping[str, tuple[Worktree, Arm]],
    policy: Policy,
    tell: Listener,
    cancel: threading.Event,
    is_decided: Decided = is_decided,
) -> Evidence:
    """Measure the arms, each run in a checkout that looks as before the first one."""

    def decided(runs: Sequence[Run], arm: str, policy: Policy) -> bool:
        bench.hold()  # whoever ends a pause by wanting no more must not get another block
        return bench.enough() or is_decided(runs, arm, policy)

    with Ledger(ledger_file(bench.repository.state)) as ledger:
        return measure(
            [arm for _, arm in arms.values()],
            bench.command,
            policy,
            ledger=ledger,
            executor=_executor(bench, arms, policy),
            judge=judge,
            is_decided=decided,
            describe=used_statistics,
            tell=tell,
            cancel=cancel,
        )


def _executor(bench: Bench, arms: Mapping[str, tuple[Worktree, Arm]], policy: Policy) -> Executor:
    local = LocalExecutor(
        bench.command,
        policy,
        CodeCarbonMeter(),
        observe=bench.observe,
        prepare=lambda arm: arms[arm.name][0].reset(),
    )
    return HoldingExecutor(local, bench.hold)


def commit_trial(bench: Bench, trial: Trial, branch: str, message: str) -> Commit:
    """Put the trial's patch on the new ``branch``, and keep its evidence for a pull request.

    Raises:
        BranchError: the branch has come into being meanwhile.
    """
    sha = bench.repository.commit_of(bench.base, trial.patch.edits, message, bench.original.path, final=True)
    keep_evidence(bench.repository.state, trial.evidence_file, trial.evidence_sha256)
    bench.repository.create_branch(branch, sha)
    return Commit(sha, branch, message)
