"""Everything the screens know, folded from the channel: which stage the story is in, and what it waits for."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from greenfix_codemods.events import FileScanned

from greenfix.detached.control import Control
from greenfix.events import (
    CannotPay,
    Committed,
    DirtyTree,
    Event,
    Followed,
    Following,
    LeftOut,
    Paused,
    Planned,
    RaceEnded,
    RaceStarted,
    Remembered,
    Resumed,
    Reviewed,
    Scanned,
    TreeReady,
    TrialEnded,
    TrialStarted,
)
from greenfix.message import count
from greenfix.tui.findings.keeping import rejected_before
from greenfix.tui.findings.measured import proven, raced
from greenfix.tui.findings.progress import ScanProgress
from greenfix.tui.findings.review import Review
from greenfix.tui.front import ConclusionAsked, PlanAsked, Question, ReviewAsked, StoryEnded, Told
from greenfix.tui.verify.experiment import Experiment

if TYPE_CHECKING:  # as in ``greenfix.events``
    from greenfix_codemods.finding import Candidates, Patch
    from greenfix_verify.screening import Screening

    from greenfix.experiment_plan import ExperimentPlan, Planner, Setup
    from greenfix.front import MeasureMore, Proposal
    from greenfix.outcome import Commit, Trial


class Stage(StrEnum):
    """Where the story is; each stage has its screen."""

    FINDINGS = "findings"
    PLAN = "plan"
    VERIFY = "verify"
    VERDICT = "verdict"
    COMMIT = "commit"


class Session:
    """The state of one story. Only the screens' thread touches it."""

    def __init__(self, title: str, *, detachable: bool = False) -> None:
        self.title = title
        self.detachable = detachable
        self.stage = Stage.FINDINGS
        self.scan = ScanProgress()
        self.review = Review()
        self.experiment = Experiment()
        self.screening: Screening | None = None
        self.trial: Trial | None = None
        self.question: Question[Any] | None = None
        self._reviewed: tuple[Candidates, ...] | None = None
        self.planner: Planner | None = None
        self.plan: ExperimentPlan | None = None
        self.conclusion: ConclusionAsked | None = None
        self.commit: Commit | None = None
        self.pausing = False
        """The person wants a pause."""
        self.paused = False
        """The story waits in it."""
        self.stopping = False
        """The person wants the verdict after the present block."""
        self.detached: Following | None = None
        """The experiment that is shown was detached, by this person or another."""
        self.following = False
        """It may still go on, in its own process: what is wished of it is said there."""
        self.taken_up = False
        """It was ended from outside, and goes on in this process."""
        self.outdated = ""
        """What it measures, where HEAD is another commit by now."""
        self.dirty: DirtyTree | None = None
        self.trees: TreeReady | None = None
        self.racing: tuple[Patch, ...] = ()
        self.withdrawn: tuple[int, ...] = ()
        self.broken_baseline = ""
        self.left_out = 0
        self.cannot_pay = 0
        self.ended = False
        self.leaving = False

    def hear(self, told: Told) -> None:
        """Take in one thing that the story told or asked."""
        if isinstance(told, StoryEnded):
            self._end()
        elif isinstance(told, Question):
            self._asked(told)
        elif isinstance(told, Paused | Resumed):
            self._paused(told)
        elif isinstance(told, Following | Followed):
            self._follow(told)
        else:
            self.scan.hear(told)
            self.experiment.hear(told)
            self._told_of_findings(told)
            self._told(told)

    def _paused(self, told: Paused | Resumed) -> None:
        self.paused = isinstance(told, Paused)
        if self.following:
            self.pausing = self.paused  # another screen may have asked for it

    def _follow(self, told: Following | Followed) -> None:
        if isinstance(told, Following):
            self.detached, self.following = told, told.runs
            control = Control(told.folder)
            self.pausing, self.stopping = control.paused, control.enough
        else:
            self.following = self.pausing = self.stopping = False
            self.taken_up, self.outdated = told.unfinished, told.outdated

    def _told_of_findings(self, event: Event) -> None:
        match event:
            case TreeReady():
                self.trees = event
            case FileScanned(findings=findings) if findings:
                self.review.found(findings)
            case Scanned(result):
                self.review.scanned(result.findings)
            case Reviewed(candidates, choices):
                self.review.begin(candidates)
                self.review.settle(choices)
            case Remembered(diagnosis):
                self.review.diagnosed = {each.fingerprint: each for each in diagnosis.findings}
            case RaceStarted(patches):
                self.racing = patches
            case RaceEnded(screening):
                self.review.measured |= raced(self.racing, screening)
            case TrialEnded(trial):
                self.review.measured |= proven(trial)
            case _:
                pass

    def _told(self, event: Event) -> None:
        match event:
            case DirtyTree() | LeftOut() | CannotPay():
                self._note(event)
            case Planned(plan):
                self.plan = plan
            case RaceStarted() | TrialStarted():
                self.stage = Stage.VERIFY
            case RaceEnded(screening):
                self.screening = screening
            case TrialEnded(trial):
                self.trial = trial
            case Committed(commit):
                self.commit = commit
                self.stage = Stage.COMMIT
            case _:
                pass

    def _note(self, event: DirtyTree | LeftOut | CannotPay) -> None:
        """What ``notice`` is made of."""
        match event:
            case DirtyTree():
                self.dirty = event
            case LeftOut(findings):
                self.left_out = len(findings)
            case CannotPay(findings):
                self.cannot_pay = len(findings)

    def _asked(self, question: Question[Any]) -> None:
        self.question = question
        if isinstance(question, ReviewAsked):
            self._review_asked(question)
        elif isinstance(question, PlanAsked):
            self.planner = question.planner
            self.stage = Stage.PLAN
        elif isinstance(question, ConclusionAsked):
            self.pausing = self.stopping = False
            self.trial, self.conclusion = question.trial, question
            self.stage = Stage.COMMIT if question.proposal.refused else Stage.VERDICT

    def _review_asked(self, question: ReviewAsked) -> None:
        """Begin the review, or go on with it: whoever comes back from the plan finds every decision as it was."""
        if self._reviewed == question.candidates:
            self.review.reopen()
            return
        self._reviewed = question.candidates
        self.withdrawn = self.review.begin(question.candidates)
        if self.trees:
            reasons, self.broken_baseline = rejected_before(self.trees.baseline)
            self.review.recall(reasons)

    def _end(self) -> None:
        self.ended = True
        self.question = None
        if (self.trial or self.screening) and self.stage is not Stage.COMMIT:
            self.stage = Stage.VERDICT

    def verify(self) -> None:
        """Answer the review with what is accepted: the plan is next."""
        if isinstance(self.question, ReviewAsked):
            self.review.end()
            self.stage = Stage.PLAN
            self._answer(self.review.choices)

    def measure(self, setup: Setup) -> None:
        """Answer the plan: the experiment begins."""
        if isinstance(self.question, PlanAsked):
            self.stage = Stage.VERIFY
            self._answer(setup)

    def back_to_review(self) -> None:
        """Answer the plan with the wish to decide anew."""
        if isinstance(self.question, PlanAsked):
            self.stage = Stage.FINDINGS
            self._answer(None)

    def measure_more(self, more: MeasureMore) -> None:
        """Answer the verdict with the wish for more blocks."""
        if self.concluding:
            self.stage = Stage.VERIFY
            self._answer(more)

    def turn_to_commit(self) -> None:
        """Look at what would be committed."""
        if self.concluding:
            self.stage = Stage.COMMIT

    def propose(self, proposal: Proposal) -> None:
        """Answer the verdict with a commit."""
        if self.concluding:
            self._answer(proposal)

    def _answer(self, reply: object) -> None:
        question, self.question = self.question, None
        if question is not None:
            question.answer(reply)

    @property
    def concluding(self) -> bool:
        """Whether the story waits to hear what becomes of the trial."""
        return isinstance(self.question, ConclusionAsked)

    @property
    def measuring(self) -> bool:
        """Whether the experiment goes on, here or in another process."""
        return self.stage is Stage.VERIFY and not self.ended

    @property
    def detaching_costs(self) -> str:
        """What leaving the experiment to the background means, as a question."""
        costs = "" if self.paused else " The block that runs now is measured again; a pause (p) before it saves that."
        return f"Detach? The experiment goes on in the background, and `greenfix fix` shows it.{costs}"

    @property
    def ending_means(self) -> str:
        """What ending the detached experiment means, as a question."""
        if self.following:
            return "End the experiment in the background? Finished runs are kept, and nothing is committed."
        return "Forget this verdict? The next `greenfix fix` begins with the findings; finished runs are kept."

    @property
    def doubt(self) -> str:
        """What would be lost by leaving now, as a question; empty when nothing would."""
        if self.ended or self.concluding or self.following:
            return ""
        if self.stage is Stage.VERIFY:
            return "Stop the experiment? Finished runs are kept, and nothing is committed."
        accepted = len(self.review.choices) if self.stage in {Stage.FINDINGS, Stage.PLAN} else 0
        return f"Leave? {count(accepted, 'accepted finding')} would not be verified." if accepted else ""

    @property
    def notice(self) -> str:
        """What the person must know about what is measured; empty when there is nothing to know."""
        notices = []
        if self.taken_up:
            notices.append("the experiment in the background did not come to its end: it goes on here")
        if self.outdated:
            notices.append(f"measured is {self.outdated[:10]}; HEAD is another commit by now")
        if self.dirty is not None:
            what = "included in what is measured" if self.dirty.included else "not measured, the committed state is"
            notices.append(f"{count(len(self.dirty.files), 'uncommitted file')}: {what}")
        if self.left_out:
            notices.append(f"{count(self.left_out, 'finding')} not shown: in files that the command does not run")
        if self.cannot_pay:
            notices.append(f"{count(self.cannot_pay, 'finding')} not shown: diagnosed, and mending cannot pay")
        if self.broken_baseline:
            notices.append(self.broken_baseline)
        return " · ".join(notices)
