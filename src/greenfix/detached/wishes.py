"""What the person wants of a detached experiment: files in its folder, which it looks at between blocks.

Files and not signals: they say the same to everybody who looks, they cannot hit another process, and they stay when the
process has to be started again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Wishes:
    """The wishes in ``folder``. Any process may set and read them."""

    folder: Path

    def pause(self, paused: bool) -> None:
        """Pause after the present block, or go on."""
        self._pause.touch() if paused else self._pause.unlink(missing_ok=True)

    def stop(self) -> None:
        """No more blocks after the present one: the verdict is on what there is."""
        self._enough.touch()
        self.pause(False)

    def forget(self) -> None:
        """The next ``fix`` begins as if it had never been; the ledger keeps its runs, and its log stays."""
        for name in ("story.json", "journal.jsonl", self._pause.name, self._enough.name):
            (self.folder / name).unlink(missing_ok=True)

    @property
    def paused(self) -> bool:
        """Whether no block shall begin."""
        return self._pause.exists()

    @property
    def enough(self) -> bool:
        """Whether the verdict is wanted."""
        return self._enough.exists()

    @property
    def _pause(self) -> Path:
        return self.folder / "pause"

    @property
    def _enough(self) -> Path:
        return self.folder / "enough"
