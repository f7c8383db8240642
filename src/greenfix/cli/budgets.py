"""Amounts of time and energy as people write them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from greenfix_verify.reading import JOULES_PER_KWH

from greenfix.errors import UsageError

_UNITS = {"s": (1.0, None), "m": (60.0, None), "min": (60.0, None), "h": (3600.0, None)} | {
    unit: (None, joules) for unit, joules in (("j", 1.0), ("kj", 1e3), ("wh", 3600.0), ("kwh", JOULES_PER_KWH))
}


def budgets(amounts: Sequence[str]) -> tuple[float | None, float | None]:
    """Seconds and joules of ``2h``, ``0.5kWh`` and the like; None for what is not limited.

    Raises:
        UsageError: it is neither a time nor an energy.
    """
    seconds = joules = None
    for amount in amounts:
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*", amount.lower())
        if match is None or match[2] not in _UNITS or float(match[1]) == 0:
            raise UsageError(f"--budget {amount} is neither a time (90m, 2h) nor an energy (0.5kWh, 800kJ).")
        time, energy = _UNITS[match[2]]
        seconds = float(match[1]) * time if time else seconds
        joules = float(match[1]) * energy if energy else joules
    return seconds, joules
