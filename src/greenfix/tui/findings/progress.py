"""How far the scan is."""

from __future__ import annotations

from dataclasses import dataclass, field

from greenfix_codemods.events import FileScanned, ScanStarted
from greenfix_codemods.finding import FileError

from greenfix.events import Event, Scanned
from greenfix.message import count


@dataclass(slots=True)
class ScanProgress:
    """Folded from the events of the scan. ``files`` is None until they are listed."""

    files: int | None = None
    done: int = 0
    over: bool = False
    errors: list[FileError] = field(default_factory=list)

    def hear(self, event: Event) -> None:
        """Take in one event; those of others change nothing."""
        match event:
            case ScanStarted(files):
                self.files = files
            case FileScanned(done=done, errors=errors):
                self.done = done
                self.errors.extend(errors)
            case Scanned(result):
                self.over = True
                self.files = self.done = result.funnel.files
                self.errors = list(result.errors)
            case _:
                pass

    @property
    def words(self) -> str:
        """What the scan is doing, for a status line."""
        if self.over:
            return f"{count(self.done, 'file')} scanned"
        if self.files is None:
            return "listing the files"
        return f"scanning: {self.done:,} of {count(self.files, 'file')}"
