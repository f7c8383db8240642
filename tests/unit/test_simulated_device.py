"""Wherever the source of the energy is told, a simulated device is called one: no number of it is a measurement."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from greenfix_verify.evidence import Evidence, judged_runs
from greenfix_verify.gate import passes_gate
from greenfix_verify.judging import judge
from greenfix_verify.reading import SIMULATED, Provenance, provenance_together
from greenfix_verify.run import Run

from greenfix.message import energy_trailers
from greenfix.report.document import Document
from greenfix.report.evidence import document_of
from greenfix.report.plain import as_plain
from greenfix.report.pull_request import Facts, pull_request_body
from greenfix.report.verdict import verdict_line, verdict_text
from greenfix.tui.words import provenance
from tests.evidences import SAVING, evidence_of

ARM = "clear-session"


def on_a_simulated_device(run: Run) -> Run:
    assert run.reading is not None
    parts = tuple(replace(part, source=f"{part.source} of a {SIMULATED} device") for part in run.reading.components)
    return replace(run, reading=replace(run.reading, components=parts))


@pytest.fixture
def evidence() -> Evidence:
    made = evidence_of(SAVING, patch=ARM)
    runs = tuple(map(on_a_simulated_device, made.runs))
    return replace(made, runs=runs, verdicts={ARM: judge(judged_runs(runs, 2), ARM, made.policy)})


def test_a_verdict_on_simulated_energy_says_so_and_does_not_pass_the_gate(evidence: Evidence) -> None:
    verdict = evidence.verdicts[ARM]
    decision = passes_gate(verdict, evidence.policy)
    assert (verdict.kind, decision.commit) == ("saves", False)
    for told in (decision.why, verdict.reason, verdict_line(verdict), verdict_text(verdict, evidence, ARM)):
        assert SIMULATED in told
        assert "measured energy" not in told
    assert energy_trailers(verdict)["Energy-Provenance"] == SIMULATED
    assert provenance(verdict.provenance) == "simulated (no number is a measurement)"


def test_pull_request_and_report_say_so(evidence: Evidence) -> None:
    body = pull_request_body(Facts(ARM, ("train.py:3: IMR001",), "c" * 40, "greenfix/x", evidence, ARM, "a" * 64, ""))
    assert re.search(r"% less energy\*\* \(.*?\), simulated, and computes", body)
    assert "kWh (simulated)" in body
    assert "a **simulated** device" in body
    document: Document = document_of(evidence, "f" * 64, ())
    assert "simulated: a device that only plays one answered" in as_plain(document)


@pytest.mark.parametrize("together", list(Provenance))
def test_several_readings_are_as_doubtful_as_the_worst_of_them(together: Provenance) -> None:
    better = {"simulated": list(Provenance), "estimated": [Provenance.MEASURED], "measured": []}[together]
    assert provenance_together([*better, together]) is together
