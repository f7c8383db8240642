"""Keeping the reason of a rejection: which file would be written and how, then writing it, and reading it again."""

from __future__ import annotations

from pathlib import Path

from greenfix_codemods.errors import CodemodsError
from greenfix_codemods.finding import FileEdit, Finding

from greenfix.errors import GreenfixError
from greenfix.events import TreeReady
from greenfix.tui.findings.review import Keeping
from greenfix.tui.findings.written import Written


class KeepingError(Exception):
    """The reason cannot be kept so; the message says why."""


def edit_for(keeping: Keeping, trees: TreeReady | None, finding: Finding, reason: str) -> FileEdit | None:
    """What would be written into the user's own tree; None when nothing would.

    Raises:
        KeepingError: it cannot be written.
    """
    if keeping is Keeping.SESSION:
        return None
    if trees is None:
        raise KeepingError("the repository is not open yet")
    try:
        if keeping is Keeping.COMMENT:
            from greenfix_codemods.suppressing import suppress

            return suppress(trees.root, finding, reason)
        return _in_baseline(trees, finding, reason)
    except (CodemodsError, GreenfixError, OSError) as error:
        raise KeepingError(str(error)) from error


def _in_baseline(trees: TreeReady, finding: Finding, reason: str) -> FileEdit:
    from greenfix.baseline import with_rejected

    file = trees.baseline
    before = file.read_bytes() if file.exists() else b""
    return FileEdit(str(file), before, with_rejected(file, trees.root, finding, reason).encode())


def write(edit: FileEdit, root: Path) -> Written:
    """Write it.

    Raises:
        KeepingError: the file cannot be written, or changed since the edit was made.
    """
    file = root / edit.path
    written = Written(file, edit.before if file.exists() else None, edit.after)
    if problem := written.redo():
        raise KeepingError(problem)
    return written


def rejected_before(baseline: Path) -> tuple[dict[str, str], str]:
    """The reasons that the baseline keeps, by fingerprint, and what is wrong with it (empty: nothing)."""
    if not baseline.exists():
        return {}, ""
    from greenfix.baseline import read_baseline  # 10 ms that the first paint does not wait for

    try:
        return read_baseline(baseline).reasons, ""
    except GreenfixError as error:
        return {}, str(error)
