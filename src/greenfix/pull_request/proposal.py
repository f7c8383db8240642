"""What is proposed of a branch: its one commit, and title and body from the evidence that the commit names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from greenfix_codemods.finding import Safety
from greenfix_codemods.rules import all_rules
from greenfix_verify.evidence import Evidence, read_evidence
from greenfix_verify.run import ORIGINAL
from greenfix_verify.verdict import VerdictKind

from greenfix.errors import ProposalError
from greenfix.kept_evidence import digest_of, kept_evidence
from greenfix.message import FINDINGS_TRAILER
from greenfix.pull_request.marker import Marker
from greenfix.report.pull_request import Facts, pull_request_body
from greenfix.repository import Repository

_LONGEST_TITLE = 240
"""GitHub takes 256 characters, GitLab 255 with its ``Draft: ``."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A branch as others shall see it. ``draft``: its verdict is not ``saves``."""

    branch: str
    commit: str
    title: str
    body: str
    draft: bool
    marker: Marker


def proposal_of(repository: Repository, branch: str, evidence_file: Path | None = None) -> Proposal:
    """Read the commit of the local ``branch`` and its evidence: the file given, else what was kept of the commit.

    Raises:
        ProposalError: the last commit is not greenfix's own, or its evidence is not here, or is another's.
        EvidenceError: the evidence file cannot be read.
    """
    commit = repository.resolve(f"refs/heads/{branch}")
    trailers = repository.trailers(commit)
    strategy, named = trailers.get("Greenfix-Strategy"), trailers.get("Evidence-SHA256")
    if not repository.is_ours(commit) or not strategy or not named:
        raise ProposalError(
            f"The last commit of {branch} is not as greenfix made it.",
            "It is yours now: push it with git. The measurement holds for the commit before your change.",
        )
    file = _evidence_file(repository, branch, named, evidence_file)
    evidence = read_evidence(file)
    subject, places = _subject_and_places(repository.message(commit))
    arm = _arm(evidence, strategy, file)
    findings = tuple(trailers.get(FINDINGS_TRAILER, "").replace(",", " ").split())
    marker = Marker(commit, digest_of(file), findings, repository.changed_in(commit))
    known = {each.name: each for rule in all_rules() for each in rule.strategies}.get(strategy)
    facts = Facts(
        strategy,
        places,
        commit,
        branch,
        evidence,
        arm,
        marker.evidence,
        str(marker),
        summary=known.summary if known else "",
        unsafe=known is not None and known.safety is Safety.UNSAFE,
    )
    verdict = evidence.verdicts[arm]
    saves = verdict.kind is VerdictKind.SAVES
    title = subject if saves else f"Try {strategy} on {branch.rpartition('/')[2]}: {verdict.kind}"
    return Proposal(branch, commit, title[:_LONGEST_TITLE], pull_request_body(facts), not saves, marker)


def _evidence_file(repository: Repository, branch: str, sha256: str, given: Path | None) -> Path:
    if given is None:
        kept = kept_evidence(repository.state, sha256)
        if kept is None:
            raise ProposalError(
                f"The evidence of {branch} (SHA-256 {sha256[:16]}…) is not on this machine.",
                "Give it: `greenfix pr --branch BRANCH --evidence FILE`.",
            )
        return kept
    if not given.is_file():
        raise ProposalError(f"{given} does not exist.")
    if digest_of(given) != sha256:
        raise ProposalError(
            f"{given} is not the evidence of {branch}: the commit names SHA-256 {sha256[:16]}….",
            "Give the file that `greenfix fix` wrote for this commit.",
        )
    return given


def _arm(evidence: Evidence, strategy: str, file: Path) -> str:
    arms = [arm.name for arm in evidence.arms if arm.name != ORIGINAL and arm.name in evidence.verdicts]
    if strategy not in arms:
        raise ProposalError(f"{file} holds no verdict on {strategy}.")
    return strategy


def _subject_and_places(message: str) -> tuple[str, tuple[str, ...]]:
    """The first line, and the list below it: one item a finding, wrapped as git log shows it best."""
    subject, _, rest = message.partition("\n")
    items = re.findall(r"^- (.*(?:\n  .*)*)", rest, re.MULTILINE)
    return subject.strip(), tuple(" ".join(item.split()) for item in items)
