"""Counts of what happens and is neither billed nor a metric: restarts that met a lock, isolations, resets of guests.

A scenario that uses none of the parts that count has no rows, and counting does nothing.
"""

from vienv.core.jit import kernel
from vienv.core.state import Counters


@kernel
def add(counters: Counters, happening: int, amount: float) -> None:
    """Add to one count."""
    if counters.number.size > 0:
        counters.number[happening] += amount
