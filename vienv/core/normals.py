"""Normal numbers by the hundred: four for each of many entities, in straight loops that LLVM does eight at a time.

Box and Muller's pairs, 1958, from Philox's words of 32 bits each, so that none lies beyond 6.8. The C library takes one
logarithm, sine and cosine a call; here they are polynomials, exact to ten digits, equal on every machine, at a third of
the cost. Who needs one number takes `random.normal`.
"""

import math
from typing import NamedTuple

from vienv.core.jit import kernel
from vienv.core.random import philox
from vienv.core.state import FloatArray, IntArray

NUMBERS = 4
"""Of an entity at once: Philox gives four words."""
_LOW32 = 0xFFFFFFFF
_TWO32 = 4294967296.0
_HALVINGS = 5
_LOG_2 = math.log(2.0)
_LOG_CENTRE = math.log(0.75)


class Normals(NamedTuple):
    """Row k * entities + e: the k-th number of entity e; as many rows as NUMBERS times the most entities."""

    number: FloatArray
    word: IntArray


@kernel
def draw(normals: Normals, entities: int, seed: int, stream: int, tick: int) -> None:
    """Write four standard normal numbers for each entity 0 .. entities - 1, keyed by (seed, stream, entity, tick)."""
    for e in range(entities):
        w0, w1, w2, w3 = philox(tick & _LOW32, tick >> 32, e, stream, seed & _LOW32, seed >> 32)
        normals.word[e] = w0
        normals.word[entities + e] = w1
        normals.word[2 * entities + e] = w2
        normals.word[3 * entities + e] = w3
    for first in range(0, NUMBERS * entities, 2 * entities):
        for e in range(first, first + entities):
            radius = math.sqrt(-2.0 * logarithm(normals.word[e]))
            sine, cosine = circle(normals.word[e + entities])
            normals.number[e] = radius * cosine
            normals.number[e + entities] = radius * sine


@kernel
def logarithm(word: int) -> float:
    """The logarithm of (word + 0.5) / 2**32, to 11 digits (5 of the word 0): doublings, then the series of artanh."""
    scaled, doublings = word + 0.5, 0.0
    for k in range(_HALVINGS):
        bits = 16 >> k
        is_small = scaled < _TWO32 / (1 << bits)
        scaled = scaled * (1 << bits) if is_small else scaled
        doublings = doublings + bits if is_small else doublings
    part = scaled / _TWO32
    s = (part - 0.75) / (part + 0.75)
    q = s * s
    series = 1.0 / 7.0 + q * (1.0 / 9.0 + q * (1.0 / 11.0 + q / 13.0))
    series = 1.0 + q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * series))
    return 2.0 * s * series + _LOG_CENTRE - doublings * _LOG_2


@kernel
def circle(word: int) -> tuple[float, float]:
    """Sine and cosine of the angle 2 pi (word + 0.5) / 2**32 - pi, to 10 digits: series at a quarter, doubled twice."""
    quarter = ((word + 0.5) / _TWO32 - 0.5) * (0.5 * math.pi)
    q = quarter * quarter
    sine = quarter * (1.0 - q / 6.0 * (1.0 - q / 20.0 * (1.0 - q / 42.0 * (1.0 - q / 72.0 * (1.0 - q / 110.0)))))
    cosine = 1.0 - q / 30.0 * (1.0 - q / 56.0 * (1.0 - q / 90.0 * (1.0 - q / 132.0)))
    cosine = 1.0 - q / 2.0 * (1.0 - q / 12.0 * cosine)
    sine, cosine = 2.0 * sine * cosine, 1.0 - 2.0 * sine * sine
    return 2.0 * sine * cosine, 1.0 - 2.0 * sine * sine
