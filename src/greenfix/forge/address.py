"""Where a git remote is: from its URL to host and path, without the secrets that may stand in it."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_SCP = re.compile(r"(?:[^@/:]+@)?(?P<host>\[[^\]/]+\]|[^/:\[]+):(?P<path>.*)")
"""``user@host:path``: git reads it so unless a slash stands before the first colon (``git-push(1)``, Git URLs)."""
_SECRET = re.compile(r"(?<=://)[^/@\s'\"]+@")


@dataclass(frozen=True, slots=True)
class Address:
    """A remote's place.

    Attributes:
        scheme: ``https``, ``http``, ``ssh``, ``git``, ``file``; scp-like addresses are ``ssh``, paths are ``file``.
        host: with its port if it has one; empty for a path.
        path: without slashes around it and without ``.git``: ``owner/name``.
    """

    scheme: str
    host: str
    path: str

    @property
    def host_name(self) -> str:
        """The host without its port."""
        return urlsplit(f"//{self.host}").hostname or ""

    @property
    def private(self) -> bool:
        """Whether a token may travel there: encrypted, or never leaving this machine."""
        return self.scheme == "https" or (self.scheme == "http" and is_loopback(self.host_name))


def address_of(url: str) -> Address:
    """Read the URL of a remote as git does."""
    if "://" in url:
        parts = urlsplit(url)
        return Address(parts.scheme.lower(), parts.netloc.rpartition("@")[2].lower(), _name(parts.path))
    match = _SCP.fullmatch(url)
    if match:
        return Address("ssh", match["host"].lower(), _name(match["path"]))
    return Address("file", "", url)


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def without_secrets(text: str) -> str:
    """``text`` without user names and passwords in URLs, for messages."""
    return _SECRET.sub("", text)


def _name(path: str) -> str:
    return path.strip("/").removesuffix(".git")
