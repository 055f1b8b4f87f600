"""Draws that do not depend on what anybody did: keyed by (seed, stream, entity, tick), by Philox4x32-10.

Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011. A product of two 32-bit numbers
may leave numba's int64; the mask takes the same bits from it as from Python's longer integer.
"""

import math
from enum import IntEnum

from vienv.core.jit import kernel
from vienv.core.state import IntArray

_LOW32 = 0xFFFFFFFF
_M0, _M1 = 0xD2511F53, 0xCD9E8D57
_W0, _W1 = 0x9E3779B9, 0xBB67AE85
_ROUNDS = 10
_TWO32 = 4294967296.0
_TWO52 = 4503599627370496.0


class Stream(IntEnum):
    """What a draw is for; no two uses share one."""

    WAKE = 0
    FAILURE = 1
    REPAIR = 2
    FEED = 3


@kernel
def philox(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[int, int, int, int]:
    """Philox4x32-10: four 32-bit words from a counter of four and a key of two."""
    c0, c1, c2, k0, k1 = int(c0), int(c1), int(c2), int(k0), int(k1)  # NumPy's own integers would warn of an overflow
    for _ in range(_ROUNDS):
        p0, p1 = _M0 * c0, _M1 * c2
        c0, c1, c2, c3 = ((p1 >> 32) & _LOW32) ^ c1 ^ k0, p1 & _LOW32, ((p0 >> 32) & _LOW32) ^ c3 ^ k1, p0 & _LOW32
        k0, k1 = (k0 + _W0) & _LOW32, (k1 + _W1) & _LOW32
    return c0, c1, c2, c3


@kernel
def uniform(seed: int, stream: int, entity: int, tick: int) -> float:
    """One number in (0, 1), never 0 or 1, with 52 bits."""
    w0, w1, _, _ = philox(tick & _LOW32, tick >> 32, entity, stream, seed & _LOW32, seed >> 32)
    return ((w0 << 20 | w1 >> 12) + 0.5) / _TWO52


@kernel
def normal(seed: int, stream: int, entity: int, tick: int) -> float:
    """One standard normal number (Box-Muller)."""
    w0, w1, w2, w3 = philox(tick & _LOW32, tick >> 32, entity, stream, seed & _LOW32, seed >> 32)
    u = ((w0 << 20 | w1 >> 12) + 0.5) / _TWO52
    v = ((w2 << 20 | w3 >> 12) + 0.5) / _TWO52
    return math.sqrt(-2.0 * math.log(u)) * math.cos(2.0 * math.pi * v)


@kernel
def integer(seed: int, stream: int, entity: int, tick: int, below: int) -> int:
    """One integer, 0 <= it < below, all equally likely to 52 bits."""
    return int(uniform(seed, stream, entity, tick) * below)


@kernel
def four_uniforms(seed: int, stream: int, entity: int, tick: int) -> tuple[float, float, float, float]:
    """Four numbers in (0, 1) with 32 bits each, for the price of one."""
    w0, w1, w2, w3 = philox(tick & _LOW32, tick >> 32, entity, stream, seed & _LOW32, seed >> 32)
    return (w0 + 0.5) / _TWO32, (w1 + 0.5) / _TWO32, (w2 + 0.5) / _TWO32, (w3 + 0.5) / _TWO32


@kernel
def gamma(seed: int, stream: int, entity: int, shape: float) -> float:
    """One gamma number of shape 1 or more and scale 1 (Marsaglia and Tsang, ACM TOMS 26, 2000)."""
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    trial = 0
    while True:
        z, u = normal(seed, stream, entity, 2 * trial), uniform(seed, stream, entity, 2 * trial + 1)
        root = 1.0 + c * z
        if root > 0.0:
            cube = root * root * root
            if math.log(u) < 0.5 * z * z + d - d * cube + d * math.log(cube):
                return d * cube
        trial += 1


@kernel
def shuffle(deck: IntArray, count: int, seed: int, stream: int, entity: int) -> None:
    """Make deck[:count] a permutation of 0 .. count - 1, all equally likely (Fisher and Yates)."""
    for k in range(count):
        j = integer(seed, stream, entity, k, k + 1)
        deck[k] = deck[j]
        deck[j] = k
