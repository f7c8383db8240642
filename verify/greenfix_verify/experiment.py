"""The experiment: blocks until every candidate is decided. A sequence of runs in, evidence out.

Resuming is the default. Finished blocks are never run again. A block that was cut short is left as it is, excluded, and
the experiment goes on with the next one of the schedule: its arms were meant to meet the same machine back to back, and
completing it a day later would put that day into one pair. It costs at most one run less than a block. Warm-up is not
repeated either once it is complete: the first block after a break may be colder, but its order is random, so this is
noise and no bias. After a failure of the original or of the meter the next call tries again; the failure of a candidate
stands, because that is a result.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Event

from greenfix_verify.budget import used_share
from greenfix_verify.codec import canonical, decode, encode
from greenfix_verify.command import Command, Environment, probe
from greenfix_verify.declared import check_declared
from greenfix_verify.errors import Interrupted, LedgerError
from greenfix_verify.events import BlockJudged, ExperimentStarted, Listener, RunFinished, silence
from greenfix_verify.evidence import ComparedArm, Evidence, block_sizes, exclusions, judged_runs, payback, spent_joules
from greenfix_verify.executor import Executor, Site
from greenfix_verify.ledger import Ledger
from greenfix_verify.policy import Policy
from greenfix_verify.quality import notes
from greenfix_verify.run import ORIGINAL, Arm, Ending, Run
from greenfix_verify.schedule import PlannedBlock, plan
from greenfix_verify.verdict import Verdict, VerdictKind

Judge = Callable[[Sequence[Run], str, Policy], Verdict]
"""What the runs say of one arm against the original."""

Decided = Callable[[Sequence[Run], str, Policy], bool]
"""Whether more blocks could still change what the runs say of one arm."""

Describe = Callable[[Sequence[Run], str, Policy], object]
"""The figures beside the verdict on one arm, for the evidence: a dataclass, or None where there are none."""


def no_figures(runs: Sequence[Run], arm: str, policy: Policy) -> object:
    """Describe nothing."""
    return None


@dataclass(frozen=True, slots=True)
class _Header:
    """What the ledger keeps of an experiment, written before its first run."""

    identity: str
    site: Site
    schedule: tuple[PlannedBlock, ...]


def measure(
    arms: Sequence[Arm],
    command: Command,
    policy: Policy,
    *,
    ledger: Ledger,
    executor: Executor,
    judge: Judge,
    is_decided: Decided,
    describe: Describe = no_figures,
    tell: Listener = silence,
    cancel: Event | None = None,
) -> Evidence:
    """Compare every arm with ``original``, which must be among them, and return everything that was recorded.

    It ends when every candidate is decided, when ``policy.maximum_blocks`` complete, undisturbed blocks are there, when
    the policy's budget is used up, or at the first run that fails or has no reading: such a run makes the comparison
    invalid, and more of them would burn hours for nothing. The executor is closed at the end, whatever happens.

    Raises:
        ValueError: ``original`` is missing, or two arms have one name.
        Interrupted: Ctrl-C or ``cancel``; children are dead, finished runs are in the ledger, and the same call
            resumes.
        DeclarationError: the original does not give a result that the policy declares; this run is not recorded.
        PolicyError: such a policy can never show anything; nothing was run.
        CommandError, MeterError, LedgerError: nothing could be measured, or nothing recorded.
    """
    names = [arm.name for arm in arms]
    if ORIGINAL not in names or len(set(names)) < len(names):
        raise ValueError(f"arms must have names of their own, one of them {ORIGINAL!r}: {names}")
    cancel = cancel or Event()
    try:
        for name in names:
            judge((), name, policy)  # what the policy can never show is refused before the first run
        experiment = _open(tuple(arms), command, policy, ledger, executor, cancel)
        tell(ExperimentStarted(tuple(names), policy.maximum_blocks, len(experiment.runs), experiment.runs))
        while (block := experiment.next_block(is_decided)) is not None:
            for run in executor.run_block(block, {arm.name: arm for arm in arms}, tell, cancel):
                check_declared(run)
                experiment.record(run)
                tell(RunFinished(run))
                if not run.usable:
                    return experiment.evidence(judge, describe)
            experiment.tell_verdicts(block, judge, tell)
    except KeyboardInterrupt as error:
        raise Interrupted("stopped; finished runs are in the ledger") from error
    finally:
        executor.close()
    return experiment.evidence(judge, describe)


class _Experiment:
    """The runs so far, and what follows from them.

    Every question is answered from ``runs`` alone, so a resumed experiment cannot differ from one in one piece.
    """

    def __init__(
        self,
        digest: str,
        arms: tuple[Arm, ...],
        command: Command,
        environment: Environment,
        policy: Policy,
        header: _Header,
        ledger: Ledger,
    ) -> None:
        self.digest = digest
        self.arms = arms
        self.command = command
        self.environment = environment
        self.policy = policy
        self.header = header
        self.runs = ledger.runs(digest)
        self._ledger = ledger

    @property
    def candidates(self) -> tuple[str, ...]:
        return tuple(arm.name for arm in self.arms if arm.name != ORIGINAL)

    @property
    def judged(self) -> tuple[Run, ...]:
        return judged_runs(self.runs, len(self.arms))

    def record(self, run: Run) -> None:
        """Keep a finished run: it is in the ledger when this returns."""
        self._ledger.append(self.digest, run)
        self.runs = (*self.runs, run)

    def next_block(self, is_decided: Decided) -> PlannedBlock | None:
        """Return the block to run next, or None when the experiment is over."""
        sizes = block_sizes(self.runs)
        for block in self.header.schedule:
            if block.warmup and sizes.get(block.number, 0) < len(self.arms) and not self._candidate_failed():
                return block
        if self._candidate_failed() or self._counted_blocks() >= self.policy.maximum_blocks:
            return None
        if used_share(self.runs, self.policy) >= 1.0:
            return None
        if self._counted_blocks() and all(is_decided(self.judged, arm, self.policy) for arm in self.candidates):
            return None
        number = max(sizes, default=-1) + 1
        return self.header.schedule[number] if number < len(self.header.schedule) else None

    def tell_verdicts(self, block: PlannedBlock, judge: Judge, tell: Listener) -> None:
        """Say what the experiment would conclude after a block that counts."""
        if not block.warmup:
            for arm in self.candidates:
                tell(BlockJudged(block.number, judge(self.judged, arm, self.policy), arm))

    def evidence(self, judge: Judge, describe: Describe) -> Evidence:
        """Return everything that was recorded, with what it says."""
        verdicts = {
            arm: explained(judge(self.judged, arm, self.policy), self.runs, self.policy) for arm in self.candidates
        }
        spent = spent_joules(self.runs)
        return Evidence(
            experiment=self.digest,
            arms=tuple(ComparedArm(arm.name, arm.revision, arm.diff) for arm in self.arms),
            command=self.command,
            environment=self.environment,
            site=self.header.site,
            policy=self.policy,
            schedule=self.header.schedule,
            runs=self.runs,
            exclusions=exclusions(self.runs, len(self.arms)),
            verdicts=verdicts,
            spent_joules=spent,
            payback_runs={arm: payback(spent, self.judged, verdict) for arm, verdict in verdicts.items()},
            statistics={arm: encode(describe(self.judged, arm, self.policy)) for arm in self.candidates},
            notes=notes(self.header.site, self.runs),
        )

    def _candidate_failed(self) -> bool:
        return any(run.arm != ORIGINAL and run.ending is not Ending.COMPLETED for run in self.runs)

    def _counted_blocks(self) -> int:
        disturbed = {run.block for run in self.runs if run.disturbed}
        usable = block_sizes(tuple(run for run in self.runs if run.usable and not run.warmup))
        return sum(size == len(self.arms) and block not in disturbed for block, size in usable.items())


def explained(verdict: Verdict, runs: Sequence[Run], policy: Policy) -> Verdict:
    """Say so where the budget ended the experiment and not the plan."""
    if verdict.kind is not VerdictKind.INCONCLUSIVE or used_share(runs, policy) < 1.0:
        return verdict
    return replace(verdict, settle=f"The budget is used up; a larger one goes on from here. {verdict.settle}")


def _open(
    arms: tuple[Arm, ...], command: Command, policy: Policy, ledger: Ledger, executor: Executor, cancel: Event
) -> _Experiment:
    environment = probe(command.interpreter)
    site = executor.survey(cancel)
    identity = identity_of(arms, command, policy, environment, site)
    digest = hashlib.sha256(identity.encode()).hexdigest()
    stored = ledger.header(digest)
    if stored is None:
        header = _Header(identity, site, plan([arm.name for arm in arms], policy))
        ledger.begin(digest, canonical(header))
    else:
        header = _stored(stored)
    return _Experiment(digest, arms, command, environment, policy, header, ledger)


def _stored(text: str) -> _Header:
    try:
        return decode(_Header, json.loads(text))
    except ValueError as error:
        raise LedgerError(f"the ledger was written by another version of greenfix: {error}") from error


def identity_of(arms: tuple[Arm, ...], command: Command, policy: Policy, environment: Environment, site: Site) -> str:
    """Return the text that makes this experiment this one and no other. Paths of trees are not part of it.

    Nor is the budget: whoever grants more of it goes on where the last one ended. Trees that nothing identifies are
    never taken for those of an earlier experiment.
    """
    known = all(arm.revision or arm.diff for arm in arms)
    return canonical(
        {
            "arms": [[arm.name, arm.revision, arm.diff] for arm in arms],
            "command": command,
            "environment": environment,
            "machine": site.machine,
            "meter": site.meter,
            "once": "" if known else uuid.uuid4().hex,
            "policy": replace(policy, budget_seconds=None, budget_joules=None),
            "variables": site.variables,
        }
    )
