"""What a scan tells while it works. A listener is any callable; the default listens to nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from greenfix_codemods.finding import FileError, Finding


@dataclass(frozen=True, slots=True)
class ScanStarted:
    """The files are listed; ``files`` of them will be looked at."""

    files: int


@dataclass(frozen=True, slots=True)
class FileScanned:
    """One more file is done. ``done`` counts from 1."""

    path: str
    done: int
    findings: tuple[Finding, ...]
    errors: tuple[FileError, ...]


@dataclass(frozen=True, slots=True)
class PatchesWritten:
    """Every patch for the findings in one more file is written."""

    path: str


@dataclass(frozen=True, slots=True)
class CacheUnusable:
    """The scan's cache could not be read or written; the scan itself is complete. Told once at most, at the end."""

    problem: str


ScanEvent = ScanStarted | FileScanned | PatchesWritten | CacheUnusable
Listener = Callable[[ScanEvent], None]


def silence(event: ScanEvent) -> None:
    """The listener of those who do not listen."""
