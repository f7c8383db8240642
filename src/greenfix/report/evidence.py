"""The evidence of an experiment as a document for a reader who doubts it: verdict first, raw blocks last."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from greenfix_verify.codec import CodecError, decode
from greenfix_verify.errors import EvidenceError
from greenfix_verify.evidence import Evidence, judged_runs
from greenfix_verify.pairing import Pair, pair
from greenfix_verify.reading import Provenance
from greenfix_verify.run import ORIGINAL, Run
from greenfix_verify.statistics import Statistics
from greenfix_verify.verdict import Verdict

from greenfix.message import count, percent
from greenfix.report.check import Difference
from greenfix.report.circumstances import circumstances, mebibytes
from greenfix.report.document import Bullets, Document, Facts, Listing, Paragraph, Part, Plot, Section, Table
from greenfix.report.verdict import energy

_NONE = "-"


def document_of(evidence: Evidence, sha256: str, differences: Sequence[Difference]) -> Document:
    """Everything that a reader may ask of the evidence file with this ``sha256``, whose check found ``differences``."""
    candidates = [arm.name for arm in evidence.arms if arm.name in evidence.verdicts]
    sections = [section for arm in candidates for section in _of_candidate(evidence, arm, several=len(candidates) > 1)]
    sections += [
        _checked(differences),
        Section("Reading with care", (Bullets(evidence.notes),)),
        _race(evidence),
        *circumstances(evidence),
        *(Section(f"What changed: {arm.name}", (Listing(arm.diff, "diff"),), folded=True) for arm in evidence.arms[1:]),
        _identity(evidence, sha256),
    ]
    title = f"greenfix: {', '.join(candidates)} against {ORIGINAL}"
    said = (replace(section, parts=tuple(filter(_says, section.parts))) for section in sections)
    return Document(title, tuple(section for section in said if section.parts))


def statistics_of(evidence: Evidence, arm: str) -> Statistics | None:
    """The recorded figures beside the verdict on ``arm``.

    Raises:
        EvidenceError: they are not what they should be.
    """
    data = evidence.statistics.get(arm)
    try:
        return None if data is None else decode(Statistics, data, f"statistics.{arm}")
    except CodecError as error:
        raise EvidenceError(str(error)) from error


def pairs_of(evidence: Evidence, arm: str) -> tuple[Pair, ...]:
    """The complete, undisturbed blocks of ``arm``, also those after the plan had stopped."""
    return pair(judged_runs(evidence.runs, len(evidence.arms)), arm).pairs


def _says(part: Part) -> bool:
    match part:
        case Bullets(content) | Facts(content) | Table(rows=content) | Plot(pairs=content):
            return bool(content)
        case Paragraph(text) | Listing(text):
            return bool(text)


def _of_candidate(evidence: Evidence, arm: str, *, several: bool) -> tuple[Section, ...]:
    of = f" of {arm}" if several else ""
    verdict, pairs = evidence.verdicts[arm], pairs_of(evidence, arm)
    figures = statistics_of(evidence, arm)
    return (
        Section(f"Verdict: {arm}", (Paragraph(verdict.reason), Paragraph(verdict.settle), _verdict(evidence, arm))),
        Section(f"Means{of}", (_means(evidence, arm, figures),) if figures else ()),
        Section(f"Blocks{of}", (Plot(pairs, verdict.blocks, verdict, arm), _blocks(pairs, verdict.blocks, arm))),
        Section(f"Figures beside the verdict{of}", _figures(figures, evidence.policy.confidence) if figures else ()),
    )


def _verdict(evidence: Evidence, arm: str) -> Facts:
    verdict, figures = evidence.verdicts[arm], statistics_of(evidence, arm)
    corrected = figures.corrected_saving if figures else None
    payback = evidence.payback_runs.get(arm)
    level = f"{100 * evidence.policy.confidence:g} %"
    rows = (
        ("Verdict", verdict.kind.value),
        ("Saving", percent(verdict.saving)),
        (f"{level} interval", _interval(verdict.low, verdict.high)),
        ("Saving, corrected for having stopped there", percent(corrected)),
        ("p (exact sign-flip test, adjusted for the looks)", _number(verdict.p)),
        ("Blocks", str(verdict.blocks)),
        ("Computes the same", verdict.behaviour.value),
        ("Energy", _energy_source(evidence, verdict)),
        ("The experiment used", energy(evidence.spent_joules)),
        ("Pays for itself after", count(payback, "further run") if payback else "never: nothing is saved"),
    )
    return Facts(rows)


def _energy_source(evidence: Evidence, verdict: Verdict) -> str:
    meter = evidence.site.meter
    if verdict.provenance is Provenance.SIMULATED:
        return "simulated: a device that only plays one answered; no number here is a measurement"
    if verdict.provenance is Provenance.MEASURED:
        sources = (meter.sources[part] for part, kind in meter.provenance.items() if kind is Provenance.MEASURED)
        return f"measured: {', '.join(sources)}"
    return f"estimated: CPU seconds of the run times a model, {meter.thread_watts_source}"


def _means(evidence: Evidence, arm: str, figures: Statistics) -> Table:
    blocks = {each.block for each in pairs_of(evidence, arm)[: figures.blocks]}
    header = ("Arm", "Runs", "Energy", "SD", "Time", "CPU time", "Peak memory", "Peak GPU memory")
    means = (
        (ORIGINAL, figures.original_mean, figures.original_sd),
        (arm, figures.candidate_mean, figures.candidate_sd),
    )
    return Table(
        header, tuple(_means_row(name, mean, sd, _of(evidence.runs, name, blocks)) for name, mean, sd in means)
    )


def _of(runs: Sequence[Run], arm: str, blocks: set[int]) -> list[Run]:
    return [run for run in runs if run.arm == arm and run.block in blocks]


def _means_row(arm: str, joules: float, deviation: float, runs: Sequence[Run]) -> tuple[str, ...]:
    counters = [run.counters for run in runs]
    gpu = [each.peak_gpu_bytes for each in counters if each.peak_gpu_bytes is not None]
    return (
        arm,
        str(len(runs)),
        energy(joules),
        energy(deviation),
        f"{fmean(each.wall_seconds for each in counters):.1f} s",
        f"{fmean(each.cpu_seconds for each in counters):.1f} s",
        mebibytes(max(each.peak_rss_bytes for each in counters)),
        mebibytes(max(gpu)) if gpu else _NONE,
    )


def _blocks(pairs: Sequence[Pair], used: int, arm: str) -> Table:
    header = ("Block", ORIGINAL, arm, "Saving", "Place" if any(each.stratum for each in pairs) else "Counts")
    rows = (
        (
            str(each.block),
            f"{each.original_joules:.2f} J",
            f"{each.candidate_joules:.2f} J",
            percent(-math.expm1(each.log_ratio)),
            each.stratum or ("yes" if number < used else "no: after the stop"),
        )
        for number, each in enumerate(pairs)
    )
    return Table(header, tuple(rows))


def _figures(figures: Statistics, confidence: float) -> tuple[Part, ...]:
    rows = (
        ("Standard deviation of the log ratios", _number(figures.log_ratio_sd)),
        ("Saving by Hodges and Lehmann", percent(figures.hodges_lehmann_saving)),
        (
            f"{100 * confidence:g} % interval of the sign-flip test",
            _interval(figures.sign_flip_low, figures.sign_flip_high),
        ),
        ("p as if the number of blocks had been fixed", _number(figures.sign_flip_p)),
        ("p of the paired t test on log ratios", _number(figures.paired_t_p)),
        ("p of Wilcoxon's signed-rank test", _number(figures.wilcoxon_p)),
        ("Cohen's d", _number(figures.cohens_d)),
        *(
            (f"Saving at {each.name}", f"{percent(each.saving)} ({count(each.blocks, 'block')})")
            for each in figures.strata
        ),
    )
    return Paragraph("They decide nothing: the verdict rests on the sign-flip test alone."), Facts(rows)


def _checked(differences: Sequence[Difference]) -> Section:
    if not differences:
        text = "The verdict and all figures were computed again from the runs in this file: they are the same."
        return Section("Recomputed", (Paragraph(text),))
    text = f"The file does not follow from its own runs: {count(len(differences), 'field')} differ."
    rows = tuple((each.field, _short(each.recorded), _short(each.recomputed)) for each in differences)
    return Section("Recomputed", (Paragraph(text), Table(("Field", "Recorded", "Recomputed"), rows, words=3)))


def _race(evidence: Evidence) -> Section:
    race = evidence.screening
    if race is None:
        return Section("Race", ())
    rows = tuple(
        (each.arm, each.fate.value, percent(each.saving), str(each.blocks), each.reason) for each in race.standings
    )
    text = "Few blocks, only to choose the candidate; the verdict rests on fresh ones."
    return Section("Race", (Paragraph(text), Table(("Candidate", "Fate", "Saving", "Blocks", "Why"), rows, words=2)))


def _identity(evidence: Evidence, sha256: str) -> Section:
    revisions = ((f"Revision of {arm.name}", arm.revision) for arm in evidence.arms if arm.revision)
    rows = (("SHA-256 of the evidence file", sha256), ("Experiment", evidence.experiment), *revisions)
    return Section("This file", (Facts(rows),))


def _interval(low: float | None, high: float | None) -> str:
    return _NONE if low is None or high is None else f"{percent(low)} to {percent(high)}"


def _number(value: float | None) -> str:
    return _NONE if value is None else f"{value:.4g}"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
