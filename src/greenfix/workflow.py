"""The story, top to bottom. Screen and command line call these functions and only narrate.

repository - scan -> findings - review -> accepted - plan -> patches
           - race -> winner - verify -> evidence - gate -> verdict - conclude -> commit, or more blocks
"""

from __future__ import annotations

import shlex
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from greenfix_codemods.finding import Candidates, Choice, Finding, Patch
from greenfix_codemods.scan import candidates
from greenfix_verify.budget import left_after
from greenfix_verify.errors import Interrupted
from greenfix_verify.policy import Policy
from greenfix_verify.screening import Screening

from greenfix.baseline import DEFAULT_NAME
from greenfix.cost_model.experience import Experience, gathered, keep
from greenfix.cost_model.observation import Observation
from greenfix.diagnosis.kept import remembered
from greenfix.diagnosis.value import Diagnosis, ordered, worth_trying
from greenfix.entrypoint import known_command, measured_files
from greenfix.errors import BranchError, EntrypointError, GateError
from greenfix.events import (
    CannotPay,
    Committed,
    Event,
    LeftOut,
    Listener,
    NotRemembered,
    Planned,
    RaceEnded,
    RaceStarted,
    Remembered,
    TreeReady,
    TrialEnded,
    TrialStarted,
)
from greenfix.experiment_plan import Planner, Setup
from greenfix.front import Front, Proposal
from greenfix.message import branch_name, commit_message, commit_text
from greenfix.outcome import Commit, Outcome, Trial
from greenfix.plan import Plan
from greenfix.repository import open_repository
from greenfix.scanned import base_commit, scan_below
from greenfix.settings import Settings
from greenfix.trial import Bench, attribute, commit_trial, prove, race
from greenfix.worktree import Worktree


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asks ``fix`` for.

    Attributes:
        path: the repository, or a folder or file in it: only findings below it are considered.
        command: the entrypoint to measure; empty: guess it from the findings.
        strategy: the only strategy to try; empty: all that apply race.
        branch: the branch to commit to; empty: ``greenfix/<rule>/<file>-<fingerprint>``.
        include_dirty: measure the working tree with its uncommitted changes instead of HEAD.
        observe: whether the observer records histories and metrics of each run.
        attribute: whether to measure afterwards what each finding's mending gives of the whole.
        dry_run: only say what would be measured.
        settings: what holds for ``path``: rules and files that are left out.
    """

    path: Path
    command: tuple[str, ...] = ()
    strategy: str = ""
    branch: str = ""
    include_dirty: bool = False
    observe: bool = True
    attribute: bool = False
    dry_run: bool = False
    policy: Policy = field(default_factory=Policy)
    settings: Settings = field(default_factory=Settings)
    base: str = ""
    """The commit to measure, whatever HEAD is meanwhile; empty: HEAD, or the working tree with ``include_dirty``."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A story up to its verdict, as it was told without a person: only what becomes of it is open.

    ``choices`` are what the trial's patch is made of, ``outcome`` holds all but the trial, and ``before`` are finished
    experiments on the same patch whose blocks do not count in it.
    """

    base: str
    words: tuple[str, ...]
    choices: tuple[Choice, ...]
    outcome: Outcome
    trial: Trial
    before: tuple[Trial, ...] = ()


def fix(request: Request, front: Front, cancel: threading.Event) -> Outcome:
    """Find, mend, measure, and commit what saves energy and computes the same.

    Raises:
        GreenfixError: something a person has to put right first; the message says what.
        VerifyError: the experiment could not be carried out, or was interrupted.
    """
    repository = open_repository(request.path, front.tell)
    repository.check_identity()
    base = request.base or base_commit(repository, request.include_dirty, front.tell)
    with repository.worktree(base) as original:
        known = request.settings.baseline or repository.root / DEFAULT_NAME
        front.tell(TreeReady(repository.root, original.path, base, known))
        heard = _until(cancel, front.tell)
        selection = request.settings.selection(repository.root)
        scanned = scan_below(request.path, original, repository, heard, selection)
        if not scanned.findings:
            return Outcome(scanned)
        words = known_command(request.command, original.path)
        findings = _measurable(scanned.findings, words, original, front)
        diagnosis = remembered(repository.state, base, words, request.policy.environment)
        findings = _worth_trying(findings, diagnosis, front)
        experience = _experience(front)
        offered = experience.best_first(_offered(original, findings, request.strategy, heard), diagnosis)
        while choices := front.review(offered):
            planner = Planner(repository, original, choices, offered, words, request.policy)
            if request.dry_run:
                return Outcome(scanned, plan=planner.describe(planner.first))
            setup = front.plan(planner)
            if setup is None:
                continue
            bench = Bench(repository, original, base, setup.words, request.observe, front.hold, front.enough)
            outcome = _measure(request, bench, Outcome(scanned), planner, setup, front, cancel)
            mended = [each for each in offered if each.finding in {choice.finding for choice in choices}]
            _remember(experience.lessons(outcome, mended, diagnosis, repository.root), front)
            return outcome
        return Outcome(scanned, declined=True)


def conclude(request: Request, measured: Measured, front: Front, cancel: threading.Event) -> Outcome:
    """Ask what becomes of a trial that was measured while nobody looked. Nothing is measured unless it is asked for.

    Raises:
        GreenfixError, VerifyError: as ``fix``.
    """
    repository = open_repository(request.path, front.tell)
    repository.check_identity()
    with repository.worktree(measured.base) as original:
        bench = Bench(repository, original, measured.base, measured.words, request.observe, front.hold, front.enough)
        winner = Plan(measured.trial.patch, measured.choices)
        branch = request.branch or branch_name(measured.choices)
        return _concluded(
            request, bench, winner, measured.outcome, measured.trial, branch, front, cancel, measured.before
        )


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


def _worth_trying(findings: Sequence[Finding], diagnosis: Diagnosis | None, front: Front) -> tuple[Finding, ...]:
    """What ``diagnose`` saw of the same run, if somebody asked it: the costliest first, without what cannot pay."""
    if diagnosis is not None:
        front.tell(Remembered(diagnosis))
    kept = tuple(finding for finding in ordered(findings, diagnosis) if worth_trying(finding, diagnosis))
    if len(kept) < len(findings):
        front.tell(CannotPay(tuple(finding for finding in findings if finding not in kept)))
    return kept


def _experience(front: Front) -> Experience:
    """What was measured before; it orders the candidates and decides nothing."""
    experience = gathered()
    if experience.problem:
        front.tell(NotRemembered(experience.problem))
    return experience


def _remember(lessons: Sequence[Observation], front: Front) -> None:
    """Keep what was measured for the next time; that it fails is said and spoils nothing."""
    if problem := keep(lessons):
        front.tell(NotRemembered(problem))


def _until(cancel: threading.Event, tell: Listener) -> Listener:
    """``tell``, until the person leaves: the next event ends the scan, which would not look at ``cancel`` by itself."""

    def heard(event: Event) -> None:
        if cancel.is_set():
            raise Interrupted("stopped while looking for leaks")
        tell(event)

    return heard


def _offered(original: Worktree, findings: Sequence[Finding], strategy: str, tell: Listener) -> tuple[Candidates, ...]:
    """The candidates of each finding; with ``strategy`` only its patches."""
    found = candidates(original.path, findings, tell)
    if not strategy:
        return found
    return tuple(
        replace(each, patches=tuple(patch for patch in each.patches if patch.strategy == strategy)) for each in found
    )


def _measure(
    request: Request,
    bench: Bench,
    outcome: Outcome,
    planner: Planner,
    setup: Setup,
    front: Front,
    cancel: threading.Event,
) -> Outcome:
    """Let the patches race, prove the winner on fresh blocks, and commit it if it passes the gate."""
    planned = planner.plans(setup)
    branch = request.branch or branch_name(planned[0].choices)
    bench.repository.check_branch(branch)
    plan = planner.describe(setup)
    front.tell(Planned(plan))
    request = replace(request, policy=plan.policy)
    outcome = replace(outcome, screening=_raced(request, bench, [plan.patch for plan in planned], front, cancel))
    winner = _winner(planned, outcome.screening)
    if winner is None:
        return outcome
    if outcome.screening is not None:
        request = replace(request, policy=left_after(outcome.screening.runs, plan.policy))
    trial = _proven(request, bench, winner, outcome.screening, (), front, cancel)
    return _concluded(request, bench, winner, outcome, trial, branch, front, cancel)


def _proven(
    request: Request,
    bench: Bench,
    winner: Plan,
    screening: Screening | None,
    before: Sequence[Trial],
    front: Front,
    cancel: threading.Event,
) -> Trial:
    """The experiment on the winner, and what each finding gives of it if that was asked for."""
    front.tell(TrialStarted(winner.patch, shlex.join(bench.words), winner.choices))
    trial = prove(bench, winner.patch, request.policy, front.tell, cancel, screening, before)
    if request.attribute and trial.passes:
        trial = replace(trial, shares=attribute(bench, winner, request.policy, front.tell, cancel))
    front.tell(TrialEnded(trial))
    return trial


def _raced(
    request: Request, bench: Bench, patches: Sequence[Patch], front: Front, cancel: threading.Event
) -> Screening | None:
    """What the race showed; None where there is one patch and nothing to choose."""
    if len(patches) < 2:
        return None
    front.tell(RaceStarted(tuple(patches), shlex.join(bench.words)))
    screening = race(bench, patches, request.policy, front.tell, cancel)
    front.tell(RaceEnded(screening))
    return screening


def _winner(planned: Sequence[Plan], screening: Screening | None) -> Plan | None:
    if screening is None:
        return planned[0]
    return next((plan for plan in planned if plan.patch.strategy == screening.winner), None)


def _concluded(
    request: Request,
    bench: Bench,
    winner: Plan,
    outcome: Outcome,
    trial: Trial,
    branch: str,
    front: Front,
    cancel: threading.Event,
    earlier: Sequence[Trial] = (),
) -> Outcome:
    """Ask what becomes of the trial until that is done: a commit, nothing, or more blocks and the question again."""
    before = list(earlier)
    proposal = Proposal(branch, commit_text(trial))
    while (answer := front.conclude(trial, proposal)) is not None:
        if isinstance(answer, Proposal):
            try:
                return replace(outcome, trial=trial, commit=_committed(bench, trial, answer, front))
            except BranchError as error:
                proposal = replace(answer, refused=str(error))
                continue
        if answer.fresh:
            before.append(trial)  # its verdict stands in the message, its energy in what has to be earned back
        asked = replace(request, policy=answer.policy)
        trial = _proven(asked, bench, winner, outcome.screening, before, front, cancel)
        proposal = Proposal(branch, commit_text(trial))
    return replace(outcome, trial=trial, declined=trial.passes)


def _committed(bench: Bench, trial: Trial, proposal: Proposal, front: Front) -> Commit:
    """Commit as proposed. What does not pass the gate is committed only with a reason.

    Raises:
        BranchError: the branch exists, or its name is not allowed.
        GateError: the gate did not pass and nobody says why it is committed all the same.
    """
    if not trial.passes and not proposal.override.strip():
        raise GateError(f"The gate did not pass: {trial.why}.", "A commit needs a reason all the same.")
    bench.repository.check_branch(proposal.branch)
    override = "" if trial.passes else proposal.override.strip()
    commit = commit_trial(bench, trial, proposal.branch, commit_message(trial, proposal.text, override))
    front.tell(Committed(commit))
    return commit
