"""Proportional sharing: how a capacity is divided among claimants with reservation, limit and shares.

Everyone gets its floor (its reservation, as far as it wants it). What is left is handed out in proportion to shares, to
nobody more than it wants or may have; what those leave is handed out again, until the capacity or the claims are
exhausted (the top-down pass of DRS: Gulati et al., "VMware Distributed Resource Management", VMware Technical Journal,
2012). So g = min(cap, floor + level x shares), with one level for all. Floors that together exceed the capacity, which
admission control prevents, are scaled down alike. Memory is divided by shares per page (`level_out`): floors do not add
to what shares give. Left out: capacity beyond all claims stays idle.
"""

from vienv.core.jit import kernel
from vienv.core.state import FloatArray


@kernel
def share_out(
    granted: FloatArray, floor: FloatArray, cap: FloatArray, weight: FloatArray, n: int, capacity: float
) -> None:
    """Divide `capacity` among the claimants in rows 0..n-1: floors first, the rest by weight, never above the caps.

    Writes granted. All arrays have at least n rows; granted, floor and cap are in the capacity's unit, weights in any.
    Weights are positive, the others not negative.
    """
    held = wanted = 0.0
    for k in range(n):
        granted[k] = min(floor[k], cap[k])
        held += granted[k]
        wanted += cap[k]
    if wanted <= capacity:
        for k in range(n):
            granted[k] = cap[k]
        return
    if held >= capacity:
        scale = capacity / held if held > 0.0 else 0.0
        for k in range(n):
            granted[k] *= scale
        return
    _fill(granted, cap, weight, n, capacity)


@kernel
def level_out(
    granted: FloatArray,
    lifted: FloatArray,
    floor: FloatArray,
    cap: FloatArray,
    weight: FloatArray,
    n: int,
    capacity: float,
) -> None:
    """Divide `capacity` at equal shares per page; whom that leaves below its floor is lifted to it first.

    Writes granted; lifted, 0 at first, and cap are scratch.
    """
    is_lifting = True
    while is_lifting:  # each round but the last lifts somebody for good
        share_out(granted, lifted, cap, weight, n, max(0.0, capacity))
        is_lifting = False
        for k in range(n):
            if granted[k] < floor[k] and lifted[k] < floor[k]:
                lifted[k] = cap[k] = floor[k]
                is_lifting = True


@kernel
def _fill(granted: FloatArray, cap: FloatArray, weight: FloatArray, n: int, capacity: float) -> None:
    """Raise everybody from its floor, by its weight, to the level at which the capacity is used up."""
    level = 0.0
    is_rising = True
    while (
        is_rising
    ):  # all rounds but the first two satisfy somebody, and what it leaves raises the level for the others
        held = open_weight = 0.0
        for k in range(n):
            if granted[k] < cap[k] and granted[k] + level * weight[k] >= cap[k]:
                granted[k] = cap[k]
            held += granted[k]
            if granted[k] < cap[k]:
                open_weight += weight[k]
        risen = (capacity - held) / open_weight if open_weight > 0.0 else 0.0
        is_rising = risen > level
        level = max(level, risen)
    for k in range(n):
        if granted[k] < cap[k]:
            granted[k] += level * weight[k]
