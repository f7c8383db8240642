"""Programs for the tests that use greenfix from outside, as a person would."""

from __future__ import annotations

from tests.cli.conftest import environment, leaking

__all__ = ["environment", "leaking"]
