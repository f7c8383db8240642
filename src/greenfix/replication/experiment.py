"""The paper's experiment, paired and randomised: every program in every block, in an order drawn for that block.

First the fixes of each variant race against it, as ``greenfix fix`` does; the winners become arms of their own. Then
clean, variants and mended variants are measured together for a number of blocks fixed beforehand: this is a measurement
with an interval, not a decision that may stop early.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from greenfix_codemods.finding import Patch, Safety
from greenfix_codemods.scan import Choice, candidates, scan
from greenfix_verify.command import Command
from greenfix_verify.errors import CommandError
from greenfix_verify.events import BlockJudged, Listener, VerifyEvent
from greenfix_verify.evidence import Evidence
from greenfix_verify.executor import LocalExecutor
from greenfix_verify.experiment import measure
from greenfix_verify.judging import judge, used_statistics
from greenfix_verify.ledger import Ledger
from greenfix_verify.meter.codecarbon_meter import CodeCarbonMeter
from greenfix_verify.pairing import pair
from greenfix_verify.policy import Policy
from greenfix_verify.race import screen
from greenfix_verify.run import ORIGINAL, Arm, Ending, Run
from greenfix_verify.screening import Screening
from greenfix_verify.statistics import Statistics, describe
from greenfix_verify.verdict import BehaviourKind

from greenfix.plan import plans
from greenfix.replication.variants import SERIES, Scale, Series, Variant, program_files


@dataclass(frozen=True, slots=True)
class Row:
    """One arm against clean.

    ``statistics`` compare it with the clean program: their saving is negative where the arm needs more. ``fix`` is the
    strategy that mended the variant; empty for the variant as it is. ``behaviour`` compares its results with clean's.
    """

    variant: Variant
    fix: str
    statistics: Statistics
    behaviour: BehaviourKind


@dataclass(frozen=True, slots=True)
class Replication:
    """What one series showed. ``races`` are by program; a variant without a finding has none."""

    series: Series
    scale: Scale
    rows: tuple[Row, ...]
    races: tuple[tuple[Variant, Screening], ...]
    evidence: Evidence


def replicate(
    scale: Scale, command: Command, state: Path, tell: Listener, cancel: threading.Event
) -> Iterator[Replication]:
    """Measure every series, one after the other; finished runs are kept in ``state`` and never repeated.

    Raises:
        VerifyError: nothing could be measured, or it was interrupted.
    """
    policy = Policy(maximum_blocks=scale.blocks, allow_estimated=True)

    def tell_facts(event: VerifyEvent) -> None:
        """All but verdicts: nothing is decided here, and six of them after each block would hide the runs."""
        if not isinstance(event, BlockJudged):
            tell(event)

    with Ledger(state / "replication.sqlite") as ledger:
        lab = _Laboratory(command, policy, ledger, tell_facts, cancel)
        for series in SERIES:
            yield _measured(series, scale, lab)


@dataclass(frozen=True, slots=True)
class _Laboratory:
    command: Command
    policy: Policy
    ledger: Ledger
    tell: Listener
    cancel: threading.Event

    def executor(self) -> LocalExecutor:
        return LocalExecutor(self.command, self.policy, CodeCarbonMeter())


def _measured(series: Series, scale: Scale, lab: _Laboratory) -> Replication:
    with _folder() as folder:
        arms = [_arm(folder, ORIGINAL, program_files(series.clean))]
        named: dict[str, tuple[Variant, str]] = {}
        races = []
        for variant in series.variants:
            files = program_files(variant.program)
            arms.append(_arm(folder, variant.program, files))
            named[variant.program] = (variant, "")
            winner, screening = _best_fix(variant, folder / variant.program, files, lab)
            if screening is not None:
                races.append((variant, screening))
            if winner is not None:
                name = f"{variant.program}+{winner.strategy}"
                arms.append(_arm(folder, name, _mended(files, winner)))
                named[name] = (variant, winner.strategy)
        evidence = measure(
            arms,
            lab.command,
            lab.policy,
            ledger=lab.ledger,
            executor=lab.executor(),
            judge=judge,
            is_decided=_never,
            describe=used_statistics,
            tell=lab.tell,
            cancel=lab.cancel,
        )
    _check(series, evidence)
    rows = tuple(_row(*named[arm.name], arm.name, evidence) for arm in arms if arm.name != ORIGINAL)
    return Replication(series, scale, rows, tuple(races), evidence)


def _check(series: Series, evidence: Evidence) -> None:
    """A program that does not run has no row, and then there is no table.

    Raises:
        CommandError: with the program's own last words.
    """
    for run in evidence.runs:
        if run.ending is not Ending.COMPLETED:
            program = series.clean if run.arm == ORIGINAL else run.arm
            raise CommandError(f"{program} ended badly ({run.ending}): {run.detail}")


def _best_fix(
    variant: Variant, tree: Path, files: dict[str, bytes], lab: _Laboratory
) -> tuple[Patch | None, Screening | None]:
    """The patch that wins the race on the variant; None where nothing applies or nothing wins."""
    offered = [each for each in candidates(tree, scan(tree).findings) if each.finding.path == "train.py"]
    choices = [
        Choice(each.finding, patch.strategy)
        for each in offered
        if (patch := next((patch for patch in each.patches if patch.safety is not Safety.MANUAL), None))
    ]
    if not choices:
        return None, None
    patches = [plan.patch for plan in plans(tree, choices, offered)]
    arms = [
        _arm(tree.parent, ORIGINAL, files, f"{variant.program}-race"),
        *(_arm(tree.parent, patch.strategy, _mended(files, patch), f"{variant.program}-race") for patch in patches),
    ]
    screening = screen(
        arms, lab.command, lab.policy, ledger=lab.ledger, executor=lab.executor(), tell=lab.tell, cancel=lab.cancel
    )
    if screening.failure:
        raise CommandError(f"{variant.program}: {screening.failure}")
    return next((patch for patch in patches if patch.strategy == screening.winner), None), screening


def _arm(folder: Path, name: str, files: dict[str, bytes], below: str = "") -> Arm:
    tree = folder / below / name
    tree.mkdir(parents=True)
    digest = hashlib.sha256()
    for file, data in files.items():
        (tree / file).write_bytes(data)
        digest.update(data)
    return Arm(name, tree, digest.hexdigest())


def _mended(files: dict[str, bytes], patch: Patch) -> dict[str, bytes]:
    return {**files, **{edit.path: edit.after for edit in patch.edits}}


def _row(variant: Variant, fix: str, arm: str, evidence: Evidence) -> Row:
    pairs = pair(evidence.runs, arm).pairs
    statistics = describe(pairs, evidence.policy.confidence)
    return Row(variant, fix, statistics, evidence.verdicts[arm].behaviour)


def _never(runs: Sequence[Run], arm: str, policy: Policy) -> bool:
    """The number of blocks is fixed beforehand."""
    return False


@contextmanager
def _folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="greenfix-replication-") as folder:
        yield Path(folder)


def with_blocks(scale: Scale, blocks: int | None) -> Scale:
    """The scale with another number of blocks."""
    return scale if blocks is None else replace(scale, blocks=blocks)
