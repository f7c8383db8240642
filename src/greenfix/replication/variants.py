"""What is compared: the paper's published numbers, and several readings of its two smells.

The listings of the paper (arXiv 2606.19799) are not public, only its means: a CNN on CIFAR-10, 50 epochs, one Tesla T4,
energy from CodeCarbon. So each smell is read in several ways, and the table shows which of them reproduce the size of
the effect. Every reading differs from its clean program in the smell and nothing else.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = Path(__file__).parent / "programs"


@dataclass(frozen=True, slots=True)
class Published:
    """A row of the paper. Mean energy of a run in kWh, and how much more that is than clean (fraction)."""

    condition: str
    mean_kwh: float
    more: float | None


PUBLISHED = (
    Published("clean", 0.025646, None),
    Published("IMR", 0.033797, 0.3178),
    Published("UTR", 0.037393, 0.4580),
)


@dataclass(frozen=True, slots=True)
class Variant:
    """A program with one smell. ``program`` is its file's name without ending; ``meaning`` is how the smell is read."""

    program: str
    smell: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Series:
    """Variants that share a clean program and are measured in one experiment."""

    name: str
    clean: str
    variants: tuple[Variant, ...]


SERIES = (
    Series(
        "fit",
        "clean_fit",
        (
            Variant("imr_rebuilt", "IMR", "model rebuilt in each epoch"),
            Variant("imr_recompiled", "IMR", "model recompiled in each epoch"),
            Variant("imr_kept", "IMR", "model rebuilt in each epoch, all kept"),
        ),
    ),
    Series(
        "loop",
        "clean_loop",
        (
            Variant("utr_scalars", "UTR", "scalar losses kept"),
            Variant("utr_activations", "UTR", "losses and activations kept"),
            Variant("utr_gradients", "UTR", "losses and gradients kept"),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Scale:
    """How large a run is: epochs, training images, filters of the first layer; and how many blocks count."""

    name: str
    epochs: int
    images: int
    width: int
    blocks: int

    def words(self, data: str) -> tuple[str, ...]:
        """The arguments of a program that trains on ``data``."""
        return (str(self.epochs), str(self.images), str(self.width), data)


SCALES = {
    "cpu": Scale("cpu", epochs=6, images=1024, width=8, blocks=8),
    "gpu": Scale("gpu", epochs=50, images=50_000, width=32, blocks=8),
}
"""``gpu`` is the published size; on a CPU that would take days, so ``cpu`` is shorter and smaller and says so."""


DATA = {"cifar10": "CIFAR-10", "synthetic": "a seeded synthetic set of CIFAR-10's shape"}


def available_data() -> str:
    """``cifar10`` where Keras has it on this machine already, else ``synthetic``: nothing is downloaded."""
    folder = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "datasets"
    names = ("cifar-10-batches-py-target.tar.gz", "cifar-10-batches-py-target", "cifar-10-batches-py")
    return "cifar10" if any((folder / name).exists() for name in names) else "synthetic"


def program_files(program: str) -> dict[str, bytes]:
    """The files of one arm by name: the program as ``train.py``, and the data it loads."""
    return {
        "train.py": (PROGRAMS / f"{program}.py").read_bytes(),
        "data.py": (PROGRAMS / "data.py").read_bytes(),
    }
