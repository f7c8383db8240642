"""The words of a commit: its branch, its message, its trailers."""

from __future__ import annotations

import hashlib
import re
import textwrap
from collections.abc import Sequence
from pathlib import PurePosixPath

from greenfix_codemods.finding import Choice
from greenfix_verify.reading import Provenance
from greenfix_verify.verdict import Verdict, VerdictKind

from greenfix.outcome import Share, Trial

FINDINGS_TRAILER = "Greenfix-Findings"
"""Fingerprints of what the commit mends: by them a pull request is closed when nothing of it is left."""


def branch_name(choices: Sequence[Choice]) -> str:
    """``greenfix/<rule>/<file>-<8 hex digits>``: the same findings always get the same branch."""
    first = choices[0].finding
    prints = "".join(sorted(choice.finding.fingerprint for choice in choices))
    digest = prints[:8] if len(choices) == 1 else hashlib.sha256(prints.encode()).hexdigest()[:8]
    slug = re.sub(r"[^a-z0-9]+", "-", PurePosixPath(first.path).stem.lower()).strip("-") or "code"
    return f"greenfix/{first.rule.lower()}/{slug}-{digest}"


def commit_text(trial: Trial) -> str:
    """Subject, what was found and done, what was measured: the part of the message that a person may rewrite."""
    findings = trial.patch.findings
    shares = {share.finding: f" ({share_text(share)})" for share in trial.shares}
    places = [_wrapped(f"- {each.place}: {each.rule}: {each.reason}{shares.get(each, '')}", "  ") for each in findings]
    return "\n\n".join((_subject(trial), "\n".join(places), _wrapped(f"{trial.verdict.reason}{_earlier(trial)}")))


def commit_message(trial: Trial, text: str = "", override: str = "") -> str:
    """The whole message: ``text`` (else our own), the reason of an ``override``, and the trailers that tools read."""
    overridden = _wrapped(f"Committed although the gate did not pass ({trial.why}): {override}") if override else ""
    parts = (text.strip() or commit_text(trial), overridden, trailer_text(trial, overridden=bool(override)))
    return "\n\n".join(part for part in parts if part) + "\n"


def trailer_text(trial: Trial, *, overridden: bool = False) -> str:
    """The trailers of a commit, a line each."""
    trailers = {
        "Greenfix-Rule": ", ".join(sorted({each.rule for each in trial.patch.findings})),
        "Greenfix-Strategy": trial.patch.strategy,
        FINDINGS_TRAILER: ", ".join(sorted({each.fingerprint for each in trial.patch.findings})),
        **({"Greenfix-Gate": f"overridden, the verdict was {trial.verdict.kind}"} if overridden else {}),
        **energy_trailers(trial.verdict),
        "Evidence-SHA256": trial.evidence_sha256,
    }
    return "\n".join(f"{key}: {value}" for key, value in trailers.items())


def energy_words(provenance: Provenance | None) -> str:
    """``energy``, followed by what puts it in doubt unless counters measured it."""
    return "energy" if provenance in {None, Provenance.MEASURED} else f"energy ({provenance})"


def _subject(trial: Trial) -> str:
    """A saving is claimed only by the verdict that shows one."""
    files = ", ".join(sorted({PurePosixPath(each.path).name for each in trial.patch.findings}))
    if trial.verdict.kind is not VerdictKind.SAVES:
        return f"Apply {trial.patch.strategy} in {files} (verdict: {trial.verdict.kind})"
    energy = energy_words(trial.verdict.provenance)
    return f"Save {saving_of(trial.verdict)} {energy} in {files}: {trial.patch.strategy}"


def _earlier(trial: Trial) -> str:
    """Every experiment that was asked for counts: one that passes at the third attempt says so."""
    told = ", ".join(f"{each.kind} after {count(each.blocks, 'block')}" for each in trial.before)
    return f" Measured before on other blocks: {told}." if told else ""


def share_text(share: Share) -> str:
    """``gives 12.3 % beside the others, 8.0 % to 16.1 %``."""
    interval = "" if share.low is None else f", {percent(share.low)} to {percent(share.high)}"
    return f"gives {percent(share.saving)} beside the others{interval}"


def _wrapped(text: str, indent: str = "") -> str:
    """Lines of at most 72 characters, as git log shows them best."""
    return textwrap.fill(text, 72, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def energy_trailers(verdict: Verdict) -> dict[str, str]:
    """The numbers of a verdict as trailers."""
    provenance = verdict.provenance.value if verdict.provenance else "none"
    return {
        "Energy-Saving": saving_of(verdict),
        "Energy-Interval": f"{percent(verdict.low)} to {percent(verdict.high)}",
        "Energy-P-Value": "unknown" if verdict.p is None else f"{verdict.p:.4g}",
        "Energy-Blocks": str(verdict.blocks),
        "Energy-Provenance": provenance,
    }


def saving_of(verdict: Verdict) -> str:
    """The estimated saving in per cent, one decimal."""
    return percent(verdict.saving)


def count(number: int, noun: str) -> str:
    """``1 block``, ``2 blocks``, ``10,000 findings``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def percent(fraction: float | None) -> str:
    """``0.243`` is ``24.3 %``; nothing is ``unknown``."""
    return "unknown" if fraction is None else f"{100 * fraction:z.1f} %"
