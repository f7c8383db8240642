"""What a meter is. One meter is one module here; nothing else knows how energy is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from greenfix_verify.conditions import Conditions
from greenfix_verify.reading import ComponentEnergy, Provenance


@dataclass(frozen=True, slots=True)
class MeterDescription:
    """What the evidence says of a meter, so that a reader need not ask.

    Attributes:
        name: the library that reads, e.g. ``codecarbon``.
        version: of that library.
        settings: every option it was started with, as text.
        provenance: where each component's number comes from, as found after the first start.
        sources: who says so, in words, by component (the keys of ``provenance``).
        thread_watts: modelled power (W) of one busy hardware thread, for energy attributed from CPU seconds.
        thread_watts_source: where that number comes from, in words.
        driver: version of the GPUs' driver; empty without one.
        cuda: the newest CUDA version that this driver serves (the program's own stands in the environment's lock).
    """

    name: str
    version: str
    settings: Mapping[str, str]
    provenance: Mapping[str, Provenance]
    sources: Mapping[str, str]
    thread_watts: float
    thread_watts_source: str
    driver: str = ""
    cuda: str = ""

    @property
    def counts(self) -> bool:
        """Whether a hardware counter or sensor stands behind at least one component."""
        return Provenance.MEASURED in self.provenance.values()


class Meter(Protocol):
    """Reads the energy of the whole machine between ``start`` and ``stop``. A window at a time, many in a row.

    It has the devices open anyway, so it also says how they are.
    """

    def describe(self) -> MeterDescription:
        """Say what this meter reads and how. Raises MeterError when it cannot be started."""

    def start(self) -> None:
        """Open a window. Raises MeterError when nothing would be measured."""

    def stop(self) -> tuple[ComponentEnergy, ...]:
        """Close the window and return its energy by component.

        Raises MeterError when there is no trustworthy number; never returns 0 J in its place.
        """

    def sample(self) -> Conditions:
        """Return how the GPUs that are read are now. Raises MeterError when the meter cannot be asked."""

    def watched(self) -> Conditions:
        """Return the worst of what the GPUs said during the last window, of a failed one too. Raises MeterError."""

    def close(self) -> None:
        """Give back whatever it holds. It may be called twice, and in the middle of a window."""
