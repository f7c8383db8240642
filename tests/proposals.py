"""Branches as ``greenfix fix`` leaves them, made in a moment: a real finding and patch, runs that nobody measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from greenfix_codemods.events import silence
from greenfix_codemods.scan import Choice, candidates, scan
from greenfix_verify.evidence import Evidence, write_evidence
from greenfix_verify.policy import Policy

from greenfix.message import branch_name, commit_message
from greenfix.outcome import Trial
from greenfix.repository import open_repository
from greenfix.trial import Bench, commit_trial, evidence_file
from tests.evidences import evidence_of, saving

SAVED = (0.24, 0.25, 0.26, 0.24, 0.25, 0.26, 0.25)


@dataclass(frozen=True)
class Fix:
    """A branch with its commit."""

    branch: str
    commit: str
    sha256: str


def proposed(patch: str, saved: Sequence[float] = SAVED, diff: str = "", base: str = "1" * 40) -> Evidence:
    """Evidence of blocks that save these shares, under the usual policy."""
    return evidence_of(saving(saved), patch=patch, diff=diff, base=base, policy=Policy())


def commit_fix(folder: Path, saved: Sequence[float] = SAVED, path: str = "train.py") -> Fix:
    """Mend what is found in ``path`` and commit it to a branch, as ``greenfix fix`` does after measuring."""
    repository = open_repository(folder)
    with repository.worktree(repository.head) as tree:
        finding = next(each for each in scan(tree.path, silence).findings if each.path == path)
        patch = next(each for each in candidates(tree.path, [finding])[0].patches if each.strategy == "clear-session")
        evidence = proposed(patch.strategy, saved, patch.diff, repository.head)
        file = evidence_file(repository, replace(evidence, experiment=finding.fingerprint * 4))
        sha256 = write_evidence(evidence, file)
        trial = Trial(patch, evidence.verdicts[patch.strategy], evidence, file, sha256, True, "it saves")
        branch = branch_name([Choice(finding, patch.strategy)])
        bench = Bench(repository, tree, repository.head, ("python", "train.py"), observe=False)
        commit = commit_trial(bench, trial, branch, commit_message(trial))
    return Fix(branch, commit.sha, sha256)
