"""One strategy measured once: what was mended, under which circumstances, and how much energy it took."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from greenfix_codemods.finding import Mode
from greenfix_verify.machine import Machine


class Stage(StrEnum):
    """Where a number comes from."""

    PUBLISHED = "published"
    """Measured by the authors of greenfix, on another machine."""
    SCREENING = "screening"
    """A candidate in a race: few blocks."""
    CONFIRMATION = "confirmation"
    """The only candidate, or the winner of a race on fresh blocks."""


@dataclass(frozen=True, slots=True)
class Situation:
    """A strategy at a place: all that the cost model looks at.

    Attributes:
        keras: the major version, 2 or 3.
        kept_bytes: what the leak held at its peak, if a diagnosis saw it.
        pass_seconds: CPU seconds of the run for each pass of the loop, if a diagnosis saw it.
        finding: the finding's fingerprint; empty where nobody will ever ask for that place again.
        machine: digest of the machine (``machine_key``).
    """

    rule: str
    strategy: str
    mode: Mode
    keras: int
    kept_bytes: int | None = None
    pass_seconds: float | None = None
    finding: str = ""
    machine: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """What measuring a strategy showed.

    Attributes:
        fate: the word of the race or the verdict.
        log_ratio: log(energy mended / energy as found); None when there is nothing to compare.
        standard_error: of ``log_ratio``.
        blocks: pairs it rests on.
        provenance: whether the energy was measured or estimated.
        program: digest of the repository and the file: which program it was, and nothing else of it.
        experiment: digest of the experiment or race in its ledger.
        day: ISO date.
    """

    situation: Situation
    stage: Stage
    fate: str
    log_ratio: float | None
    standard_error: float | None
    blocks: int
    provenance: str
    program: str
    experiment: str
    day: str

    @property
    def sound(self) -> bool:
        """Whether the mended program ran and computed the same, as far as was seen."""
        return self.fate not in {"failed", "changes behaviour"}


def machine_key(machine: Machine) -> str:
    """Which kind of machine it is, in 16 hex digits: CPU and GPUs, whatever their driver."""
    cards = [card.partition(",")[0] for card in machine.gpus]
    return digest(machine.cpu_model, *cards)


def digest(*parts: str) -> str:
    """16 hex digits that stand for ``parts``."""
    return hashlib.sha256("\x1f".join(parts).encode(errors="surrogateescape")).hexdigest()[:16]
