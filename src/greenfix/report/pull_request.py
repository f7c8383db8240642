"""A pull request's body: what a maintainer who has never heard of greenfix needs to judge it in a minute.

A function of the commit and its evidence: the same experiment, the same words. Never longer than ``LONGEST``
characters: what a reader misses least goes first, and all of it is in the evidence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from greenfix_verify.behaviour import compare_behaviour
from greenfix_verify.evidence import Evidence, judged_runs
from greenfix_verify.pairing import pair
from greenfix_verify.reading import JOULES_PER_KWH, Provenance
from greenfix_verify.run import ORIGINAL, Run
from greenfix_verify.verdict import BehaviourKind, Verdict, VerdictKind

from greenfix.message import count, percent
from greenfix.report.comparison import comparison
from greenfix.report.markdown import block, code, folded, plain, table
from greenfix.report.reproduction import reproduction
from greenfix.report.verdict import source

LONGEST = 65_000
"""GitHub takes 65,536 characters; its editor turns each line end into two."""
_FRAMEWORKS = ("tensorflow", "tensorflow-cpu", "tensorflow-gpu", "keras", "tf-keras", "tf_keras")
_LONG = 600


@dataclass(frozen=True, slots=True)
class Facts:
    """What a body is made of.

    Attributes:
        strategy: what was done, by its name.
        places: what was found, one sentence each.
        commit: what is proposed.
        branch: where it is.
        evidence: of the experiment that it rests on.
        arm: the patched arm's name in it.
        sha256: of the evidence file.
        marker: the hidden line by which greenfix finds it again.
        summary: what the strategy does, said of it ("calls ..."); empty when it is not known.
        unsafe: whether the strategy may change results by its nature.
    """

    strategy: str
    places: tuple[str, ...]
    commit: str
    branch: str
    evidence: Evidence
    arm: str
    sha256: str
    marker: str
    summary: str = ""
    unsafe: bool = False

    @property
    def verdict(self) -> Verdict:
        """The verdict on the patched arm."""
        return self.evidence.verdicts[self.arm]

    @property
    def statistics(self) -> dict[str, Any]:
        """The figures beside the verdict; empty where there are none."""
        return self.evidence.statistics.get(self.arm) or {}

    def counted(self, arm: str) -> list[Run]:
        """The runs of ``arm`` that the statistics rest on."""
        pairs = pair(self.evidence.runs, self.arm).pairs[: self.verdict.blocks]
        runs = (run for run in self.evidence.runs if run.arm == arm and run.usable and not run.disturbed)
        last_attempts = {run.block: run for run in runs}
        return [last_attempts[each.block] for each in pairs]


def pull_request_body(facts: Facts) -> str:
    """The body in Markdown, at most ``LONGEST`` characters, the marker always in it."""
    parts = [part(facts) for part in _PARTS]
    for dropped in _DISPENSABLE:
        if _length(parts, facts.marker) <= LONGEST:
            break
        parts[_PARTS.index(dropped)] = "*Left out, because the text would be too long for a pull request.*"
    return "\n\n".join((*filter(None, parts), facts.marker)) + "\n"


def _length(parts: Sequence[str], marker: str) -> int:
    """In UTF-16 units and with two characters a line end: the way of counting that comes out longest."""
    text = "\n\n".join((*parts, marker))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2 + text.count("\n")


def _lead(facts: Facts) -> str:
    first, more = facts.places[0] if facts.places else "", len(facts.places) - 1
    others = f" (and {count(more, 'place')} more, listed below)" if more > 0 else ""
    done = f"{code(facts.strategy)} {plain(_short(facts.summary))}".strip()
    what = f"{plain(_short(first))}{others}. So: {done}." if first else f"{done}."
    return f"**What** {what}  \n**Why** {_why(facts.verdict)}"


def _why(verdict: Verdict) -> str:
    interval = "" if verdict.low is None else f" ({percent(verdict.low)} to {percent(verdict.high)})"
    if verdict.kind is not VerdictKind.SAVES:
        return f"Not proven, so this is a draft: the verdict is **{verdict.kind}**. {plain(_short(verdict.reason))}"
    same = {
        BehaviourKind.IDENTICAL: "and computes identical results",
        BehaviourKind.EQUIVALENT: "and its results agree within the margin",
    }.get(verdict.behaviour, f"but whether it computes the same is {verdict.behaviour}")
    return f"It needs **{percent(verdict.saving)} less energy**{interval}, {source(verdict)}, {same}."


def _comparison(facts: Facts) -> str:
    return comparison(facts.counted(ORIGINAL), facts.counted(facts.arm))


def _figures(facts: Facts) -> str:
    verdict, policy, found = facts.verdict, facts.evidence.policy, facts.statistics
    if verdict.saving is None:
        return f"**Saving** unknown. {plain(_short(verdict.reason))}"
    p = "unknown" if verdict.p is None else f"{verdict.p:.4g}"
    lines = [
        f"**Saving** {percent(verdict.saving)}, {100 * policy.confidence:g} % interval {percent(verdict.low)} to "
        f"{percent(verdict.high)} (Student's t on paired log ratios), from {count(verdict.blocks, 'block')}.",
        f"**Test** exact one-sided sign-flip test, looked at after every block with error spending: p = {p}, adjusted "
        f"for the looks (level {policy.alpha:g}).",
    ]
    beside = {"paired t": found.get("paired_t_p"), "Wilcoxon": found.get("wilcoxon_p")}
    said = ", ".join(f"{name} p = {value:.3g}" for name, value in beside.items() if value is not None)
    if said:
        d = found.get("cohens_d")
        effect = "" if d is None else f"; effect size (Cohen's d) {d:.2g}"
        lines.append(f"Beside it, deciding nothing: {said}{effect}.")
    return "  \n".join(lines)


def _behaviour(facts: Facts) -> str:
    runs = judged_runs(facts.evidence.runs, len(facts.evidence.arms))
    before, after = ([run.behaviour for run in runs if run.arm == arm] for arm in (ORIGINAL, facts.arm))
    said = compare_behaviour(before, after, facts.evidence.policy).text
    return f"**Behaviour check** {facts.verdict.behaviour}. {plain(_short(said))}"


def _provenance(facts: Facts) -> str:
    meter = facts.evidence.site.meter
    read = "; ".join(
        f"{component.upper()} {kind} ({plain(meter.sources.get(component, 'source unknown'))})"
        for component, kind in sorted(meter.provenance.items())
    )
    compared = {
        Provenance.MEASURED: "Compared is the sum of what counters measured; modelled components stay out of it.",
        Provenance.ESTIMATED: "No counter can be read there, so compared is an **estimate**: CPU seconds of the run "
        f"times {meter.thread_watts:.3g} W ({plain(meter.thread_watts_source)}).",
        Provenance.SIMULATED: "What answered is a **simulated** device: no number here is a measurement.",
    }.get(facts.verdict.provenance or Provenance.ESTIMATED, "")
    return f"**Provenance** {read or 'no component was read'}. {compared}"


def _machine(facts: Facts) -> str:
    site, environment = facts.evidence.site, facts.evidence.environment
    machine, meter = site.machine, site.meter
    gpus = "; ".join(_gpu(each) for each in machine.gpus) or "no GPU"
    cuda = f", CUDA up to {plain(meter.cuda)}" if meter.cuda else ""
    installed = {name.lower(): version for name, version in environment.packages.items()}
    frameworks = [f"{name} {installed[name]}" for name in _FRAMEWORKS if name in installed]
    versions = [
        *(frameworks or ["TensorFlow and Keras not found in its environment"]),
        f"Python {environment.python or 'unknown'}",
        f"{meter.name} {meter.version}",
        f"greenfix {site.versions.get('greenfix', 'from a folder')}",
    ]
    return (
        f"**Machine** {plain(machine.cpu_model)}, {count(machine.logical_cpus, 'CPU')}, "
        f"{machine.memory_bytes / 2**30:.0f} GiB, {gpus}{cuda}, {plain(machine.kernel)}.  \n"
        f"**Versions** {plain(', '.join(versions))}."
    )


def _gpu(text: str) -> str:
    """``NVIDIA T4, 595.1`` as the machine describes itself."""
    name, _, driver = text.rpartition(", ")
    return f"{plain(name)} (driver {plain(driver)})" if name else plain(text)


def _payback(facts: Facts) -> str:
    spent = f"{facts.evidence.spent_joules / JOULES_PER_KWH:.3g} kWh ({source(facts.verdict)})"
    runs = facts.evidence.payback_runs.get(facts.arm)
    earned = f"it pays for itself after {count(runs, 'run')}" if runs else "nothing earns that back"
    return f"**Pay-back** This measurement used {spent}; {earned} of the program."


def _reproduce(facts: Facts) -> str:
    return "**Reproduce**\n\n" + block(reproduction(facts.evidence, facts.commit, facts.branch), "shell")


def _limits(facts: Facts) -> str:
    left_out = [each for each in facts.evidence.exclusions if each.reason != "warm-up"]
    unsafe = "This strategy may change results by its nature; the behaviour check says what it did here."
    notes = [
        "Holds for this command, this data, this machine and these versions; elsewhere the saving may be another.",
        "Energy is that of whole runs of the program, its start included.",
        *(
            ["An estimate follows CPU time: it cannot see memory, GPU or what else the machine draws."]
            if facts.verdict.provenance is Provenance.ESTIMATED
            else []
        ),
        *([unsafe] if facts.unsafe else []),
        *([f"{count(len(left_out), 'run')} left out, with reasons in the raw blocks."] if left_out else []),
        *(plain(_short(note)) for note in facts.evidence.notes[:10]),
    ]
    return "**Limits**\n" + "\n".join(f"- {note}" for note in notes)


def _chart(facts: Facts) -> str:
    """Saving by block: a chart that GitHub and GitLab draw themselves (Mermaid).

    A line, because Mermaid's bars begin at the lower end of the axis: one of -2 % would look like a saving.
    """
    savings = [-100 * math.expm1(ratio) for ratio in facts.statistics.get("log_ratios", ())]
    if not savings:
        return ""
    low, high = math.floor(min(0.0, *savings) / 5) * 5, math.ceil(max(5.0, *savings) / 5) * 5
    lines = (
        "xychart-beta",
        '    title "Saving of each block, %"',
        f'    x-axis "block" [{", ".join(str(number) for number in range(1, len(savings) + 1))}]',
        f'    y-axis "saving, %" {low} --> {high}',
        f"    line [{', '.join(f'{saving:.1f}' for saving in savings)}]",
    )
    return block("\n".join(lines), "mermaid")


def _all_places(facts: Facts) -> str:
    if len(facts.places) < 2:
        return ""
    listed = "\n".join(f"- {plain(_short(place))}" for place in facts.places)
    return folded(f"All {len(facts.places)} places", listed)


def _raw(facts: Facts) -> str:
    excluded = {(each.block, each.position, each.arm): each.reason for each in facts.evidence.exclusions}
    rows = [
        (
            str(run.block),
            str(run.position),
            code(run.arm),
            "none" if run.reading is None else f"{run.reading.joules:.2f}",
            "" if run.reading is None else str(run.reading.provenance),
            f"{run.counters.wall_seconds:.2f}",
            f"{run.counters.cpu_seconds:.2f}",
            f"{run.counters.peak_rss_bytes / 2**20:.0f}",
            plain(_short(excluded.get((run.block, run.position, run.arm), "yes"), 120)),
        )
        for run in facts.evidence.runs
    ]
    header = ("block", "order", "program", "energy, J", "provenance", "time, s", "CPU, s", "peak, MiB", "counts")
    return folded("Raw blocks: every run, in order of time", table(header, rows))


def _end(facts: Facts) -> str:
    return (
        f"Evidence SHA-256 {code(facts.sha256)} stands in the commit. Made by greenfix, which pushes over its own "
        "commits only: what you commit to this branch stays. Close this and it will not be opened again."
    )


def _short(text: str, longest: int = _LONG) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


_PARTS: tuple[Callable[[Facts], str], ...] = (
    *(_lead, _comparison, _figures, _behaviour, _provenance, _machine, _payback, _reproduce, _limits, _chart),
    *(_all_places, _raw, _end),
)
_DISPENSABLE = (_raw, _all_places, _chart, _reproduce, _comparison, _provenance, _machine, _limits)
"""In the order in which they go when there is no room."""
