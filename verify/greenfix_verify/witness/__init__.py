"""The witness: what a program builds, traces and keeps, by file and line. For one run that nobody measures.

This side prepares the run and reads what was seen. The other side, ``injected/``, runs under the target's own
interpreter: standard library only, Python 3.8 or newer, and not a module of this package there. It is found because
its folder comes first on PYTHONPATH; ``python -I`` or ``-E`` ignores that, and then nothing is seen. It slows the run
down (``injected/greenfix_witness/follower.py`` says by how much and what bounds it), so it is never on while energy is
measured.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from greenfix_verify.witness.facts import Facts, Held, Holder, Look, Occurrence, Place, Point, Sample, Seen, Stack

__all__ = [
    "Facts",
    "Held",
    "Holder",
    "Look",
    "Occurrence",
    "Place",
    "Point",
    "Sample",
    "Seen",
    "Stack",
    "Witnessing",
]

INJECTED = Path(__file__).with_name("injected")


@dataclass(frozen=True, slots=True)
class Witnessing:
    """A run about to be witnessed; its processes leave their notes in the folder ``notes``."""

    notes: Path

    @staticmethod
    def of(notes: Path, tree: Path, places: Sequence[Place]) -> Witnessing:
        """Prepare to witness one run in ``tree``; ``notes`` is an empty folder for this run alone."""
        asked = [
            {
                "id": place.id,
                "what": place.what.value,
                "path": place.path,
                "line": place.line,
                "end_line": place.end_line,
                "names": list(place.names),
                "function": place.function,
            }
            for place in places
        ]
        (notes / "places.json").write_text(json.dumps({"root": str(tree), "places": asked}), encoding="utf-8")
        return Witnessing(notes)

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """Return ``base`` with the witness in it."""
        path = os.pathsep.join(part for part in (str(INJECTED), base.get("PYTHONPATH", "")) if part)
        return {**base, "PYTHONPATH": path, "GREENFIX_WITNESS": str(self.notes)}

    def facts(self) -> Facts:
        """Return what was seen so far; also while the run is under way."""
        notes = _notes(self.notes)
        if not notes:
            return Facts(complete=False, limits=("the run left no notes", *_failures(self.notes)))
        largest = max(notes, key=lambda each: max((size for _, size in each["memory"]), default=0))
        return Facts(
            occurrences=tuple(event for each in notes for event in _occurrences(each)),
            seen=_seen(notes),
            holders=_holders(notes),
            memory=tuple((seconds, size) for seconds, size in largest["memory"]),
            collections=sum(each["collections"]["count"] for each in notes),
            collection_seconds=sum(each["collections"]["seconds"] for each in notes),
            cpu_seconds=sum(each["cpu_seconds"] for each in notes),
            processes=len(notes),
            complete=all(each["complete"] for each in notes),
            limits=(*_limits(notes), *_failures(self.notes)),
        )


def _notes(folder: Path) -> list[dict[str, Any]]:
    notes = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.notes.json")]
    return sorted(notes, key=lambda each: each["started"])


def _failures(folder: Path) -> list[str]:
    """Why the witness did not start in a process of the run."""
    return [f"the witness did not start: {path.read_text(encoding='utf-8')}" for path in folder.glob("*.error.txt")]


def _occurrences(notes: Mapping[str, Any]) -> list[Occurrence]:
    stacks: list[Stack] = [tuple(Point(*point) for point in stack) for stack in notes["stacks"]]
    return [Occurrence(**{**event, "stack": stacks[event["stack"]]}) for event in notes["events"]]


def _seen(notes: Sequence[Mapping[str, Any]]) -> dict[str, Seen]:
    """The places of all processes; where several reached one, what the busiest of them saw there."""
    seen: dict[str, Seen] = {}
    for each in notes:
        for id_, facts in each["places"].items():
            held = {name: _held(values) for name, values in facts["names"].items()}
            found = Seen(facts["hits"], facts["function"], tuple(facts["durations"]), held)
            if id_ not in seen or found.hits > seen[id_].hits:
                seen[id_] = found
    return seen


def _held(values: Mapping[str, Any]) -> Held:
    peak, training, last = (
        None if values[name] is None else Sample(*values[name]) for name in ("peak", "training", "last")
    )
    assert peak is not None  # noqa: S101  every name that is noted has one, for the type checker
    return Held(tuple(Sample(*sample) for sample in values["samples"]), peak, training, last)


def _holders(notes: Sequence[Mapping[str, Any]]) -> tuple[Holder, ...]:
    found = [
        Holder(path, function, name, count, size)
        for each in notes
        for path, function, name, count, size in each["holders"]
    ]
    return tuple(sorted(found, key=lambda holder: -holder.bytes))


def _limits(notes: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    limits: dict[str, None] = {}
    for each in notes:
        if each["unfollowed"]:
            limits[each["unfollowed"]] = None
        if each["dropped"]:
            limits[f"{each['dropped']:,} further builds and traces were not kept one by one"] = None
        if each["error"]:
            limits[f"the witness itself failed at one point: {each['error']}"] = None
    return tuple(limits)
