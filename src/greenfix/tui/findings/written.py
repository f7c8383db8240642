"""A file of the user that a decision wrote, on their explicit wish, and how that is taken back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Written:
    """``file`` held ``before`` (None: it was not there) and holds ``after``."""

    file: Path
    before: bytes | None
    after: bytes

    def redo(self) -> str:
        """Write ``after``. Returns why not, when somebody changed the file meanwhile; else nothing."""
        return self._put(self.before, self.after)

    def undo(self) -> str:
        """Put ``before`` back. Returns why not, when somebody changed the file meanwhile; else nothing."""
        return self._put(self.after, self.before)

    def _put(self, expected: bytes | None, wanted: bytes | None) -> str:
        try:
            found = self.file.read_bytes() if self.file.exists() else None
            if found != expected:
                return f"{self.file.name} was changed meanwhile and stays as it is"
            if wanted is None:
                self.file.unlink()
            else:
                self.file.write_bytes(wanted)
        except OSError as error:
            return f"{self.file.name} cannot be written: {error.strerror}"
        return ""
