"""An interval drawn with characters, so that savings of several blocks can be compared at a glance."""

from __future__ import annotations

from greenfix_verify.verdict import Verdict


def scale(verdicts: list[Verdict]) -> tuple[float, float]:
    """The savings at the left and right end: zero and every interval are in view."""
    ends = [end for verdict in verdicts for end in (verdict.low, verdict.high) if end is not None]
    return min([0.0, *ends]), max([0.0, *ends])


def band(verdict: Verdict, ends: tuple[float, float], width: int) -> str:
    """``├──●──┤`` where the interval lies, ``│`` at zero saving; empty without numbers or without room."""
    left, right = ends
    if verdict.saving is None or verdict.low is None or verdict.high is None or width < 8 or left == right:
        return ""

    def at(saving: float) -> int:
        return round((saving - left) / (right - left) * (width - 1))

    cells = [" "] * width
    cells[at(0.0)] = "│"
    cells[at(verdict.low) : at(verdict.high) + 1] = "─" * (at(verdict.high) - at(verdict.low) + 1)
    cells[at(verdict.low)], cells[at(verdict.high)] = "├", "┤"
    cells[at(verdict.saving)] = "●"
    return "".join(cells)
