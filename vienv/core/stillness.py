"""Which hosts are still: where nothing changes, a tick gives what the last one gave, and is not worked out again.

Whatever changes something on a host (a VM that starts, stops, comes or goes, a vMotion in flight, a change of power,
a balloon that moves) stirs it. A stirred host is worked out in the tick in which that happens, which may hold split
seconds, and in the next, which holds whole ones; after that it is still. Guests that only want something else are
looked at once. Whoever writes a cluster's rows by hand stirs all its hosts: a count of 0, as in fresh rows, says so.
"""

from vienv.core.jit import kernel
from vienv.core.state import Clock, Hosts

STILL = 2
"""Ticks after which a host on which nothing happens is still."""


@kernel
def stir(hosts: Hosts, clock: Clock, h: int) -> None:
    """Work host h out in this tick and in the next."""
    hosts.still_ticks[h] = 0
    disturb(clock)


@kernel
def disturb(clock: Clock) -> None:
    """Work out in this tick and in the next what concerns no host."""
    clock.still_ticks[0] = 0


@kernel
def stir_all(hosts: Hosts, clock: Clock) -> None:
    """Work every host out in this tick and in the next."""
    for h in range(hosts.still_ticks.size):
        stir(hosts, clock, h)


@kernel
def look_once(hosts: Hosts, clock: Clock, h: int) -> None:
    """Work host h out in this tick; what it gives then holds."""
    hosts.still_ticks[h] = min(hosts.still_ticks[h], STILL - 1)
    clock.still_ticks[0] = min(clock.still_ticks[0], STILL - 1)


@kernel
def look_at_all(hosts: Hosts, clock: Clock) -> None:
    """Work every host out in this tick; what it gives then holds."""
    for h in range(hosts.still_ticks.size):
        look_once(hosts, clock, h)


@kernel
def is_still(hosts: Hosts, h: int) -> bool:
    """Whether host h gives in this tick what it gave in the last."""
    return hosts.still_ticks[h] >= STILL


@kernel
def is_quiet(clock: Clock) -> bool:
    """Whether every host is still."""
    return clock.still_ticks[0] >= STILL


@kernel
def end_tick(hosts: Hosts, clock: Clock) -> None:
    """Count the tick for hosts on which nothing happened."""
    for h in range(hosts.still_ticks.size):
        hosts.still_ticks[h] = min(STILL, hosts.still_ticks[h] + 1)
    clock.still_ticks[0] = min(STILL, clock.still_ticks[0] + 1)
