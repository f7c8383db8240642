from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from greenfix_codemods.finding import (
    Candidates,
    Confidence,
    FileEdit,
    Finding,
    Funnel,
    Patch,
    Safety,
    ScanResult,
    Smell,
    Span,
    Withheld,
)
from greenfix_codemods.scan import Choice
from greenfix_verify.evidence import Evidence
from greenfix_verify.reading import Provenance
from greenfix_verify.screening import Fate, Screening, Standing
from greenfix_verify.verdict import Verdict, VerdictKind

from greenfix.errors import ExitCode
from greenfix.message import branch_name, commit_message
from greenfix.narrator import Attended, Unattended
from greenfix.outcome import Commit, Outcome, Trial
from greenfix.report.verdict import energy, outcome_json, outcome_text

FINDING = Finding(
    *("IMR001", Smell.IMR, "src/Train Model.py", Span(3, 1, 6, 2), ("model",), Confidence.HIGH),
    "each pass builds a model and trains it; nothing releases the one before, and the reason goes on for a while",
    "0123456789abcdef",
)
PATCH = Patch("clear-session", Safety.SAFE, (FINDING,), (FileEdit(FINDING.path, b"a\n", b"b\n"),))
SCAN = ScanResult((FINDING,), (), Funnel(1, 1, 1, 1))


def trial(kind: VerdictKind, provenance: Provenance = Provenance.ESTIMATED) -> Trial:
    verdict = Verdict(kind, 0.243, 0.201, 0.282, 0.0156, 6, provenance, "The candidate needs less.")
    evidence = cast(Evidence, SimpleNamespace(spent_joules=1.0, payback_runs={}))
    passes = kind is VerdictKind.SAVES
    return Trial(PATCH, verdict, evidence, Path("evidence.json"), "ab" * 32, passes, "why")


def screening(*fates: Fate, failure: str = "") -> Screening:
    standings = tuple(Standing(f"fix-{number}", fate, "", 0.05, 2) for number, fate in enumerate(fates))
    return Screening("f" * 64, standings, (), 9.0, failure)


def test_the_message_has_a_subject_the_places_and_trailers_that_git_understands() -> None:
    subject, blank, *body = commit_message(trial(VerdictKind.SAVES)).splitlines()
    assert subject == "Save 24.3 % energy (estimated) in Train Model.py: clear-session"
    assert blank == ""
    assert max(map(len, body)) <= 81  # the digest of the evidence cannot be shorter
    assert "Energy-Interval: 20.1 % to 28.2 %" in body
    assert body[-1] == f"Evidence-SHA256: {'ab' * 32}"


def test_measured_energy_is_not_called_estimated() -> None:
    message = commit_message(trial(VerdictKind.SAVES, Provenance.MEASURED))
    assert "estimated" not in message
    assert "Energy-Provenance: measured" in message


def test_the_branch_is_the_same_for_the_same_findings_in_any_order() -> None:
    other = replace(FINDING, fingerprint="f" * 16)
    choices = [Choice(FINDING, "clear-session"), Choice(other, "clear-session")]
    assert branch_name(choices[:1]) == "greenfix/imr001/train-model-01234567"
    assert branch_name(choices) == branch_name(choices[::-1]) != branch_name(choices[:1])


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (VerdictKind.NO_SAVING, ExitCode.FINDINGS),
        (VerdictKind.CHANGES_BEHAVIOUR, ExitCode.FINDINGS),
        (VerdictKind.INCONCLUSIVE, ExitCode.INCONCLUSIVE),
        (VerdictKind.INVALID, ExitCode.INVALID),
        (VerdictKind.SAVES, ExitCode.FINDINGS),  # significant, but the gate did not let it pass
    ],
)
def test_without_a_commit_the_exit_code_says_what_stopped_it(kind: VerdictKind, code: ExitCode) -> None:
    assert Outcome(SCAN, trial=trial(kind)).exit_code is code


@pytest.mark.parametrize(
    ("raced", "verdict", "code"),
    [
        (screening(Fate.NO_SAVING, Fate.BEHIND), VerdictKind.NO_SAVING, ExitCode.FINDINGS),
        (screening(Fate.CHANGES_BEHAVIOUR, Fate.FAILED), VerdictKind.CHANGES_BEHAVIOUR, ExitCode.FINDINGS),
        (screening(Fate.RUNNING, failure="the original fails"), VerdictKind.INVALID, ExitCode.INVALID),
        (None, None, ExitCode.FINDINGS),
    ],
)
def test_a_race_that_nobody_wins_has_a_word_too(
    raced: Screening | None, verdict: VerdictKind | None, code: ExitCode
) -> None:
    outcome = Outcome(SCAN, raced)
    assert (outcome.verdict, outcome.exit_code) == (verdict, code)


def test_a_commit_and_a_clean_scan_are_fine() -> None:
    committed = Outcome(SCAN, None, trial(VerdictKind.SAVES), Commit("a" * 40, "b", "m"))
    assert committed.exit_code is ExitCode.FINE
    assert Outcome(ScanResult((), (), Funnel(1, 1, 1, 0))).exit_code is ExitCode.FINE


def test_the_json_says_what_was_tried_and_why_nothing_was_committed() -> None:
    raced = screening(Fate.AHEAD, Fate.BEHIND)
    result = json.loads(outcome_json(Outcome(SCAN, raced, trial(VerdictKind.NO_SAVING))))
    assert [(each["strategy"], each["fate"]) for each in result["tried"]] == [("fix-0", "ahead"), ("fix-1", "behind")]
    assert (result["verdict"], result["commit"]) == ("no saving", None)
    assert result["reason"] == "The candidate needs less. Not committed: why."


def test_the_text_says_that_nothing_is_committed_and_why() -> None:
    text = outcome_text(Outcome(SCAN, screening(Fate.AHEAD, Fate.BEHIND), trial(VerdictKind.COSTS)))
    assert "fix-1     5.0 %  2 blocks  behind\n" in text
    assert text.endswith("Nothing is committed: why.\n")
    assert "costs: 24.3 %" in text


@pytest.mark.parametrize(("joules", "text"), [(12.34, "12.3 J"), (1234, "1.23 kJ"), (3.6e6, "1.000 kWh")])
def test_energy_is_shown_in_a_unit_that_fits(joules: float, text: str) -> None:
    assert energy(joules) == text


def test_what_a_patch_assumes_of_the_program_is_said_before_it_is_tried() -> None:
    said: list[str] = []
    offered = [Candidates(FINDING, (replace(PATCH, assumption="Keras 3 assumed; eager mode"),), ())]
    Unattended(said.append).review(offered)
    assert said[-1].endswith("with clear-session (safe; Keras 3 assumed; eager mode)")
    Attended(said.append, lambda text: None, lambda question: False).review(offered)
    assert said[-1].startswith("\nclear-session (safe; Keras 3 assumed; eager mode)\n")


def test_unattended_leaves_low_confidence_and_what_has_no_patch_and_says_so() -> None:
    said: list[str] = []
    low = replace(FINDING, confidence=Confidence.LOW, path="low.py")
    manual = replace(FINDING, path="manual.py")
    offered = (
        Candidates(FINDING, (PATCH,), ()),
        Candidates(low, (PATCH,), ()),
        Candidates(manual, (replace(PATCH, safety=Safety.MANUAL),), (Withheld("release", "it is read later"),)),
    )
    assert Unattended(said.append).review(offered) == [Choice(FINDING, "clear-session")]
    assert any("low.py" in line and "low confidence" in line for line in said)
    assert any("manual.py" in line and "it is read later" in line for line in said)
