"""Keys of the draws that make a world: (split, world, attempt, stream), and nothing that a policy or another VM does.

numpy's SeedSequence hashes the key, PCG64 draws. The split enters by the SHA-256 of its name, so the worlds of train,
tune and test are different worlds, in every scenario alike.
"""

import hashlib
from enum import IntEnum

import numpy as np

SPLITS = ("train", "tune", "test")


class Stream(IntEnum):
    """What a draw is for; no two uses share one."""

    SEED = 0
    SIZES = 1
    RESERVATIONS = 2
    SHARES = 3
    DEPARTMENTS = 4
    LEVEL = 5
    DEPARTMENT_LEVEL = 6
    PHASE = 7
    NOISE = 8
    DEPARTMENT_NOISE = 9
    BURST = 10
    FAILURE = 11
    DIRTY = 12
    WORKING_SET = 13
    ARRIVAL = 14
    TRACE = 15
    PRICE = 16


class Keys:
    """The generators of one world's attempt."""

    def __init__(self, split: str, world: int, attempt: int = 0):
        self._key = [int.from_bytes(hashlib.sha256(split.encode()).digest()[:8], "big"), world, attempt]

    def generator(self, stream: Stream) -> np.random.Generator:
        """The generator of one stream, from its beginning."""
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence([*self._key, stream])))

    def seed(self) -> int:
        """The kernels' key: 0 <= seed < 2**62."""
        return int(self.generator(Stream.SEED).integers(1 << 62))
