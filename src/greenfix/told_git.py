"""GitPython's way to the git program, told: which command ran, where, how it ended and how long it took.

Apart from ``repository``, because a subclass needs GitPython at import time, which costs 80 ms.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import git
from greenfix_verify.events import CommandRan

if TYPE_CHECKING:
    from greenfix.events import Listener

_SECRETS = re.compile(r"(?<=://)[^/@\s]+(?=@)|(?<=extraheader=).*", re.IGNORECASE)
"""Where git takes a secret as an argument: the user part of an address, and a header for every request."""


class ToldRepo(git.Repo):
    """The repository around ``path``; ``tell`` hears of every git command, also of those that read objects."""

    def __init__(self, path: Path, tell: Listener) -> None:
        class Git(_ToldGit):
            def tell(self, ran: CommandRan) -> None:
                tell(ran)

        self.GitCommandWrapperType = Git
        super().__init__(path, search_parent_directories=True)


class _ToldGit(git.Git):
    def tell(self, ran: CommandRan) -> None:
        """Where the commands of one repository are told; GitPython wants a class and makes its instances itself."""
        raise NotImplementedError

    def execute(self, command: Any, *arguments: Any, **options: Any) -> Any:
        """Run ``command``; one that fails is told before the error is raised."""
        started, code = time.monotonic(), None if options.get("as_process") else 0
        try:
            return super().execute(command, *arguments, **options)
        except git.CommandError as error:
            code = error.status if isinstance(error.status, int) else None
            raise
        finally:
            directory = Path(self.working_dir or ".")
            self.tell(CommandRan(without_secrets(command), directory, code, time.monotonic() - started))


def without_secrets(words: Sequence[object]) -> tuple[str, ...]:
    """The words of a git command as they may be shown: ``https://***@host/x`` instead of a token."""
    return tuple(_SECRETS.sub("***", str(word)) for word in words)
