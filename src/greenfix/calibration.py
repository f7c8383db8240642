"""An A/A experiment: the same commit in both arms, so that its ratios hold nothing but noise.

It goes through the machinery of every other experiment, so it can be interrupted and goes on, and it ends after the
asked number of blocks: nothing is to be decided. What it says holds for this program, on this machine, in the state in
which it was.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from greenfix_verify.events import BlockJudged, Listener, VerifyEvent
from greenfix_verify.evidence import Evidence, judged_runs
from greenfix_verify.executor import LocalExecutor
from greenfix_verify.experiment import measure
from greenfix_verify.ledger import Ledger
from greenfix_verify.meter.codecarbon_meter import CodeCarbonMeter
from greenfix_verify.policy import Policy
from greenfix_verify.reading import Provenance
from greenfix_verify.run import ORIGINAL, Arm, Run
from greenfix_verify.verdict import BehaviourKind, VerdictKind

from greenfix.repository import Repository
from greenfix.trial import Bench

AGAIN = "again"
"""The second arm: the same program once more."""

PROMISED_BLOCKS = (5, 10, 20)


@dataclass(frozen=True, slots=True)
class Promise:
    """The saving (a fraction) that so many blocks show with 80 % probability.

    ``saving`` is at the noise that was found, ``at_worst`` at the upper end of its interval.
    """

    blocks: int
    saving: float
    at_worst: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the A/A blocks showed.

    Attributes:
        blocks: complete, undisturbed blocks.
        noise: standard deviation of the log ratios; None when there are too few blocks to say.
        noise_low: lower end of its interval at the policy's confidence.
        noise_high: its upper end.
        promises: the smallest savings that can be shown; empty without noise.
        behaviour: whether the program computed the same in every run.
        provenance: of the energy.
        problem: why the measurement is bad; empty when it is not.
        spent_joules: what the calibration used.
    """

    blocks: int
    noise: float | None
    noise_low: float | None
    noise_high: float | None
    promises: tuple[Promise, ...]
    behaviour: BehaviourKind
    provenance: Provenance | None
    problem: str
    spent_joules: float


def run_calibration(
    repository: Repository, words: tuple[str, ...], policy: Policy, tell: Listener, cancel: threading.Event
) -> Calibration:
    """Run the A/A experiment and say what it showed.

    Raises:
        VerifyError: it could not be carried out, or was interrupted; the same call goes on.
    """
    commit = repository.head
    with repository.worktree(commit) as one, repository.worktree(commit) as other:
        trees = {ORIGINAL: one, AGAIN: other}
        bench = Bench(repository, one, commit, words, observe=True)
        evidence = _measure(
            [Arm(name, tree.path, commit) for name, tree in trees.items()],
            bench,
            LocalExecutor(bench.command, policy, CodeCarbonMeter(), prepare=lambda arm: trees[arm.name].reset()),
            policy,
            _without_verdicts(tell),
            cancel,
        )
    return calibration_of(evidence)


def calibration_of(evidence: Evidence) -> Calibration:
    """What the runs of an A/A experiment show."""
    from greenfix_verify.conclusion import NOISE_BLOCKS  # numpy, with all below it
    from greenfix_verify.pairing import pair
    from greenfix_verify.statistics import deviation

    verdict = evidence.verdicts[AGAIN]
    invalid = verdict.kind in {VerdictKind.INVALID, VerdictKind.CHANGES_BEHAVIOUR}
    ratios = () if invalid else pair(judged_runs(evidence.runs, len(evidence.arms)), AGAIN).log_ratios
    noise = deviation(ratios) if len(ratios) >= NOISE_BLOCKS else None
    low, high = (None, None) if noise is None else noise_interval(noise, len(ratios), evidence.policy.confidence)
    return Calibration(
        blocks=len(ratios),
        noise=noise,
        noise_low=low,
        noise_high=high,
        promises=() if noise is None or high is None else _promises(noise, high, evidence.policy),
        behaviour=verdict.behaviour,
        provenance=verdict.provenance,
        problem=verdict.reason if invalid else "",
        spent_joules=evidence.spent_joules,
    )


def noise_interval(noise: float, blocks: int, confidence: float) -> tuple[float, float]:
    """The chi-squared interval of a standard deviation of normal values, ``noise`` being that of ``blocks`` of them."""
    from scipy.special import chdtri  # 0.3 s, at the end of an experiment

    degrees = blocks - 1
    tail = (1.0 - confidence) / 2.0
    low, high = (noise * (degrees / float(chdtri(degrees, share))) ** 0.5 for share in (tail, 1.0 - tail))
    return low, high


def _promises(noise: float, worst: float, policy: Policy) -> tuple[Promise, ...]:
    from greenfix_verify.sample_size import smallest_detectable_saving

    found = []
    for blocks in PROMISED_BLOCKS:
        saving = smallest_detectable_saving(noise, blocks, policy)
        at_worst = smallest_detectable_saving(worst, blocks, policy)
        if saving is not None and at_worst is not None:
            found.append(Promise(blocks, saving, at_worst))
    return tuple(found)


def _measure(
    arms: Sequence[Arm],
    bench: Bench,
    executor: LocalExecutor,
    policy: Policy,
    tell: Listener,
    cancel: threading.Event,
) -> Evidence:
    from greenfix_verify.judging import judge

    with Ledger(bench.repository.state / "ledger.sqlite") as ledger:
        return measure(
            arms,
            bench.command,
            policy,
            ledger=ledger,
            executor=executor,
            judge=judge,
            is_decided=_never,
            tell=tell,
            cancel=cancel,
        )


def _never(runs: Sequence[Run], arm: str, policy: Policy) -> bool:
    return False


def _without_verdicts(tell: Listener) -> Listener:
    """There is nothing to find: a verdict on each block would only puzzle."""

    def told(event: VerifyEvent) -> None:
        if not isinstance(event, BlockJudged):
            tell(event)

    return told
