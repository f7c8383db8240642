from __future__ import annotations

import pytest
from greenfix_codemods.rules import all_rules

from tests.greenfix_command import Greenfix


@pytest.mark.parametrize("code", [rule.code for rule in all_rules()])
def test_every_rule_has_a_page_with_its_strategies(greenfix: Greenfix, code: str) -> None:
    done = greenfix("explain", code.lower())
    assert done.returncode == 0
    assert done.stdout.startswith(f"{code}: ")
    assert len(done.stdout) > 500


def test_all_lists_every_rule(greenfix: Greenfix) -> None:
    assert [line.split()[0] for line in greenfix("explain", "all").stdout.splitlines()] == [
        rule.code for rule in all_rules()
    ]


def test_an_unknown_rule_names_those_there_are(greenfix: Greenfix) -> None:
    done = greenfix("explain", "XYZ1")
    assert done.returncode == 2
    assert "There are IMR001" in done.stderr
