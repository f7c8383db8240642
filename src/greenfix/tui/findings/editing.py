"""Leaving for the person's editor and coming back: what became of the findings of that file.

greenfix scans and measures the committed state, so an edit does not change the list. The file is looked at again as
it is now, and each finding of it says what became of it; what counts is told in one sentence.
"""

from __future__ import annotations

import subprocess
from typing import ClassVar

from greenfix_codemods.errors import SourceError
from greenfix_codemods.finding import ScanResult
from textual import work
from textual.app import SuspendNotSupported
from textual.binding import Binding, BindingType

from greenfix.events import TreeReady
from greenfix.message import count
from greenfix.tui.findings.base import FindingsBase
from greenfix.tui.findings.editor import command, editor, line_now
from greenfix.tui.findings.review import Entry

HOW_IT_COUNTS = "The list and the experiment stay with the committed state: commit, then run greenfix again."
HOW_IT_COUNTS_DIRTY = "The list and the experiment stay with the state in which greenfix began: run it again."


class Editing(FindingsBase):
    """``e`` opens the file of the finding in the person's editor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "edit", "Open the file at this line in your editor", show=False, id="findings.edit"),
    ]

    def action_edit(self) -> None:
        """Open the user's own file in the editor, and look at it again afterwards."""
        index, trees = self.table.index, self.session.trees
        if index is None:
            return
        if trees is None:
            self.notify("The repository is not open yet.")
            return
        entry, words = self.review.entries[index], editor()
        file = trees.root / entry.finding.path
        if not words or not file.exists():
            missing = f"{entry.finding.path} is not in your tree." if words else "Set EDITOR to your editor's command."
            self.notify(missing, severity="warning", markup=False)
            return
        before = file.read_bytes()
        ran = self._lend_terminal(command(words, file, _line_now(entry, trees)))
        if ran and file.exists() and file.read_bytes() != before:
            self._look_again(trees, entry.finding.path)

    def _lend_terminal(self, words: list[str]) -> bool:
        """Whether the editor ran and said it was fine."""
        try:
            with self.app.suspend():
                status = subprocess.run(words, check=False).returncode
        except SuspendNotSupported:
            self.notify("This terminal cannot be lent to an editor.", severity="warning")
            return False
        except OSError as error:
            self.notify(f"{words[0]} cannot be started: {error.strerror}.", severity="warning", markup=False)
            return False
        if status:
            self.notify(f"{words[0]} ended with status {status}.", severity="warning", markup=False)
        return True

    @work(thread=True, group="look-again")
    def _look_again(self, trees: TreeReady, path: str) -> None:
        from greenfix_codemods.looking import look_again

        result = look_again(trees.root, path)
        self.app.call_from_thread(self._looked_again, path, result)

    def _looked_again(self, path: str, result: ScanResult) -> None:
        """Say of each finding of the file what became of it."""
        entries = [entry for entry in self.review.entries if entry.finding.path == path]
        said = {entry.finding.fingerprint: _now(entry, result) for entry in entries}
        self.review.edited |= said
        known = set(said)
        new = sum(each.fingerprint not in known for each in result.findings)
        gone = sum("no longer" in words for words in said.values())
        if result.errors:
            summary = "; ".join(f"{error.path} {error.message}" for error in result.errors)
        else:
            summary = f"{path} as it is now: {gone} of {count(len(entries), 'finding')} gone, {new} new"
        included = self.session.dirty is not None and self.session.dirty.included
        self.notify(
            f"{summary}. {HOW_IT_COUNTS_DIRTY if included else HOW_IT_COUNTS}", title="Edited", markup=False, timeout=10
        )
        self.redraw()


def _now(entry: Entry, result: ScanResult) -> str:
    """What became of a finding."""
    fingerprint = entry.finding.fingerprint
    if result.errors:
        return "your file cannot be scanned now"
    if any(each.finding.fingerprint == fingerprint for each in result.suppressed):
        return "your file no longer has it: a comment suppresses it"
    for each in result.findings:
        if each.fingerprint == fingerprint:
            return f"your file still has it, at {each.place}"
    return "your file no longer has it"


def _line_now(entry: Entry, trees: TreeReady) -> int:
    """The finding's line in the user's own file, which may have changed since the commit; 1 in a notebook."""
    from greenfix_codemods.semantics.source import read_source

    finding = entry.finding
    if finding.cell_line is not None:
        return 1
    try:
        before, after = (read_source(root / finding.path, finding.path).text for root in (trees.tree, trees.root))
    except SourceError:
        return finding.span.line
    return line_now(before, after, finding.span.line)
