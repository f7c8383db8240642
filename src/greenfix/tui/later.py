"""The screens that follow the findings, apart from the application so that the first paint does not wait for them."""

from greenfix.tui.commit.screen import CommitScreen
from greenfix.tui.plan.screen import PlanScreen
from greenfix.tui.verdict.screen import VerdictScreen
from greenfix.tui.verify.screen import VerifyScreen

__all__ = ["CommitScreen", "PlanScreen", "VerdictScreen", "VerifyScreen"]
