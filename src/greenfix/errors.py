"""What a person can run into, and the exit codes that scripts rely on.

Three branches, one boundary: the command line turns each of them into one sentence on stderr and an exit code.

GreenfixError                        (here)
├── UsageError                       a wrong argument or an environment that lacks something
│   ├── RepositoryError              not a repository, no commits, no identity to commit with
│   ├── BranchError                  the branch to commit to exists already
│   ├── EntrypointError              no command to measure was given and none can be guessed
│   ├── RemoteError                  the git remote is not there, cannot be reached, or refuses a push
│   ├── ForgeError                   GitHub or GitLab cannot be reached, or refuses
│   └── ProposalError                a branch that cannot be proposed: no evidence, or not only our commits
├── PatchError                       the accepted strategies cannot live in one patch
└── GateError                        the gate did not pass, and nobody gave a reason to commit all the same
CodemodsError                        (greenfix_codemods.errors) finding and rewriting
VerifyError                          (greenfix_verify.errors) measuring
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a script reads. A signal ends the process with 128 + its number, as shells do."""

    FINE = 0
    FINDINGS = 1
    """Findings, or the gate did not pass."""
    USAGE = 2
    """A wrong argument, or an environment that lacks something."""
    INCONCLUSIVE = 3
    INVALID = 4
    """The measurement is bad."""
    INTERRUPTED = 130


class GreenfixError(Exception):
    """Root of what the application raises on purpose.

    Args:
        what: what happened and where, one sentence.
        do: what the person can do about it, one sentence; empty when there is nothing to say.
    """

    exit_code = ExitCode.USAGE

    def __init__(self, what: str, do: str = "") -> None:
        super().__init__(f"{what} {do}".strip())
        self.what = what
        self.do = do


class UsageError(GreenfixError):
    """A wrong argument, or an environment that lacks something."""


class RepositoryError(UsageError):
    """The path is no git repository that greenfix can work with."""


class BranchError(UsageError):
    """The branch to commit to exists already."""


class EntrypointError(UsageError):
    """No command to measure was given and none can be guessed."""


class RemoteError(UsageError):
    """The git remote is not there, cannot be reached, or refuses a push."""


class ForgeError(UsageError):
    """A forge (GitHub, GitLab) cannot be reached, refuses, or its client is not installed. Never holds a token."""


class ProposalError(UsageError):
    """A branch that cannot be proposed to others: it has no evidence, or holds more than greenfix's own commit."""


class PatchError(GreenfixError):
    """The accepted strategies cannot be put into one patch."""


class GateError(GreenfixError):
    """The gate did not pass, and nobody gave a reason to commit all the same."""
