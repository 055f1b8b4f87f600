"""How sure a difference is: paired bootstrap over worlds and training seeds, and Holm's correction.

All competitors meet the same worlds, so worlds are drawn once and the same draw serves all of them: what a hard world
does to everybody cancels out of every comparison (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993,
chapters 13 and 16). An agent that comes with several training seeds is also drawn over these (Agarwal et al., "Deep
reinforcement learning at the edge of the statistical precipice", 2021). Intervals are percentiles of 95 %; with few
worlds they are a little too narrow, as every percentile interval is. Among many comparisons Holm's step-down
correction (Scandinavian Journal of Statistics 6, 1979) keeps the chance of a single false claim at 5 %.

Left out: scaling by human or reference scores, and interquartile means: an index of money has one natural scale.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
RESAMPLES = 10_000
CONFIDENCE = 0.95
SIGNIFICANCE = 0.05
MINIMUM_WORLDS = 6
"""With fewer, even a sign test of worlds that all agree stays above 5 % (2 x 0.5**5 = 6 %): nothing is told apart."""
_WORLDS_STREAM, _SEEDS_STREAM = 0, 1


class Estimate(NamedTuple):
    """A figure with the ends of its 95 % interval."""

    mean: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether the whole interval lies on one side of zero."""
        return self.low > 0.0 or self.high < 0.0


@dataclass(frozen=True)
class Draws:
    """How often each world counts in each resample, (resamples, worlds); the same for all competitors of a scenario."""

    worlds: NDArray[np.int64]
    key: tuple[int, ...]

    def of_seeds(self, num_seeds: int) -> NDArray[np.int64]:
        """How often each training seed counts in each resample, (resamples, seeds)."""
        return _counts((*self.key, _SEEDS_STREAM, num_seeds), num_seeds, len(self.worlds))

    def totals(self, values: FloatArray) -> FloatArray:
        """Resampled totals of values (seeds, worlds), mean over seeds: (resamples,)."""
        seeds = self.of_seeds(len(values))
        # einsum adds in one order; a threaded matrix product would not, and its last bits would wander
        drawn: FloatArray = np.einsum("rs,sw,rw->r", seeds, values, self.worlds, dtype=np.float64)
        return drawn / len(values)


def draw_worlds(num_worlds: int, key: Sequence[int], resamples: int = RESAMPLES) -> Draws:
    """Draw worlds with replacement, `resamples` times, from a generator keyed by `key`."""
    return Draws(_counts((*key, _WORLDS_STREAM), num_worlds, resamples), tuple(key))


def total(values: FloatArray) -> float:
    """Total over worlds, mean over training seeds, of values (seeds, worlds)."""
    return float(values.sum() / len(values))


def mean(values: FloatArray, draws: Draws) -> Estimate:
    """Mean over worlds and seeds of values (seeds, worlds)."""
    num_worlds = values.shape[1]
    return estimate(total(values) / num_worlds, draws.totals(values) / num_worlds)


def ratio(numerator: FloatArray, denominator: FloatArray, draws: Draws, scale: float = 100.0) -> Estimate:
    """`scale` x total / total on the same worlds; 0 where there is nothing to divide by."""
    return estimate(
        float(_quotient(np.array(total(numerator)), np.array(total(denominator)))) * scale,
        _quotient(draws.totals(numerator), draws.totals(denominator)) * scale,
    )


def estimate(point: float, resampled: FloatArray) -> Estimate:
    """A figure and the percentiles of its resamples."""
    tail = 100.0 * (1.0 - CONFIDENCE) / 2.0
    low, high = np.percentile(resampled, [tail, 100.0 - tail])
    return Estimate(point, float(low), float(high))


def p_value(difference: FloatArray, num_worlds: int) -> float:
    """Two-sided p-value of "no difference": how often resampled differences fall on the rarer side of zero."""
    if num_worlds < MINIMUM_WORLDS:
        return 1.0
    below, above = np.count_nonzero(difference <= 0.0), np.count_nonzero(difference >= 0.0)
    return float(min(1.0, 2.0 * (min(below, above) + 1) / (len(difference) + 1)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values, in the order given."""
    count = len(p_values)
    adjusted, largest = [0.0] * count, 0.0
    for position, index in enumerate(sorted(range(count), key=lambda i: (p_values[i], i))):
        largest = max(largest, min(1.0, (count - position) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def _counts(key: tuple[int, ...], number: int, resamples: int) -> NDArray[np.int64]:
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))
    return generator.multinomial(number, np.full(number, 1.0 / number), size=resamples)


def _quotient(numerator: FloatArray, denominator: FloatArray) -> FloatArray:
    return np.divide(numerator, denominator, out=np.zeros_like(denominator), where=denominator > 0.0)
