"""Readings that somebody else recorded, as a table: an external wattmeter, another tool, a simulation.

CSV with a header and the columns ``experiment, block, arm, energy_joules`` and, if wanted, ``metric`` and ``stratum``
(the node or device of the block); arms are ``original`` and ``candidate``; blocks are whole numbers in order of time.
What stands in the table counts as measured: greenfix cannot know better. Blanks around a cell mean nothing.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from greenfix_verify.behaviour import compare_behaviour
from greenfix_verify.conclusion import judge_ratios, verdict_on, with_behaviour
from greenfix_verify.errors import EvidenceError
from greenfix_verify.policy import Policy
from greenfix_verify.reading import Provenance
from greenfix_verify.run import ORIGINAL, Behaviour
from greenfix_verify.sequential import plan
from greenfix_verify.verdict import Verdict

CANDIDATE = "candidate"
COLUMNS = ("experiment", "block", "arm", "energy_joules")
METRIC = "metric"
STRATUM = "stratum"
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_LEAST_JOULES, _MOST_JOULES = 1e-9, 1e18
"""The world uses 6e20 J a year. Between them every ratio of two energies has a logarithm and a percentage."""


@dataclass(slots=True)
class _Experiment:
    """Rows of one experiment while the table is read: (block, arm) to energy (J) and metric, block to stratum."""

    joules: dict[tuple[int, str], float] = field(default_factory=dict)
    metrics: dict[tuple[int, str], float] = field(default_factory=dict)
    strata: dict[int, str] = field(default_factory=dict)


def judge_table(path: Path, policy: Policy) -> Iterator[tuple[str, Verdict]]:
    """One verdict an experiment, in the order in which they first appear in the table.

    The whole table is read and checked before the first verdict. Blocks that lack an arm are left out and said so.
    ``policy.warmup_blocks`` is not applied: a recorded table holds what counts. Raises EvidenceError with
    file, line and field for anything malformed, PolicyError as ``plan`` does.
    """
    looks = plan(policy)
    for name, experiment in _read(path).items():
        blocks = sorted({block for block, _ in experiment.joules})
        complete = [
            block for block in blocks if all((block, arm) in experiment.joules for arm in (ORIGINAL, CANDIDATE))
        ]
        log_ratios = [
            math.log(experiment.joules[block, CANDIDATE] / experiment.joules[block, ORIGINAL]) for block in complete
        ]
        strata = [experiment.strata[block] for block in complete]
        verdict = verdict_on(judge_ratios(log_ratios, policy, looks, strata), policy, Provenance.MEASURED)
        if len(complete) < len(blocks):
            missing = ", ".join(str(block) for block in blocks if block not in complete)
            verdict = replace(verdict, reason=f"{verdict.reason} Left out as incomplete: block {missing}.")
        if experiment.metrics:
            behaviours = [_behaviours(experiment, arm) for arm in (ORIGINAL, CANDIDATE)]
            verdict = with_behaviour(verdict, compare_behaviour(behaviours[0], behaviours[1], policy))
        yield name, verdict


def _behaviours(experiment: _Experiment, arm: str) -> list[Behaviour]:
    runs = [key for key in experiment.joules if key[1] == arm]
    return [Behaviour({METRIC: (experiment.metrics[key],)} if key in experiment.metrics else {}) for key in runs]


def _read(path: Path) -> dict[str, _Experiment]:
    experiments: dict[str, _Experiment] = {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            table = csv.DictReader(lines, strict=True, skipinitialspace=True)
            table.fieldnames = [name.strip() for name in table.fieldnames or ()]
            _check_header(path, table.fieldnames)
            for row in table:
                _take(row, f"{path}, line {table.line_num}", experiments)
    except OSError as error:
        raise EvidenceError(f"{path} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise EvidenceError(f"{path} is not a CSV table in UTF-8: {error}") from error
    if not experiments:
        raise EvidenceError(f"{path} has no readings below its header")
    return experiments


def _check_header(path: Path, columns: Sequence[str]) -> None:
    missing = [column for column in COLUMNS if column not in columns]
    if missing:
        raise EvidenceError(f"{path}, line 1: missing column {', '.join(missing)} (needed: {', '.join(COLUMNS)})")
    twice = next((column for column in columns if columns.count(column) > 1), None)
    if twice is not None:
        raise EvidenceError(f"{path}, line 1: two columns are called {twice!r}")


def _take(row: Mapping[str, str], where: str, experiments: dict[str, _Experiment]) -> None:
    if any(row[column] is None for column in COLUMNS) or None in row:
        raise EvidenceError(f"{where}: not as many fields as the header has columns")
    row = {column: cell.strip() for column, cell in row.items()}
    name, arm = row["experiment"], row["arm"]
    if not name:
        raise EvidenceError(f"{where}, experiment: empty")
    if arm not in {ORIGINAL, CANDIDATE}:
        raise EvidenceError(f"{where}, arm: {arm!r} is neither {ORIGINAL!r} nor {CANDIDATE!r}")
    key = (_block(row["block"], where), arm)
    experiment = experiments.setdefault(name, _Experiment())
    if key in experiment.joules:
        raise EvidenceError(f"{where}, block: a second reading of {arm} in block {key[0]} of {name!r}")
    experiment.joules[key] = _number(row["energy_joules"], f"{where}, energy_joules", positive=True)
    place = row.get(STRATUM) or ""
    if experiment.strata.setdefault(key[0], place) != place:
        raise EvidenceError(f"{where}, stratum: block {key[0]} of {name!r} ran in {experiment.strata[key[0]]!r}")
    if row.get(METRIC):
        experiment.metrics[key] = _number(row[METRIC], f"{where}, {METRIC}", positive=False)


def _block(text: str, where: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise EvidenceError(f"{where}, block: {text!r} is not a whole number")
    return int(text)


def _number(text: str, where: str, *, positive: bool) -> float:
    try:
        value = float(text if "_" not in text else "")  # 1_000 is a number in Python only
    except ValueError:
        raise EvidenceError(f"{where}: {text!r} is not a number") from None
    if positive and not (math.isfinite(value) and value > 0.0):
        raise EvidenceError(f"{where}: {text} is not an energy above 0 J")
    if positive and not _LEAST_JOULES <= value <= _MOST_JOULES:
        raise EvidenceError(f"{where}: {text} J is not the energy of a program; are the units joules?")
    return value
