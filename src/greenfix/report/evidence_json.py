"""The report of an evidence file for programs: what follows from it, beside what it says. ``docs/report.md``."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from greenfix_verify.codec import encode
from greenfix_verify.evidence import Evidence

from greenfix.report.check import Difference
from greenfix.report.evidence import pairs_of

JSON_VERSION = 1


def as_json(evidence: Evidence, sha256: str, differences: Sequence[Difference]) -> str:
    """One object with a final line end."""
    document = {
        "version": JSON_VERSION,
        "evidence_version": evidence.version,
        "sha256": sha256,
        "experiment": evidence.experiment,
        "candidates": {arm: _candidate(evidence, arm) for arm in evidence.verdicts},
        "spent_joules": evidence.spent_joules,
        "notes": evidence.notes,
        "check": {"matches": not differences, "differences": encode(tuple(differences))},
    }
    return json.dumps(encode(document), indent=1, allow_nan=False) + "\n"


def _candidate(evidence: Evidence, arm: str) -> dict[str, Any]:
    verdict = evidence.verdicts[arm]
    blocks = [
        {
            "block": pair.block,
            "original_joules": pair.original_joules,
            "candidate_joules": pair.candidate_joules,
            "saving": -math.expm1(pair.log_ratio),
            "counts": number < verdict.blocks,
        }
        for number, pair in enumerate(pairs_of(evidence, arm))
    ]
    fields = {"verdict": verdict.kind, **{name: value for name, value in encode(verdict).items() if name != "kind"}}
    more = {"payback_runs": evidence.payback_runs.get(arm), "statistics": evidence.statistics.get(arm)}
    return {**fields, "blocks_used": verdict.blocks, **more, "blocks": blocks}
