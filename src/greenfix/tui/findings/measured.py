"""What a measurement said about a finding: by itself, together with others, or only in the race."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from greenfix.tui.words import NOTHING, percent

if TYPE_CHECKING:
    from greenfix_codemods.finding import Patch
    from greenfix_verify.screening import Screening

    from greenfix.outcome import Trial


@dataclass(frozen=True, slots=True)
class Measured:
    """A saving (fraction) and how it was found. ``rough`` when only the race, on few blocks, has seen it."""

    saving: float | None
    how: str
    rough: bool = False

    @property
    def short(self) -> str:
        """For a column: ``24.1 %``, or ``~31.0 %`` from the race."""
        return f"~{percent(self.saving)}" if self.rough and self.saving is not None else percent(self.saving)


def raced(patches: Sequence[Patch], screening: Screening) -> dict[str, Measured]:
    """By fingerprint, the best that the race saw of a patch that mends the finding."""
    found: dict[str, Measured] = {}
    patch_of = {patch.strategy: patch for patch in patches}
    for standing in sorted(screening.standings, key=lambda each: each.saving or 0.0):
        if standing.saving is not None and (patch := patch_of.get(standing.arm)):
            how = f"{standing.arm} in the race, on few blocks{_others(patch)}"
            found |= {each.fingerprint: Measured(standing.saving, how, rough=True) for each in patch.findings}
    return found


def proven(trial: Trial) -> dict[str, Measured]:
    """By fingerprint, what the experiment showed: of each finding where that was asked for, else of the patch."""
    verdict = trial.verdict
    provenance = f", {verdict.provenance}" if verdict.provenance else ""
    how = (
        f"{verdict.kind}: {trial.patch.strategy}{_others(trial.patch)}, "
        f"interval {_interval(verdict.low, verdict.high)}{provenance}"
    )
    found = {each.fingerprint: Measured(verdict.saving, how) for each in trial.patch.findings}
    for share in trial.shares:
        alone = f"its own part beside the others, interval {_interval(share.low, share.high)}{provenance}"
        found[share.finding.fingerprint] = Measured(share.saving, alone)
    return found


def _others(patch: Patch) -> str:
    number = len(patch.findings) - 1
    return f" together with {number} other{'s' if number > 1 else ''}" if number else ""


def _interval(low: float | None, high: float | None) -> str:
    return NOTHING if low is None or high is None else f"{percent(low)} to {percent(high)}"
