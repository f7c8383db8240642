"""A seal on our own commits: a trailer that holds a digest of everything else in the commit.

Who amends, rebases or rewords a commit breaks it. So greenfix recognises its own untouched commits on any machine,
without remembering what it pushed, and never overwrites a person's. It is no signature: it keeps honest people's work
safe and proves nothing against a forger.
"""

from __future__ import annotations

import hashlib

TRAILER = "Greenfix-Seal"


def seal_of(tree: str, parents: str, message: str) -> str:
    """The digest of a commit's tree, its parents and its message without the seal's own line."""
    lines = [line.rstrip() for line in message.splitlines() if not line.startswith(f"{TRAILER}: ")]
    text = "\n".join((tree, parents, *lines)).strip()
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def is_sealed(tree: str, parents: str, message: str) -> bool:
    """Whether the message holds the seal that belongs to this commit."""
    return f"{TRAILER}: {seal_of(tree, parents, message)}" in message.splitlines()
