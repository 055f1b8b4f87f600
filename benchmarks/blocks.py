"""How rivals are timed: in one process, in turns, block by block, so that a busy minute hits all of them alike.

A block gives its cost, CPU ns for one unit of work unless the benchmark says otherwise. The best block is what the
machine can do, the median what it did; ratios are given of both. Garbage collection stays on: users have it too.
"""

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import NamedTuple

LEAST_BLOCKS = 3
Block = Callable[[], float]


class Cost(NamedTuple):
    """One rival's blocks: cost of a unit in each, and of the best and the median block."""

    blocks: tuple[float, ...]

    @property
    def best(self) -> float:
        """Of the block that was disturbed least."""
        return min(self.blocks)

    @property
    def median(self) -> float:
        """Of the block in the middle."""
        return median(self.blocks)

    def over(self, other: "Cost") -> "Ratio":
        """How many times the other's cost; block k is compared with block k, which ran beside it."""
        pairs = zip(self.blocks, other.blocks, strict=True)
        return Ratio(self.best / other.best, median(mine / theirs for mine, theirs in pairs))


class Ratio(NamedTuple):
    """Of the best blocks, and the median over pairs of blocks that ran side by side."""

    best: float
    median: float


def interleaved(rivals: Mapping[str, Block], seconds: float, least: int = LEAST_BLOCKS) -> dict[str, Cost]:
    """Let rivals run in turns until the time is up; the first turn warms caches and is not counted."""
    for run in rivals.values():
        run()
    found: dict[str, list[float]] = {name: [] for name in rivals}
    ends = time.perf_counter() + seconds
    turns = 0
    while turns < least or time.perf_counter() < ends:
        for name, run in rivals.items():
            found[name].append(run())
        turns += 1
    return {name: Cost(tuple(blocks)) for name, blocks in found.items()}


def cpu_ns_a_unit(work: Callable[[], float]) -> float:
    """Do some work, which tells its units; CPU ns of this process for one of them."""
    began = time.process_time_ns()
    units = work()
    return (time.process_time_ns() - began) / units
