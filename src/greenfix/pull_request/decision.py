"""What is to be done with each branch: a function of what is known, so that a dry run decides the same.

Never twice the same pull request, never against a person: what somebody closed stays closed, what somebody committed
stays, and a body that somebody edited is written anew only for a new commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from greenfix.forge import Close, Open, PullRequest, State, Step, Update
from greenfix.pull_request.marker import Marker, read_marker, with_marker
from greenfix.pull_request.proposal import Proposal
from greenfix.remote import Push


class Action(StrEnum):
    """What becomes of a branch, in a word."""

    OPENED = "opened"
    UPDATED = "updated"
    CLOSED = "closed"
    PUSHED = "pushed"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done with a branch, and why. A push goes before the step, a deletion after it.

    ``blocked``: what a person has to do before the branch can be proposed; empty when nothing is in the way.
    """

    branch: str
    action: Action
    why: str
    push: Push | None = None
    step: Step | None = None
    request: PullRequest | None = None
    """The pull request it is about, where there is one already."""
    blocked: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a branch before it is decided.

    Attributes:
        requests: its pull requests in any state, the newest first.
        tip: what the remote's branch points at; empty when it is not there.
        ours: nobody but greenfix put anything there.
        gone: none of the findings is in the base any more.
        merged: the base holds the commit already.
        alone: the base holds what the commit builds on, so nothing else would come along.
    """

    requests: tuple[PullRequest, ...] = ()
    tip: str = ""
    ours: bool = True
    gone: bool = False
    merged: bool = False
    alone: bool = True

    @property
    def open(self) -> PullRequest | None:
        """The open pull request."""
        return next((request for request in self.requests if request.state is State.OPEN), None)

    @property
    def closed_by_a_person(self) -> bool:
        """The newest pull request was closed unmerged, and not by greenfix."""
        newest = self.requests[0] if self.requests else None
        marker = read_marker(newest.body) if newest else None
        return newest is not None and newest.state is State.CLOSED and not (marker is not None and marker.closed)


@dataclass(slots=True)
class Room:
    """How many pull requests may still be opened: in all, and in this run."""

    most_open: int
    most_new: int
    open: int
    new: int = 0

    @property
    def full(self) -> str:
        """Why no further one may be opened; empty while there is room."""
        if self.new >= self.most_new:
            return f"{self.most_new} new ones a run are enough (--max-new)"
        return f"{self.most_open} are open already (--max-open)" if self.open >= self.most_open else ""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person asks for beyond the rule: the base, labels of new ones, and whether closed ones come again."""

    base: str
    labels: tuple[str, ...] = ()
    recreate: bool = False


def decide(proposal: Proposal, known: Known, wishes: Wishes, room: Room) -> Decision:
    """What to do with the pull request of one branch. Takes its place in ``room``."""
    branch, request = proposal.branch, known.open
    marker = read_marker(request.body) if request else None
    stop = _stop(proposal, known, wishes)
    if stop is not None:
        return stop
    if known.gone and request and marker:
        room.open -= 1
        return close(request, marker, known.tip, wishes.base)
    if known.gone:
        return _gone(branch, wishes.base)
    push = Push(branch, proposal.commit, known.tip) if known.tip != proposal.commit else None
    if request is not None:
        return _update(proposal, request, marker, push)
    if room.full:
        return left(branch, room.full)
    room.open, room.new = room.open + 1, room.new + 1
    step = Open(branch, wishes.base, proposal.title, proposal.body, proposal.draft, wishes.labels)
    why = "draft, because it is not proven" if proposal.draft else ""
    return Decision(branch, Action.OPENED, why, push, step)


def decide_plain(proposal: Proposal, known: Known, wishes: Wishes) -> Decision:
    """The same for a remote without a forge: only the branch is there."""
    stop = _stop(proposal, known, wishes)
    if stop is not None:
        return stop
    if known.gone and known.tip:
        why = f"nothing of it is found in {wishes.base} any more"
        return Decision(proposal.branch, Action.CLOSED, why, Push(proposal.branch, "", known.tip))
    if known.gone:
        return _gone(proposal.branch, wishes.base)
    if known.tip == proposal.commit:
        return left(proposal.branch, "it is up to date")
    return Decision(proposal.branch, Action.PUSHED, "", Push(proposal.branch, proposal.commit, known.tip))


def close(request: PullRequest, marker: Marker, tip: str, base: str) -> Decision:
    """Close what has nothing left to mend, and delete its branch."""
    comment = (
        f"What this mends is not found in `{base}` any more, so greenfix closes it and deletes the branch. "
        "If it comes back, a new one can be opened."
    )
    step = Close(request.number, comment, with_marker(request.body, replace(marker, closed=True)))
    why = f"nothing of it is found in {base} any more"
    return Decision(request.branch, Action.CLOSED, why, Push(request.branch, "", tip) if tip else None, step, request)


def _stop(proposal: Proposal, known: Known, wishes: Wishes) -> Decision | None:
    """Reasons to leave a branch alone that go before everything else."""
    if not known.ours:
        why = "somebody else committed to it on the remote, and that is never overwritten"
        return left(proposal.branch, why, "Go on there by hand, or delete the branch on the remote first.", known.open)
    if known.merged and not known.open:
        why = f"{wishes.base} holds this commit already"
        again = f"; what is found again needs a new measurement (`git branch -D {proposal.branch}`, `greenfix fix`)"
        return left(proposal.branch, why if known.gone else why + again)
    if known.open is None and known.closed_by_a_person and not wishes.recreate and not known.gone:
        why = "a person closed it (--recreate opens a new one)"
        return left(proposal.branch, why, request=known.requests[0])
    if not known.alone:
        why = f"it builds on commits that {wishes.base} of the remote does not hold, and would bring them along"
        return left(proposal.branch, why, "Push them first, or name their branch with --base.", known.open)
    return None


def left(branch: str, why: str, blocked: str = "", request: PullRequest | None = None) -> Decision:
    """Do nothing with ``branch``."""
    return Decision(branch, Action.LEFT, why, request=request, blocked=blocked)


def _gone(branch: str, base: str) -> Decision:
    return left(branch, f"nothing of it is found in {base} any more")


def _update(proposal: Proposal, request: PullRequest, marker: Marker | None, push: Push | None) -> Decision:
    branch, action = proposal.branch, Action.UPDATED if push else Action.LEFT
    if marker is None:
        return Decision(branch, action, "a person opened it, so its text is left alone", push, request=request)
    same = (marker.commit, marker.evidence) == (proposal.marker.commit, proposal.marker.evidence)
    if same:
        return Decision(branch, action, "" if push else "it is up to date", push, request=request)
    step = Update(request.number, proposal.title, proposal.body)
    return Decision(proposal.branch, Action.UPDATED, "", push, step, request)


def open_count(requests: Sequence[PullRequest]) -> int:
    """How many of these are greenfix's own."""
    return sum(1 for request in requests if read_marker(request.body) is not None)
