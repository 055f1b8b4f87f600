"""Maximum Correlation: R^2 against NumPy's least squares, bits against one regression after another, refusals."""

import math

import numpy as np
import pytest

from vienv.cloudsim.correlation import REFUSED, most_correlated, room_for

A = [0.05, 0.31, 0.22, 0.48, 0.07, 0.93, 0.61, 0.18, 0.44, 0.29, 0.83, 0.37]
B = [0.11, 0.27, 0.35, 0.41, 0.02, 0.77, 0.66, 0.29, 0.38, 0.12, 0.91, 0.45]
C = [0.64, 0.08, 0.53, 0.19, 0.72, 0.33, 0.25, 0.98, 0.14, 0.57, 0.06, 0.88]
A_BITS, B_BITS, C_BITS = "0x1.c84a4df3cb79ep-1", "0x1.be8b3bb51dbcep-1", "0x1.90b438f360e26p-2"


def explain(histories) -> tuple[int, list[float]]:
    """The position of the most correlated VM, and the R^2 of all."""
    table = np.array(histories, dtype=float)
    n, m = table.shape
    room = np.full(room_for(n, m), np.nan)
    return most_correlated(table.ravel(), np.arange(n), 0, n, m, m, room), [float(r2) for r2 in room[:n]]


def drawn(seed: int, n: int, m: int) -> np.ndarray:
    """Histories that hang together, in hundredths as PlanetLab's."""
    draw = np.random.default_rng(seed)
    return np.round(0.5 * draw.random((n, m)) + 0.5 * draw.random(m), 2)


def one_by_one(table: np.ndarray) -> list[float]:
    """R^2 of every VM by regressions that share nothing: Householder's QR, in Commons Math's order of operations."""
    rows = table.tolist()
    return [regression([1.0] * len(row), rows[:i] + rows[i + 1 :], row) for i, row in enumerate(rows)]


def regression(ones: list[float], rows: list[list[float]], explained: list[float]) -> float:
    columns, y, lengths = [ones[:]] + [row[:] for row in rows], explained[:], []
    for j, column in enumerate(columns):
        length = math.sqrt(sum_of(column[k] * column[k] for k in range(j, len(y))))
        length = -length if column[j] > 0.0 else length
        lengths.append(length)
        column[j] -= length
        for other in columns[j + 1 :]:
            share = 0.0
            for k in range(j, len(y)):
                share -= other[k] * column[k]
            share /= length * column[j]
            for k in range(j, len(y)):
                other[k] -= share * column[k]
    for j, column in enumerate(columns):
        share = sum_of(y[k] * column[k] for k in range(j, len(y))) / (lengths[j] * column[j])
        for k in range(j, len(y)):
            y[k] += share * column[k]
    for j in range(len(columns) - 1, -1, -1):
        y[j] /= lengths[j]
        for k in range(j):
            y[k] -= y[j] * columns[j][k]
    misses = [
        value - sum_of(column[k] * y[j] for j, column in enumerate([ones, *rows])) for k, value in enumerate(explained)
    ]
    return 1.0 - sum_of(miss * miss for miss in misses) / squares_of(explained)


def sum_of(terms) -> float:
    """One after another: the built-in sum makes up for rounding from Python 3.12 on."""
    total = 0.0
    for term in terms:
        total += term
    return total


def squares_of(values: list[float]) -> float:
    mean = squares = 0.0
    for k, value in enumerate(values):
        distance = value - mean
        mean += distance / (k + 1)
        squares += k * distance * (distance / (k + 1))
    return squares


@pytest.mark.parametrize(
    ("histories", "winner", "bits"),
    [
        ([A, B, C], 0, [A_BITS, B_BITS, C_BITS]),
        ([B, C, A], 2, [B_BITS, C_BITS, A_BITS]),
        ([C, A, B], 1, [C_BITS, "0x1.c84a4df3cb79dp-1", B_BITS]),  # another order of columns, another last bit
    ],
)
def test_r2_are_commons_maths_to_the_last_bit_in_any_order_of_vms(histories, winner, bits):
    found, r2 = explain(histories)
    assert found == winner
    assert [value.hex() for value in r2] == bits


@pytest.mark.parametrize(("n", "m"), [(2, 30), (3, 12), (6, 30), (10, 30), (10, 10), (12, 13)])
@pytest.mark.parametrize("seed", range(3))
def test_shared_columns_give_what_regressions_one_by_one_give_bit_for_bit(seed, n, m):
    table = drawn(seed, n, m)
    winner, r2 = explain(table)
    alone = one_by_one(table)
    assert r2 == alone
    assert winner == alone.index(max(alone))


@pytest.mark.parametrize(("n", "m"), [(2, 12), (5, 30), (10, 30), (15, 30)])
def test_r2_are_those_of_least_squares(n, m):
    table = drawn(7, n, m)
    _, r2 = explain(table)
    for i in range(n):
        regressors = np.column_stack([np.ones(m), np.delete(table, i, axis=0).T])
        misses = table[i] - regressors @ np.linalg.lstsq(regressors, table[i], rcond=None)[0]
        assert r2[i] == pytest.approx(1.0 - (misses @ misses) / (m * table[i].var()), abs=1e-12)


def test_the_first_of_equals_wins():
    values = np.random.default_rng(3).random(12)
    winner, r2 = explain([values, 2.0 * values])
    assert r2[0] == r2[1] > 0.0
    assert winner == 0


def test_one_vm_is_refused():
    assert explain([A])[0] == REFUSED


def test_as_many_samples_as_vms_are_enough_and_one_fewer_are_refused():
    assert explain(drawn(1, 6, 6))[0] != REFUSED
    assert explain(drawn(1, 6, 5))[0] == REFUSED
    assert most_correlated(drawn(1, 6, 5).ravel(), np.arange(6), 0, 6, 5, 5, np.empty(0)) == REFUSED


@pytest.mark.parametrize("place", range(3))
def test_a_vm_that_was_idle_all_the_time_makes_every_regression_but_its_own_singular(place):
    table = [A, B]
    table.insert(place, [0.0] * len(A))
    assert explain(table)[0] == REFUSED


def test_beside_a_constant_vm_rounding_decides_whether_it_is_refused_or_the_first_vm_is_taken():
    """Its column is the intercept's times a constant: what is left of it is 0, or dirt that explains less than nothing.

    A VM that never changes has no R^2 of its own (Commons Math has 0 / 0 or minus infinity there) and never wins.
    """
    draw = np.random.default_rng(3)
    outcomes = set()
    for m in range(3, 12):
        other = draw.random(m)
        for level in (0.1, 0.3, 0.7, 0.9):
            for place in (0, 1):
                winner, r2 = explain([[level] * m, other] if place == 0 else [other, [level] * m])
                outcomes.add(winner)
                assert winner == REFUSED or (r2[place] == 0.0 and r2[1 - place] < 0.0)
    assert outcomes == {REFUSED, 0}


def test_the_first_vm_is_taken_where_no_r2_is_positive():
    assert explain([[1, -1, 1, -1, 1, -1, 1, -1, 0], [1, 1, -1, -1, 1, 1, -1, -1, 0]]) == (0, [0.0, 0.0])


def test_members_are_found_at_their_stride_and_offset_and_room_is_not_left():
    n, m, stride, first = 4, 12, 20, 5
    table = drawn(5, n, m)
    members = np.array([6, 0, 3, 1, 9])
    histories = np.full(10 * stride, np.nan)
    for member, history in zip(members[:n], table, strict=True):
        histories[first + member * stride : first + member * stride + m] = history
    room = np.full(room_for(n, m) + 1, 77.0)
    winner, r2 = explain(table)
    assert most_correlated(histories, members, first, n, m, stride, room) == winner
    assert room[:n].tolist() == r2
    assert room[-1] == 77.0
