"""The baseline file: which one, what it says of a scan, writing it anew."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from greenfix_codemods.baseline import Baseline, BaselineError, Known, baseline_of, dump, parse
from greenfix_codemods.finding import Finding, ScanResult

from greenfix.errors import UsageError

if TYPE_CHECKING:
    from greenfix_codemods.selection import Selection

DEFAULT_NAME = ".greenfix-baseline.json"
_WRITE = "`greenfix scan --write-baseline`"


def write_baseline(file: Path, result: ScanResult, path: Path) -> None:
    """Make everything in ``result``, of a scan of the folder ``path``, known from now on, however sure it is.

    Raises:
        UsageError: the file cannot be written, or what it knows would be lost because another folder was scanned.
    """
    if not path.is_dir():
        raise UsageError(f"A baseline belongs to a folder, and {path} is a file.", f"Scan its folder: {_WRITE}.")
    scanned = _relative(path, file)
    old = _baseline_for(file, scanned)
    every = [*result.findings, *result.unsure]
    try:
        file.write_text(dump(baseline_of(every, scanned, old.reasons)), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}.") from error


def with_rejected(file: Path, root: Path, finding: Finding, reason: str) -> str:
    """The text of the baseline ``file`` of the folder ``root`` with ``finding`` in it, rejected for ``reason``.

    Raises:
        UsageError: the file cannot be read, or belongs to another folder.
    """
    return dump(_baseline_for(file, _relative(root, file)).adding(finding, reason))


def _baseline_for(file: Path, scanned: str) -> Baseline:
    """What ``file`` knows of the folder ``scanned``: nothing yet when it is not there."""
    if not file.exists():
        return Baseline(scanned, ())
    old = read_baseline(file)
    if old.scanned != scanned:
        raise UsageError(
            f"{file} is the baseline of `{old.scanned}`, not of `{scanned}` (seen from its folder).",
            "Scan that folder, or name another file with --baseline.",
        )
    return old


def against(file: Path, result: ScanResult, path: Path, selection: Selection, *, asked: bool) -> tuple[ScanResult, str]:
    """The result of the scan of ``path`` with what the baseline ``file`` knows set apart, and what to tell a person.

    A baseline belongs to the folder that it was written for, because fingerprints hold the path. One that the settings
    name is left aside in a scan of another folder; one that was ``asked`` for on the command line must fit.

    Raises:
        UsageError: the file cannot be read, is no baseline, or was asked for and belongs to another folder.
    """
    baseline = read_baseline(file)
    root = path if path.is_dir() else path.parent
    if baseline.scanned != _relative(root, file):
        what = (
            f"{file} is the baseline of `{baseline.scanned}`, not of `{_relative(root, file)}` (seen from its folder)"
        )
        if asked:
            raise UsageError(f"{what}.", "Scan that folder, or write a baseline for this one to another file.")
        return result, f"{what}: not used."
    compared, doubted = baseline.split(result.findings), baseline.split(result.unsure)
    unread = {error.path for error in result.errors}
    fixed = set(compared.fixed) & set(doubted.fixed)
    gone = [each for each in fixed if each.path not in unread and _looked_at(each, path, selection)]
    funnel = replace(result.funnel, findings=len(compared.new))
    apart = replace(result, findings=compared.new, known=compared.known, unsure=doubted.new, funnel=funnel)
    return apart, _notice(file, len(gone))


def read_baseline(file: Path) -> Baseline:
    """The baseline in ``file``.

    Raises:
        UsageError: it cannot be read, or is no baseline.
    """
    try:
        return parse(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"The baseline {file} cannot be read: {error.strerror}.", f"Make it with {_WRITE}.") from error
    except (UnicodeDecodeError, BaselineError) as error:
        raise UsageError(f"{file} {error}.", f"Delete it and make it anew with {_WRITE}.") from error


def _looked_at(known: Known, path: Path, selection: Selection) -> bool:
    """Whether this scan could have found it: what it did not look at is not fixed."""
    here = selection.looks_at(known.path) if path.is_dir() else known.path == path.name
    return here and selection.reports(known.rule, known.path)


def _notice(file: Path, gone: int) -> str:
    if not gone:
        return ""
    entries = "1 entry of the baseline is" if gone == 1 else f"{gone} entries of the baseline are"
    return f"{entries} fixed or suppressed: run {_WRITE} to tighten {file.name}."


def _relative(scanned: Path, file: Path) -> str:
    return Path(os.path.relpath(scanned.resolve(), file.parent.resolve())).as_posix()
