"""What ``report --check`` must notice, and what it must not mind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from greenfix_verify.evidence import Evidence
from greenfix_verify.screening import Fate, Screening, Standing

from greenfix.report.check import differences
from tests.evidences import EVEN, SAVING, evidence_of
from tests.measuring import run

PATCH = "hoist-compile"


@pytest.mark.parametrize("pairs", [SAVING, EVEN, SAVING[:3]], ids=["saves", "no saving", "undecided"])
def test_what_the_judge_wrote_follows_from_its_runs(pairs: tuple[tuple[float, float], ...]) -> None:
    assert differences(evidence_of(pairs)) == ()


def _saving(evidence: Evidence) -> Evidence:
    return replace(evidence, verdicts={PATCH: replace(evidence.verdicts[PATCH], saving=0.9)})


def _sentence(evidence: Evidence) -> Evidence:
    return replace(evidence, verdicts={PATCH: replace(evidence.verdicts[PATCH], reason="It saves 90 %.")})


def _figure(evidence: Evidence) -> Evidence:
    return replace(evidence, statistics={PATCH: {**evidence.statistics[PATCH], "paired_t_p": 1e-9}})


def _reading(evidence: Evidence) -> Evidence:
    return replace(evidence, runs=(*evidence.runs[:-1], replace(evidence.runs[-1], reading=None)))


def _dropped_run(evidence: Evidence) -> Evidence:
    return replace(evidence, runs=evidence.runs[:2] + evidence.runs[4:])


def _order(evidence: Evidence) -> Evidence:
    first = replace(evidence.schedule[1], order=evidence.schedule[1].order[::-1])
    return replace(evidence, schedule=(evidence.schedule[0], first, *evidence.schedule[2:]))


def _margin(evidence: Evidence) -> Evidence:
    return replace(evidence, policy=replace(evidence.policy, minimum_saving=0.5))


TAMPERED: list[tuple[str, Callable[[Evidence], Evidence], str]] = [
    ("the saving", _saving, "verdicts.hoist-compile.saving"),
    ("the sentence", _sentence, "verdicts.hoist-compile.reason"),
    ("a figure", _figure, "statistics.hoist-compile.paired_t_p"),
    ("the energy spent", lambda one: replace(one, spent_joules=1.0), "spent_joules"),
    ("the pay-back", lambda one: replace(one, payback_runs={PATCH: 1}), "payback_runs.hoist-compile"),
    ("a reading", _reading, "spent_joules"),
    ("a block", _dropped_run, "statistics.hoist-compile.log_ratios[0]"),
    ("the order that was drawn", _order, "schedule[1].order[0]"),
    ("the margin", _margin, "verdicts.hoist-compile.kind"),
    ("the exclusions", lambda one: replace(one, exclusions=()), "exclusions"),
    ("the notes", lambda one: replace(one, notes=("All was well.",)), "notes[0]"),
]


@pytest.mark.parametrize(("tamper", "field"), [case[1:] for case in TAMPERED], ids=[case[0] for case in TAMPERED])
def test_what_was_changed_afterwards_is_named(tamper: Callable[[Evidence], Evidence], field: str) -> None:
    assert field in {each.field for each in differences(tamper(evidence_of(SAVING)))}


def test_runs_that_did_not_take_the_order_drawn_are_named() -> None:
    evidence = evidence_of(SAVING)
    swapped = tuple(replace(each, position=1 - each.position) for each in evidence.runs[:2])
    found = differences(replace(evidence, runs=(*swapped[::-1], *evidence.runs[2:])))
    assert [each.field for each in found] == ["exclusions[0].arm", "exclusions[1].arm", "runs[0].arm", "runs[1].arm"]


def test_another_version_of_greenfix_may_have_used_other_words_but_no_other_numbers() -> None:
    evidence = evidence_of(SAVING)
    other = replace(evidence, site=replace(evidence.site, versions={"greenfix": "0.0.1"}))
    assert differences(replace(_sentence(other), notes=("All was well.",))) == ()
    assert {each.field for each in differences(_saving(other))} == {f"verdicts.{PATCH}.saving"}


def test_a_file_of_version_1_need_not_hold_what_came_later() -> None:
    evidence = evidence_of(SAVING)
    figures = {name: value for name, value in evidence.statistics[PATCH].items() if name != "corrected_saving"}
    assert differences(replace(evidence, version=1, statistics={PATCH: figures})) == ()
    assert {each.field for each in differences(replace(evidence, statistics={PATCH: figures}))} == {
        f"statistics.{PATCH}.corrected_saving"
    }


def test_a_policy_that_can_show_nothing_is_a_difference_and_no_crash() -> None:
    evidence = evidence_of(SAVING)
    assert [
        each.field for each in differences(replace(evidence, policy=replace(evidence.policy, maximum_blocks=2)))
    ] == ["policy"]


def test_the_numbers_of_a_race_follow_from_its_runs() -> None:
    evidence = evidence_of(SAVING)
    places = [(block, at, arm) for block in range(2) for at, arm in enumerate(("original", PATCH))]
    runs = tuple(run(block, at, arm, joules=10.0 - at) for block, at, arm in places)
    race = Screening("d", (Standing(PATCH, Fate.AHEAD, "", 0.1, 2),), runs, 38.0)
    with_race = replace(evidence, screening=race, spent_joules=evidence.spent_joules + 38.0)
    payback = {PATCH: differences(with_race)[0].recomputed}
    assert [each.field for each in differences(with_race)] == [f"payback_runs.{PATCH}"]
    honest = replace(with_race, payback_runs=payback)
    assert differences(honest) == ()
    flattered = replace(race, standings=(replace(race.standings[0], saving=0.4),))
    assert [each.field for each in differences(replace(honest, screening=flattered))] == [f"screening.{PATCH}.saving"]
