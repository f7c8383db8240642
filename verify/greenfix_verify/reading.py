"""Energy of one run, by component, each with its provenance. Joules everywhere; kWh only on screens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

JOULES_PER_KWH = 3.6e6
SIMULATED = "simulated"
"""Stands in the source of a component that a device of this name answered for: a stand-in, as tests have one."""


class Component(StrEnum):
    """The parts of a machine that CodeCarbon reports."""

    GPU = "gpu"
    CPU = "cpu"
    RAM = "ram"


class Provenance(StrEnum):
    """Where a number comes from. Never called measured unless a hardware counter said it."""

    MEASURED = "measured"
    ESTIMATED = "estimated"
    SIMULATED = "simulated"
    """A device whose own name says that it only plays one answered: no number is a measurement."""


@dataclass(frozen=True, slots=True)
class ComponentEnergy:
    """Energy (J) of one component over a run, with who says so (``source``, e.g. "NVML energy counter")."""

    component: Component
    joules: float
    provenance: Provenance
    source: str


@dataclass(frozen=True, slots=True)
class Reading:
    """Energy of one run.

    ``components`` is what CodeCarbon reported for the whole machine during the run; a component that the machine
    lacks is absent, never 0 J. ``attributed_joules`` is the estimate from the process tree's own CPU seconds times
    the modelled power of one busy thread: used only where no counter exists, because CodeCarbon's machine-mode
    figure is then wall time times a constant, and a busy neighbour moves it by 30 %.
    """

    components: tuple[ComponentEnergy, ...]
    attributed_joules: float
    attributed_source: str

    @property
    def provenance(self) -> Provenance:
        """``simulated``, or ``measured`` when at least one hardware counter was read, else ``estimated``."""
        if self.simulated:
            return Provenance.SIMULATED
        measured = any(part.provenance is Provenance.MEASURED for part in self.components)
        return Provenance.MEASURED if measured else Provenance.ESTIMATED

    @property
    def simulated(self) -> bool:
        """Whether a device that calls itself simulated gave a number: it is no measurement, however it is computed."""
        return any(SIMULATED in part.source for part in self.components)

    @property
    def joules(self) -> float:
        """The outcome that arms are compared on (J): all that counters measured, else the attributed estimate.

        Modelled components never join a measured sum: an additive constant would dilute the ratio.
        """
        if self.provenance is Provenance.ESTIMATED:
            return self.attributed_joules
        return sum(part.joules for part in self.components if part.provenance is Provenance.MEASURED)


def provenance_together(provenances: Iterable[Provenance]) -> Provenance:
    """What a number may be called that several readings made: as doubtful as the worst of them."""
    found = set(provenances)
    doubts = (Provenance.SIMULATED, Provenance.ESTIMATED)
    return next((each for each in doubts if each in found), Provenance.MEASURED)
