"""Compiled, over plain rows and over fields of a view, the numbers are those of the Python source, bit for bit."""

import os
import subprocess
import sys
from typing import NamedTuple

import numpy as np

from vienv.cloudsim.correlation import most_correlated, room_for
from vienv.cloudsim.estimates import interquartile_range, median_absolute_deviation, num_leading, predicted
from vienv.cloudsim.javarandom import next_int, seeded
from vienv.core.arena import spans_of, view_of
from vienv.core.jit import crossing, kernel, ready
from vienv.core.state import FloatArray, IntArray

MOST, SAMPLES, STRIDE = 8, 30, 60


class Histories(NamedTuple):
    value: FloatArray


class Members(NamedTuple):
    vm: IntArray


class Work(NamedTuple):
    room: FloatArray


KINDS = {
    Histories: lambda n: n[0],
    Members: lambda n: MOST,
    Work: lambda n: room_for(MOST, SAMPLES),
}
histories_of, members_of, work_of = (view_of(kind, KINDS) for kind in KINDS)


@kernel
def numbers(found, histories, members, room, first, n, m):
    """Everything once, over rows of either kind."""
    state, below = seeded(first), 0
    for k in range(5):
        state, below = next_int(state, n + (1 << 30) * (k % 2))
    found[0] = below
    found[1] = most_correlated(histories, members, first, n, m, STRIDE, room)
    for i in range(n):
        found[6 + i] = room[i] if found[1] >= 0.0 else -1.0
    for k in range(m):
        room[k] = histories[first + k]
    found[2] = num_leading(room, m)
    found[3] = interquartile_range(room, m)
    found[4] = predicted(room, min(m, 10), 1)
    found[5] = median_absolute_deviation(room, m)


@crossing("void(float64[::1], float64[::1], int64[::1], float64[::1], int64, int64, int64)")
def over_rows(found, histories, members, room, first, n, m):
    numbers(found, histories, members, room, first, n, m)


@crossing("void(float64[::1], float64[::1], int64[::1], int64[:,::1], int64, int64, int64)")
def over_fields(found, floats, ints, spans, first, n, m):
    histories, members = histories_of(floats, ints, spans), members_of(floats, ints, spans)
    numbers(found, histories.value, members.vm, work_of(floats, ints, spans).room, first, n, m)


def play() -> list[list[list[str]]]:
    """The numbers of drawn clusters, in hexadecimal: over plain rows, and over fields."""
    ready(over_rows, over_fields)
    draw = np.random.default_rng(9)
    vms = 20
    spans, num_floats, num_ints = spans_of((vms * STRIDE,), KINDS)
    floats, ints = np.zeros(num_floats), np.zeros(num_ints, np.int64)
    history, members = draw.random(vms * STRIDE).round(2), draw.permutation(vms)[:MOST]
    floats[spans[0, 1] : spans[0, 1] + vms * STRIDE] = history
    ints[spans[1, 2] : spans[1, 2] + MOST] = members
    rows, fields = [], []
    for n in range(1, MOST + 1):
        for m in (3, 7, 12, 30):
            first = int(draw.integers(0, 30))
            found = np.zeros((2, 6 + MOST))
            over_rows(found[0], history, members, np.empty(room_for(MOST, SAMPLES)), first, n, m)
            over_fields(found[1], floats, ints, spans, first, n, m)
            rows.append([float(value).hex() for value in found[0]])
            fields.append([float(value).hex() for value in found[1]])
    return [rows, fields]


def test_compiled_and_interpreted_numbers_agree_over_plain_rows_and_over_fields():
    script = "from tests.cloudsim.test_compiled_numbers import play; print(play())"
    played = {
        subprocess.run(
            [sys.executable, "-c", script],
            env=os.environ | {"NUMBA_DISABLE_JIT": flag},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for flag in ("0", "1")
    }
    assert len(played) == 1
    rows, fields = eval(played.pop())
    assert rows == fields
    winners = [float.fromhex(found[1]) for found in rows]
    assert min(winners) == -1.0
    assert len(set(winners)) > 4
