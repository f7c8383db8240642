"""An explanation for people (text) and for programs (JSON). ``docs/cost-model.md`` says what the numbers mean."""

from __future__ import annotations

import inspect
import json
import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from greenfix_codemods.finding import Safety
from greenfix_codemods.rule import Rule

from greenfix.cost_model.model import Expectation
from greenfix.diagnosis.value import Diagnosed
from greenfix.explanation import Explanation, Option
from greenfix.message import count, percent
from greenfix.report.findings import place_fields

JSON_VERSION = 1
WIDTH = 100
SAFETY = {
    Safety.SAFE: "safe: the meaning is kept",
    Safety.UNSAFE: "unsafe: results may change, and the behaviour check tells",
    Safety.MANUAL: "by hand: explained and never applied",
}


def rule_text(found: Rule) -> str:
    """The page of a rule."""
    strategies = "".join(f"{each.name} ({each.safety}): {each.summary}\n" for each in found.strategies)
    return f"{found.code}: {found.title}\n\n{inspect.getdoc(found)}\n\n{strategies}"


def rule_json(found: Rule) -> str:
    """The same as one JSON object."""
    strategies = [
        {"name": each.name, "safety": each.safety.value, "summary": each.summary} for each in found.strategies
    ]
    rule = {"code": found.code, "title": found.title, "page": inspect.getdoc(found), "strategies": strategies}
    return json.dumps({"version": JSON_VERSION, "rule": rule}, ensure_ascii=False) + "\n"


def explanation_text(found: Explanation) -> str:
    """The finding, why, what was seen of it, and each strategy with what is expected of it."""
    finding = found.finding
    head = f"{finding.place} {finding.rule}: {found.title} ({finding.confidence} confidence, {finding.fingerprint})\n"
    tried = [each for each in found.options if not each.obstacle]
    stopped = [each for each in found.options if each.obstacle]
    parts = [
        head + _wrapped(f"{finding.reason}.".replace("..", ".")) + _wrapped(f"{found.assumption}."),
        _wrapped(f"The last diagnosis: {_diagnosed(found.diagnosed)}"),
        "To try, best guess first:\n" + "".join(map(_option, tried)) if tried else "Nothing can be applied here.\n",
        "Not here:\n" + "".join(_wrapped(f"{each.strategy}: {each.obstacle}.") for each in stopped) if stopped else "",
        f"{found.problem}.\n" if found.problem else "",
        f"This is expected; only `greenfix fix` measures. The rule's page: `greenfix explain {finding.rule}`.\n",
    ]
    return "\n".join(part for part in parts if part)


def explanation_json(found: Sequence[Explanation]) -> str:
    """The findings as one JSON object."""
    document = {"version": JSON_VERSION, "findings": [_fields(each) for each in found]}
    return json.dumps(document, ensure_ascii=False) + "\n"


def expected_text(expected: Expectation) -> str:
    """``-14.9 % (-209.0 % to 57.3 %), from 2 measurements of 1 program on this machine and 5 elsewhere``."""
    numbers = f"{percent(expected.saving)} ({percent(expected.low)} to {percent(expected.high)})"
    return f"{numbers}, {_measurements(expected)}"


def _measurements(expected: Expectation) -> str:
    if not expected.here and not expected.elsewhere:
        return "which is no more than a place to start from: nobody has measured it yet"
    here = "no measurement on this machine"
    if expected.here:
        alike = "" if expected.alike == expected.here else f" ({expected.alike} of this rule and mode)"
        programs = count(expected.programs, "program")
        here = f"{count(expected.here, 'measurement')} of {programs} on this machine{alike}"
    return f"from {here} and {expected.elsewhere or 'none'} elsewhere"


def _option(option: Option) -> str:
    return "".join(
        (
            f"  {option.strategy}\n",
            _wrapped(option.summary, 4),
            _wrapped(f"Expected saving: {expected_text(option.expected)}.", 4),
            _wrapped(f"Runs and computes the same: {100 * option.expected.chance:.0f} % expected.", 4),
            _wrapped(f"{SAFETY[option.safety]}.", 4),
        )
    )


def _diagnosed(seen: Diagnosed | None) -> str:
    if seen is None:
        return "none; `greenfix diagnose` runs the program once and says whether it really leaks."
    return f"{seen.state}; {seen.evidence}."


def _wrapped(text: str, indent: int = 2) -> str:
    return textwrap.fill(text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * indent) + "\n"


def _fields(found: Explanation) -> dict[str, Any]:
    seen = found.diagnosed
    return {
        **place_fields(found.finding),
        "title": found.title,
        "assumption": found.assumption,
        "diagnosed": None if seen is None else {"state": seen.state.value, "bytes": seen.bytes, "passes": seen.passes},
        "strategies": [
            {
                "name": each.strategy,
                "summary": each.summary,
                "safety": each.safety.value,
                "obstacle": each.obstacle or None,
                "expected": asdict(each.expected),
            }
            for each in found.options
        ],
        "problem": found.problem or None,
    }
