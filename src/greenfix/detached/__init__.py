"""Experiments that go on without a person: left behind in one process, followed and concluded from another.

A detached experiment is the same story in a process of its own, told again from the decisions that were taken; the
ledger keeps it from measuring anything twice. What it tells goes into a journal, from which any number of screens can
follow it. It stops at the verdict: what becomes of that is for the person to decide.
"""

from __future__ import annotations


class GoesOn(Exception):
    """The person has left, and the experiment goes on without them. Says ``ways`` to come back to it."""

    def __init__(self, ways: str) -> None:
        super().__init__(f"The experiment goes on in the background.\n  {ways}")
