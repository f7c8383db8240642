"""What an outcome teaches, and how that orders the candidates of the next one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from greenfix_codemods.finding import Candidates, Funnel, Mode, Patch, Safety, ScanResult
from greenfix_codemods.scan import Choice, candidates, scan
from greenfix_verify.evidence import Evidence
from greenfix_verify.reading import Provenance
from greenfix_verify.run import ORIGINAL, Ending, Run
from greenfix_verify.screening import Fate, Screening, Standing
from greenfix_verify.verdict import Verdict, VerdictKind

from greenfix.cost_model.experience import Experience, situation
from greenfix.cost_model.model import CostModel
from greenfix.cost_model.observation import Observation, Stage
from greenfix.cost_model.published import published
from greenfix.diagnosis.value import Diagnosed, Diagnosis, State
from greenfix.outcome import Outcome, Trial
from greenfix.plan import Plan, plans
from tests.greenfix_command import LEAKING
from tests.measuring import run

NOBODY = Experience(CostModel(()), "here")
NOTHING = ScanResult((), (), Funnel(0, 0, 0, 0))
GRAPH = f"import tensorflow as tf\ntf.compat.v1.disable_eager_execution()\n{LEAKING}"


def offered(folder: Path, source: str = LEAKING) -> tuple[Candidates, ...]:
    (folder / "train.py").write_text(source)
    return candidates(folder, scan(folder).findings)


def planned(folder: Path, found: tuple[Candidates, ...]) -> tuple[Plan, ...]:
    return plans(folder, [Choice(each.finding, each.patches[0].strategy) for each in found], found)


def runs(blocks: int, energies: Mapping[str, float], failing: str = "") -> tuple[Run, ...]:
    """Every arm in every block, with a noise that is known: one block 1 % up, the next 1 % down."""
    return tuple(
        run(
            block,
            position,
            arm,
            joules=joules * (1 if arm == ORIGINAL else 1.01 ** (-1) ** block),
            ending=Ending.FAILED if arm == failing else Ending.COMPLETED,
        )
        for block in range(blocks)
        for position, (arm, joules) in enumerate(energies.items())
    )


def screening(made: tuple[Run, ...], fates: Mapping[str, Fate]) -> Screening:
    return Screening("race", tuple(Standing(arm, fate, "", None, 0) for arm, fate in fates.items()), made, 1.0)


def trial(arm: Patch, made: tuple[Run, ...], kind: VerdictKind = VerdictKind.SAVES) -> Trial:
    evidence = cast(Evidence, SimpleNamespace(runs=made, arms=(ORIGINAL, arm.strategy), experiment="experiment"))
    verdict = Verdict(kind, 0.2, 0.1, 0.3, 0.01, 6, Provenance.MEASURED, "")
    return Trial(arm, verdict, evidence, Path("evidence.json"), "", passes=True, why="")


def lessons(folder: Path, outcome: Outcome, found: tuple[Candidates, ...]) -> dict[str, Observation]:
    return {each.situation.strategy: each for each in NOBODY.lessons(outcome, found, None, folder)}


def test_each_candidate_of_a_race_is_an_observation_with_what_it_saved(tmp_path: Path) -> None:
    found = offered(tmp_path)
    first, second, *_ = (plan.patch.strategy for plan in planned(tmp_path, found))
    made = runs(4, {ORIGINAL: 100.0, first: 80.0, second: 110.0})
    learned = lessons(tmp_path, Outcome(NOTHING, screening(made, {first: Fate.NO_SAVING, second: Fate.BEHIND})), found)
    assert {name: (each.stage, each.fate, each.blocks) for name, each in learned.items()} == {
        first: (Stage.SCREENING, "no saving", 4),
        second: (Stage.SCREENING, "behind", 4),
    }
    assert learned[first].log_ratio == pytest.approx(math.log(0.8))
    assert learned[second].log_ratio == pytest.approx(math.log(1.1))
    assert learned[first].standard_error == pytest.approx(math.log(1.01) * math.sqrt(8 / 6) / 2)
    assert (learned[first].situation.rule, learned[first].situation.mode) == ("IMR001", Mode.EAGER)
    assert (learned[first].experiment, learned[first].day, learned[first].provenance) == (
        "race",
        "1970-01-01",
        "measured",
    )


def test_of_a_confirmed_winner_only_the_fresh_blocks_count(tmp_path: Path) -> None:
    found = offered(tmp_path)
    plan = planned(tmp_path, found)[0]
    arm = plan.patch.strategy
    race = screening(runs(2, {ORIGINAL: 100.0, arm: 60.0}), {arm: Fate.AHEAD})
    proven = trial(plan.patch, runs(6, {ORIGINAL: 100.0, arm: 80.0}))
    learned = lessons(tmp_path, Outcome(NOTHING, race, proven), found)[arm]
    assert (learned.stage, learned.fate, learned.blocks) == (Stage.CONFIRMATION, "saves", 6)
    assert learned.log_ratio == pytest.approx(math.log(0.8))


def test_of_a_bad_measurement_only_the_race_is_remembered(tmp_path: Path) -> None:
    found = offered(tmp_path)
    plan = planned(tmp_path, found)[0]
    arm = plan.patch.strategy
    race = screening(runs(2, {ORIGINAL: 100.0, arm: 60.0}), {arm: Fate.AHEAD})
    invalid = trial(plan.patch, (), VerdictKind.INVALID)
    assert lessons(tmp_path, Outcome(NOTHING, race, invalid), found)[arm].stage is Stage.SCREENING
    assert lessons(tmp_path, Outcome(NOTHING, None, invalid), found) == {}
    assert lessons(tmp_path, Outcome(NOTHING, replace(race, failure="the original fails")), found) == {}


def test_a_candidate_that_fails_is_remembered_without_a_saving(tmp_path: Path) -> None:
    found = offered(tmp_path)
    arm = planned(tmp_path, found)[0].patch.strategy
    race = screening(runs(1, {ORIGINAL: 100.0, arm: 80.0}, failing=arm), {arm: Fate.FAILED})
    learned = lessons(tmp_path, Outcome(NOTHING, race), found)[arm]
    assert (learned.log_ratio, learned.standard_error, learned.sound) == (None, None, False)


def test_one_block_has_the_noise_that_is_assumed_where_none_is_known(tmp_path: Path) -> None:
    found = offered(tmp_path)
    arm = planned(tmp_path, found)[0].patch.strategy
    race = screening(runs(1, {ORIGINAL: 100.0, arm: 80.0}), {arm: Fate.AHEAD})
    assert lessons(tmp_path, Outcome(NOTHING, race), found)[arm].standard_error == 0.1


def test_a_patch_of_two_strategies_is_a_strategy_of_its_own(tmp_path: Path) -> None:
    found = offered(tmp_path, f"{LEAKING}\n{LEAKING}")
    names = ("clear-session", "clear-session-no-gc")
    choices = [Choice(each.finding, name) for each, name in zip(found, names, strict=True)]
    plan = plans(tmp_path, choices, found)[0]
    race = screening(runs(2, {ORIGINAL: 100.0, plan.patch.strategy: 60.0}), {plan.patch.strategy: Fate.AHEAD})
    [learned] = NOBODY.lessons(Outcome(NOTHING, race), found, None, tmp_path)
    assert plan.patch.strategy == "clear-session-no-gc+clear-session"  # in the order of their places
    assert (learned.situation.rule, learned.situation.strategy) == ("IMR001", "clear-session+clear-session-no-gc")


def test_what_a_diagnosis_saw_belongs_to_the_situation(tmp_path: Path) -> None:
    [found] = offered(tmp_path)
    of = (found.finding.fingerprint, "IMR001", "train.py", 3)
    leak = Diagnosed(*of, State.CONFIRMED, 2**20, 1.0, "seen", passes=30)
    told = Diagnosis("", (), (leak,), (), (), (), 2**30, 60.0, 60.0, 0, 0.0, Ending.COMPLETED)
    asked = situation(found, "clear-session", told, "here")
    assert (asked.kept_bytes, asked.pass_seconds, asked.keras, asked.mode) == (2**20, 2.0, 3, Mode.EAGER)
    unseen = replace(told, findings=(replace(leak, state=State.NOT_REACHED),))
    assert situation(found, "clear-session", unseen, "here").kept_bytes is None


def test_graph_mode_is_asked_for_with_keras_2_where_nothing_says_which(tmp_path: Path) -> None:
    [found] = offered(tmp_path, GRAPH)
    asked = situation(found, "clear-session", None, "here")
    assert (asked.mode, asked.keras) == (Mode.GRAPH, 2)


def test_the_best_guess_depends_on_the_mode(tmp_path: Path) -> None:
    known = Experience(CostModel(published()), "here")
    for source, first in ((LEAKING, False), (GRAPH, True)):
        [ordered] = known.best_first(offered(tmp_path, source), None)
        names = [patch.strategy for patch in ordered.patches]
        assert (names[0] == "clear-session") is first, names


def test_who_knows_nothing_leaves_the_order_of_the_rule(tmp_path: Path) -> None:
    found = offered(tmp_path)
    assert NOBODY.best_first(found, None) == found


def test_what_is_only_explained_stays_behind(tmp_path: Path) -> None:
    [each] = offered(tmp_path)
    by_hand = replace(each, patches=(replace(each.patches[0], safety=Safety.MANUAL), *each.patches[1:]))
    lesson = [
        Observation(situation(each, name, None, "here"), Stage.SCREENING, "behind", ratio, 0.01, 4, "", "", name, "")
        for name, ratio in ((each.patches[0].strategy, -1.0), (each.patches[1].strategy, 1.0))
    ]
    [ordered] = Experience(CostModel(lesson), "here").best_first([by_hand], None)
    assert ordered.patches[-1].safety is Safety.MANUAL


def test_what_was_measured_comes_first_the_next_time_and_what_cost_comes_last(tmp_path: Path) -> None:
    found = offered(tmp_path)
    names = [patch.strategy for patch in found[0].patches]
    saving, costing = names[-1], names[0]
    made = runs(4, {ORIGINAL: 100.0, costing: 150.0, saving: 60.0})
    learned = lessons(tmp_path, Outcome(NOTHING, screening(made, {costing: Fate.BEHIND, saving: Fate.AHEAD})), found)
    [ordered] = Experience(CostModel(tuple(learned.values())), "here").best_first(found, None)
    assert [ordered.patches[0].strategy, ordered.patches[-1].strategy] == [saving, costing]
