"""How much a strategy is expected to save, from everything that was measured so far.

The log ratio of energy (mended / as found) is taken as a sum of independent effects, normal with mean 0. Some are the
leak's, whatever the strategy: one of the place, and one of the rule and mode that changes with the size of what is kept
and the length of a pass. The others are the strategy's: one of its own, one in this mode, one for this rule, one for
both with this Keras, one of these that changes with the sizes, one of the machine, one of the place. Two situations
share the effects that they have in common, so what was measured of one says something of the other, and the less the
further they are apart. Strategies tried on the same leak are so compared with each other, and one that was only tried
on large leaks gains nothing by that. The expectation is the best linear unbiased prediction of that model (Henderson
1975, Biometrics 31:423-447; Robinson 1991, Statistical Science 6:15-32), which is Gaussian process regression with a
sum of kernels (Rasmussen & Williams 2006, eq. 2.22 to 2.24): a mean weighted by precision that is pulled towards what
is known of the strategy in general, and that towards "no saving", as much as the data are few.

The sizes of the effects are fixed and not estimated: from a handful of experiments on one machine an estimate of so
many variances would be noise. They are wide on purpose. Of the 19 published trials 17 lie inside the 95 % interval that
the other programs give for them; outside are the largest two, savings of 80 % and 83 %.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import TYPE_CHECKING

from greenfix.cost_model.observation import Observation, Situation, Stage

if TYPE_CHECKING:
    import numpy as np

LEAK = 0.2
LEAK_SIZES = 0.2
STRATEGY = 0.15
MODE = 0.3
"""The largest: `clear-session` saves 71 % in graph mode and costs 60 % in eager mode."""
RULE = 0.15
ALIKE = 0.2
SIZES = 0.25
"""A pass that is three times as long takes the saving of `hoist-and-reset` from 80 % to 7 %."""
MACHINE = 0.1
PLACE = 0.4
"""Standard deviations of the effects, in log ratios: 0.2 is some 20 % more or less energy."""

SMALLEST_ERROR = 0.005
CONFIDENCE = 0.95
NEWEST = 300
"""So many observations count, older ones are left out: 300 take 0.2 s, and the time grows with the square."""
SOUND, UNSOUND = 9.0, 1.0
"""What is assumed of a strategy before it was tried: 9 of 10 patches run and compute the same."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a strategy is expected to save at a place, and what that rests on.

    Attributes:
        saving: fraction; negative costs. The median.
        low: lower end of the interval that holds the saving with a probability of ``CONFIDENCE``.
        high: its upper end.
        chance: that the mended program runs and computes the same.
        here: measurements of this strategy on this machine.
        programs: in how many programs they were made.
        alike: how many of ``here`` are of the same rule and mode.
        elsewhere: measurements of this strategy on other machines, the published ones among them.
    """

    saving: float
    low: float
    high: float
    chance: float
    here: int
    programs: int
    alike: int
    elsewhere: int

    @property
    def worth(self) -> float:
        """What trying it is worth: a saving counts only where the program still computes the same."""
        return self.saving * self.chance if self.saving > 0 else self.saving


class CostModel:
    """The predictions that ``observations``, the newest last, allow."""

    def __init__(self, observations: Sequence[Observation]) -> None:
        self._observations = tuple(observations)

    def expect(self, situation: Situation) -> Expectation:
        """What is to be expected in ``situation``."""
        tried = [each for each in self._observations if each.situation.strategy == situation.strategy]
        mean, deviation = self._predicted(situation)
        reach = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * deviation
        here = [each for each in tried if each.situation.machine == situation.machine]
        return Expectation(
            saving=1 - math.exp(mean),
            low=1 - math.exp(mean + reach),
            high=1 - math.exp(mean - reach),
            chance=_chance([each for each in tried if each.stage is not Stage.PUBLISHED]),
            here=len(here),
            programs=len({each.program for each in here}),
            alike=sum((each.situation.rule, each.situation.mode) == (situation.rule, situation.mode) for each in here),
            elsewhere=len(tried) - len(here),
        )

    def _predicted(self, situation: Situation) -> tuple[float, float]:
        """Mean and standard deviation of the log ratio."""
        spread = covariance(situation, situation)
        if not situation.finding:
            spread += LEAK**2 + PLACE**2  # a place of its own, even if it has no name
        if not self._known:
            return 0.0, math.sqrt(spread)
        import numpy as np  # 0.1 s, only where something is known

        shared = np.array([covariance(situation, each) for each, _, _ in self._known])
        weights = self._inverse @ shared
        mean = float(weights @ np.array([ratio for _, ratio, _ in self._known]))
        return mean, math.sqrt(max(spread - float(weights @ shared), 0.0))

    @cached_property
    def _known(self) -> list[tuple[Situation, float, float]]:
        """Situation, log ratio and its standard error, in an order that does not depend on when they were made."""
        newest = [each for each in self._observations if each.sound][-NEWEST:]
        known = (
            (each.situation, each.log_ratio, max(each.standard_error, SMALLEST_ERROR))
            for each in newest
            if each.log_ratio is not None and each.standard_error is not None
        )
        return sorted(known, key=repr)

    @cached_property
    def _inverse(self) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        import numpy as np

        count = len(self._known)
        among = np.diag([error**2 for _, _, error in self._known])
        for row, (one, _, _) in enumerate(self._known):
            for column in range(row, count):
                among[row, column] += (value := covariance(one, self._known[column][0]))
                among[column, row] += value if column > row else 0.0
        return np.linalg.inv(among)


def covariance(one: Situation, other: Situation) -> float:
    """The variance of the effects that two situations share."""
    same_rule, same_mode = one.rule == other.rule, one.mode is other.mode
    same_place = one.finding == other.finding != ""
    near = _closeness(one, other) if same_rule and same_mode else 0.0
    shared = LEAK**2 * same_place + LEAK_SIZES**2 * near
    if one.strategy == other.strategy:
        shared += STRATEGY**2 + MODE**2 * same_mode + RULE**2 * same_rule
        if same_rule and same_mode and one.keras == other.keras:
            shared += ALIKE**2 + SIZES**2 * near + MACHINE**2 * (one.machine == other.machine) + PLACE**2 * same_place
    return shared


def _closeness(one: Situation, other: Situation) -> float:
    """1 for equal sizes, 1/e for a factor of ten in one of them.

    What was not diagnosed is like what was not diagnosed, and shares nothing here with what was: any number between
    would make covariances that no random effect can have.
    """
    return _near(one.kept_bytes, other.kept_bytes) * _near(one.pass_seconds, other.pass_seconds)


def _near(one: float | None, other: float | None) -> float:
    if one is None or other is None:
        return float(one is other)
    return math.exp(-abs(math.log10(max(one, 1e-3)) - math.log10(max(other, 1e-3))))


def _chance(tried: Sequence[Observation]) -> float:
    """Mean of the beta distribution after these trials."""
    sound = sum(each.sound for each in tried)
    return (SOUND + sound) / (SOUND + UNSOUND + len(tried))
