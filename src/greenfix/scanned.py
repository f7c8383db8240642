"""What ``fix`` and ``diagnose`` begin with: the commit to look at, and the findings in it that were asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from greenfix_codemods.finding import ScanResult
from greenfix_codemods.scan import scan
from greenfix_codemods.selection import EVERYTHING, Selection

from greenfix.events import DirtyTree, Listener, Scanned
from greenfix.repository import Repository
from greenfix.worktree import Worktree


def base_commit(repository: Repository, include_dirty: bool, tell: Listener) -> str:
    """The commit to start from: HEAD, or a snapshot of the working tree as it is."""
    changed = repository.changed_files()
    if changed:
        tell(DirtyTree(changed, include_dirty))
    return repository.snapshot() if changed and include_dirty else repository.head


def scan_below(
    asked: Path, tree: Worktree, repository: Repository, tell: Listener, selection: Selection = EVERYTHING
) -> ScanResult:
    """Scan the whole repository, since builders live anywhere in it, and keep what lies below the path asked for."""
    scope = asked.resolve().relative_to(repository.root.resolve())
    result = scan(tree.path, tell, selection)
    findings = tuple(each for each in result.findings if Path(each.path).is_relative_to(scope))
    below = replace(
        result,
        findings=findings,
        funnel=replace(result.funnel, findings=len(findings)),
        suppressed=tuple(each for each in result.suppressed if Path(each.finding.path).is_relative_to(scope)),
        notes=tuple(note for note in result.notes if Path(note.path).is_relative_to(scope)),
        unsure=tuple(each for each in result.unsure if Path(each.path).is_relative_to(scope)),
    )
    tell(Scanned(below))
    return below
