"""What becomes of a trial: the story's part, on a repository of its own and with experiments that cost nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from greenfix_codemods.finding import Candidates, Choice
from greenfix_verify.policy import Policy
from greenfix_verify.reading import Provenance
from greenfix_verify.verdict import Verdict, VerdictKind

from greenfix import workflow
from greenfix.errors import GateError
from greenfix.events import Committed, Event, Planned
from greenfix.experiment_plan import Planner, Setup
from greenfix.front import Answer, MeasureMore, Proposal
from greenfix.message import commit_message
from greenfix.outcome import Outcome, Trial
from greenfix.workflow import Request
from tests.greenfix_command import LEAKING
from tests.proposals import proposed
from tests.repositories import MakeRepository, git

POLICY = Policy(maximum_blocks=6)


def verdict(kind: VerdictKind) -> Verdict:
    return Verdict(kind, 0.1, 0.05, 0.15, 0.02, 6, Provenance.MEASURED, "Ten per cent less.")


class Person:
    """Accepts everything, measures as planned, and then answers as told."""

    def __init__(self, *answers: Answer | Callable[[Proposal], Answer]) -> None:
        self.answers = iter(answers)
        self.told: list[Event] = []
        self.asked: list[Proposal] = []
        self.setups: Iterator[Setup | None] | None = None
        self.reviews = 0

    def tell(self, event: Event) -> None:
        self.told.append(event)

    def review(self, candidates: Sequence[Candidates]) -> Sequence[Choice]:
        self.reviews += 1
        return [Choice(each.finding, each.patches[0].strategy) for each in candidates]

    def plan(self, planner: Planner) -> Setup | None:
        return next(self.setups) if self.setups else planner.first

    def hold(self) -> None: ...

    def enough(self) -> bool:
        return False

    def conclude(self, trial: Trial, proposal: Proposal) -> Answer:
        self.asked.append(proposal)
        answer = next(self.answers)
        return answer(proposal) if callable(answer) else answer


Fix = Callable[..., Outcome]


@pytest.fixture
def story(make_repository: MakeRepository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Fix:
    """Run ``fix`` on a leaking program; each experiment ends with the next of ``kinds``."""

    def run(front: Person, *kinds: VerdictKind, **asked: Any) -> Outcome:
        coming = iter(kinds)
        folder = make_repository({"train.py": LEAKING})

        def prove(bench: Any, patch: Any, policy: Policy, *rest: Any) -> Trial:
            before = tuple(trial.verdict for trial in rest[-1])
            kind = next(coming)
            file = tmp_path / "evidence.json"
            file.write_text("{}")
            passes = kind is VerdictKind.SAVES
            return Trial(
                patch,
                verdict(kind),
                replace(proposed(patch.strategy), policy=policy),
                file,
                "0f3a",
                passes,
                "why",
                before=before,
            )

        monkeypatch.setattr(workflow, "prove", prove)
        request = Request(folder, ("python", "train.py"), strategy="clear-session", policy=POLICY, **asked)
        return workflow.fix(request, front, threading.Event())

    return run


def as_proposed(proposal: Proposal) -> Answer:
    return proposal


def message(outcome: Outcome) -> str:
    assert outcome.commit is not None
    return outcome.commit.message


def test_the_edited_message_is_committed_with_the_trailers_as_measured(story: Fix) -> None:
    person = Person(lambda proposal: replace(proposal, text="Mine\n\nand only mine", branch="mine"))
    outcome = story(person, VerdictKind.SAVES)
    assert outcome.commit is not None
    assert outcome.commit.branch == "mine"
    assert message(outcome).startswith(
        "Mine\n\nand only mine\n\nGreenfix-Rule: IMR001\nGreenfix-Strategy: clear-session"
    )
    assert "Energy-Saving: 10.0 %" in message(outcome)
    assert "overridden" not in message(outcome)


def test_what_does_not_pass_is_not_committed_without_a_reason(story: Fix) -> None:
    with pytest.raises(GateError, match="needs a reason"):
        story(Person(as_proposed), VerdictKind.INCONCLUSIVE)


def test_an_override_stands_in_the_message_and_in_a_trailer(story: Fix) -> None:
    person = Person(lambda proposal: replace(proposal, override="the cluster is gone tomorrow"))
    outcome = story(person, VerdictKind.INCONCLUSIVE)
    assert message(outcome).splitlines()[0] == "Apply clear-session in train.py (verdict: inconclusive)"
    assert "although the gate did not pass (why): the cluster is gone\ntomorrow" in message(outcome)
    assert "Greenfix-Gate: overridden, the verdict was inconclusive\n" in message(outcome)


def test_a_reason_given_for_what_passes_is_not_an_override(story: Fix) -> None:
    outcome = story(Person(lambda proposal: replace(proposal, override="because")), VerdictKind.SAVES)
    assert "overridden" not in message(outcome)


def test_nothing_wanted_is_nothing_committed(story: Fix) -> None:
    person = Person(None)
    outcome = story(person, VerdictKind.SAVES)
    assert (outcome.commit, outcome.declined) == (None, True)
    assert not any(isinstance(event, Committed) for event in person.told)


def test_a_branch_that_exists_is_asked_for_again_with_the_rest_as_typed(story: Fix) -> None:
    person = Person(
        lambda proposal: replace(proposal, branch="main", text="Mine"),
        lambda proposal: replace(proposal, branch="other"),
    )
    outcome = story(person, VerdictKind.SAVES)
    assert "The branch main exists already." in person.asked[1].refused
    assert message(outcome).startswith("Mine\n")
    assert outcome.commit is not None
    assert outcome.commit.branch == "other"


def test_a_new_experiment_names_the_one_before_it(story: Fix) -> None:
    person = Person(MeasureMore(replace(POLICY, alpha=0.025), fresh=True), as_proposed)
    outcome = story(person, VerdictKind.INCONCLUSIVE, VerdictKind.SAVES)
    assert outcome.trial is not None
    assert outcome.trial.evidence.policy.alpha == 0.025
    assert "Measured before on other blocks: inconclusive after 6 blocks." in message(outcome).replace("\n", " ")


def test_going_on_with_the_same_experiment_names_nothing_before_it(story: Fix) -> None:
    person = Person(MeasureMore(POLICY, fresh=False), as_proposed)
    outcome = story(person, VerdictKind.INCONCLUSIVE, VerdictKind.SAVES)
    assert outcome.trial is not None
    assert outcome.trial.before == ()


def test_going_back_from_the_plan_asks_for_the_review_again(story: Fix) -> None:
    person = Person(as_proposed)
    person.setups = iter([None, Setup(("python", "train.py"), 8)])
    outcome = story(person, VerdictKind.SAVES)
    assert person.reviews == 2
    assert outcome.trial is not None
    assert outcome.trial.evidence.policy.maximum_blocks == 8
    [planned] = [event.plan for event in person.told if isinstance(event, Planned)]
    assert (planned.arms, planned.files) == (("clear-session",), ("train.py",))


def test_a_dry_run_measures_nothing_and_ends_well(story: Fix, tmp_path: Path) -> None:
    outcome = story(Person(), dry_run=True)
    assert outcome.plan is not None
    assert outcome.plan.runs.least == 2 + 2 * outcome.plan.first_look
    assert outcome.exit_code == 0
    assert git(tmp_path / "repository", "branch", "--list") == "* main"


def test_the_message_of_a_trial_without_edits_is_our_own(story: Fix) -> None:
    outcome = story(Person(as_proposed), VerdictKind.SAVES)
    assert outcome.trial is not None
    assert message(outcome) == commit_message(outcome.trial)
