from __future__ import annotations

import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from greenfix_codemods import detecting, looking
from greenfix_codemods.finding import ScanResult, Smell
from greenfix_codemods.rule import Rule, Site
from greenfix_codemods.rules import all_rules
from greenfix_codemods.scan import scan
from greenfix_codemods.semantics.module import Module

LEAK = """\
import keras
for fold in range(30):{0}
    model = keras.Sequential([]){1}
    model.compile("sgd", "mse")
    model.fit([1.0], [1.0]){2}
"""
KEEPING = """\
import tensorflow as tf
kept = []
for epoch in range(300):{0}
    for batch in range(900):{1}
        loss = tf.square(tf.random.normal((64, 64))){2}
        kept.append({3}
            loss{4}
        ){5}
"""
IGNORE = "  # greenfix: ignore[IMR001] the grid is small"
KEEP = "  # greenfix: ignore[UTR001]"


@pytest.fixture
def scanned(tmp_path: Path) -> Any:
    def run(text: str, name: str = "train.py") -> ScanResult:
        (tmp_path / name).write_text(text)
        return scan(tmp_path)

    return run


@pytest.mark.parametrize("place", [0, 1])
def test_a_comment_on_the_loop_or_on_what_leaks_hides_the_finding_and_keeps_its_reason(
    scanned: Any, place: int
) -> None:
    result = scanned(LEAK.format(*(IGNORE if number == place else "" for number in range(3))))
    assert (result.findings, result.notes, result.funnel.findings) == ((), (), 0)
    [hidden] = result.suppressed
    assert (hidden.finding.rule, hidden.finding.span.line, hidden.reason) == ("IMR001", 2, "the grid is small")


@pytest.mark.parametrize(("place", "hides"), [*enumerate([False, True, False, True, True, True])])
def test_a_statement_is_hidden_from_each_of_its_lines_and_from_the_innermost_loop(
    scanned: Any, place: int, hides: bool
) -> None:
    assert [each.rule for each in scanned(KEEPING.format(*[""] * 6)).findings] == ["UTR001"]
    result = scanned(KEEPING.format(*(KEEP if number == place else "" for number in range(6))))
    assert (len(result.suppressed), len(result.findings), len(result.notes)) == ((1, 0, 0) if hides else (0, 1, 1))


def test_several_rules_stand_in_one_comment_and_the_unused_one_is_said(scanned: Any) -> None:
    result = scanned(LEAK.format("  # greenfix: ignore[IMR001, UTR001] known", "", ""))
    assert len(result.suppressed) == 1
    [note] = result.notes
    assert (note.place, note.rule) == ("train.py:2", "UTR001")
    assert note.message == "nothing to suppress: UTR001 finds nothing here; take UTR001 out of the brackets"


def test_another_comment_may_stand_before(scanned: Any) -> None:
    result = scanned(LEAK.format("  # pragma: no cover  # greenfix:ignore[ IMR001 ]", "", ""))
    assert [each.reason for each in result.suppressed] == [""]


def test_a_suppression_that_suppresses_nothing_is_reported_with_place_and_what_to_do(scanned: Any) -> None:
    result = scanned(LEAK.format("", "", IGNORE))
    assert len(result.findings) == 1
    [note] = result.notes
    assert (note.path, note.line, note.rule) == ("train.py", 5, "IMR001")
    assert note.message.endswith("remove the comment")


def test_another_rule_is_not_hidden(scanned: Any) -> None:
    result = scanned(LEAK.format("  # greenfix: ignore[IMR002]", "", ""))
    assert ([each.rule for each in result.findings], [each.rule for each in result.notes]) == (["IMR001"], ["IMR002"])


@pytest.mark.parametrize(
    "comment",
    ["greenfix: ignore", "greenfix: ignore IMR001", "greenfix: ignore[]", "greenfix: noqa", "Greenfix: Ignore"],
)
def test_a_comment_without_rules_is_malformed_and_the_note_says_what_to_write(scanned: Any, comment: str) -> None:
    result = scanned(LEAK.format(f"  # {comment}", "", ""))
    assert len(result.findings) == 1
    [note] = result.notes
    assert (note.line, note.rule) == (2, "")
    assert "`# greenfix: ignore[IMR001] reason`" in note.message


@pytest.mark.parametrize(("rule", "hint"), [("IMR01", "did you mean IMR001?"), ("E501", "the rules are IMR001")])
def test_an_unknown_rule_is_said_with_the_nearest_one(scanned: Any, rule: str, hint: str) -> None:
    result = scanned(LEAK.format(f"  # greenfix: ignore[{rule}]", "", ""))
    [note] = result.notes
    assert f"there is no rule `{rule}`: {hint}" in note.message


def test_a_string_or_a_comment_that_only_talks_about_it_is_none(scanned: Any) -> None:
    text = LEAK.format("", "", "") + 'help = "# greenfix: ignore[IMR001] why"\n# greenfix: we like it\n'
    result = scanned(text)
    assert (len(result.findings), result.suppressed, result.notes) == (1, (), ())


def test_a_finding_in_a_comprehension_is_hidden_from_its_statement(scanned: Any) -> None:
    text = "import keras\nmodels = [\n    keras.Sequential([]).fit([1.0], [1.0])\n    for width in range(9)\n]{0}\n"
    assert [each.rule for each in scanned(text.format("")).findings] == ["IMR001"]
    assert scanned(text.format(IGNORE)).findings == ()


def test_a_one_line_loop_and_a_decorated_body_have_one_header_line(scanned: Any) -> None:
    text = "import keras\nfor fold in range(3): model = keras.Sequential([]); model.fit([1.0], [1.0]){0}\n"
    assert [each.rule for each in scanned(text.format("")).findings] == ["IMR001"]
    assert scanned(text.format(IGNORE)).findings == ()
    decorated = (
        "import tensorflow as tf\nfor fold in range(3):{0}\n    @tf.function{1}\n"
        "    def step(x):\n        return x\n    step(1)\n"
    )
    assert [each.rule for each in scanned(decorated.format("", "")).findings] == ["IMR005"]
    assert scanned(decorated.format("  # greenfix: ignore[IMR005]", "")).findings == ()


def test_a_function_ends_the_search_for_the_loop(scanned: Any) -> None:
    text = (
        "import tensorflow as tf\nkept = []\nfor epoch in range(3):{0}\n    def step(x):\n"
        "        kept.append(tf.square(x))\n    for batch in range(9):\n        step(batch)\n"
    )
    plain = scanned(text.format(""))
    assert [each.rule for each in plain.findings] == ["UTR001"]
    assert scanned(text.format("  # greenfix: ignore[UTR001]")).suppressed == ()


class Broken(Rule):
    """A rule with a bug."""

    code = "IMR001"
    title = "always raises"
    smell = Smell.IMR

    def sites(self, module: Module) -> Iterator[Site]:
        raise ZeroDivisionError


def test_a_suppression_of_a_rule_that_failed_is_not_called_unused(
    scanned: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = (Broken(), *(rule for rule in all_rules() if rule.code != "IMR001"))
    for module in (detecting, looking):
        monkeypatch.setattr(module, "all_rules", lambda: rules)
    result = scanned(LEAK.format(IGNORE, "", ""))
    assert (len(result.errors), result.notes) == (1, ())


def test_comments_that_cannot_be_read_are_said(scanned: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(readline: object) -> Iterator[tokenize.TokenInfo]:
        raise tokenize.TokenError("EOF in multi-line statement")

    monkeypatch.setattr(tokenize, "generate_tokens", unreadable)
    result = scanned(LEAK.format(IGNORE, "", ""))
    assert (len(result.findings), len(result.suppressed)) == (1, 0)
    assert "cannot be read" in result.notes[0].message
