"""What the comparison of one result of both arms says."""

from __future__ import annotations

from dataclasses import dataclass

from greenfix_verify.verdict import BehaviourKind


@dataclass(frozen=True, slots=True)
class Comparison:
    """One metric, count or output: its name, whether it is the same, and a clause that shows it.

    ``runs`` is how many runs of each arm would probably show that an undecided one is the same; None where nothing can
    be said.
    """

    kind: BehaviourKind
    name: str
    text: str
    runs: int | None = None
