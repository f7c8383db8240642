"""Which forge a remote belongs to, with which token.

A token goes only to a host that the person or the CI machine named: github.com, gitlab.com, the server that GitHub
Actions or GitLab CI say they run for, or what ``--forge`` and ``--api-url`` say. Never to one that a repository's own
settings name: they may be a stranger's.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from greenfix.errors import ForgeError, UsageError
from greenfix.forge import Forge, github, gitlab
from greenfix.forge.address import Address, address_of
from greenfix.forge.kinds import ForgeKind
from greenfix.forge.token import Token, find_token, push_environment

if TYPE_CHECKING:
    import git


_MODULES: Mapping[ForgeKind, ModuleType] = {ForgeKind.GITHUB: github, ForgeKind.GITLAB: gitlab}
_SERVERS = {
    ForgeKind.GITHUB: ("GITHUB_SERVER_URL", "GITHUB_API_URL"),
    ForgeKind.GITLAB: ("CI_SERVER_URL", "CI_SERVER_URL"),
}
"""Variables of a CI job that name the server it runs for, and its interface."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The forge of a remote (None: only git) and what git needs in its environment to push there."""

    forge: Forge | None
    environment: Mapping[str, str]


def choose_forge(address: Address, kind: ForgeKind, api: str, repo: git.Repo, *, needs_token: bool) -> Chosen:
    """The forge at ``address``; nobody is reached out to.

    Raises:
        UsageError: an interface that a token would reach unencrypted.
        ForgeError: no token (unless only reading), or the forge's client is not installed.
    """
    environment = os.environ
    if kind is ForgeKind.AUTO:
        kind, found = _recognised(address, environment)
        api = api or found
    if kind is ForgeKind.NONE:
        return Chosen(None, push_environment(None, "", address, environment))
    module = _MODULES[kind]
    url = api or module.api_url(address)
    if not address_of(url).private:
        raise UsageError(f"{url} is not encrypted: the token could be read on the way.", "Give an https URL.")
    token = find_token(module.TOKENS, address, repo, environment)
    if token is None and needs_token:
        raise ForgeError(
            f"There is no token for {address.host}.",
            f"Set {' or '.join(module.TOKENS)}, or store one with `git credential approve`.",
        )
    return Chosen(
        _client(kind, address.path, token, url), push_environment(token, module.PUSH_USER, address, environment)
    )


def _client(kind: ForgeKind, path: str, token: Token | None, url: str) -> Forge:
    secret = token.secret if token else None
    return github.GitHub(path, secret, url) if kind is ForgeKind.GITHUB else gitlab.GitLab(path, secret, url)


def _recognised(address: Address, environment: Mapping[str, str]) -> tuple[ForgeKind, str]:
    """The kind of forge by its host, and its interface if the environment names it."""
    for kind, module in _MODULES.items():
        if address.host_name in module.PUBLIC_HOSTS:
            return kind, ""
    for kind, (server, api) in _SERVERS.items():
        host = urlsplit(environment.get(server, "")).hostname
        if host and host == address.host_name:
            return kind, environment.get(api, "")
    return ForgeKind.NONE, ""
