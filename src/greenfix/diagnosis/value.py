"""What a diagnosis says, and what follows from it for trying fixes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from greenfix_codemods.finding import Finding, Smell
from greenfix_verify.run import Ending
from greenfix_verify.witness import Holder, Point

SMALLEST_SHARE = 0.01
"""Of the run's CPU seconds or of its peak memory. Below it no fix can reach a saving of 1 % that a measurement could
show: a page that is mapped costs about 0.5 us, so even memory of this share is some thousandths of the time."""


class State(StrEnum):
    """What one run says of a finding."""

    CONFIRMED = "confirmed"
    """The leak was seen, with its bytes and seconds."""
    NOT_SEEN = "not seen"
    """The place ran, and nothing was kept, built or traced again there."""
    NOT_REACHED = "not reached"
    """The place did not run."""


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """One finding after the run.

    Attributes:
        bytes: what the leak holds at its peak (tensor buffers; weights and optimizer state of older models).
        seconds: CPU seconds that went into doing again what was done before (tracing, loading, copying).
        evidence: what was seen, in one sentence.
        passes: how often the place ran; 0 where that is not known.
    """

    fingerprint: str
    rule: str
    path: str
    line: int
    state: State
    bytes: int
    seconds: float
    evidence: str
    passes: int = 0


@dataclass(frozen=True, slots=True)
class Retraced:
    """A function that was traced more than twice from one line; two traces are usual, since the first makes variables.

    ``seconds`` are the CPU seconds of all its traces.
    """

    name: str
    point: Point
    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All that one run showed.

    Attributes:
        commit: what was run.
        command: how, in the person's words, and ``environment`` with which further variables, as ``KEY=VALUE``.
        memory: (seconds since the start, bytes resident) over time.
        collections: how often the garbage collector ran, and ``collection_seconds`` what that took.
        detail: of a bad ending, what it was, with the last lines of the program.
        limits: what could not be seen, in sentences.
    """

    commit: str
    command: tuple[str, ...]
    findings: tuple[Diagnosed, ...]
    retraced: tuple[Retraced, ...]
    holders: tuple[Holder, ...]
    memory: tuple[tuple[float, int], ...]
    peak_rss_bytes: int
    cpu_seconds: float
    wall_seconds: float
    collections: int
    collection_seconds: float
    ending: Ending
    detail: str = ""
    limits: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether what was not seen did not happen: the run ended well, and it was followed to its end."""
        return self.ending is Ending.COMPLETED and not self.limits

    def of(self, finding: Finding) -> Diagnosed | None:
        """What it says of ``finding``; None when it was not asked."""
        return next((each for each in self.findings if each.fingerprint == finding.fingerprint), None)

    def share(self, each: Diagnosed) -> float:
        """The larger of its shares of CPU seconds and of peak memory."""
        return max(each.seconds / max(self.cpu_seconds, 1e-9), each.bytes / max(self.peak_rss_bytes, 1))


def ordered(findings: Sequence[Finding], diagnosis: Diagnosis | None) -> tuple[Finding, ...]:
    """``findings``, confirmed ones first and of those the costliest first; what is unknown keeps its place behind."""
    if diagnosis is None:
        return tuple(findings)

    def rank(finding: Finding) -> tuple[int, float]:
        each = diagnosis.of(finding)
        if each is None:
            return 1, 0.0
        return (0, -diagnosis.share(each)) if each.state is State.CONFIRMED else (2, 0.0)

    return tuple(sorted(findings, key=rank))


def worth_trying(finding: Finding, diagnosis: Diagnosis | None) -> bool:
    """Whether a fix of ``finding`` could pay, as far as the diagnosis can tell: in doubt yes."""
    each = None if diagnosis is None else diagnosis.of(finding)
    if diagnosis is None or each is None or not diagnosis.whole:
        return True
    if finding.smell is Smell.IMR:
        return each.state is State.CONFIRMED  # what building again costs beside tracing is not in the seconds
    return each.state is State.CONFIRMED and diagnosis.share(each) >= SMALLEST_SHARE
