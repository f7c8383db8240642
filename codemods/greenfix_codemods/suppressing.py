"""Writing ``# greenfix: ignore[RULE] reason``: the edit of a file after which a finding is suppressed.

Where a comment counts is for ``suppressions`` to say, and where a comment can stand is for Python's tokenizer: a line
may end in a backslash or inside a string. So lines are tried in order, and the edited file is scanned each time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from greenfix_codemods.errors import CodemodsError, SourceError, StrategyError, SuppressionError
from greenfix_codemods.finding import FileEdit, Finding, ScanResult
from greenfix_codemods.looking import found_in, look_again
from greenfix_codemods.semantics.module import Project
from greenfix_codemods.semantics.source import Source, decode, read_source

MOST_LINES = 20
"""A header of more lines than this is not searched for one that can carry a comment."""
_IGNORE = re.compile(r"(#\s*greenfix\s*:\s*ignore\s*\[)([^\]]*\])", re.IGNORECASE)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")


def suppress(root: Path, finding: Finding, reason: str) -> FileEdit:
    """The edit that suppresses ``finding`` in its file as it is now below ``root``.

    Raises:
        SuppressionError: the finding is not there (any more), or no line of it can carry a comment.
    """
    now = _place_now(root, finding)
    try:
        source = read_source(root / finding.path, finding.path)
    except SourceError as error:
        raise SuppressionError(str(error)) from error
    for after in _attempts(source, now, _one_line(reason)):
        if _suppresses(root, finding, after):
            return FileEdit(finding.path, source.saved, after, source.encoding)
    raise SuppressionError(f"no line of {now.place} can carry the comment: write it by hand")


def _place_now(root: Path, finding: Finding) -> Finding:
    result = look_again(root, finding.path)
    if result.errors:
        raise SuppressionError("; ".join(f"{error.path} {error.message}" for error in result.errors))
    if _is_suppressed(result, finding):
        raise SuppressionError(f"{finding.path} has a comment that suppresses it already")
    for each in result.findings:
        if each.fingerprint == finding.fingerprint:
            return each
    raise SuppressionError(f"{finding.path} was edited, and {finding.rule} is no longer there")


def _is_suppressed(result: ScanResult, finding: Finding) -> bool:
    return any(each.finding.fingerprint == finding.fingerprint for each in result.suppressed)


def _one_line(reason: str) -> str:
    """Without what would end the comment."""
    return " ".join(reason.split())


def _attempts(source: Source, finding: Finding, reason: str) -> Iterator[bytes]:
    lines = _LINE.findall(source.text)
    first = finding.span.line
    for number in range(first, min(finding.span.end_line, first + MOST_LINES) + 1):
        edited = [*lines[: number - 1], _with_comment(lines[number - 1], finding.rule, reason), *lines[number:]]
        try:
            yield source.saved_with("".join(edited))
        except UnicodeEncodeError as error:
            raise SuppressionError(f"{source.path} is saved as {source.encoding}, which lacks a letter") from error
        except StrategyError as error:  # the program does not go back into the notebook's cells
            raise SuppressionError(str(error)) from error


def _with_comment(line: str, rule: str, reason: str) -> str:
    """``line`` with the comment behind it; one that ignores other rules already gets this one as well."""
    text = line.rstrip("\r\n")
    if _IGNORE.search(text):
        more = f" {reason}" if reason else ""
        return _IGNORE.sub(rf"\g<1>{rule}, \g<2>", text, count=1) + more + line[len(text) :]
    comment = f"# greenfix: ignore[{rule}] {reason}".rstrip()
    return f"{text.rstrip()}  {comment}{line[len(text) :]}"


def _suppresses(root: Path, finding: Finding, after: bytes) -> bool:
    try:
        module = Project(root).add(decode(after, finding.path))
    except CodemodsError:  # the comment broke the line: the next one is tried
        return False
    return _is_suppressed(found_in(module, frozenset()), finding)
