"""Tokens: from the environment, else from git's credential helper. They leave this module only as values in memory.

They are never written into an argument, a URL, a log, a file or an error, and ``Token`` does not print itself. The
measured program does not get them either (``greenfix_verify.environment``).
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import git

    from greenfix.forge.address import Address

_SECRET = "GREENFIX_PUSH_TOKEN"  # noqa: S105 - the name of a variable, no secret
_HELPER = f'!f() {{ test "$1" = get && printf "username=%s\\npassword=%s\\n" "$GREENFIX_PUSH_USER" "${_SECRET}"; }}; f'
"""A credential helper of one line. git runs it with ``sh -c``: its argument holds the variables' names, not their
values, and ``printf`` is a builtin, so nothing secret is ever an argument."""


@dataclass(frozen=True, slots=True)
class Token:
    """A secret. ``git_knows_it``: it came from git's own helper, so git needs no help to push with it."""

    secret: str = field(repr=False)
    git_knows_it: bool = False


def find_token(
    names: Sequence[str], address: Address, repo: git.Repo, environment: Mapping[str, str] | None = None
) -> Token | None:
    """The first of the variables ``names`` that is set, else what git's credential helper knows of the host."""
    environment = os.environ if environment is None else environment
    secret = next((value for name in names if (value := environment.get(name, "").strip())), "")
    return Token(secret) if secret else _from_git(address, repo)


def push_environment(
    token: Token | None, user: str, address: Address, environment: Mapping[str, str] | None = None
) -> dict[str, str]:
    """What a child git gets besides ``os.environ``, so that it can talk to ``address`` and asks nobody.

    The helper answers for this host alone, and only where the way there is private.
    """
    environment = os.environ if environment is None else environment
    asks_nobody = {"GIT_TERMINAL_PROMPT": "0"}
    if token is None or token.git_knows_it or not address.private:
        return asks_nobody
    first = int(environment.get("GIT_CONFIG_COUNT", "0"))
    key = f"credential.{address.scheme}://{address.host}.helper"
    return {
        **asks_nobody,
        "GIT_CONFIG_COUNT": str(first + 2),
        f"GIT_CONFIG_KEY_{first}": key,
        f"GIT_CONFIG_VALUE_{first}": "",  # forgets the helpers that were configured before
        f"GIT_CONFIG_KEY_{first + 1}": key,
        f"GIT_CONFIG_VALUE_{first + 1}": _HELPER,
        "GREENFIX_PUSH_USER": user,
        _SECRET: token.secret,
    }


def _from_git(address: Address, repo: git.Repo) -> Token | None:
    """Ask ``git credential fill``, which may ask helpers but no person (``git-credential(1)``)."""
    # An empty GIT_ASKPASS is none at all: no window opens. Read as a process, so that GitPython traces no output.
    with repo.git.custom_environment(GIT_TERMINAL_PROMPT="0", GIT_ASKPASS="", SSH_ASKPASS=""):
        process = repo.git.execute(["git", "credential", "fill"], istream=subprocess.PIPE, as_process=True)
    answer, _ = process.communicate(f"protocol=https\nhost={address.host}\npath={address.path}\n\n".encode())
    lines = dict(line.split("=", 1) for line in answer.decode().splitlines() if "=" in line)
    return Token(lines["password"], git_knows_it=True) if lines.get("password") else None
