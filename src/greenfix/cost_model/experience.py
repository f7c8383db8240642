"""Everything that is known before a measurement, and what becomes of it afterwards."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from greenfix_codemods.finding import Candidates, Mode, Patch, Safety
from greenfix_verify.machine import this_machine

from greenfix.cost_model.learning import observations_of
from greenfix.cost_model.memory import recall, remember
from greenfix.cost_model.model import CostModel, Expectation
from greenfix.cost_model.observation import Observation, Situation, digest, machine_key
from greenfix.cost_model.published import published
from greenfix.diagnosis.value import Diagnosis, State
from greenfix.folders import state_folder
from greenfix.outcome import Outcome

_NUMBER = re.compile(r" \(\d+\)$")
"""What tells two patches of one name apart (``plan``)."""


@dataclass(frozen=True, slots=True)
class Experience:
    """What was published, and what this user's machines measured.

    ``problem`` says what could not be read of it, in words; empty when all is well.
    """

    model: CostModel
    machine: str
    problem: str = ""

    def expect(self, offered: Candidates, strategy: str, diagnosis: Diagnosis | None) -> Expectation:
        """What ``strategy`` is expected to save at the finding."""
        return self.model.expect(situation(offered, strategy, diagnosis, self.machine))

    def best_first(self, offered: Sequence[Candidates], diagnosis: Diagnosis | None) -> tuple[Candidates, ...]:
        """The candidates with each finding's patches in the order to try them.

        Equal expectations stay in the order of the rule's strategies, and what is only explained stays behind.
        """
        return tuple(self._sorted(each, diagnosis) for each in offered)

    def _sorted(self, offered: Candidates, diagnosis: Diagnosis | None) -> Candidates:
        def rank(patch: Patch) -> tuple[bool, float]:
            return patch.safety is Safety.MANUAL, -self.expect(offered, patch.strategy, diagnosis).worth

        return replace(offered, patches=tuple(sorted(offered.patches, key=rank)))

    def lessons(
        self, outcome: Outcome, mended: Sequence[Candidates], diagnosis: Diagnosis | None, root: Path
    ) -> tuple[Observation, ...]:
        """What ``outcome`` adds, whose patches all mended the findings of ``mended``.

        A patch of several strategies is a strategy of its own, for all their rules: nobody knows their shares.
        """
        rules = "+".join(dict.fromkeys(each.finding.rule for each in mended))

        def mending(arm: str) -> Situation:
            strategy = "+".join(sorted(_NUMBER.sub("", arm).split("+")))
            return replace(situation(mended[0], strategy, diagnosis, self.machine), rule=rules)

        return observations_of(outcome, mending, digest(str(root.resolve()), mended[0].finding.path))


def gathered() -> Experience:
    """The experience of this user on this machine."""
    folder = state_folder()
    machine = machine_key(this_machine())
    try:
        known = recall(folder)
    except OSError as error:
        return Experience(CostModel(published()), machine, f"What was measured before cannot be read: {error}")
    lines = f"{known.unreadable} of the measurements in {folder} cannot be read and are left out"
    model = CostModel((*published(), *known.observations))
    return Experience(model, machine, lines if known.unreadable else "")


def keep(observations: Sequence[Observation]) -> str:
    """Remember ``observations``; returns why they could not be, in words, or nothing."""
    try:
        if observations:
            remember(observations, state_folder())
    except OSError as error:
        return f"What was measured could not be remembered: {error}"
    return ""


def situation(offered: Candidates, strategy: str, diagnosis: Diagnosis | None, machine: str) -> Situation:
    """All that the cost model asks about ``strategy`` at a finding.

    Where nothing says which Keras it is, it is the newest that has the mode: graph mode ended with Keras 2.
    """
    finding = offered.finding
    seen = None if diagnosis is None else diagnosis.of(finding)
    confirmed = seen is not None and seen.state is State.CONFIRMED
    return Situation(
        finding.rule,
        strategy,
        offered.mode,
        keras=offered.keras or (2 if offered.mode is Mode.GRAPH else 3),
        kept_bytes=seen.bytes or None if seen and confirmed else None,
        pass_seconds=diagnosis.cpu_seconds / seen.passes if diagnosis and seen and confirmed and seen.passes else None,
        finding=finding.fingerprint,
        machine=machine,
    )
