"""The gate: whether a verdict may become a commit."""

from __future__ import annotations

from dataclasses import dataclass

from greenfix_verify.policy import Policy
from greenfix_verify.reading import Provenance
from greenfix_verify.verdict import BehaviourKind, Verdict, VerdictKind


@dataclass(frozen=True, slots=True)
class GateDecision:
    """Whether the patch may be committed, and why or why not in a clause."""

    commit: bool
    why: str


def passes_gate(verdict: Verdict, policy: Policy) -> GateDecision:
    """Commit only what saves, on measured energy, and computes the same; the policy may relax the last two."""
    if verdict.kind is not VerdictKind.SAVES:
        return GateDecision(False, f"the verdict is '{verdict.kind}', and only '{VerdictKind.SAVES}' is committed")
    if verdict.provenance is not Provenance.MEASURED and not policy.allow_estimated:
        return GateDecision(False, f"the saving is {verdict.provenance}, no hardware counter measured it")
    if verdict.behaviour is BehaviourKind.UNKNOWN and not policy.allow_unknown_behaviour:
        return GateDecision(False, "nothing shows that both programs compute the same")
    measured = verdict.provenance is Provenance.MEASURED
    source = "on measured energy" if measured else f"and {verdict.provenance} energy is allowed"
    return GateDecision(True, f"it saves, {source}")
