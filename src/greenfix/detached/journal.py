"""The journal of a detached experiment: one line of JSON an event, written as it is told.

The journal is for showing. What was measured stands in the ledger, so a journal that ends in the middle of a line
(power cut) loses a picture and no run. The evidence of a trial is not repeated here: its file is read again, and must
have the digest that the journal names.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, get_args

from greenfix_codemods.finding import Candidates, Choice, Finding, Patch, ScanResult
from greenfix_verify.codec import CodecError, decode, encode
from greenfix_verify.errors import EvidenceError
from greenfix_verify.events import RunOutput, RunStarted
from greenfix_verify.policy import Policy
from greenfix_verify.screening import Screening
from greenfix_verify.verdict import Verdict

from greenfix.diagnosis.value import Diagnosis
from greenfix.errors import GreenfixError
from greenfix.events import Event, TrialEnded
from greenfix.experiment_plan import ExperimentPlan, Setup
from greenfix.kept_evidence import digest_of
from greenfix.outcome import Commit, Share, Trial

OUTPUT_BYTES = 2**20
"""Of what the program says in one run: the rest would fill a disk, and a screen shows 2,000 lines."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The last line. ``problem``: why there is no result; ``interrupted``: somebody stopped it, and it can go on."""

    problem: str = ""
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One event and when it was told (s since the epoch)."""

    at: float
    event: Event | Ended


@dataclass(frozen=True, slots=True)
class _KeptTrial:
    """A trial without its evidence."""

    patch: Patch
    verdict: Verdict
    evidence_file: Path
    evidence_sha256: str
    passes: bool
    why: str
    shares: tuple[Share, ...]
    before: tuple[Verdict, ...]


NAMED: tuple[type[Any], ...] = (
    Candidates, Choice, Commit, Diagnosis, ExperimentPlan, Finding, Patch, Path, Policy, ScanResult, Screening, Setup,
)  # fmt: skip
"""What the story's values are annotated with and may import for the type checker only."""

_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in (*get_args(Event), Ended)}


class JournalError(GreenfixError):
    """A line of a journal is not what this greenfix writes, or the evidence that it names is not there any more."""


class Journal:
    """A journal that is being written; closed with its context."""

    def __init__(self, file: Path, clock: Callable[[], float] = time.time) -> None:
        self._file = file.open("w", encoding="utf-8", buffering=1)
        self._clock = clock
        self._output_left = OUTPUT_BYTES

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._file.close()

    def write(self, event: Event | Ended) -> None:
        """Add one line."""
        if isinstance(event, RunStarted):
            self._output_left = OUTPUT_BYTES
        elif isinstance(event, RunOutput):
            if self._output_left <= 0:
                return
            self._output_left -= len(event.line) + 1
            if self._output_left <= 0:
                event = RunOutput("(the rest of what this run says is not kept)")
        value = _without_evidence(event.trial) if isinstance(event, TrialEnded) else event
        line = {"at": self._clock(), "kind": type(event).__name__, "event": encode(value)}
        self._file.write(f"{json.dumps(line, allow_nan=False)}\n")


class JournalReader:
    """Reads a journal bit by bit, while it is written."""

    def __init__(self, file: Path) -> None:
        self._path = file
        self._read = 0

    def news(self) -> Iterable[Entry]:
        """The entries since the last call. A line without its end is left for the next one.

        Raises:
            JournalError: another version of greenfix wrote it, or the evidence of a trial is gone.
        """
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self._read += len(line)
                yield self._entry(line)

    def _entry(self, line: bytes) -> Entry:
        try:
            data = json.loads(line)
            kind = _KINDS[data["kind"]]
            event = (
                TrialEnded(_trial(data["event"])) if kind is TrialEnded else decode(kind, data["event"], named=NAMED)
            )
            return Entry(float(data["at"]), event)
        except (ValueError, KeyError, TypeError, OSError, EvidenceError) as error:
            raise JournalError(f"{self._path} cannot be followed: {error}.") from error


def _without_evidence(trial: Trial) -> _KeptTrial:
    return _KeptTrial(
        trial.patch,
        trial.verdict,
        trial.evidence_file,
        trial.evidence_sha256,
        trial.passes,
        trial.why,
        trial.shares,
        trial.before,
    )


def _trial(data: Any) -> Trial:
    """With its evidence; raises CodecError when that file is another one by now."""
    from greenfix_verify.evidence import read_evidence

    kept = decode(_KeptTrial, data, named=NAMED)
    if digest_of(kept.evidence_file) != kept.evidence_sha256:
        raise CodecError(f"{kept.evidence_file} was written again")
    return Trial(
        kept.patch,
        kept.verdict,
        read_evidence(kept.evidence_file),
        kept.evidence_file,
        kept.evidence_sha256,
        kept.passes,
        kept.why,
        kept.shares,
        kept.before,
    )
