"""One finding with everything that is known of it before a measurement: why, what may be tried, what is expected."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from greenfix_codemods.files import root_of
from greenfix_codemods.finding import Candidates, Finding, Safety
from greenfix_codemods.rules import rule
from greenfix_codemods.scan import candidates, scan
from greenfix_codemods.selection import EVERYTHING, Selection

from greenfix.cost_model.experience import Experience, gathered
from greenfix.cost_model.model import Expectation
from greenfix.diagnosis.kept import latest_about
from greenfix.diagnosis.value import Diagnosed, Diagnosis
from greenfix.errors import RepositoryError, UsageError
from greenfix.repository import open_repository

SHORTEST_PREFIX = 4
_FINGERPRINT = re.compile(rf"[0-9a-f]{{{SHORTEST_PREFIX},16}}")
_PLACE = re.compile(r"(.+):(\d+)")


@dataclass(frozen=True, slots=True)
class Option:
    """A strategy at a finding. ``obstacle`` says what stops it; empty where it may be tried."""

    strategy: str
    summary: str
    safety: Safety
    expected: Expectation
    obstacle: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known of one finding.

    ``options`` that may be tried come first, in the order in which ``fix`` tries them. ``diagnosed`` is what the newest
    diagnosis said, of whatever commit. ``problem`` says what could not be read of earlier measurements.
    """

    finding: Finding
    title: str
    assumption: str
    options: tuple[Option, ...]
    diagnosed: Diagnosed | None
    problem: str


def is_about_a_finding(asked: str) -> bool:
    """Whether ``asked`` has the form of a finding's name: ``path:line``, or the beginning of a fingerprint."""
    return bool(_PLACE.fullmatch(asked) or _FINGERPRINT.fullmatch(asked.lower()))


def explain_findings(
    asked: str, path: Path, selection: Selection = EVERYTHING, cache: Path | None = None
) -> tuple[Explanation, ...]:
    """Scan ``path`` and explain the findings that ``asked`` names: several where they stand on one line.

    Raises:
        UsageError: there is no such finding, or a prefix fits several.
    """
    result = scan(path, selection=selection, cache=cache)
    found = named([*result.findings, *(each.finding for each in result.suppressed)], asked, root_of(path))
    experience = gathered()
    state = _state(path)
    return tuple(
        _explanation(each, experience, None if state is None else latest_about(state, each.finding.fingerprint))
        for each in candidates(path, found)
    )


def named(findings: Sequence[Finding], asked: str, root: Path) -> tuple[Finding, ...]:
    """The findings that ``asked`` names; paths count from ``root`` or from the current folder.

    Raises:
        UsageError: there is none, or a prefix fits several.
    """
    place = _PLACE.fullmatch(asked)
    found = tuple(_at(findings, place[1], int(place[2]), root) if place else _beginning(findings, asked.lower()))
    if not found:
        raise UsageError(
            f"There is no finding {asked} in {root.resolve()}.",
            "`greenfix scan` lists them; --repository names another folder.",
        )
    if not place and len({each.fingerprint for each in found}) > 1:
        raise UsageError(f"{asked} is the beginning of {len(found)} fingerprints.", "Give more of it.")
    return found


def _at(findings: Sequence[Finding], path: str, line: int, root: Path) -> Iterator[Finding]:
    files = {(root / path).resolve(), Path(path).resolve()}
    for each in findings:
        lines = {each.span.line, each.cell_line.joined if each.cell_line else each.span.line}
        if line in lines and (root / each.path).resolve() in files:
            yield each


def _beginning(findings: Sequence[Finding], prefix: str) -> Iterator[Finding]:
    return (each for each in findings if each.fingerprint.startswith(prefix))


def _explanation(offered: Candidates, experience: Experience, diagnosis: Diagnosis | None) -> Explanation:
    [ordered] = experience.best_first([offered], diagnosis)
    found = rule(offered.finding.rule)
    assert found is not None  # noqa: S101  # it made the finding
    summaries = {strategy.name: strategy for strategy in found.strategies}

    def option(name: str, safety: Safety, obstacle: str = "") -> Option:
        expected = experience.expect(offered, name, diagnosis)
        return Option(name, summaries[name].summary, safety, expected, obstacle)

    assumptions = [*(each.assumption for each in ordered.patches), *(each.assumption for each in ordered.withheld)]
    return Explanation(
        offered.finding,
        found.title,
        next(filter(None, assumptions), ""),
        (
            *(option(each.strategy, each.safety) for each in ordered.patches),
            *(option(each.strategy, summaries[each.strategy].safety, each.reason) for each in ordered.withheld),
        ),
        None if diagnosis is None else diagnosis.of(offered.finding),
        experience.problem,
    )


def _state(path: Path) -> Path | None:
    """Where diagnoses are remembered; a folder outside of git has none."""
    try:
        return open_repository(path).state
    except RepositoryError:
        return None
