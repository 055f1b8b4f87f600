"""A migration: memory over half of a Gigabit link, whatever else moves; nothing but CPU shares feels it.

613 MB take 9.808 s, 870 MB 13.92 s and 1,740 MB 27.84 s, so all have landed before the next tick. A VM that a plan
moves twice flies to both targets at once, and lands on one after the other at the same instant.
"""

import math

from vienv.cloudsim.places import append, remove
from vienv.cloudsim.sharing import share
from vienv.cloudsim.state import Day, Hosts, Misses, Moves, Places, Shutdowns, Vms
from vienv.core.jit import kernel

LINK_MB_S = 1_000_000 / (2 * 8000)
"""Half of 1 Gbit/s in CloudSim's kbit/s."""


@kernel
def start(
    hosts: Hosts,
    vms: Vms,
    ends: Shutdowns,
    misses: Misses,
    places: Places,
    moves: Moves,
    day: Day,
) -> None:
    """Start all moves of the interval in their order; target and source share anew at each."""
    for k in range(day.num_moves[0]):
        v, target = moves.vm[k], moves.target[k]
        day.distinct_moves[0] += 1 - vms.is_moving[v]
        vms.is_moving[v] = 1
        append(hosts, places, target, vms.mips.size + k)
        share(hosts, vms, ends, misses, places, moves, day, target)
        share(hosts, vms, ends, misses, places, moves, day, vms.host[v])
        moves.end_s[k] = day.now_s[0] + vms.ram_mb[v] / LINK_MB_S
        day.migrations[0] += 1


@kernel
def next_landing_s(moves: Moves, day: Day) -> float:
    """The instant at which the next moves end; infinity if none is in flight."""
    soonest = math.inf
    for k in range(day.num_moves[0]):
        if day.now_s[0] < moves.end_s[k] < soonest:
            soonest = moves.end_s[k]
    return soonest


@kernel
def land(hosts: Hosts, vms: Vms, places: Places, moves: Moves, day: Day) -> None:
    """End all moves that are due now, in the order in which they started."""
    for k in range(day.num_moves[0]):
        if moves.end_s[k] != day.now_s[0]:
            continue
        v, target = moves.vm[k], moves.target[k]
        remove(hosts, places, vms.host[v], v)
        remove(hosts, places, target, vms.mips.size + k)
        append(hosts, places, target, v)
        vms.host[v], vms.is_moving[v] = target, 0
