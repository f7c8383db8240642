"""The story without a screen: every event is a line on stderr, and decisions are taken by the flags."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from greenfix_codemods.finding import Candidates, Choice, Confidence, Patch, Safety
from greenfix_verify.events import (
    BlockJudged,
    CoolingDown,
    ExperimentStarted,
    RunFinished,
    RunOutput,
    RunStarted,
    ScreeningStarted,
)
from greenfix_verify.quality import RECOMMENDED_GPU_SECONDS, is_short_on_gpu
from greenfix_verify.run import Ending, Run

from greenfix.errors import BranchError
from greenfix.events import (
    CannotPay,
    Committed,
    DirtyTree,
    Event,
    Followed,
    Following,
    LeftOut,
    NotRemembered,
    Planned,
    RaceEnded,
    RaceStarted,
    Scanned,
    TrialEnded,
    TrialStarted,
)
from greenfix.experiment_plan import Planner, Setup
from greenfix.front import Answer, Proposal
from greenfix.message import commit_message, count
from greenfix.outcome import Trial
from greenfix.report.experiment_plan import plan_line
from greenfix.report.findings import summary
from greenfix.report.verdict import reading_line, screening_text, verdict_line, verdict_text

Say = Callable[[str], None]


def _unseen(text: str) -> None:
    """Show nothing: there is no person at a terminal."""


class Narrator:
    """Tells the events of the story as lines of text.

    Args:
        say: takes one line; normally writes it to stderr.
        work: takes what is going on right now, to be shown until the next line; by default nobody looks.
        verbose: also tell what the measured program prints.
    """

    def __init__(self, say: Say, work: Say = _unseen, *, verbose: bool = False) -> None:
        self._say = say
        self._work = work
        self._verbose = verbose
        self._short_said = False

    def tell(self, event: Event) -> None:
        """Say what happened, if a person wants to know it."""
        if isinstance(event, RunStarted):
            self._work(f"{'warm-up' if event.warmup else f'block {event.block}'}: {event.arm} is running")
        elif isinstance(event, CoolingDown):
            self._work(f"{event.arm} waits until the machine is as cool and idle as before the first run")
        elif isinstance(event, RunOutput):
            if self._verbose:
                self._say(f"    | {event.line}")
        elif (text := _sentence(event)) is not None:
            self._say(text)
            if isinstance(event, RunFinished) and is_short_on_gpu(event.run) and not self._short_said:
                self._short_said = True
                self._say(f"  A run on a GPU should take {RECOMMENDED_GPU_SECONDS:g} s or more: its counter is coarse")


class Unattended(Narrator):
    """The front of ``fix --yes``: accepts what is offered with at least medium confidence, commits what passes."""

    def review(self, candidates: Sequence[Candidates]) -> Sequence[Choice]:
        """Accept each finding with its best static guess; say which, and why the others are left."""
        choices = []
        for each in candidates:
            patch = first_patch(each)
            if patch is None:
                self._say(f"  left   {place(each)}: {_why_not(each)}")
            elif each.finding.confidence is Confidence.LOW:
                self._say(f"  left   {place(each)}: low confidence, {each.finding.reason}")
            else:
                self._say(f"  fix    {place(each)}: {each.finding.reason}\n         with {_introduced(patch)}")
                choices.append(Choice(each.finding, patch.strategy))
        return choices

    def plan(self, planner: Planner) -> Setup:
        """Measure what the flags say, or what the findings suggest.

        Raises:
            EntrypointError: no command was named, and the findings suggest none or several.
        """
        return planner.first

    def hold(self) -> None:
        """Nobody pauses."""

    def enough(self) -> bool:
        """The plan says when it is enough."""
        return False

    def conclude(self, trial: Trial, proposal: Proposal) -> Answer:
        """Commit what passes the gate, and nothing else.

        Raises:
            BranchError: the branch has come into being while it was measured.
        """
        if proposal.refused:
            raise BranchError(proposal.refused)
        return proposal if trial.passes else None


class Attended(Unattended):
    """The front of ``fix --no-tui`` at a terminal: shows each patch and asks."""

    def __init__(self, say: Say, work: Say, ask: Callable[[str], bool], *, verbose: bool = False) -> None:
        super().__init__(say, work, verbose=verbose)
        self._ask = ask

    def review(self, candidates: Sequence[Candidates]) -> Sequence[Choice]:
        """Ask for each finding, patch by patch, until one is accepted."""
        choices = []
        for each in candidates:
            patches = offered_patches(each)
            self._say(f"\n{place(each)} [{each.finding.confidence}] {each.finding.reason}")
            if not patches:
                self._say(f"  left: {_why_not(each)}")
            for patch in patches:
                self._say(f"\n{_introduced(patch)}\n{patch.diff}")
                if self._ask(f"Try {patch.strategy}?"):
                    choices.append(Choice(each.finding, patch.strategy))
                    break
        return choices

    def conclude(self, trial: Trial, proposal: Proposal) -> Answer:
        """Ask before the commit."""
        answer = super().conclude(trial, proposal)
        if answer is None:
            return None
        self._say(f"\n{commit_message(trial, proposal.text)}")
        return answer if self._ask(f"Commit this to {proposal.branch}?") else None


def offered_patches(each: Candidates) -> tuple[Patch, ...]:
    """The patches that may be applied; a manual one is only explained."""
    return tuple(patch for patch in each.patches if patch.safety is not Safety.MANUAL)


def first_patch(each: Candidates) -> Patch | None:
    """The best static guess, or None when nothing can be applied."""
    return next(iter(offered_patches(each)), None)


def place(each: Candidates) -> str:
    """``train.py:12 IMR001``."""
    return f"{each.finding.place} {each.finding.rule}"


def _introduced(patch: Patch) -> str:
    """Its name, how safe it is, and what was assumed of the program: a wrong guess there makes a wrong patch."""
    assumed = f"; {patch.assumption}" if patch.assumption else ""
    return f"{patch.strategy} ({patch.safety}{assumed})"


def _why_not(each: Candidates) -> str:
    return "; ".join(f"{item.strategy}: {item.reason}" for item in each.withheld) or "it has to be mended by hand"


def _sentence(event: Event) -> str | None:
    if isinstance(event, RaceStarted | ScreeningStarted | RaceEnded):
        return _race_sentence(event)
    if isinstance(event, Following | Followed):
        return _detached_sentence(event)
    return _story_sentence(event)


def _story_sentence(event: Event) -> str | None:  # noqa: PLR0911  # one return an event
    match event:
        case Scanned(result):
            return "\n".join([*(f"{error.path}: {error.message}" for error in result.errors), summary(result)])
        case DirtyTree(files, included):
            what = "they are measured too" if included else "the last commit is measured; --include-dirty takes them in"
            has = "has" if len(files) == 1 else "have"
            return f"{count(len(files), 'file')} {has} uncommitted changes: {what}."
        case LeftOut() | CannotPay() | NotRemembered() | Planned():
            return _before(event)
        case TrialStarted(patch, command):
            return f"\nThe experiment: {patch.strategy}, measured with `{command}`"
        case ExperimentStarted(arms, maximum, resumed):
            return f"{' against '.join(arms)}: at most {maximum} blocks after warm-up{_known(resumed)}"
        case RunFinished(run):
            return _run(run)
        case BlockJudged():
            return f"  so far {verdict_line(event.verdict)}"
        case TrialEnded(trial):
            text = verdict_text(trial.verdict, trial.evidence, trial.patch.strategy)
            why = "" if trial.passes else f"Not committed: {trial.why}.\n"
            return f"\n{text}{why}Evidence: {trial.evidence_file}"
        case Committed(commit):
            return f"\nCommitted {commit.sha[:10]} to {commit.branch}. Look at it: git show {commit.branch}"
        case _:
            return None


def _before(event: LeftOut | CannotPay | NotRemembered | Planned) -> str:
    if isinstance(event, Planned):
        return f"\n{plan_line(event.plan)}"
    if isinstance(event, NotRemembered):
        return f"{event.problem}. Only the order of candidates rests on it."
    if isinstance(event, LeftOut):
        left = ", ".join(sorted({finding.path for finding in event.findings}))
        return f"Left as they are, because the command does not run them: {left}."
    places = ", ".join(f"{finding.place} {finding.rule}" for finding in event.findings)
    return f"Left out, because greenfix diagnose saw that mending them cannot pay: {places}."


def _race_sentence(event: RaceStarted | ScreeningStarted | RaceEnded) -> str:
    match event:
        case RaceStarted(patches, command):
            names = ", ".join(patch.strategy for patch in patches)
            return f"\n{len(patches)} patches race: {names}\nmeasured with `{command}`"
        case ScreeningStarted(blocks=blocks, resumed_runs=resumed):
            return f"{count(blocks, 'block')} a round; after each round the better half goes on{_known(resumed)}"
        case RaceEnded(screening):
            return screening_text(screening)


def _detached_sentence(event: Following | Followed) -> str | None:
    match event:
        case Following(runs=True):
            return "This experiment goes on in the background. Ctrl-C only leaves it; so far it said:"
        case Following():
            return "This experiment was in the background. It said:"
        case Followed(unfinished, outdated):
            goes_on = "It did not come to its end in the background: it goes on here." if unfinished else ""
            moved = f"It measures {outdated[:10]}, and HEAD is another commit by now." if outdated else ""
            return " ".join(filter(None, (goes_on, moved))) or None


def _known(resumed: int) -> str:
    return f", {resumed} runs are in the ledger already" if resumed else ""


def _run(run: Run) -> str:
    label = "warm-up " if run.warmup else f"block {run.block:<2}"
    ending = "" if run.ending is Ending.COMPLETED else f" {run.ending}: {run.detail}"
    disturbed = f" disturbed: {run.disturbed}" if run.disturbed else ""
    return f"  {label} {run.arm:<16} {reading_line(run)}{_waited(run)}{ending}{disturbed}"


def _waited(run: Run) -> str:
    if run.cooldown is None or run.cooldown.seconds < 1:
        return ""
    still = ", still not as idle as before the first run" if run.cooldown.settled is False else ""
    return f" after {run.cooldown.seconds:.0f} s of cool-down{still}"
