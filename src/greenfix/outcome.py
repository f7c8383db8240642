"""What the story ends with, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from greenfix_verify.screening import Fate, Screening
from greenfix_verify.verdict import Verdict, VerdictKind

from greenfix.errors import ExitCode

if TYPE_CHECKING:  # what they hold draws in all that scans and measures: the first screen need not wait for it
    from pathlib import Path

    from greenfix_codemods.finding import Finding, Patch, ScanResult
    from greenfix_verify.evidence import Evidence

    from greenfix.experiment_plan import ExperimentPlan

_EXIT_CODES = {
    VerdictKind.SAVES: ExitCode.FINE,
    VerdictKind.INCONCLUSIVE: ExitCode.INCONCLUSIVE,
    VerdictKind.INVALID: ExitCode.INVALID,
}


def exit_code_of(kind: VerdictKind) -> ExitCode:
    """What a script learns from one verdict."""
    return _EXIT_CODES.get(kind, ExitCode.FINDINGS)


def guard_exit_code_of(kind: VerdictKind) -> ExitCode:
    """What a script learns that only asks whether a change costs: fine unless it does, or does not run any more."""
    if kind in {VerdictKind.COSTS, VerdictKind.CHANGES_BEHAVIOUR}:
        return ExitCode.FINDINGS
    return ExitCode.INVALID if kind is VerdictKind.INVALID else ExitCode.FINE


@dataclass(frozen=True, slots=True)
class Share:
    """What the mending of one finding gives beside all the others: how much less the whole patch needs than without it.

    Fractions; ``low`` and ``high`` are the interval at the policy's confidence.
    """

    finding: Finding
    saving: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Trial:
    """One patch and what its experiment showed. ``evidence_file`` is where the evidence was written."""

    patch: Patch
    verdict: Verdict
    evidence: Evidence
    evidence_file: Path
    evidence_sha256: str
    passes: bool
    why: str
    """Why the gate lets it pass, or does not."""
    shares: tuple[Share, ...] = ()
    """By finding; empty unless asked for."""
    before: tuple[Verdict, ...] = ()
    """Verdicts of finished experiments on the same patch before this one, whose blocks do not count in it."""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit on its own branch; the user's tree, index and HEAD are as they were."""

    sha: str
    branch: str
    message: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that happened: the scan, the race of the candidates, the winner's trial, and the commit if it passed.

    There is no screening where there was one candidate only, and no trial where none was worth confirming.
    """

    scan: ScanResult
    screening: Screening | None = None
    trial: Trial | None = None
    commit: Commit | None = None
    declined: bool = False
    """The person accepted no finding, or did not want the commit."""
    plan: ExperimentPlan | None = None
    """Of a dry run: what would be measured."""

    @property
    def verdict(self) -> VerdictKind | None:
        """The word for all of it; None when nothing was measured."""
        if self.trial is not None:
            return self.trial.verdict.kind
        if self.screening is None:
            return None
        if self.screening.failure:
            return VerdictKind.INVALID
        fates = {standing.fate for standing in self.screening.standings}
        return VerdictKind.NO_SAVING if Fate.NO_SAVING in fates else VerdictKind.CHANGES_BEHAVIOUR

    @property
    def exit_code(self) -> ExitCode:
        """Fine when something was committed, nothing smells, or it was a dry run; else what stopped it."""
        if self.commit is not None or self.plan is not None or not self.scan.findings:
            return ExitCode.FINE
        code = exit_code_of(self.verdict) if self.verdict else ExitCode.FINDINGS
        return ExitCode.FINDINGS if code is ExitCode.FINE else code  # it saves, but the gate or the person said no
