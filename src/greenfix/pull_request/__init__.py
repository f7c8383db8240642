"""From branches to pull requests: look, decide, do. ``greenfix pr`` and ``greenfix fix --pr`` call it and narrate.

repository + remote + forge - look -> what is known of each branch - decide -> decisions - carry out -> results
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from greenfix.errors import ProposalError
from greenfix.events import Listener
from greenfix.forge import PREFIX, Forge, PullRequest
from greenfix.forge.choosing import choose_forge
from greenfix.forge.kinds import ForgeKind
from greenfix.pull_request.decision import (
    Action,
    Decision,
    Known,
    Room,
    Wishes,
    close,
    decide,
    decide_plain,
    left,
    open_count,
)
from greenfix.pull_request.marker import Marker, read_marker
from greenfix.pull_request.proposal import Proposal, proposal_of
from greenfix.remote import Remote, open_remote
from greenfix.repository import Repository, open_repository
from greenfix.scanned import scan_below
from greenfix.settings import load_settings


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asks for.

    Attributes:
        path: in the repository.
        branches: to propose; empty: every local ``greenfix/...`` branch, and pull requests with nothing left to mend
            are closed.
        evidence: of the one branch that is named; None: what was kept of its commit.
        remote: git's name of it.
        base: the branch to merge into; empty: the remote's main one.
        forge: what the remote is; ``auto`` goes by its host.
        api_url: of a GitHub Enterprise or GitLab server; empty: by the host.
        labels: of new pull requests.
        most_open: so many of ours may be open.
        most_new: so many may be opened in one run.
        recreate: open a new one where a person closed the last one.
        dry_run: read only; decide, and do nothing.
    """

    path: Path
    branches: tuple[str, ...] = ()
    evidence: Path | None = None
    remote: str = "origin"
    base: str = ""
    forge: ForgeKind = ForgeKind.AUTO
    api_url: str = ""
    labels: tuple[str, ...] = ()
    most_open: int = 5
    most_new: int = 2
    recreate: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a branch, or in a dry run would: ``calls`` are then the writing ones.

    ``url`` is empty without a forge, and for what a dry run would open; ``body_file`` is where the text for a person to
    use was written, on a remote without a forge.
    """

    decision: Decision
    proposal: Proposal | None
    url: str = ""
    body_file: Path | None = None
    calls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """Where pull requests are made: what was looked up once. ``base`` is a branch, ``tip`` its commit on the remote."""

    repository: Repository
    remote: Remote
    forge: Forge | None
    base: str
    tip: str

    def check_start(self, commit: str) -> None:
        """Make sure that a commit on top of ``commit`` can be proposed alone.

        Raises:
            ProposalError: the base lacks commits that it builds on.
        """
        if not self.repository.contains(self.tip, commit):
            raise ProposalError(
                f"{self.base} of the remote {self.remote.name} does not hold the measured commit {commit[:12]}.",
                "A pull request would bring your other commits along: push them first.",
            )


def open_desk(request: Request) -> Desk:
    """Find repository, remote, forge, token and base. Also a check before hours of measuring.

    Raises:
        UsageError: something of it is missing, cannot be reached, or refuses.
    """
    repository = open_repository(request.path)
    remote = open_remote(repository, request.remote)
    chosen = choose_forge(
        remote.address, request.forge, request.api_url, repository.git, needs_token=not request.dry_run
    )
    remote = Remote(repository, remote.name, remote.address, chosen.environment)
    base = request.base or (chosen.forge.default_branch() if chosen.forge else remote.default_branch())
    return Desk(repository, remote, chosen.forge, base, remote.fetch(base))


def propose(request: Request, tell: Listener) -> tuple[Result, ...]:
    """Bring the pull requests of the branches to where they should be; the results say what was done.

    Raises:
        GreenfixError: something a person has to put right first. What was done until then stays; the next run goes on.
    """
    desk = open_desk(request)
    decided = _decided(desk, request, tell)
    blocked = next((decision for decision, _ in decided if decision.blocked and request.branches), None)
    if blocked is not None:
        raise ProposalError(f"{blocked.branch} is left alone: {blocked.why}.", blocked.blocked)
    do = _described if request.dry_run else _carried_out
    return tuple(do(desk, decision, proposal) for decision, proposal in decided)


def _decided(desk: Desk, request: Request, tell: Listener) -> list[tuple[Decision, Proposal | None]]:
    """What is to be done: first what cannot be proposed, then what is closed, then the branches in their order."""
    branches = request.branches or desk.repository.branches(PREFIX)
    proposals, decisions = _read(desk, request, branches)
    open_ones = desk.forge.open_requests() if desk.forge else ()
    found = _Found.look(desk, tell) if proposals or open_ones else _Found(frozenset(), frozenset())
    tips = desk.remote.tips(f"{PREFIX}*", *branches)
    if not request.branches:
        decisions += _closed(desk, [each for each in open_ones if each.branch not in branches], found, tips)
    closing = sum(decision.action is Action.CLOSED for decision in decisions)
    room = Room(request.most_open, request.most_new, open_count(open_ones) - closing)
    wishes = Wishes(desk.base, request.labels, request.recreate)
    decided: list[tuple[Decision, Proposal | None]] = [(decision, None) for decision in decisions]
    for each in proposals:
        known = _known(desk, each, found, tips.get(each.branch, ""))
        decided.append((decide(each, known, wishes, room) if desk.forge else decide_plain(each, known, wishes), each))
    return decided


def _read(desk: Desk, request: Request, branches: Sequence[str]) -> tuple[list[Proposal], list[Decision]]:
    """What is proposed of each branch. One that was not named and cannot be proposed does not stop the others."""
    proposals, decisions = [], []
    for branch in branches:
        try:
            proposals.append(proposal_of(desk.repository, branch, request.evidence))
        except ProposalError as error:
            if request.branches:
                raise
            decisions.append(left(branch, error.what.removesuffix("."), error.do))
    return proposals, decisions


@dataclass(frozen=True, slots=True)
class _Found:
    """What a scan of the base found: fingerprints, and the files that it could not read."""

    fingerprints: frozenset[str]
    unread: frozenset[str]

    @classmethod
    def look(cls, desk: Desk, tell: Listener) -> _Found:
        repository = desk.repository
        with repository.worktree(desk.tip) as tree:
            selection = load_settings(repository.root).selection(repository.root)
            result = scan_below(repository.root, tree, repository, tell, selection)
        return cls(
            frozenset(finding.fingerprint for finding in result.findings),
            frozenset(error.path for error in result.errors),
        )

    def lacks(self, marker: Marker) -> bool:
        """Whether nothing is left of what the pull request mends. A file that cannot be read may hide anything."""
        return (
            bool(marker.findings) and not {*marker.findings} & self.fingerprints and not {*marker.files} & self.unread
        )


def _known(desk: Desk, proposal: Proposal, found: _Found, tip: str) -> Known:
    return Known(
        requests=desk.forge.requests_of(proposal.branch) if desk.forge else (),
        tip=tip,
        ours=_is_ours(desk, proposal.branch, tip),
        gone=found.lacks(proposal.marker),
        merged=desk.repository.contains(desk.tip, proposal.commit),
        alone=desk.repository.contains(desk.tip, f"{proposal.commit}~1"),
    )


def _is_ours(desk: Desk, branch: str, tip: str) -> bool:
    """Whether nobody but greenfix put anything on the remote's branch that would be lost with it."""
    if not tip:
        return True
    if not desk.repository.has(tip):
        desk.remote.bring(branch)
    moved_meanwhile = not desk.repository.has(tip)
    return not moved_meanwhile and (desk.repository.is_ours(tip) or desk.repository.contains(desk.tip, tip))


def _closed(desk: Desk, others: Sequence[PullRequest], found: _Found, tips: dict[str, str]) -> list[Decision]:
    """Pull requests of greenfix, from whatever machine, with nothing left to mend and nothing of a person in them."""
    decisions = []
    for each in others:
        marker, tip = read_marker(each.body), tips.get(each.branch, "")
        if marker is not None and found.lacks(marker) and _is_ours(desk, each.branch, tip):
            decisions.append(close(each, marker, tip, desk.base))
    return decisions


def _carried_out(desk: Desk, decision: Decision, proposal: Proposal | None) -> Result:
    request = decision.request
    if decision.push is not None and decision.push.commit:
        desk.remote.push(decision.push)
    if decision.step is not None and desk.forge is not None:
        request = desk.forge.perform(decision.step)
    if decision.push is not None and not decision.push.commit:
        desk.remote.push(decision.push)
    file = (
        _body_file(desk, proposal) if desk.forge is None and proposal and decision.action is not Action.CLOSED else None
    )
    return Result(decision, proposal, request.url if request else "", file)


def _described(desk: Desk, decision: Decision, proposal: Proposal | None) -> Result:
    pushes = (f"git {' '.join(decision.push.arguments(desk.remote.name))}",) if decision.push is not None else ()
    steps = desk.forge.calls(decision.step) if decision.step is not None and desk.forge is not None else ()
    calls = (*pushes, *steps) if decision.push is None or decision.push.commit else (*steps, *pushes)
    return Result(decision, proposal, decision.request.url if decision.request else "", None, calls)


def _body_file(desk: Desk, proposal: Proposal) -> Path:
    """Write the body where a person finds it, to paste it wherever pull requests are made."""
    file = desk.repository.state / "pull-requests" / f"{proposal.branch.replace('/', '-')}.md"
    file.parent.mkdir(exist_ok=True)
    file.write_text(proposal.body, encoding="utf-8")
    return file
