"""What the story ends with, as values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from greenfix_codemods.finding import Patch, ScanResult
from greenfix_verify.evidence import Evidence
from greenfix_verify.verdict import Verdict, VerdictKind

from greenfix.errors import ExitCode

_EXIT_CODES = {
    VerdictKind.SAVES: ExitCode.FINE,
    VerdictKind.INCONCLUSIVE: ExitCode.INCONCLUSIVE,
    VerdictKind.INVALID: ExitCode.INVALID,
}


def exit_code_of(kind: VerdictKind) -> ExitCode:
    """What a script learns from one verdict."""
    return _EXIT_CODES.get(kind, ExitCode.FINDINGS)


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


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit on its own branch; the user's tree, index and HEAD are as they were."""

    sha: str
    branch: str
    message: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that happened: the scan, each trial in order, and the commit if one passed."""

    scan: ScanResult
    trials: tuple[Trial, ...] = ()
    commit: Commit | None = None
    declined: bool = False
    """The person accepted no finding, or did not want the commit."""

    @property
    def decisive(self) -> Trial | None:
        """The trial that the outcome rests on: the one committed, else the last."""
        return self.trials[-1] if self.trials else None

    @property
    def exit_code(self) -> ExitCode:
        """Fine when something was committed or nothing smells; else what stopped it."""
        if self.commit is not None or not self.scan.findings:
            return ExitCode.FINE
        codes = {exit_code_of(trial.verdict.kind) for trial in self.trials} - {ExitCode.FINE}
        # A bad measurement says more than an open question, and that more than a clear "no".
        return max(codes, default=ExitCode.FINDINGS)
