"""The hidden line in a pull request's body by which greenfix finds it again, and knows what it stands for.

A machine that has never seen the commit (a fresh clone in CI) learns from it which findings the pull request mends and
which evidence its body was written from.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass

_LINE = re.compile(r"<!-- greenfix: (\{.*\}) -->")
_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Marker:
    """What the hidden line says.

    Attributes:
        commit: that the pull request proposes.
        evidence: SHA-256 of the evidence that the body was written from.
        findings: fingerprints of what it mends; empty when they are not known.
        files: that it changes.
        closed: greenfix itself closed the pull request, because nothing was left to mend.
    """

    commit: str
    evidence: str
    findings: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    closed: bool = False

    def __str__(self) -> str:
        """The hidden line. Findings that would not fit are left out: then they count as not known."""
        text = json.dumps(asdict(self), sort_keys=True)
        if len(text) > _LONGEST:
            text = json.dumps({**asdict(self), "findings": (), "files": ()}, sort_keys=True)
        escaped = text.replace(">", "\\u003e")  # nothing ends the comment early
        return f"<!-- greenfix: {escaped} -->"


def read_marker(body: str) -> Marker | None:
    """The marker in ``body``; None when there is none, or it was changed by hand."""
    match = _LINE.search(body)
    if match is None:
        return None
    try:
        said = json.loads(match[1])
        return Marker(
            str(said["commit"]),
            str(said["evidence"]),
            tuple(map(str, said["findings"])),
            tuple(map(str, said["files"])),
            bool(said["closed"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


def with_marker(body: str, marker: Marker) -> str:
    """``body`` with ``marker`` in the place of the one it holds."""
    return _LINE.sub(lambda _: str(marker), body, count=1)
