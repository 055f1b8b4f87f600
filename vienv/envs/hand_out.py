"""What crosses back to Python: copies into arrays that the caller has made for this step and may keep.

`shown` is one block of float32 that holds the parts of the observation one after another, each for all clusters of the
batch, so that every part is an unbroken array; whole numbers, the placement, lie in it as int32. `told` has one row of
float64 a cluster, in the order of `Told`.
"""

from enum import IntEnum

import numpy as np

from vienv.core import arena
from vienv.core.enums import Term
from vienv.core.jit import kernel
from vienv.core.state import FloatArray, IntArray
from vienv.envs.command import is_over
from vienv.envs.show import Float32Array

FIRST_PART = -7
MOST_PARTS = 5
"""`spans[FIRST_PART]` and the rows behind it say of each part: its first number and its end in the output, and 1 for
whole numbers. A part that is not shown has none."""


class Told(IntEnum):
    """What is told of a cluster; behind it the terms of the step and those of the episode, in the order of `Term`."""

    REWARD = 0
    TERMINATED = 1
    TRUNCATED = 2
    ELAPSED_S = 3
    REFUSAL = 4


NUM_TOLD = len(Told) + 2 * len(Term)
_FIRST_TERM, _FIRST_TOTAL = len(Told), len(Told) + len(Term)


@kernel
def hand_out(
    shown: Float32Array,
    told: FloatArray,
    f: FloatArray,
    i: IntArray,
    spans: IntArray,
    output: Float32Array,
    e: int,
    num_envs: int,
) -> None:
    """Copy what cluster e of a batch shows, and tell how its step went."""
    hand_parts(shown, spans, output, e, num_envs)
    _tell(told[e * NUM_TOLD : (e + 1) * NUM_TOLD], f, i, spans)


@kernel
def hand_parts(shown: Float32Array, spans: IntArray, output: Float32Array, e: int, num_envs: int) -> None:
    """Copy the parts that are shown of row e of a batch."""
    begins = 0
    for p in range(FIRST_PART, FIRST_PART + MOST_PARTS):
        first, size = spans[p, 0], spans[p, 1] - spans[p, 0]
        part = shown[begins + e * size : begins + (e + 1) * size]
        source = output[first : first + size]  # read from 0 on, or numba asks of every index whether it is negative
        if spans[p, 2] == 1:
            numbers = part.view(np.int32)
            for k in range(size):
                numbers[k] = np.int32(source[k])
        else:
            for k in range(size):
                part[k] = source[k]
        begins += num_envs * size


@kernel
def _tell(row: FloatArray, f: FloatArray, i: IntArray, spans: IntArray) -> None:
    outcome, ledger = arena.outcome_of(f, i, spans), arena.ledger_of(f, i, spans)
    is_terminated = arena.clock_of(f, i, spans).is_terminated[0] == 1
    row[Told.REWARD] = outcome.reward[0]
    row[Told.TERMINATED] = is_terminated
    row[Told.TRUNCATED] = is_over(f, i, spans) and not is_terminated
    row[Told.ELAPSED_S] = outcome.elapsed_s[0]
    row[Told.REFUSAL] = outcome.refusal[0]
    for t in range(ledger.step.size):
        row[_FIRST_TERM + t] = ledger.step[t]
        row[_FIRST_TOTAL + t] = ledger.episode[t]
