"""Watts of a server from its published SPECpower_ssj2008 result, straight lines between eleven loads.

Switching a server on or off takes neither time nor energy here; one without load draws nothing. Energy over a slice of
time is the mean of the watts at its ends, and nothing if the slice began without load.
"""

import math

from vienv.cloudsim.enums import CURVE_POINTS
from vienv.cloudsim.state import Curves, Hosts
from vienv.core.jit import kernel

ROUNDED_DOWN = 1.01
"""A load between 1 and this is taken for rounding, and for 1."""


@kernel
def load_of(used_mips: float, mips: float) -> float:
    """Load of a host, 0 to 1."""
    load = used_mips / mips
    return 1.0 if 1.0 < load < ROUNDED_DOWN else load


@kernel
def watts_at(curves: Curves, curve: int, load: float) -> float:
    """Watts of a kind of server at a load."""
    load = min(load, 1.0)
    steps = load * (CURVE_POINTS - 1)
    low = math.floor(steps)
    k = curve * CURVE_POINTS + int(low)
    if steps == low:
        return curves.watts[k]
    before, after = curves.watts[k], curves.watts[k + 1]
    return before + (after - before) / 10.0 * (load - low / 10.0) * 100.0


@kernel
def joules_of(hosts: Hosts, curves: Curves, h: int, seconds: float) -> float:
    """Energy of a host over the slice that its last update ended."""
    before = load_of(hosts.previous_mips[h], hosts.mips[h])
    if before == 0.0:
        return 0.0
    start_w = watts_at(curves, hosts.curve[h], before)
    end_w = watts_at(curves, hosts.curve[h], load_of(hosts.used_mips[h], hosts.mips[h]))
    return (start_w + (end_w - start_w) / 2.0) * seconds


@kernel
def full_joules(hosts: Hosts, curves: Curves, seconds: float) -> float:
    """Energy of all hosts at full power, whatever they do: the non-power-aware reference."""
    joules = 0.0
    for h in range(hosts.mips.size):
        joules += watts_at(curves, hosts.curve[h], 1.0) * seconds
    return joules
