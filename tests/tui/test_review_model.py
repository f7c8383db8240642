"""The review's model, without a screen."""

from __future__ import annotations

from greenfix_codemods.finding import Candidates, Safety
from hypothesis import given
from hypothesis import strategies as st

from greenfix.tui.findings.review import Decision, Review, State
from tests.tui.scripted import candidates, finding, patch


def review(count: int = 6) -> Review:
    model = Review()
    model.begin(candidates(count))
    return model


def decisions(model: Review) -> list[Decision]:
    return [model[index] for index in range(len(model.entries))]


def test_accepting_all_shown_is_one_step_of_the_history() -> None:
    model = review()
    assert model.accept(model.shown) == [2, 5]
    assert model.count(State.ACCEPTED) == 4
    model.undo()
    assert model.count(State.ACCEPTED) == 0
    model.redo()
    assert model.count(State.ACCEPTED) == 4


def test_a_finding_without_a_patch_is_refused_with_the_reason_of_what_was_withheld() -> None:
    model = review()
    assert model.accept([2]) == [2]
    assert model.refusal(2) == "hoist-compile is withheld: the model's width changes from pass to pass"


def test_a_manual_strategy_is_explained_but_never_accepted() -> None:
    model = Review()
    model.begin([Candidates(finding(), (patch(finding(), "restructure", safety=Safety.MANUAL),), ())])
    assert model.accept([0]) == [0]
    assert model.refusal(0) == "restructure is only explained, never applied"
    assert model.choices == ()


def test_turning_to_a_manual_strategy_takes_the_acceptance_back() -> None:
    found = finding()
    model = Review()
    model.begin([Candidates(found, (patch(found, "a"), patch(found, "b", safety=Safety.MANUAL)), ())])
    model.accept([0])
    model.turn(0, 1)
    assert model[0] == Decision(State.UNDECIDED, 1)


def test_the_choices_name_the_strategy_that_was_turned_to() -> None:
    model = review()
    model.turn(0, -1)
    model.accept([0])
    assert [choice.strategy for choice in model.choices] == ["clear-session-and-collect"]


def test_nothing_can_be_decided_after_the_story_got_its_answer() -> None:
    model = review()
    model.accept([0])
    model.end()
    assert model.accept([1]) == [1]
    model.reject([0])
    assert not model.undo()
    assert model[0].state is State.ACCEPTED


def test_a_filter_finds_every_word_in_rule_path_confidence_state_or_strategy() -> None:
    model = review()
    cases = [
        ("utr", [1, 3, 5]),
        ("UTR high", [3]),
        ("fold_1", [2, 3]),
        ("collect", []),
        ("undecided", [0, 1, 2, 3, 4, 5]),
        (":17", [1]),
    ]
    for query, expected in cases:
        model.filter(query)
        assert list(model.shown) == expected, query


@given(st.lists(st.tuples(st.sampled_from(["accept", "reject", "reconsider", "turn"]), st.integers(0, 5)), max_size=30))
def test_undoing_everything_restores_the_beginning_and_redoing_everything_the_end(steps: list[tuple[str, int]]) -> None:
    model = review()
    beginning = decisions(model)
    for what, index in steps:
        match what:
            case "accept":
                model.accept([index])
            case "reject":
                model.reject([index])
            case "reconsider":
                model.reconsider(index)
            case _:
                model.turn(index, 1)
    end = decisions(model)
    while model.undo():
        pass
    assert decisions(model) == beginning
    while model.redo():
        pass
    assert decisions(model) == end
