"""A checkup and a calibration, for people (text) and for programs (JSON)."""

from __future__ import annotations

import json
from typing import Any

from greenfix_verify.reading import Provenance

from greenfix.calibration import Calibration
from greenfix.doctor import Checkup, State
from greenfix.message import percent
from greenfix.report.verdict import energy

JSON_VERSION = 1

_MARKS = {State.GOOD: "ok", State.LIMITED: "--", State.MISSING: "!!"}


def checkup_text(checkup: Checkup) -> str:
    """One line a fact, what to do below it, and what the gate will do."""
    width = max(len(check.topic) for check in checkup.checks)
    lines = []
    for check in checkup.checks:
        lines.append(f"{_MARKS[check.state]}  {check.topic:<{width}}  {check.text}")
        if check.advice:
            lines.append(f"    {'':<{width}}  {check.advice}")
    return "\n".join([*lines, "", checkup.gate]) + "\n"


def calibration_text(calibration: Calibration) -> str:
    """The noise, and what it lets one promise."""
    if calibration.problem:
        return f"The measurement is bad: {calibration.problem}\n"
    if calibration.noise is None:
        return f"Only {calibration.blocks} undisturbed blocks: too few to say how noisy this machine is.\n"
    low, high = percent(calibration.noise_low), percent(calibration.noise_high)
    kind = "energy" if calibration.provenance in {None, Provenance.MEASURED} else f"{calibration.provenance} energy"
    promises = "".join(
        f"  {promise.blocks:>2} blocks   {percent(promise.saving):>6}   ({percent(promise.at_worst)} at worst)\n"
        for promise in calibration.promises
    )
    return (
        f"Noise of a block: {percent(calibration.noise)} of {kind} ({low} to {high}), from {calibration.blocks} blocks "
        "of the program against itself.\n"
        f"Smallest saving that is shown with a probability of 80 %:\n{promises}"
        "Smaller savings may be real, but this machine does not promise to show them.\n"
        f"Results of the program: {calibration.behaviour} from run to run.\n"
        f"The calibration used {energy(calibration.spent_joules)}.\n"
    )


def doctor_json(checkup: Checkup, calibration: Calibration | None) -> str:
    """Everything as one JSON object."""
    document: dict[str, Any] = {
        "version": JSON_VERSION,
        "ready": checkup.ready,
        "measured": checkup.measured,
        "gate": checkup.gate,
        "checks": [
            {"topic": check.topic, "state": check.state.value, "text": check.text, "advice": check.advice}
            for check in checkup.checks
        ],
        "calibration": None if calibration is None else _calibration(calibration),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _calibration(calibration: Calibration) -> dict[str, Any]:
    return {
        "blocks": calibration.blocks,
        "noise": calibration.noise,
        "noise_low": calibration.noise_low,
        "noise_high": calibration.noise_high,
        "smallest_savings": [
            {"blocks": promise.blocks, "saving": promise.saving, "at_worst": promise.at_worst}
            for promise in calibration.promises
        ],
        "behaviour": calibration.behaviour.value,
        "provenance": calibration.provenance.value if calibration.provenance else None,
        "problem": calibration.problem,
        "spent_joules": calibration.spent_joules,
    }
