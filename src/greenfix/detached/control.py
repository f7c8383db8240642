"""What any process can see and wish of a detached experiment.

Wishes are files in its folder, which it looks at between blocks. Files and not signals: they say the same to everybody
who looks, and they cannot hit another process.
"""

from __future__ import annotations

import fcntl
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Control:
    """Of the experiment in ``folder`` (``greenfix.detached.kept`` says what lies there)."""

    folder: Path

    @property
    def runs(self) -> bool:
        """Whether its process lives."""
        if not self.lock.exists():
            return False
        with self.lock.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    @property
    def process(self) -> int:
        """The number of its process; 0 where it is not known (yet)."""
        return int(self.lock.read_text(encoding="ascii") or 0) if self.lock.exists() else 0

    def pause(self, paused: bool) -> None:
        """Pause after the present block, or go on."""
        self._pause.touch() if paused else self._pause.unlink(missing_ok=True)

    def stop(self) -> None:
        """No more blocks after the present one: the verdict is on what there is."""
        self._enough.touch()
        self.pause(False)

    def end(self) -> None:
        """End it now. Finished runs are kept."""
        if self.runs and (process := self.process):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGINT)

    def forget(self) -> None:
        """The next ``fix`` begins as if it had never been; the ledger keeps its runs, and its log stays."""
        for file in (self.story, self.journal, self._pause, self._enough):
            file.unlink(missing_ok=True)

    @property
    def paused(self) -> bool:
        """Whether no block shall begin."""
        return self._pause.exists()

    @property
    def enough(self) -> bool:
        """Whether the verdict is wished."""
        return self._enough.exists()

    @property
    def story(self) -> Path:
        """What it is told."""
        return self.folder / "story.json"

    @property
    def lock(self) -> Path:
        """Held as long as it lives."""
        return self.folder / "lock"

    @property
    def journal(self) -> Path:
        """What it tells."""
        return self.folder / "journal.jsonl"

    @property
    def log(self) -> Path:
        """The same in words, and whatever goes wrong."""
        return self.folder / "log"

    @property
    def _pause(self) -> Path:
        return self.folder / "pause"

    @property
    def _enough(self) -> Path:
        return self.folder / "enough"
