"""Maximum Correlation: which VM of a host is best foretold by the others.

For every VM the coefficient of determination, R^2, of an ordinary linear regression with intercept of its history on
those of all others (Verma, Dasgupta, Nayak, De and Kothari, USENIX 2009; Beloglazov and Buyya, Concurrency and
Computation 24(13), 2012). CloudSim has Apache Commons Math compute it by Householder's QR decomposition, and takes
another policy where that refuses; the results here are equal bit for bit.

What makes it quick: the regressions of VMs i, i + 1, ... have the intercept and VMs 0 ... i - 1 in common, in the same
columns. Their reflections are worked out once, and carried over to all later columns, of which the first is the one
that regression i explains. Only the columns behind it are decomposed for that regression alone.
"""

import math

from vienv.core.jit import kernel
from vienv.core.state import FloatArray, IntArray

REFUSED = -1
"""Instead of a position."""


def room_for(n_max: int, m: int) -> int:
    """Floats that `most_correlated` works in, for up to n_max VMs of m samples; more VMs than samples need none."""
    n = min(n_max, m)
    return 3 * n + (2 * n + 2) * m


@kernel
def most_correlated(
    histories: FloatArray, members: IntArray, first: int, n: int, m: int, stride: int, room: FloatArray
) -> int:
    """The position among members[:n] of the VM with the largest positive R^2, the first of equals; 0 if none has one.

    Sample k of VM v is histories[first + v * stride + k], k < m. REFUSED if any of the regressions is: one VM, fewer
    samples than VMs, or columns that depend exactly on one another. Room: `room_for(n, m)` floats, of any content;
    unless refused, room[:n] are left the R^2, 0 for a VM that never changes.
    """
    if n < 2 or n > m or not _explain(room, histories, members, first, n, m, stride):
        return REFUSED
    best, winner = 0.0, 0
    for i in range(n):
        if room[i] > best:
            best, winner = room[i], i
    return winner


@kernel
def _explain(
    room: FloatArray, histories: FloatArray, members: IntArray, first: int, n: int, m: int, stride: int
) -> bool:
    """Write the R^2 of every VM to room[:n]; False if columns are dependent.

    Room holds, one after another: R^2, before that the sums of squares (n); means (n); the columns' lengths (n); what
    a regression foretells (m); its columns, shared (n + 1, m) and own (n, m).
    """
    lengths, fitted = 2 * n, 3 * n
    shared, own = fitted + m, fitted + m + (n + 1) * m
    _lay_columns(room, shared, histories, members, first, n, m, stride)
    _add_squares(room, n, shared + m, n, m)
    for i in range(n):
        # Shared column i is the intercept or VM i - 1, the last that is new among the regressors before VM i.
        if not _reflect(room, shared + i * m, i, n - i, lengths + i, m):
            return False
        for k in range(i * m, n * m):
            room[own + k] = room[shared + m + k]
        if not _decompose_rest(room, own, lengths, i, n, m):
            return False
        _substitute(room, shared, own, lengths, i, n, m)
        _fit(room, fitted, own + i * m, histories, members, i, first, n, m, stride)
        residual, start = 0.0, first + members[i] * stride
        for k in range(m):
            miss = histories[start + k] - room[fitted + k]
            residual += miss * miss
        room[i] = 1.0 - residual / room[i] if room[i] > 0.0 else 0.0
    return True


@kernel
def _lay_columns(
    room: FloatArray, shared: int, histories: FloatArray, members: IntArray, first: int, n: int, m: int, stride: int
) -> None:
    """Shared columns 0 ... n of m samples each: the intercept's ones, then the VMs."""
    for k in range(m):
        room[shared + k] = 1.0
    for i in range(n):
        start, column = first + members[i] * stride, shared + (i + 1) * m
        for k in range(m):
            room[column + k] = histories[start + k]


@kernel
def _add_squares(room: FloatArray, means: int, columns: int, n: int, m: int) -> None:
    """Each VM's squared distances from a mean that follows the samples (Commons Math's SecondMoment), to room[:n]."""
    for i in range(n):
        room[i] = room[means + i] = 0.0
    for k in range(m):
        for i in range(n):
            distance = room[columns + i * m + k] - room[means + i]
            step = distance / (k + 1.0)
            room[means + i] += step
            room[i] += k * distance * step


@kernel
def _reflect(room: FloatArray, column: int, row: int, num_behind: int, length_at: int, m: int) -> bool:
    """Reflect a column onto its entry `row`, and those behind it likewise; False if it has nothing from there on.

    From `row` on the column becomes the vector of the reflection; its length, of the opposite sign, goes to length_at.
    """
    norm = 0.0
    for k in range(row, m):
        norm += room[column + k] * room[column + k]
    if norm == 0.0:
        return False
    length = -math.sqrt(norm) if room[column + row] > 0.0 else math.sqrt(norm)
    room[length_at] = length
    room[column + row] -= length
    for j in range(1, num_behind + 1):
        _carry(room, column, column + j * m, row, length, m)
    return True


@kernel
def _carry(room: FloatArray, column: int, to: int, row: int, length: float, m: int) -> None:
    """Apply a column's reflection to another column."""
    share = 0.0
    for k in range(row, m):
        share += room[to + k] * room[column + k]
    share /= length * room[column + row]
    for k in range(row, m):
        room[to + k] += share * room[column + k]


@kernel
def _decompose_rest(room: FloatArray, own: int, lengths: int, i: int, n: int, m: int) -> bool:
    """Decompose the own columns of the VMs behind i, and reflect column i, which is explained, with them."""
    for j in range(i + 1, n):
        column = own + j * m
        if not _reflect(room, column, j, n - 1 - j, lengths + j, m):
            return False
        _carry(room, column, own + i * m, j, room[lengths + j], m)
    return True


@kernel
def _substitute(room: FloatArray, shared: int, own: int, lengths: int, i: int, n: int, m: int) -> None:
    """Solve for the coefficients, the intercept and then those of the other VMs: own column i becomes them."""
    explained = own + i * m
    for j in range(n - 1, -1, -1):
        column = shared + j * m if j <= i else own + j * m
        room[explained + j] /= room[lengths + j]
        coefficient = room[explained + j]
        for k in range(j):
            room[explained + k] -= coefficient * room[column + k]


@kernel
def _fit(
    room: FloatArray,
    fitted: int,
    coefficients: int,
    histories: FloatArray,
    members: IntArray,
    i: int,
    first: int,
    n: int,
    m: int,
    stride: int,
) -> None:
    """What the other VMs foretell of VM i: the intercept, and coefficient times history, added up in order."""
    for k in range(m):
        room[fitted + k] = room[coefficients]
    for j in range(1, n):
        coefficient, start = room[coefficients + j], first + members[j - 1 if j <= i else j] * stride
        for k in range(m):
            room[fitted + k] += histories[start + k] * coefficient
