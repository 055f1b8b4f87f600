"""Keys of the draws that make a world: (split, world, attempt), a stream, and nothing that a policy or another VM does.

Each world has a seed of its own, from which Philox draws (`core.random`). The split enters by the SHA-256 of its name,
so the worlds of train, tune and test are different worlds, in every scenario alike.
"""

import hashlib
from enum import IntEnum

from vienv.core.jit import kernel
from vienv.core.random import philox

SPLITS = ("train", "tune", "test")
MOST_WORLDS = 2**62
_LOW32 = 0xFFFFFFFF


class Stream(IntEnum):
    """What a draw is for; no two uses share one. The core's own streams lie below 16."""

    SEED = 16
    VCPUS = 18
    MEMORY = 19
    DEPARTMENT = 20
    RESERVED = 21
    RESERVED_PART = 22
    SHARES = 23
    ARRIVING = 24
    ARRIVAL = 25
    LEVEL = 26
    DEPARTMENT_LEVEL = 27
    PHASE = 28
    NOISE = 29
    DEPARTMENT_NOISE = 30
    BURST = 31
    DIRTY = 32
    WORKING_SET = 33
    LIFE = 34
    AGE = 35
    TRACE_DAY = 36
    TRACE_VM = 37
    PRICE = 38


def split_key(split: str) -> int:
    """The key of a split's worlds: 0 <= key < 2**62."""
    return int.from_bytes(hashlib.sha256(split.encode()).digest()[:8], "big") >> 2


@kernel
def seed_of(split_key: int, world: int, attempt: int) -> int:
    """The seed of a world's attempt, 0 <= seed < 2**62."""
    high, low, _, _ = philox(world & _LOW32, world >> 32, attempt, Stream.SEED, split_key & _LOW32, split_key >> 32)
    return high << 30 | low >> 2
