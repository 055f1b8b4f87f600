"""Draws that do not depend on what anybody did: keyed by (seed, stream, entity, tick), by Philox4x32-10.

Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011. Written with products below
2**49, so that numba's int64 and Python's integers give the same bits.
"""

import math
from enum import IntEnum

from vienv.core.jit import kernel

_LOW16 = 0xFFFF
_LOW32 = 0xFFFFFFFF
_M0, _M1 = 0xD2511F53, 0xCD9E8D57
_W0, _W1 = 0x9E3779B9, 0xBB67AE85
_ROUNDS = 10
_TWO52 = 4503599627370496.0


class Stream(IntEnum):
    """What a draw is for; no two uses share one."""

    WAKE = 0
    FAILURE = 1
    REPAIR = 2


@kernel
def _product(a: int, b: int) -> tuple[int, int]:
    """High and low 32 bits of the product of two 32-bit numbers."""
    low = (a & _LOW16) * b
    high = (a >> 16) * b + (low >> 16)
    return high >> 16, ((high & _LOW16) << 16) | (low & _LOW16)


@kernel
def philox(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[int, int, int, int]:
    """Philox4x32-10: four 32-bit words from a counter of four and a key of two."""
    for _ in range(_ROUNDS):
        h0, l0 = _product(_M0, c0)
        h1, l1 = _product(_M1, c2)
        c0, c1, c2, c3 = h1 ^ c1 ^ k0, l1, h0 ^ c3 ^ k1, l0
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
