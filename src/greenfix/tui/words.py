"""Numbers and foreign text in the words of the screens. A number never stands without its unit."""

from __future__ import annotations

from greenfix_verify.reading import Provenance
from greenfix_verify.verdict import Verdict, VerdictKind
from rich.control import strip_control_codes
from rich.text import Text

NOTHING = "-"
"""Stands where there is no number (yet)."""

VERDICT_SYMBOLS = {
    VerdictKind.SAVES: "✓",
    VerdictKind.NO_SAVING: "=",
    VerdictKind.COSTS: "▲",
    VerdictKind.CHANGES_BEHAVIOUR: "≠",
    VerdictKind.INCONCLUSIVE: "?",
    VerdictKind.INVALID: "✗",
}
"""A verdict is told by word, symbol and colour: never by colour alone."""

VERDICT_COLOURS = {
    VerdictKind.SAVES: "$text-success",
    VerdictKind.NO_SAVING: "$text-warning",
    VerdictKind.COSTS: "$text-error",
    VerdictKind.CHANGES_BEHAVIOUR: "$text-error",
    VerdictKind.INCONCLUSIVE: "$text-warning",
    VerdictKind.INVALID: "$text-error",
}


def percent(fraction: float | None) -> str:
    """A saving: 0.241 is "24.1 %"."""
    return NOTHING if fraction is None else f"{100 * fraction:.1f} %"


def interval(verdict: Verdict) -> str:
    """The interval of the saving, in per cent."""
    if verdict.low is None or verdict.high is None:
        return NOTHING
    return f"{percent(verdict.low)} to {percent(verdict.high)}"


def p_value(p: float | None) -> str:
    """A p-value with four decimals; what is smaller is said to be smaller."""
    if p is None:
        return NOTHING
    return "< 0.0001" if p < 0.0001 else f"{p:.4f}"


def energy(joules: float | None) -> str:
    """Energy with three significant digits, in J or kJ."""
    if joules is None:
        return NOTHING
    return (
        f"{joules:.3g} J" if joules < 999.5 else f"{joules / 1000:.3g} kJ" if joules < 999_500 else _megajoules(joules)
    )


def _megajoules(joules: float) -> str:
    return f"{joules / 1e6:,.1f} MJ"


def seconds(value: float | None) -> str:
    """A duration of a run, in seconds with one decimal."""
    return NOTHING if value is None else f"{value:.1f} s"


def clock(value: float) -> str:
    """A duration as a stopwatch shows it: minutes and seconds, with hours in front when there are any."""
    minutes, rest = divmod(int(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def memory(size: int | None) -> str:
    """Memory in MiB."""
    return NOTHING if size is None else f"{size / 2**20:,.0f} MiB"


def provenance(value: Provenance | None) -> str:
    """Where energy comes from, in words that cannot be mistaken."""
    if value is None:
        return NOTHING
    if value is Provenance.MEASURED:
        return "measured (hardware counter)"
    if value is Provenance.SIMULATED:
        return "simulated (no number is a measurement)"
    return "estimated (model, no hardware counter)"


def plain(text: str) -> str:
    """A stranger's text without what could move the cursor: escape sequences, carriage returns, control characters."""
    if text.isprintable():  # nearly every text: decoding costs 0.1 ms
        return text
    return strip_control_codes(Text.from_ansi(text).plain).replace("\x1b", "")
