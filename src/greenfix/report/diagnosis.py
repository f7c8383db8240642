"""A diagnosis for people (text) and for programs (JSON). ``docs/diagnosis.md`` says what each part means."""

from __future__ import annotations

import json
from collections.abc import Sequence

from greenfix_verify.codec import encode
from greenfix_verify.run import Ending

from greenfix.diagnosis.value import Diagnosed, Diagnosis, State
from greenfix.diagnosis.words import size_text

JSON_VERSION = 1
_BARS = "▁▂▃▄▅▆▇█"
_WIDTH = 40
_MOST = 8
"""Retraced functions and holders that the text lists; the JSON has them all."""
_OFTEN, _LONG = 10, 0.1
"""Traces, and CPU seconds of them, from which on a function is worth a line."""


def diagnosis_json(diagnosis: Diagnosis) -> str:
    """The one object that ``diagnose --format json`` ends with."""
    return json.dumps({"version": JSON_VERSION, **encode(diagnosis)}, ensure_ascii=False) + "\n"


def diagnosis_text(diagnosis: Diagnosis) -> str:
    """The findings with what was seen of each, confirmed ones first; then what the run showed beside them."""
    order = list(State)
    found = sorted(diagnosis.findings, key=lambda each: (order.index(each.state), -diagnosis.share(each)))
    parts = ["".join(_finding(each, diagnosis) for each in found) or "There is no finding to confirm.\n"]
    parts += [_retraced(diagnosis), _holders(diagnosis), _memory(diagnosis)]
    parts += [f"Not seen: {limit}.\n" for limit in diagnosis.limits]
    return "\n".join(part for part in parts if part)


def ending_text(diagnosis: Diagnosis) -> str:
    """What a bad ending means for what is said; empty when the run ended well."""
    if diagnosis.ending is Ending.COMPLETED:
        return ""
    return f"The program did not end well, so only what was seen until then is told. It was {diagnosis.detail}"


def sparkline(values: Sequence[float], width: int = _WIDTH) -> str:
    """The largest value of each of ``width`` stretches as a bar; the full bar is the largest of all."""
    if not values:
        return ""
    width = min(width, len(values))
    top = max(*values, 1e-9)
    peaks = [max(values[len(values) * i // width : len(values) * (i + 1) // width]) for i in range(width)]
    return "".join(_BARS[min(len(_BARS) - 1, int(len(_BARS) * peak / top))] for peak in peaks)


def _finding(each: Diagnosed, diagnosis: Diagnosis) -> str:
    place = f"{each.path}:{each.line}"
    if each.state is not State.CONFIRMED:
        return f"{each.state:<11}  {place} {each.rule}\n             {each.evidence}.\n"
    costs = [size_text(each.bytes)] if each.bytes else []
    costs += [f"{each.seconds:.1f} s of {diagnosis.cpu_seconds:.1f} s CPU"] if each.seconds else []
    cost = f": {' and '.join(costs)}" if costs else ""
    return f"{each.state:<11}  {place} {each.rule}{cost}\n             {each.evidence}.\n"


def _retraced(diagnosis: Diagnosis) -> str:
    shown = [each for each in diagnosis.retraced if each.count >= _OFTEN or each.seconds >= _LONG][:_MOST]
    rows = [f"  {each.count:5d} times, {each.seconds:6.1f} s  {each.name} at {each.point}\n" for each in shown]
    return "Functions traced again and again:\n" + "".join(rows) if rows else ""


def _holders(diagnosis: Diagnosis) -> str:
    rows = [
        f"  {size_text(each.bytes):>10} in {each.count:4d}  {each.name} in "
        f"{f'{each.function}() of ' if each.function else ''}{each.path}\n"
        for each in diagnosis.holders[:_MOST]
    ]
    return "Who held tensors and arrays (bytes, how many), at the peak of each:\n" + "".join(rows) if rows else ""


def _memory(diagnosis: Diagnosis) -> str:
    line = sparkline([size for _, size in diagnosis.memory])
    return (
        f"Memory  {line}  peak {size_text(diagnosis.peak_rss_bytes)}\n"
        f"Garbage collection ran {diagnosis.collections} times and took {diagnosis.collection_seconds:.1f} s of "
        f"{diagnosis.cpu_seconds:.1f} s CPU; the run took {diagnosis.wall_seconds:.1f} s with the witness in it.\n"
    )
