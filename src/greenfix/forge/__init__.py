"""A forge: where a branch is proposed to other people. GitHub and GitLab; another one is one more module here.

What may be asked of a forge is a value (:data:`Step`), so that a dry run can print the calls that the same step would
make. Reading is done by methods. Branches are pushed with git (``greenfix.remote``), never through a forge's interface:
git alone has ``--force-with-lease``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

PREFIX = "greenfix/"
"""Branches of ours begin with it."""


class State(StrEnum):
    """What became of a pull request."""

    OPEN = "open"
    CLOSED = "closed"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request (on GitLab: a merge request) as the forge knows it. ``branch`` is what it proposes to merge."""

    number: int
    branch: str
    state: State
    title: str
    body: str
    url: str


@dataclass(frozen=True, slots=True)
class Open:
    """Open a pull request of ``branch`` into ``base``."""

    branch: str
    base: str
    title: str
    body: str
    draft: bool
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Update:
    """Give an open pull request another title and body."""

    number: int
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Close:
    """Close a pull request with a comment that says why; ``body`` remembers that it was greenfix that closed it."""

    number: int
    comment: str
    body: str


Step = Open | Update | Close


class Forge(Protocol):
    """What greenfix needs of a forge. Every method that reaches out raises ForgeError."""

    def default_branch(self) -> str:
        """The branch that pull requests go into."""

    def requests_of(self, branch: str) -> tuple[PullRequest, ...]:
        """The pull requests of ``branch`` of this repository (not of forks) in any state, the newest first."""

    def open_requests(self) -> tuple[PullRequest, ...]:
        """The open pull requests of branches of this repository that begin with ``greenfix/``."""

    def calls(self, step: Step) -> tuple[str, ...]:
        """The writing calls that ``perform`` makes for ``step``, in words for a person; reaches out to nobody."""

    def perform(self, step: Step) -> PullRequest:
        """Do it."""
