"""Every example of every UTR rule, through the rule itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from greenfix_codemods.finding import Confidence
from greenfix_codemods.rule import Example, Rule
from greenfix_codemods.rules import all_rules
from greenfix_codemods.semantics.module import Project
from greenfix_codemods.semantics.source import decode

RULES = [rule for rule in all_rules() if rule.code.startswith("UTR")]
CASES = [
    pytest.param(rule, example, id=f"{rule.code}-{number}")
    for rule in RULES
    for number, example in enumerate(rule.examples)
]


@pytest.mark.parametrize(("rule", "example"), CASES)
def test_an_example_is_flagged_at_its_marked_lines_and_nowhere_else(
    rule: Rule, example: Example, tmp_path: Path
) -> None:
    module = Project(tmp_path).add(decode(example.code.encode(), "program.py"))
    sites = list(rule.sites(module))
    found = tuple(sorted({site.finding.span.line for site in sites if site.finding.confidence is not Confidence.LOW}))
    assert found == example.lines, example.because or [site.finding.reason for site in sites]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_a_rule_has_a_page_and_both_kinds_of_examples(rule: Rule) -> None:
    page = rule.__doc__ or ""
    for heading in ("What it does", "Why is this bad", "Example", "Use instead", "Fix safety"):
        assert f"## {heading}" in page
    assert any(example.lines for example in rule.examples)
    assert any(not example.lines and example.because for example in rule.examples)
