"""Which forges there are, by name. Apart, because the command line needs only the names."""

from __future__ import annotations

from enum import StrEnum


class ForgeKind(StrEnum):
    """What ``--forge`` can say."""

    AUTO = "auto"
    GITHUB = "github"
    GITLAB = "gitlab"
    NONE = "none"
