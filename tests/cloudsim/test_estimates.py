"""Spread and trend of a history: against Commons Math's bits, NumPy and what can be worked out by hand."""

import math
import statistics

import numpy as np
import pytest

from vienv.cloudsim.estimates import interquartile_range, median_absolute_deviation, num_leading, predicted

LENGTHS = (2, 3, 11, 12, 13, 14, 15, 29, 30)
HISTORIES = {
    (0.05, 0.31, 0.22, 0.48, 0.07, 0.93, 0.61, 0.18, 0.44, 0.29, 0.83, 0.37): (
        "0x1.3333333333333p-3",
        "0x1.b851eb851eb85p-2",
        "0x1.c3ece2a53490cp-3",
    ),
    (0.11, 0.27, 0.35, 0.41, 0.02, 0.77, 0.66, 0.29, 0.38, 0.12, 0.91, 0.45): (
        "0x1.5c28f5c28f5c2p-3",
        "0x1.147ae147ae148p-1",
        "0x1.13cc1e098ead7p-2",
    ),
    (0.64, 0.08, 0.53, 0.19, 0.72, 0.33, 0.25, 0.98, 0.14, 0.57, 0.06, 0.88): (
        "0x1.0f5c28f5c28f6p-2",
        "0x1.28f5c28f5c28fp-1",
        "0x1.872b020c49ba4p-2",
    ),
    (0.232, 0.694, 0.209, 0.7, 0.105, 0.997, 0.495, 0.11, 0.483, 0.188, 0.499, 0.037): (
        "0x1.ab020c49ba5e5p-3",  # half the sum of the middle two would be two units of the last place less
        "0x1.2b020c49ba5e3p-1",
        "0x1.f6c8b43958107p-2",
    ),
}
"""What Commons Math 3.6.1 on a JVM makes of them: MAD, IQR, the line through the newest ten, one interval ahead."""


def draws(n: int) -> list[np.ndarray]:
    return list(np.random.default_rng(n).random((20, n)))


@pytest.mark.parametrize("history", HISTORIES)
def test_estimates_are_commons_maths_to_the_last_bit(history):
    n, values = len(history), np.array(history)
    line, spread = predicted(values, 10, 1), interquartile_range(values, n)
    assert (median_absolute_deviation(values, n).hex(), spread.hex(), line.hex()) == HISTORIES[history]


@pytest.mark.parametrize(
    ("values", "leading"),
    [
        ([3.0, 2.0, 1.0], 3),
        ([3.0, 0.0, 1.0], 3),
        ([3.0, 2.0, 0.0], 2),
        ([3.0, 0.0, 0.0], 1),
        ([0.0, 0.0, 0.0], 1),
        ([0.0], 1),
    ],
)
def test_zeros_at_the_end_of_a_history_do_not_count_but_one_value_stays(values, leading):
    assert num_leading(np.array(values), len(values)) == leading


@pytest.mark.parametrize(("n", "spread"), [(2, 1), (12, 9 - 2), (13, 10 - 3), (14, 10 - 3), (15, 11 - 3), (30, 22 - 7)])
def test_quartiles_are_the_values_of_rank_a_quarter_and_three_quarters_of_n_and_1_halves_up(n, spread):
    """Of 0 ... n - 1 in any order: rank 3.25 of 12 is the third, 3.5 of 13 the fourth."""
    values = np.random.default_rng(n).permutation(n).astype(float)
    assert interquartile_range(values, n) == spread


@pytest.mark.parametrize("n", LENGTHS)
def test_an_interquartile_range_is_that_of_the_sorted_values_and_leaves_them_as_they_are(n):
    first, third = (math.floor(part * (n + 1) + 0.5) - 1 for part in (0.25, 0.75))
    for drawn in draws(n):
        values = drawn.copy()
        assert interquartile_range(values, n) == np.sort(drawn)[third] - np.sort(drawn)[first]
        assert (values == drawn).all()


@pytest.mark.parametrize("n", LENGTHS)
def test_a_median_absolute_deviation_is_the_median_distance_from_the_median(n):
    for drawn in draws(n):
        middle = statistics.median(drawn)
        expected = statistics.median(abs(value - middle) for value in drawn)
        assert median_absolute_deviation(drawn.copy(), n) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("values", "deviation"),
    [([0.4], 0.0), ([1.0, 5.0], 2.0), ([1.0, 1.0, 9.0], 0.0), ([4.0, 4.0, 4.0, 8.0], 0.0), ([7.0, 1.0, 3.0, 1.0], 1.0)],
)
def test_a_median_absolute_deviation_with_ties_and_of_even_and_odd_lengths(values, deviation):
    assert median_absolute_deviation(np.array(values), len(values)) == deviation


def test_spread_is_nothing_where_all_values_are_equal():
    assert interquartile_range(np.full(12, 0.3), 12) == 0.0
    assert median_absolute_deviation(np.full(12, 0.3), 12) == 0.0


def test_only_the_first_n_values_count():
    values = np.array([1.0, 3.0, 2.0, 4.0, 99.0, -99.0])
    assert interquartile_range(values, 4) == 4.0 - 1.0
    assert median_absolute_deviation(values, 4) == 1.0
    assert values[4:].tolist() == [99.0, -99.0]


@pytest.mark.parametrize("ahead", [1, 3])
def test_a_line_is_followed_beyond_the_newest_value_which_comes_first(ahead):
    values = 0.25 + 0.5 * np.arange(10.0)[::-1]
    assert predicted(values, 10, ahead) == pytest.approx(values[0] + 0.5 * ahead, abs=1e-12)


@pytest.mark.parametrize("n", [10, 30])
def test_the_line_is_that_of_least_squares_through_the_newest_ten_values(n):
    for drawn in draws(n):
        slope, intercept = np.polyfit(np.arange(1.0, 11.0), drawn[9::-1], 1)
        assert predicted(drawn, 10, 1) == pytest.approx(intercept + slope * 11.0, abs=1e-12)
