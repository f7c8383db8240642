"""From the facts of a run to what they say of each finding: one short function for each way to leak.

What is asked of the witness is asked here too (``place_of``), so that question and answer stand together.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from greenfix_codemods.finding import Finding, Smell
from greenfix_verify.witness import Facts, Held, Look, Occurrence, Place, Seen

from greenfix.diagnosis.value import Diagnosed, Retraced, State
from greenfix.diagnosis.words import amount_text, count_text, size_text

SLOWER = 1.25
"""In graph mode passes are called slower when the last third takes this much more CPU time than the fastest."""
FIRST_TRACES = 2
"""A function that makes variables is traced twice at its first call."""

_DEFINITION = re.compile(r"\s*(?:async\s+)?def\s+(\w+)")


@dataclass(frozen=True, slots=True)
class Case:
    """A finding with everything that the run showed at its lines."""

    finding: Finding
    seen: Seen
    inside: tuple[Occurrence, ...]
    facts: Facts

    def of(self, kind: str) -> list[Occurrence]:
        """What happened of this kind, from the line that did it most often."""
        found = [each for each in self.inside if each.kind == kind]
        busiest = Counter(each.stack for each in found).most_common(1)
        return [each for each in found if busiest and each.stack == busiest[0][0]]

    def traces_after(self, moment: float) -> list[Occurrence]:
        """The traces at these lines from the second pass on."""
        return [each for each in self.inside if each.kind == "trace" and each.at >= moment]

    def says(self, state: State, evidence: str, size: int = 0, seconds: float = 0.0) -> Diagnosed:
        """What is to be said of the finding."""
        found = self.finding
        return Diagnosed(
            *(found.fingerprint, found.rule, found.path, found.span.line, state, size, round(seconds, 3), evidence),
            passes=self.passes,
        )

    @property
    def passes(self) -> int:
        """How often the place ran: a loop by what its passes make, since its own line runs once more than they do."""
        if self.finding.smell is Smell.UTR:
            return self.seen.hits
        return max(len(self.of(kind)) for kind in ("build", "load", "compile", "function", "fit"))


def place_of(finding: Finding, source: str) -> Place:
    """What the witness shall look at for ``finding``; ``source`` is the line that it stands on."""
    definition = _DEFINITION.match(source)
    first, last = finding.span.line, finding.span.end_line
    if finding.smell is Smell.UTR:
        look = Look.BLOCK if finding.rule == "UTR003" else Look.VALUE
        return Place(finding.fingerprint, look, finding.path, first, last, finding.names)
    if definition:
        return Place(finding.fingerprint, Look.CALL, finding.path, first, last, function=definition[1])
    return Place(finding.fingerprint, Look.REACHED, finding.path, first, first)


def tie(finding: Finding, facts: Facts) -> Diagnosed:
    """What the run says of ``finding``."""
    lines = range(finding.span.line, finding.span.end_line + 1)
    inside = tuple(
        each
        for each in facts.occurrences
        if any(point.path == finding.path and point.line in lines for point in each.stack)
    )
    case = Case(finding, (facts.seen or {}).get(finding.fingerprint, Seen(0)), inside, facts)
    if not case.seen.hits and not inside:
        return case.says(State.NOT_REACHED, "the run did not get there")
    judge = _JUDGES.get(finding.rule, _built if finding.smell is Smell.IMR else _kept)
    return judge(case)


def retraced(facts: Facts) -> tuple[Retraced, ...]:
    """Functions that were traced again and again from one line, the costliest first."""
    groups: dict[tuple[str, object], list[Occurrence]] = {}
    for each in facts.occurrences:
        if each.kind == "trace" and each.stack:
            groups.setdefault((each.name, each.stack[0]), []).append(each)
    found = [
        Retraced(group[0].name, group[0].stack[0], len(group), round(sum(each.seconds for each in group), 3))
        for group in groups.values()
        if len(group) > FIRST_TRACES
    ]
    return tuple(sorted(found, key=lambda each: -each.seconds))


def _built(case: Case) -> Diagnosed:
    """A model in every pass: how many live on, what they weigh, and what is traced and loaded again for each."""
    builds = case.of("build")
    if len(builds) < 2:
        return case.says(State.NOT_SEEN, "no line built a model twice: nothing is repeated")
    live = max(each.live for each in case.inside if each.kind == "build")
    size = _weight(case.inside)
    loads = case.of("load")[1:]
    traces = case.traces_after(builds[1].at)
    seconds = sum(each.seconds for each in (*traces, *loads))
    words = [f"{len(builds)} models were built at {builds[0].stack[0]}", _alive(live, size)]
    if traces:
        words.append(f"{count_text(len(traces), 'trace')} from the second pass on took {_seconds(traces)} of CPU")
    if loads:
        words.append(f"loading from the second pass on took {_seconds(loads)}")
    slower = _slower([each.at for each in builds]) if builds[0].graph else 0.0
    if slower:
        seconds += slower
        words.append(f"passes took {slower:.1f} s of CPU more than if each were as fast as the fastest one")
    state = State.CONFIRMED if live > 2 or seconds > 0 else State.NOT_SEEN
    return case.says(state, "; ".join(words), size, seconds)


def _compiled(case: Case) -> Diagnosed:
    """One model compiled in every pass: its training step is traced again."""
    return _traced_again(case, "compile", "the model was compiled {} at {}")


def _made(case: Case) -> Diagnosed:
    """A ``tf.function`` made in every pass: each one is traced."""
    return _traced_again(case, "function", "a tf.function was made {} at {}")


def _traced_again(case: Case, kind: str, words: str) -> Diagnosed:
    again = case.of(kind)
    if len(again) < 2:
        return case.says(State.NOT_SEEN, "it happened at most once: nothing is repeated")
    traces = case.traces_after(again[1].at)
    what = words.format(f"{len(again)} times", again[0].stack[0])
    if not traces:
        return case.says(State.NOT_SEEN, f"{what}, and nothing was traced again")
    took = f"{what}, and {count_text(len(traces), 'trace')} from the second pass on took {_seconds(traces)} of CPU"
    return case.says(State.CONFIRMED, took, seconds=sum(each.seconds for each in traces))


def _refitted(case: Case) -> Diagnosed:
    """One model fitted in every pass, with what it learned in the passes before."""
    fits = Counter(each.model for each in case.inside if each.kind == "fit" and each.model is not None)
    times = max(fits.values(), default=0)
    if times < 2:
        return case.says(State.NOT_SEEN, "no model was fitted twice there")
    return case.says(
        State.CONFIRMED,
        f"the same model was fitted {times} times: each pass starts from what the passes before have learned",
    )


def _kept(case: Case) -> Diagnosed:
    """A container, or a tensor that is concatenated, that grows in every pass."""
    name, held = _largest(case)
    if held is None or held.peak.count == 0:
        return case.says(State.NOT_SEEN, f"{_names(case)} held no tensor and no array")
    if held.peak.passes < 2:
        return case.says(
            State.NOT_SEEN, f"{_where(case, name)} got {amount_text(held.peak.count, held.peak.bytes)} once"
        )
    if held.growth <= 0:
        return case.says(
            State.NOT_SEEN, f"`{name}` did not grow: it held {amount_text(held.peak.count, held.peak.bytes)}"
        )
    grew = f"{_where(case, name)} grew by {size_text(held.growth)} a pass"
    grew += f" to {amount_text(held.peak.count, held.peak.bytes)} after {held.peak.passes} passes"
    if held.peak.count > 1:
        return case.says(State.CONFIRMED, grew, held.peak.bytes)
    more = _excess(case.seen.durations)
    copied = f"; its statement took {more:.2f} s of CPU more than if every pass took as long as the first ones"
    return case.says(State.CONFIRMED, grew + copied, held.peak.bytes, more)


def _parked(case: Case) -> Diagnosed:
    """An attribute that holds tensors between two calls."""
    name, held = _largest(case)
    if held is None or held.peak.bytes == 0:
        return case.says(State.NOT_SEEN, f"{_names(case)} held no tensor between the calls")
    amount = amount_text(held.peak.count, held.peak.bytes)
    return case.says(State.CONFIRMED, f"{_where(case, name)} held {amount} between the calls", held.peak.bytes)


def _taped(case: Case) -> Diagnosed:
    """A persistent tape: tensors that only it holds when its block has ended."""
    name, held = _largest(case)
    latest = held.samples[-1] if held else None  # the first pass also makes what lives on anyway
    if latest is None or latest.bytes == 0:
        return case.says(State.NOT_SEEN, f"{_names(case)} alone held no tensor")
    amount = amount_text(latest.count, latest.bytes)
    return case.says(
        State.CONFIRMED, f"after its block {_where(case, name)} held {amount} that no other name holds", latest.bytes
    )


def _dead(case: Case) -> Diagnosed:
    """An array that nobody reads any more while a training runs."""
    name, held = _largest(case)
    trained = any(each.kind == "fit" for each in case.facts.occurrences)
    sample = None if held is None else held.training if trained else held.last
    if sample is None or sample.bytes == 0:
        return case.says(State.NOT_SEEN, f"{_names(case)} held no array while the program trained")
    when = "when the training began" if trained else "until the end"
    return case.says(
        State.CONFIRMED, f"{_where(case, name)} held {amount_text(sample.count, sample.bytes)} {when}", sample.bytes
    )


_JUDGES: dict[str, Callable[[Case], Diagnosed]] = {
    "IMR001": _built,
    "IMR002": _compiled,
    "IMR003": _refitted,
    "IMR004": _built,
    "IMR005": _made,
    "UTR001": _kept,
    "UTR002": _parked,
    "UTR003": _taped,
    "UTR004": _dead,
    "UTR005": _kept,
}


def _weight(inside: Sequence[Occurrence]) -> int:
    """The peak of what older models weigh, over the lines that build them."""
    peaks: dict[object, int] = {}
    for each in inside:
        if each.kind == "build":
            peaks[each.stack] = max(peaks.get(each.stack, 0), each.bytes)
    return sum(peaks.values())


def _alive(live: int, size: int) -> str:
    if live < 2:
        return "only the newest was alive"
    older = "the older one holds" if live == 2 else f"the {live - 1} older ones hold"
    return f"{live} of them were alive at once, and {older} {size_text(size)} of weights and optimizer state"


def _slower(moments: Sequence[float]) -> float:
    """CPU seconds that passes took beyond the fastest one, if they become slower and slower; else 0."""
    passes = [later - earlier for earlier, later in pairwise(moments)]
    if len(passes) < 3:
        return 0.0
    fastest, last = min(passes), median(passes[-max(1, len(passes) // 3) :])
    return sum(each - fastest for each in passes) if last > SLOWER * fastest and passes[-1] > passes[1] else 0.0


def _excess(durations: Sequence[float]) -> float:
    """Seconds beyond what the passes would have taken at the speed of the first tenth of them."""
    if len(durations) < 3:
        return 0.0
    usual = median(durations[: max(3, len(durations) // 10)])
    return max(0.0, sum(each - usual for each in durations))


def _largest(case: Case) -> tuple[str, Held | None]:
    held = case.seen.held or {}
    name = max(held, key=lambda each: held[each].peak.bytes, default="")
    return name, held.get(name)


def _where(case: Case, name: str) -> str:
    function = case.seen.function
    return f"`{name}`" if function in ("", "<module>") else f"`{name}` in {function}()"


def _names(case: Case) -> str:
    return " and ".join(f"`{name}`" for name in case.finding.names) or "it"


def _seconds(events: Sequence[Occurrence]) -> str:
    return f"{sum(each.seconds for each in events):.1f} s"
