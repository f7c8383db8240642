"""Screening: many candidates on few blocks, so that only the best one is measured in earnest.

All candidates are arms of the same block, so they share its conditions. After every round the better half goes on
(successive halving: Karnin, Koren & Somekh 2013, ICML, PMLR 28:1238-1246). A candidate that fails or computes something
else is out at once, in the warm-up block too.

What screening measured chooses and proves nothing: the best of several noisy numbers is too good on average, and that
would be the saving somebody reads. So the winner is measured again against the original, on fresh blocks
(``experiment.measure``), and only those blocks count.

Everything is a function of the runs, which stand in the ledger: a race that was interrupted goes on where it was.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Event

from greenfix_verify.behaviour import compare_behaviour
from greenfix_verify.budget import used_share
from greenfix_verify.codec import canonical
from greenfix_verify.command import Command, probe
from greenfix_verify.declared import check_declared
from greenfix_verify.errors import Interrupted
from greenfix_verify.events import CandidatesScreened, Listener, RunFinished, ScreeningStarted, silence
from greenfix_verify.evidence import spent_joules
from greenfix_verify.executor import Executor
from greenfix_verify.experiment import identity_of
from greenfix_verify.ledger import Ledger
from greenfix_verify.pairing import pair
from greenfix_verify.policy import Policy
from greenfix_verify.run import ORIGINAL, Arm, Ending, Run
from greenfix_verify.schedule import PlannedBlock, shuffled
from greenfix_verify.screening import Fate, Screening, Standing
from greenfix_verify.verdict import BehaviourKind

SHARE_OF_BUDGET = 1 / 3
"""Screening stops at this share of a budget: the confirmation is what counts, and it needs more blocks."""


def screen(
    arms: Sequence[Arm],
    command: Command,
    policy: Policy,
    *,
    ledger: Ledger,
    executor: Executor,
    tell: Listener = silence,
    cancel: Event | None = None,
    order: Sequence[str] = (),
) -> Screening:
    """Race all ``arms`` but ``original``, which must be among them, until one is left or the blocks are used up.

    ``order`` names the candidates, the best guess first (as they stand in ``arms`` unless given): where a budget ends
    the race before anything was measured, the first one goes on. It is no part of what identifies the race, so that a
    better guess does not repeat it. The executor is closed at the end, whatever happens.

    Raises:
        Interrupted: Ctrl-C or ``cancel``; finished runs are in the ledger, and the same call resumes.
        CommandError, MeterError, LedgerError: nothing could be measured, or nothing recorded.
    """
    cancel = cancel or Event()
    candidates = tuple(order) or tuple(arm.name for arm in arms if arm.name != ORIGINAL)
    try:
        digest, runs = _opened(arms, command, policy, ledger, executor, cancel)
        tell(ScreeningStarted(candidates, policy.screening_blocks, len(runs), runs))
        failure = ""
        while not failure and (block := next_block(runs, candidates, policy)) is not None:
            for run in executor.run_block(block, {arm.name: arm for arm in arms}, tell, cancel):
                check_declared(run)
                ledger.append(digest, run)
                runs = (*runs, run)
                tell(RunFinished(run))
                if failure := _failure(run):
                    break
            tell(CandidatesScreened(block.number, standings(runs, candidates, policy)))
    except KeyboardInterrupt as error:
        raise Interrupted("stopped; finished runs are in the ledger") from error
    finally:
        executor.close()
    return Screening(digest, standings(runs, candidates, policy), runs, spent_joules(runs), failure)


def next_block(runs: Sequence[Run], candidates: Sequence[str], policy: Policy) -> PlannedBlock | None:
    """Return the block to run next, with the candidates that are still in it, or None when screening is over."""
    race = _replayed(runs, candidates, policy)
    used_up = used_share(runs, policy) >= SHARE_OF_BUDGET
    if len(race.alive) < 2 or used_up or race.next_number >= _limit(candidates, policy):
        return None
    order = shuffled((ORIGINAL, *race.alive), policy.seed, race.next_number)
    return PlannedBlock(race.next_number, race.warmups < policy.warmup_blocks, order)


def standings(runs: Sequence[Run], candidates: Sequence[str], policy: Policy) -> tuple[Standing, ...]:
    """Return where each candidate stands after ``runs``, the best one first, those that are out last."""
    race = _replayed(runs, candidates, policy)
    over = next_block(runs, candidates, policy) is None
    ratios = {arm: pair(runs, arm).log_ratios for arm in candidates}
    ranked = sorted(candidates, key=lambda arm: (arm in race.out, arm not in race.alive, _mean(ratios[arm])))
    return tuple(
        Standing(
            arm,
            *(race.out.get(arm) or _fate(arm, race, ratios, policy, wins=over and arm == ranked[0])),
            saving=-math.expm1(_mean(ratios[arm])) if ratios[arm] else None,
            blocks=len(ratios[arm]),
        )
        for arm in ranked
    )


@dataclass(frozen=True, slots=True)
class _Race:
    """What follows from the blocks so far: who is left, who is out and why."""

    alive: tuple[str, ...]
    out: Mapping[str, tuple[Fate, str]] = field(default_factory=dict)
    next_number: int = 0
    warmups: int = 0
    in_round: int = 0


def _opened(
    arms: Sequence[Arm], command: Command, policy: Policy, ledger: Ledger, executor: Executor, cancel: Event
) -> tuple[str, tuple[Run, ...]]:
    """The screening's digest and what the ledger has of it."""
    site = executor.survey(cancel)
    identity = f"screening {identity_of(tuple(arms), command, policy, probe(command.interpreter), site)}"
    digest = hashlib.sha256(identity.encode()).hexdigest()
    if ledger.header(digest) is None:
        ledger.begin(digest, canonical({"identity": identity, "site": site}))
    return digest, ledger.runs(digest)


def _replayed(runs: Sequence[Run], candidates: Sequence[str], policy: Policy) -> _Race:
    race = _Race(tuple(candidates))
    for number in sorted({run.block for run in runs}):
        race = _after_block(race, [run for run in runs if run.block <= number], number, policy)
    return race


def _after_block(race: _Race, runs: Sequence[Run], number: int, policy: Policy) -> _Race:
    block = {run.arm: run for run in runs if run.block == number}
    out = {**race.out, **{arm: why for arm in race.alive if (why := _why_out(runs, block.get(arm), policy))}}
    alive = tuple(arm for arm in race.alive if arm not in out)
    race = replace(race, alive=alive, out=out, next_number=number + 1)
    if any(arm not in block or not block[arm].usable for arm in (ORIGINAL, *alive)):
        return race  # interrupted: its arms did not meet the same machine, so the next block takes its place
    if block[ORIGINAL].warmup:
        return replace(race, warmups=race.warmups + 1)
    if any(run.disturbed for run in block.values()):
        return race
    if race.in_round + 1 < policy.screening_blocks:
        return replace(race, in_round=race.in_round + 1)
    best = sorted(alive, key=lambda arm: _mean(pair(runs, arm).log_ratios))[: math.ceil(len(alive) / 2)]
    return replace(race, alive=tuple(arm for arm in alive if arm in best), in_round=0)


def _why_out(runs: Sequence[Run], run: Run | None, policy: Policy) -> tuple[Fate, str] | None:
    if run is None:
        return None
    if run.ending is not Ending.COMPLETED:
        return Fate.FAILED, run.detail
    original, mine = (
        [each.behaviour for each in runs if each.arm == arm and each.usable] for arm in (ORIGINAL, run.arm)
    )
    compared = compare_behaviour(original, mine, policy)
    return (Fate.CHANGES_BEHAVIOUR, compared.text) if compared.kind is BehaviourKind.DIFFERS else None


def _fate(
    arm: str, race: _Race, ratios: Mapping[str, Sequence[float]], policy: Policy, *, wins: bool
) -> tuple[Fate, str]:
    if not wins:
        return (Fate.RUNNING if arm in race.alive else Fate.BEHIND), ""
    if _hopeless(ratios[arm], ratios.values(), policy):
        return Fate.NO_SAVING, "even this one needs clearly more than a saving would"
    return Fate.AHEAD, ""


def _hopeless(mine: Sequence[float], all_ratios: Collection[Sequence[float]], policy: Policy) -> bool:
    """Whether even the optimistic end of a one-sided 90 % t interval is no saving. In doubt it is measured again.

    The noise is pooled over all candidates, each around its own mean: two blocks of one candidate say little of it.
    """
    residuals = [value - _mean(ratios) for ratios in all_ratios for value in ratios]
    degrees = len(residuals) - sum(bool(ratios) for ratios in all_ratios)
    if not mine or degrees < 1:
        return False
    from greenfix_verify.statistics import t_quantile  # - imports numpy

    noise = math.sqrt(math.fsum(value**2 for value in residuals) / degrees)
    best_case = _mean(mine) - t_quantile(0.9, degrees) * noise / math.sqrt(len(mine))
    return -math.expm1(best_case) < policy.minimum_saving


def _mean(log_ratios: Sequence[float]) -> float:
    """Mean log ratio to the original: low is good, and nothing known is worst."""
    return math.fsum(log_ratios) / len(log_ratios) if log_ratios else math.inf


def _failure(run: Run) -> str:
    """Why nothing can be compared; empty when all is well. What a candidate does wrong is its own affair."""
    if run.arm == ORIGINAL and run.ending is not Ending.COMPLETED:
        return f"the original program ended badly in block {run.block} ({run.ending}): {run.detail}"
    if run.ending is Ending.COMPLETED and run.reading is None:
        return f"the meter gave no reading for {run.arm} in block {run.block}: {run.detail}"
    return ""


def _limit(candidates: Sequence[str], policy: Policy) -> int:
    """The number of blocks after which screening ends, decided or not."""
    rounds = math.ceil(math.log2(max(2, len(candidates))))
    return policy.warmup_blocks + rounds * policy.screening_blocks + policy.maximum_disturbed_blocks
