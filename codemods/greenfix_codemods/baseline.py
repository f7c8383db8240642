"""The findings that a repository knows already, so that a large one can start clean and only new ones count.

A baseline holds fingerprints, which come from the code and not from line numbers: code above a finding may grow. Equal
places in one file have fingerprints by their order, so that of two known ones a third is new. Path and rule stand
beside each fingerprint for the person who reads the diff of the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from greenfix_codemods.errors import CodemodsError
from greenfix_codemods.finding import Finding

VERSION = 1
_KEYS = ("rule", "path", "fingerprint")


class BaselineError(CodemodsError):
    """A baseline cannot be understood; the message says what is wrong, without naming the file."""


@dataclass(frozen=True, slots=True, order=True)
class Known:
    """One finding that is known. ``path`` is as the scan gave it, ``reason`` why a person rejected it, if one did."""

    path: str
    rule: str
    fingerprint: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What was known when it was written. ``scanned`` is the folder of that scan, relative to the baseline's own."""

    scanned: str
    known: tuple[Known, ...]

    @property
    def reasons(self) -> dict[str, str]:
        """Why persons rejected what they rejected, by fingerprint."""
        return {each.fingerprint: each.reason for each in self.known if each.reason}

    def adding(self, finding: Finding, reason: str) -> Baseline:
        """The same with ``finding`` known and rejected for ``reason``."""
        others = (each for each in self.known if each.fingerprint != finding.fingerprint)
        new = Known(finding.path, finding.rule, finding.fingerprint, reason)
        return Baseline(self.scanned, tuple(sorted([*others, new])))

    def split(self, findings: Sequence[Finding]) -> Compared:
        """Tell new findings from known ones, and say which known ones are gone."""
        fingerprints = {each.fingerprint for each in self.known}
        present = {finding.fingerprint for finding in findings}
        return Compared(
            new=tuple(finding for finding in findings if finding.fingerprint not in fingerprints),
            known=tuple(finding for finding in findings if finding.fingerprint in fingerprints),
            fixed=tuple(each for each in self.known if each.fingerprint not in present),
        )


@dataclass(frozen=True, slots=True)
class Compared:
    """Findings against a baseline: not in it, in it, and those in it that the code no longer has."""

    new: tuple[Finding, ...]
    known: tuple[Finding, ...]
    fixed: tuple[Known, ...]


def baseline_of(findings: Sequence[Finding], scanned: str, reasons: Mapping[str, str] | None = None) -> Baseline:
    """The baseline in which all ``findings`` are known, with the ``reasons`` (by fingerprint) that persons gave."""
    given = reasons or {}
    known = (Known(each.path, each.rule, each.fingerprint, given.get(each.fingerprint, "")) for each in findings)
    return Baseline(scanned, tuple(sorted(known)))


def dump(baseline: Baseline) -> str:
    """The file's text: one finding a line, sorted, so that merges and reviews are easy."""
    lines = [json.dumps(_document(each), ensure_ascii=False) for each in baseline.known]
    listed = "".join(f"\n    {line}," for line in lines)[:-1]
    end = "\n  ]" if lines else "]"
    scanned = json.dumps(baseline.scanned, ensure_ascii=False)
    return f'{{\n  "version": {VERSION},\n  "scanned": {scanned},\n  "findings": [{listed}{end}\n}}\n'


def _document(known: Known) -> dict[str, str]:
    document = {key: getattr(known, key) for key in _KEYS}
    return {**document, "reason": known.reason} if known.reason else document


def parse(text: str) -> Baseline:
    """The baseline in ``text``.

    Raises:
        BaselineError: it is none, or one of a later version.
    """
    try:
        document: dict[str, Any] = json.loads(text)
        version = document["version"]
        if version != VERSION:
            raise BaselineError(f"has version {version!r}; this greenfix reads version {VERSION}")
        known = [_known(entry) for entry in document["findings"]]
        return Baseline(_text(document, "scanned"), tuple(known))
    except (ValueError, KeyError, TypeError) as error:
        raise BaselineError(f"is no baseline: {type(error).__name__}: {error}") from error


def _known(entry: dict[str, Any]) -> Known:
    reason = _text(entry, "reason") if "reason" in entry else ""
    return Known(**{key: _text(entry, key) for key in _KEYS}, reason=reason)


def _text(entry: dict[str, Any], key: str) -> str:
    if not isinstance(entry[key], str):
        raise TypeError(f"{key} is no text")
    return str(entry[key])
