"""Energies and times in words, the same in every report."""

from __future__ import annotations

from greenfix_verify.reading import JOULES_PER_KWH


def energy(joules: float) -> str:
    """``1234`` is ``1.23 kJ``; from 0.1 kWh on in kWh."""
    if joules >= 0.1 * JOULES_PER_KWH:
        return f"{joules / JOULES_PER_KWH:.3f} kWh"
    return f"{joules / 1000:.2f} kJ" if joules >= 1000 else f"{joules:.1f} J"


def duration(seconds: float) -> str:
    """``45 s``, ``12 min``, ``3.5 h``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
