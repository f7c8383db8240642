"""The git remote: what is there, and pushing to it without ever overwriting what somebody else put there.

Every push says what it expects to replace (``--force-with-lease``), so a push that raced with somebody fails. Tokens
are in the environment of the child git alone (``greenfix.forge.token``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from greenfix.errors import RemoteError
from greenfix.forge.address import Address, address_of, without_secrets
from greenfix.repository import Repository

if TYPE_CHECKING:
    from git import GitCommandError

_HEADS = "refs/heads/"
_UNREACHABLE = ("could not resolve host", "failed to connect", "couldn't connect", "connection refused", "timed out",
                "network is unreachable", "unable to connect")  # fmt: skip
_REFUSED = ("authentication failed", "could not read username", "permission denied", "error: 403", "returned error: 40",
            "access denied", "service not enabled")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Push:
    """Point a remote's ``branch`` at ``commit`` or delete it (no ``commit``), if it is at ``over`` ("": not there)."""

    branch: str
    commit: str
    over: str

    def arguments(self, remote: str) -> tuple[str, ...]:
        """The arguments of ``git``."""
        ref = f"{_HEADS}{self.branch}"
        return ("push", "--quiet", f"--force-with-lease={ref}:{self.over}", remote, f"{self.commit}:{ref}")


@dataclass(frozen=True, slots=True)
class Remote:
    """A remote of a repository. ``environment`` is what git needs to get in; make one with :func:`open_remote`."""

    repository: Repository
    name: str
    address: Address
    environment: Mapping[str, str] = field(default_factory=lambda: {"GIT_TERMINAL_PROMPT": "0"}, repr=False)

    def tips(self, *branches: str) -> dict[str, str]:
        """The commits that these branches (or patterns such as ``greenfix/*``) point at; absent ones are left out.

        Raises:
            RemoteError: it cannot be reached, or refuses.
        """
        said = self._git("ls-remote", "--refs", self.name, *(f"{_HEADS}{branch}" for branch in branches))
        pairs = (line.split("\t") for line in said.splitlines())
        return {ref.removeprefix(_HEADS): commit for commit, ref in pairs}

    def default_branch(self) -> str:
        """The branch that the remote's HEAD names.

        Raises:
            RemoteError: it cannot be reached, refuses, or its HEAD names no branch.
        """
        for line in self._git("ls-remote", "--symref", self.name, "HEAD").splitlines():
            if line.startswith(f"ref: {_HEADS}"):
                return line.split("\t")[0].removeprefix(f"ref: {_HEADS}")
        raise RemoteError(f"The remote {self.name} does not say which branch is its main one.", "Give --base BRANCH.")

    def fetch(self, branch: str) -> str:
        """Bring the commit of ``branch`` here and return it; no branch, file or HEAD of the person changes.

        Raises:
            RemoteError: it cannot be reached, refuses, or has no such branch.
        """
        tip = self.tips(branch).get(branch)
        if tip is None:
            raise RemoteError(
                f"The remote {self.name} has no branch {branch}.", "Push it first, or give --base BRANCH."
            )
        self.bring(branch)
        return tip

    def bring(self, *branches: str) -> None:
        """Bring the commits of these branches here, as objects without a ref.

        Raises:
            RemoteError: it cannot be reached, or refuses.
        """
        refs = (f"{_HEADS}{branch}" for branch in branches)
        self._git("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--refmap=", self.name, *refs)

    def push(self, push: Push) -> None:
        """Push or delete.

        Raises:
            RemoteError: it cannot be reached, refuses, or somebody else was faster.
        """
        self._git(*push.arguments(self.name))

    def _git(self, *arguments: str) -> str:
        import git

        try:
            return str(self.repository.git.git.execute(["git", *arguments], env={**self.environment}))
        except git.GitCommandError as error:
            raise self._explained(error) from error

    def _explained(self, error: GitCommandError) -> RemoteError:
        said = without_secrets(str(error.stderr)).strip().removeprefix("stderr: ").strip("'")
        lowered, where = said.lower(), f"The remote {self.name} ({self.address.host or self.address.path})"
        if "stale info" in lowered or "failed to update ref" in lowered:
            return RemoteError(
                f"{where} has got something new on the branch meanwhile; it was not overwritten.", "Run it again."
            )
        if any(sign in lowered for sign in _UNREACHABLE):
            return RemoteError(
                f"{where} cannot be reached: {_last(said)}", "Is there a network, and is the host right?"
            )
        if any(sign in lowered for sign in _REFUSED):
            return RemoteError(
                f"{where} does not let us in: {_last(said)}",
                "Give a token with write access (docs/pull-requests.md), or an ssh key.",
            )
        return RemoteError(f"{where}: {said}")


def open_remote(repository: Repository, name: str) -> Remote:
    """The remote ``name`` of ``repository``; nobody is reached out to.

    Raises:
        RemoteError: there is none of this name.
    """
    names = [remote.name for remote in repository.git.remotes]
    if name not in names:
        known = f"Known remotes: {', '.join(names)}." if names else f"Add one: `git remote add {name} URL`."
        raise RemoteError(f"{repository.root} has no remote {name!r}.", known)
    return Remote(repository, name, address_of(repository.git.git.remote("get-url", "--push", name)))


def _last(text: str) -> str:
    return text.splitlines()[-1] if text else "no reason given."
