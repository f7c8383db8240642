"""Two drawings over the same blocks, as SVG: the energy of both arms, and the saving with its interval.

Colours come from the page's style. A circle is the original, a diamond the candidate; blocks after the stop are pale.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape

from greenfix.report.document import Plot

_LEFT, _RIGHT, _WIDTH = 70.0, 700.0, 720.0
_ENERGY, _SAVING = (40.0, 210.0), (270.0, 440.0)
"""Top and bottom of both drawings."""
_HEIGHT = 480.0
Scale = Callable[[float], float]


def plot(data: Plot) -> str:
    """One ``svg`` element; a reader who does not see it gets its title, and the table beside it."""
    title = f"Energy by block and saving of {data.candidate}"
    box = f'viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" role="img"'
    return f"<svg {box}>\n<title>{escape(title)}</title>\n{_energy(data)}{_saving(data)}</svg>"


def _energy(data: Plot) -> str:
    joules = [value for pair in data.pairs for value in (pair.original_joules, pair.candidate_joules)]
    low, high = min(joules), max(joules)
    ticks = _ticks(0.0 if low < 0.6 * high else low, high)
    y = _scale(ticks, _ENERGY)
    parts = [
        '<text x="0" y="16">Energy of each run (J)</text>\n',
        f'<circle class="original" cx="{_RIGHT - 210:g}" cy="12" r="5"/>',
        f'<text x="{_RIGHT - 200:g}" y="16">original</text>\n',
        f'{_diamond(_RIGHT - 130, 12)}<text x="{_RIGHT - 120:g}" y="16">{escape(_cut(data.candidate))}</text>\n',
        _axis(ticks, y, "{:g}"),
    ]
    for number, pair in enumerate(data.pairs):
        x, first, second = _column(number, data), y(pair.original_joules), y(pair.candidate_joules)
        parts.append(
            f"<g{_faded(number, data)}><title>block {pair.block}: {pair.original_joules:.2f} J and "
            f"{pair.candidate_joules:.2f} J</title>"
            f'<line class="pair" x1="{x:.1f}" x2="{x:.1f}" y1="{first:.1f}" y2="{second:.1f}"/>'
            f'<circle class="original" cx="{x:.1f}" cy="{first:.1f}" r="5"/>{_diamond(x, second)}</g>\n'
        )
    return "".join(parts)


def _saving(data: Plot) -> str:
    savings = [-100 * math.expm1(pair.log_ratio) for pair in data.pairs]
    ends = [100 * end for end in (data.verdict.low, data.verdict.high) if end is not None]
    ticks = _ticks(min(0.0, *savings, *ends), max(0.0, *savings, *ends))
    y = _scale(ticks, _SAVING)
    parts = [f'<text x="0" y="{_SAVING[0] - 24:g}">Saving of each block (%), with the mean and its interval</text>\n']
    if len(ends) == 2:
        top, bottom = y(ends[1]), y(ends[0])
        parts.append(
            f'<rect class="band" x="{_LEFT:g}" y="{top:.1f}" width="{_RIGHT - _LEFT:g}" height="{bottom - top:.1f}"/>\n'
        )
    parts.append(_axis(ticks, y, "{:g} %"))
    parts.append(_line("zero", y(0.0)))
    if data.verdict.saving is not None:
        parts.append(_line("mean", y(100 * data.verdict.saving)))
    for number, saving in enumerate(savings):
        x, block = _column(number, data), data.pairs[number].block
        parts.append(
            f"<g{_faded(number, data)}><title>block {block}: {saving:.1f} %</title>{_diamond(x, y(saving))}</g>\n"
            f'<text x="{x:.1f}" y="{_SAVING[1] + 18:g}" text-anchor="middle">{block}</text>\n'
        )
    parts.append(f'<text x="{_RIGHT:g}" y="{_HEIGHT - 4:g}" text-anchor="end">block</text>\n')
    return "".join(parts)


def _ticks(low: float, high: float) -> list[float]:
    """Four to nine round numbers that enclose both."""
    width = (high - low) or abs(high) or 1.0
    power = 10.0 ** math.floor(math.log10(width / 4))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= width / 7)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [number * step for number in range(first, max(last, first + 1) + 1)]


def _scale(ticks: Sequence[float], place: tuple[float, float]) -> Scale:
    top, bottom = place
    return lambda value: bottom - (value - ticks[0]) / (ticks[-1] - ticks[0]) * (bottom - top)


def _axis(ticks: Sequence[float], y: Scale, form: str) -> str:
    return "".join(
        f'{_line("axis", y(tick))}<text x="{_LEFT - 8:g}" y="{y(tick) + 4:.1f}" text-anchor="end">'
        f"{form.format(round(tick, 9))}</text>\n"
        for tick in ticks
    )


def _line(kind: str, y: float) -> str:
    return f'<line class="{kind}" x1="{_LEFT:g}" x2="{_RIGHT:g}" y1="{y:.1f}" y2="{y:.1f}"/>'


def _diamond(x: float, y: float) -> str:
    return f'<path class="candidate" d="M{x:.1f} {y - 6:.1f}l6 6l-6 6l-6 -6z"/>'


def _column(number: int, data: Plot) -> float:
    return _LEFT + (number + 0.5) * (_RIGHT - _LEFT) / len(data.pairs)


def _faded(number: int, data: Plot) -> str:
    return "" if number < data.used else ' class="unused"'


def _cut(name: str) -> str:
    return name if len(name) <= 18 else f"{name[:17]}…"
