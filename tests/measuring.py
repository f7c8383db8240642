"""What the tests of measuring share: a meter without hardware, and tiny programs in trees of their own."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from greenfix_verify.command import Command
from greenfix_verify.conditions import Conditions
from greenfix_verify.errors import MeterError
from greenfix_verify.events import Listener, VerifyEvent, silence
from greenfix_verify.evidence import Evidence
from greenfix_verify.executor import LocalExecutor
from greenfix_verify.experiment import measure
from greenfix_verify.ledger import Ledger
from greenfix_verify.meter import Meter, MeterDescription
from greenfix_verify.policy import Policy
from greenfix_verify.reading import Component, ComponentEnergy, Provenance, Reading
from greenfix_verify.run import ORIGINAL, Arm, Behaviour, Counters, Ending, Run
from greenfix_verify.verdict import Verdict, VerdictKind

HERE = Command((sys.executable, "program.py"), None, "")
"""Without an interpreter to ask for its packages, which would take longer than the runs."""


@dataclass
class FakeMeter:
    """Says 5 J a window, unless told otherwise; ``failures`` are the windows (from 0) that give no number.

    ``sensors`` is how its devices are between runs, ``seen`` the worst during one; without any by default.
    """

    provenance: Provenance = Provenance.MEASURED
    stop_failures: Sequence[int] = ()
    start_failures: Sequence[int] = ()
    component: Component = Component.CPU
    sensors: Conditions = field(default_factory=Conditions)
    seen: Conditions = field(default_factory=Conditions)
    windows: int = 0
    open: bool = False
    closed: int = 0

    def describe(self) -> MeterDescription:
        return MeterDescription(
            name="fake",
            version="1",
            settings={},
            provenance={self.component: self.provenance},
            sources={self.component: "a test"},
            thread_watts=4.0,
            thread_watts_source="4 W a thread",
        )

    def start(self) -> None:
        self.windows += 1
        if self.windows - 1 in self.start_failures:
            raise MeterError("it does not start")
        self.open = True

    def stop(self) -> tuple[ComponentEnergy, ...]:
        self.open = False
        if self.windows - 1 in self.stop_failures:
            raise MeterError("it died")
        return (ComponentEnergy(self.component, 5.0, self.provenance, "a test"),)

    def sample(self) -> Conditions:
        return self.sensors

    def watched(self) -> Conditions:
        return self.seen

    def close(self) -> None:
        self.open = False
        self.closed += 1


def tree(folder: Path, source: str) -> Path:
    """Make a tree that holds one program."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "program.py").write_text(source)
    return folder


def arms(folder: Path, **sources: str) -> tuple[Arm, ...]:
    """Make one arm a keyword, each with its own program."""
    return tuple(
        Arm(name, tree(folder / name, source), revision=f"revision of {name}") for name, source in sources.items()
    )


def undecided(runs: Sequence[Run], arm: str, policy: Policy) -> Verdict:
    """Judge like somebody who never has enough."""
    blocks = len({run.block for run in runs if run.arm == arm and not run.warmup})
    return Verdict(VerdictKind.INCONCLUSIVE, None, None, None, None, blocks, None, "not enough")


def never(runs: Sequence[Run], arm: str, policy: Policy) -> bool:
    return False


def experiment(
    folder: Path,
    compared: tuple[Arm, ...],
    policy: Policy,
    *,
    meter: Meter | None = None,
    tell: Listener = silence,
    cancel: threading.Event | None = None,
    is_decided: Callable[[Sequence[Run], str, Policy], bool] = never,
    observe: bool = False,
) -> Evidence:
    """Measure with a fake meter and a ledger in ``folder``."""
    executor = LocalExecutor(HERE, policy, meter or FakeMeter(Provenance.ESTIMATED), observe=observe)
    with Ledger(folder / "ledger.sqlite") as ledger:
        return measure(
            compared,
            HERE,
            policy,
            ledger=ledger,
            executor=executor,
            judge=undecided,
            is_decided=is_decided,
            tell=tell,
            cancel=cancel,
        )


class Heard:
    """A listener that keeps what it hears."""

    def __init__(self) -> None:
        self.events: list[VerifyEvent] = []

    def __call__(self, event: VerifyEvent) -> None:
        self.events.append(event)

    def of(self, kind: type[VerifyEvent]) -> list[VerifyEvent]:
        return [event for event in self.events if isinstance(event, kind)]


def run(
    block: int = 0,
    position: int = 0,
    arm: str = ORIGINAL,
    *,
    warmup: bool = False,
    joules: float | None = 5.0,
    ending: Ending = Ending.COMPLETED,
    disturbed: str = "",
    behaviour: Behaviour | None = None,
) -> Run:
    """Make a run as a value."""
    parts = (ComponentEnergy(Component.GPU, joules or 0.0, Provenance.MEASURED, "a test"),)
    return Run(
        block=block,
        position=position,
        arm=arm,
        warmup=warmup,
        started_at=1.0,
        ended_at=2.0,
        ending=ending,
        exit_code=0,
        reading=None if joules is None else Reading(parts, 1.0, "4 W a thread"),
        counters=Counters(1.0, 1.0, 0.1, 1000, 10, 0),
        behaviour=behaviour or Behaviour(),
        disturbed=disturbed,
    )
