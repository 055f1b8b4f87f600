"""What every VM wants: PlanetLab's samples, a straight line from one to the next.

Ticks are 0.1 s late, as CloudSim's are, so tick k sees a three-thousandth of the way from sample k to sample k + 1.
"""

import math

from vienv.cloudsim.enums import HISTORY, NOBODY, RING, SAMPLES
from vienv.cloudsim.state import Day, Demand, Histories, Vms
from vienv.core.jit import kernel

INTERVAL_S = 300.0
LATE_S = 0.1
"""Cloudlets are submitted at 0.1 s, and every tick follows from there."""


@kernel
def want(vms: Vms, demand: Demand, time_s: float) -> None:
    """Write what every VM asks at an instant: a fraction of its MIPS, and MIPS."""
    at = time_s / INTERVAL_S
    before, after = math.floor(at), math.ceil(at)
    since_s = time_s - before * INTERVAL_S
    for v in range(vms.host.size):
        if vms.host[v] == NOBODY:
            continue
        first = v * (SAMPLES + 1)
        low, high = demand.fraction[first + int(before)], demand.fraction[first + int(after)]
        fraction = low
        if after > before:
            fraction = low + (high - low) / ((after - before) * INTERVAL_S) * since_s
        vms.fraction[v] = fraction
        vms.asked_mips[v] = fraction * vms.mips[v]


@kernel
def remember(histories: Histories, day: Day, vms: Vms) -> None:
    """Put this tick's fractions in front of the histories."""
    newest = (day.newest[0] + HISTORY - 1) % HISTORY
    for v in range(vms.host.size):
        histories.fraction[v * RING + newest] = histories.fraction[v * RING + newest + HISTORY] = vms.fraction[v]
    day.newest[0] = newest
    day.num_samples[0] = min(day.num_samples[0] + 1, HISTORY)
