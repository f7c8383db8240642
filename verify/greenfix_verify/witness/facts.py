"""What a witnessed run showed, as values: by file, line and function of the program, without any judgement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Look(StrEnum):
    """What the witness shall look at in a place."""

    REACHED = "reached"
    """How often its first line runs."""
    CALL = "call"
    """How often the function that is defined there is called."""
    VALUE = "value"
    """Also what its names hold: each time, at the start of a training, and when the function ends."""
    BLOCK = "block"
    """Also the tensors that come to life in the block and that no name of the function leads to."""


@dataclass(frozen=True, slots=True)
class Place:
    """Lines of a file to look at.

    ``id`` is the asker's. ``path`` is relative to the tree, with forward slashes; ``names`` may be dotted
    (``self.history``); ``function`` is the name of the function that a ``CALL`` is about.
    """

    id: str
    what: Look
    path: str
    line: int
    end_line: int
    names: tuple[str, ...] = ()
    function: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """A line of the program, and the function that it is in (``<module>`` at the top of a file)."""

    path: str
    line: int
    function: str

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}"
        return where if self.function == "<module>" else f"{where} in {self.function}()"


Stack = tuple[Point, ...]
"""The program's own frames, innermost first; the libraries' frames between them are left out."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Something that happened once.

    ``kind`` is ``build``, ``load``, ``compile`` or ``fit`` of a model, ``function`` (a ``tf.function`` was made) or
    ``trace`` (it was traced). ``at`` is the CPU seconds of the process then, ``seconds`` are those that it took. Of a
    build, ``live`` counts the models of the same stack that were alive with it, itself included, and ``bytes`` are
    weights and optimizer state of the older ones; ``graph`` says that it was built in the graph mode of TensorFlow 1.
    ``model`` is the number of the model; None: not built under our eyes.
    """

    kind: str
    stack: Stack
    name: str
    at: float
    seconds: float = 0.0
    live: int = 0
    bytes: int = 0
    model: int | None = None
    graph: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """What a name held after so many passes: tensors and arrays, each buffer once, and their bytes."""

    passes: int
    count: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Held:
    """What one name of a place held over time. ``training``: when a ``fit`` began; ``last``: at the end."""

    samples: tuple[Sample, ...]
    peak: Sample
    training: Sample | None = None
    last: Sample | None = None

    @property
    def growth(self) -> float:
        """Bytes a pass between the first sample and the peak."""
        first = self.samples[0]
        passes = self.peak.passes - first.passes
        return (self.peak.bytes - first.bytes) / passes if passes > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen at a place: how often it was reached, in which function, CPU seconds of each time, its names."""

    hits: int
    function: str = ""
    durations: tuple[float, ...] = ()
    held: Mapping[str, Held] | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """A name that held at least 1 MiB of tensors and arrays, at its peak; ``function`` is empty for a module's."""

    path: str
    function: str
    name: str
    count: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the processes of one run left behind. ``memory`` holds (seconds, bytes resident) of the largest process.

    ``complete`` says that every process ended in order and wrote its last word. ``limits`` says in sentences what was
    not seen.
    """

    occurrences: tuple[Occurrence, ...] = ()
    seen: Mapping[str, Seen] | None = None
    holders: tuple[Holder, ...] = ()
    memory: tuple[tuple[float, int], ...] = ()
    collections: int = 0
    collection_seconds: float = 0.0
    cpu_seconds: float = 0.0
    processes: int = 0
    complete: bool = True
    limits: tuple[str, ...] = ()
