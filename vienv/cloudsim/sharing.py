"""How a host shares its CPU among its VMs: CloudSim's time-shared scheduler with over-subscription.

A VM never gets more than one core. One that leaves gets nine tenths of its share until it has gone, and its host holds
the whole; one that comes in takes a tenth. If that is more than the host has, all are scaled down alike, to whole MIPS.
The sum of what they ask is then taken in the order of a java.util.HashMap, by hash of the VMs' names: its last bit
decides now and then whether a share is rounded to one MIPS less.
"""

import math

from vienv.cloudsim import book
from vienv.cloudsim.enums import NOBODY
from vienv.cloudsim.places import vm_of
from vienv.cloudsim.state import Day, Hosts, Misses, Moves, Places, Shutdowns, Vms
from vienv.core.jit import kernel

LEAVING = 0.9
COMING = 0.1
MOST_FULL = 0.75
"""Of a hash table, before it is doubled."""


@kernel
def share(
    hosts: Hosts,
    vms: Vms,
    ends: Shutdowns,
    misses: Misses,
    places: Places,
    moves: Moves,
    day: Day,
    h: int,
) -> None:
    """Share a host's CPU anew at this instant, and enter what comes of it in the book."""
    hosts.previous_mips[h] = hosts.used_mips[h]
    scale = _scale(hosts, vms, places, moves, h)
    num_vms, now_s = vms.mips.size, day.now_s[0]
    used = asked = 0.0
    entry = hosts.first[h]
    while entry != NOBODY:
        v = vm_of(moves, entry, num_vms)
        granted = min(vms.asked_mips[v], hosts.core_mips[h])
        if entry >= num_vms:
            granted = _scaled(granted * COMING, scale)
        elif vms.is_moving[v] == 1:
            granted = granted * LEAVING if scale == 0.0 else math.floor(granted * scale * LEAVING)
        else:
            granted = _scaled(granted, scale)
        if entry < num_vms:
            book.note_vm(vms, ends, misses, v, now_s, granted)
            if vms.is_moving[v] == 1:
                granted /= LEAVING
        used += granted
        asked += vms.asked_mips[v]
        entry = places.next[entry]
    hosts.used_mips[h] = used
    book.note_host(hosts, ends, h, now_s, used, asked)


@kernel
def _scaled(mips: float, scale: float) -> float:
    return mips if scale == 0.0 else math.floor(mips * scale)


@kernel
def _scale(hosts: Hosts, vms: Vms, places: Places, moves: Moves, h: int) -> float:
    """By how much all are scaled down; 0 if the host has enough."""
    free = hosts.mips[h]
    n = 0
    is_short = False
    entry = hosts.first[h]
    while entry != NOBODY:
        weight = min(vms.asked_mips[vm_of(moves, entry, vms.mips.size)], hosts.core_mips[h])
        if entry >= vms.mips.size:
            weight *= COMING
        n += 1
        if free >= weight:
            free -= weight
        else:
            free, is_short = 0.0, True
        entry = places.next[entry]
    make_room(hosts, h, n)
    return hosts.mips[h] / _total(hosts, vms, places, moves, h) if is_short else 0.0


@kernel
def make_room(hosts: Hosts, h: int, num_vms: int) -> None:
    """Double a host's hash table until it is at most three quarters full, as Java does."""
    while num_vms > MOST_FULL * hosts.buckets[h]:
        hosts.buckets[h] *= 2


@kernel
def _total(hosts: Hosts, vms: Vms, places: Places, moves: Moves, h: int) -> float:
    """What all VMs of a host ask, added up bucket by bucket of its hash table."""
    total = 0.0
    for bucket in range(hosts.buckets[h]):
        entry = hosts.first[h]
        while entry != NOBODY:
            v = vm_of(moves, entry, vms.mips.size)
            if vms.hash[v] % hosts.buckets[h] == bucket:
                weight = min(vms.asked_mips[v], hosts.core_mips[h])
                total += weight * COMING if entry >= vms.mips.size else weight
            entry = places.next[entry]
    return total
