"""What can go wrong while finding and rewriting.

CodemodsError
├── SourceError          a file cannot be read or parsed; the scan lists it and goes on
├── RuleError            a rule raised; a bug of ours, reported with rule, file and line
├── StrategyError        a strategy cannot be applied to this finding
└── SuppressionError     no comment can suppress this finding
"""

from __future__ import annotations


class CodemodsError(Exception):
    """Root of every error this package raises on purpose."""


class SourceError(CodemodsError):
    """A file cannot be read, decoded or parsed.

    Args:
        path: the file, relative to the scanned root, with forward slashes.
        message: what is wrong and where, in one sentence without the path.
    """

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}")
        self.path = path
        self.message = message


class RuleError(CodemodsError):
    """A rule raised: a bug of ours. Carries rule and file so that it is never swallowed."""

    def __init__(self, rule: str, path: str, message: str) -> None:
        super().__init__(f"{rule} failed on {path}: {message}")
        self.rule = rule
        self.path = path
        self.message = f"{rule} failed: {message}"


class StrategyError(CodemodsError):
    """A strategy cannot be applied to a finding; the message says which condition stopped it."""


class SuppressionError(CodemodsError):
    """A finding cannot be suppressed by a comment; the message says why."""
