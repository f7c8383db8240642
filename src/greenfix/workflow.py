"""The story, top to bottom. Screen and command line call these functions and only narrate.

repository - scan -> findings - plan -> patches - review -> accepted - verify -> evidence - gate -> verdict - commit
"""

from __future__ import annotations

import shlex
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from greenfix_codemods.finding import Candidates, Finding, ScanResult
from greenfix_codemods.scan import Choice, candidates, scan
from greenfix_verify.policy import Policy
from greenfix_verify.verdict import VerdictKind

from greenfix.entrypoint import guessed_command, known_command, measured_files
from greenfix.errors import EntrypointError
from greenfix.events import Committed, DirtyTree, LeftOut, Listener, Scanned, TrialEnded, TrialStarted
from greenfix.front import Front
from greenfix.message import branch_name, commit_message
from greenfix.outcome import Outcome, Trial
from greenfix.plan import patches_to_try, share_of
from greenfix.repository import Repository, open_repository
from greenfix.settings import Settings
from greenfix.trial import Bench, commit_trial, prove
from greenfix.worktree import Worktree


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asks ``fix`` for.

    Attributes:
        path: the repository, or a folder or file in it: only findings below it are considered.
        command: the entrypoint to measure; empty: guess it from the findings.
        strategy: the only strategy to try; empty: each finding's best static guess first, then the next ones.
        branch: the branch to commit to; empty: ``greenfix/<rule>/<file>-<fingerprint>``.
        include_dirty: measure the working tree with its uncommitted changes instead of HEAD.
        observe: whether the observer records histories and metrics of each run.
        settings: what holds for ``path``: rules and files that are left out.
    """

    path: Path
    command: tuple[str, ...] = ()
    strategy: str = ""
    branch: str = ""
    include_dirty: bool = False
    observe: bool = True
    policy: Policy = field(default_factory=Policy)
    settings: Settings = field(default_factory=Settings)


def fix(request: Request, front: Front, cancel: threading.Event) -> Outcome:
    """Find, mend, measure, and commit what saves energy and computes the same.

    Raises:
        GreenfixError: something a person has to put right first; the message says what.
        VerifyError: the experiment could not be carried out, or was interrupted.
    """
    repository = open_repository(request.path)
    repository.check_identity()
    base = base_commit(repository, request.include_dirty, front.tell)
    with repository.worktree(base) as original:
        scanned = _scan(original, repository, request, front)
        if not scanned.findings:
            return Outcome(scanned)
        words = known_command(request.command, original.path)
        offered = _offered(original, _measurable(scanned.findings, words, original, front), request.strategy)
        choices = front.review(offered)
        if not choices:
            return Outcome(scanned, declined=True)
        words = words or guessed_command([choice.finding.path for choice in choices])
        bench = Bench(repository, original, base, words, request.observe)
        return _try_patches(request, bench, scanned, offered, choices, front, cancel)


def base_commit(repository: Repository, include_dirty: bool, tell: Listener) -> str:
    """The commit to start from: HEAD, or a snapshot of the working tree as it is."""
    changed = repository.changed_files()
    if changed:
        tell(DirtyTree(changed, include_dirty))
    return repository.snapshot() if changed and include_dirty else repository.head


def _scan(original: Worktree, repository: Repository, request: Request, front: Front) -> ScanResult:
    """Scan the whole repository, since builders live anywhere in it, and keep what lies below the path asked for."""
    scope = request.path.resolve().relative_to(repository.root.resolve())
    result = scan(original.path, front.tell, request.settings.selection(repository.root))
    below = tuple(finding for finding in result.findings if Path(finding.path).is_relative_to(scope))
    scanned = replace(result, findings=below)
    front.tell(Scanned(scanned))
    return scanned


def _measurable(
    findings: Sequence[Finding], words: Sequence[str], original: Worktree, front: Front
) -> tuple[Finding, ...]:
    """The findings in files that the command can run: nothing else may ride along on its measurement.

    Raises:
        EntrypointError: it runs none of them.
    """
    reached = measured_files(words, original.path)
    if reached is None:
        return tuple(findings)
    kept = tuple(finding for finding in findings if finding.path in reached)
    if not kept:
        raise EntrypointError(
            f"`{shlex.join(words)}` runs no file with findings.",
            "Name a command that runs them: `greenfix fix REPO -- python train.py`.",
        )
    if len(kept) < len(findings):
        front.tell(LeftOut(tuple(finding for finding in findings if finding.path not in reached)))
    return kept


def _offered(original: Worktree, findings: Sequence[Finding], strategy: str) -> tuple[Candidates, ...]:
    """The candidates of each finding; with ``strategy`` only its patches."""
    found = candidates(original.path, findings)
    if not strategy:
        return found
    return tuple(
        replace(each, patches=tuple(patch for patch in each.patches if patch.strategy == strategy)) for each in found
    )


def _try_patches(
    request: Request,
    bench: Bench,
    scanned: ScanResult,
    offered: Sequence[Candidates],
    choices: Sequence[Choice],
    front: Front,
    cancel: threading.Event,
) -> Outcome:
    """Measure one patch after the other until one passes the gate, and commit that one."""
    branch = request.branch or branch_name(choices)
    bench.repository.check_branch(branch)
    patches = patches_to_try(bench.original.path, choices, offered)
    trials: list[Trial] = []
    for number, patch in enumerate(patches, 1):
        front.tell(TrialStarted(patch, number, len(patches), shlex.join(bench.words)))
        trial = prove(bench, patch, share_of(request.policy, number, len(patches)), front.tell, cancel)
        trials.append(trial)
        front.tell(TrialEnded(trial))
        if trial.passes:
            return _commit(bench, Outcome(scanned, tuple(trials)), branch, front)
        if trial.verdict.kind is VerdictKind.INVALID:
            break  # the next patch would meet the same bad measurement
    return Outcome(scanned, tuple(trials))


def _commit(bench: Bench, outcome: Outcome, branch: str, front: Front) -> Outcome:
    trial = outcome.trials[-1]
    message = commit_message(trial)
    if not front.approve(trial, branch, message):
        return replace(outcome, declined=True)
    commit = commit_trial(bench, trial, branch, message)
    front.tell(Committed(commit))
    return replace(outcome, commit=commit)
