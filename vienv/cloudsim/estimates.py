"""What a host's utilisation history says: its spread (IQR, MAD) and where a straight line through it leads (LR).

Beloglazov and Buyya, "Optimal online deterministic algorithms and adaptive heuristics", Concurrency and Computation
24(13), 2012. Quantiles are taken as CloudSim and Apache Commons Math take them, sums in the order of Commons Math's
SimpleRegression, so that the results are theirs bit for bit. A value of a given rank is found by counting how many are
smaller: for the thirty values that CloudSim keeps that is quicker than sorting them, and branches nowhere.

Left out: the weights of local regression and of its robust form. CloudSim works them out and never applies them.
"""

import math

from vienv.core.jit import kernel
from vienv.core.state import FloatArray


@kernel
def num_leading(values: FloatArray, n: int) -> int:
    """How many of values[:n] are left without the zeros at the end; at least 1."""
    while n > 1 and values[n - 1] == 0.0:
        n -= 1
    return max(n, 1)


@kernel
def interquartile_range(values: FloatArray, n: int) -> float:
    """Third less first quartile of values[:n], n >= 2: those of rank 0.75 (n + 1) and 0.25 (n + 1), halves rounded up.

    The values are in any order and stay as they are.
    """
    lower, upper = _ranked(values, n, (n + 3) // 4 - 1, min((3 * n + 5) // 4, n) - 1)
    return upper - lower


@kernel
def median_absolute_deviation(values: FloatArray, n: int) -> float:
    """The median distance of values[:n] from their median, n >= 1. The values are replaced by those distances."""
    median = _median(values, n)
    for k in range(n):
        values[k] = math.fabs(median - values[k])
    return _median(values, n)


@kernel
def _median(values: FloatArray, n: int) -> float:
    lower, upper = _ranked(values, n, (n - 1) // 2, n // 2)
    return lower + 0.5 * (upper - lower) if n % 2 == 0 else lower


@kernel
def _ranked(values: FloatArray, n: int, low: int, high: int) -> tuple[float, float]:
    """The values that would stand at `low` and `high`, were values[:n] sorted."""
    at_low = at_high = -math.inf
    for i in range(n):
        value, num_smaller = values[i], 0
        for k in range(n):
            num_smaller += values[k] < value
        # The greatest with no more than so many smaller ones: whatever would stand further on has more.
        at_low = max(at_low, value) if num_smaller <= low else at_low
        at_high = max(at_high, value) if num_smaller <= high else at_high
    return at_low, at_high


@kernel
def predicted(values: FloatArray, length: int, ahead: int) -> float:
    """Where the least-squares line through the newest values leads, `ahead` intervals after the newest.

    Values[0] is the newest; values[length - 1], ..., values[0] lie at x = 1, ..., length; length >= 2.
    """
    mean_x, mean_y = 1.0, values[length - 1]
    sum_xx = sum_xy = 0.0
    sum_x, sum_y = 1.0, values[length - 1]
    for n in range(1, length):
        x, y = n + 1.0, values[length - 1 - n]
        share = n / x
        dx, dy = x - mean_x, y - mean_y
        sum_xx += dx * dx * share
        sum_xy += dx * dy * share
        mean_x += dx / x
        mean_y += dy / x
        sum_x += x
        sum_y += y
    slope = sum_xy / sum_xx
    return (sum_y - slope * sum_x) / length + slope * (length + ahead)
