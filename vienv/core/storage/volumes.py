"""Datastores that fill: thin disks grow while their guests run, and stop them where no space is left.

A thin disk grows at its guest's rate until it is as large as configured. When the datastore is full, every guest that
would write to a new block stops at that second and waits, still powered on, until there is space; one on a thick disk
goes on (VMware, "vSphere Storage", "Handling Datastore Over-Subscription"). Growth is counted from the end of the tick
in which a guest comes up to the end of the one in which it goes down, a stop is exact, and guests go on with the tick
after the one in which space came. Left out: swap files, logs, and what a guest frees inside its disk.
"""

from vienv.core.enums import VmState
from vienv.core.jit import kernel
from vienv.core.state import NEVER, Clock, Disks, Hosts, Vms, Volumes
from vienv.core.stillness import is_still, stir

_ROUNDING_MB = 1e-6


@kernel
def fill(volumes: Volumes, disks: Disks, vms: Vms, hosts: Hosts, clock: Clock) -> None:
    """Book what thin disks have grown up to this tick's end, stop guests where space ran out, and foresee the next."""
    if disks.written_mb.size == 0:
        return
    end_s = clock.now_s[0] + clock.tick_s[0]
    catch_up(volumes, disks, vms, end_s)
    for v in range(disks.written_mb.size):
        d = vms.datastore[v]
        is_full = volumes.capacity_mb[d] - volumes.used_mb[d] <= _ROUNDING_MB
        if is_full and disks.is_growing[v] == 1 and volumes.fills_at_s[d] <= end_s:
            disks.stopped_at_s[v] = max(clock.now_s[0], volumes.fills_at_s[d])
            stir(hosts, clock, vms.host[v])
        elif disks.stopped_at_s[v] < NEVER and (not is_full or vms.state[v] != VmState.RUNNING):
            disks.stopped_at_s[v] = NEVER
            if vms.state[v] == VmState.RUNNING:
                vms.up_s[v] = 0.0
                stir(hosts, clock, vms.host[v])
        is_stopped = disks.stopped_at_s[v] < NEVER
        can_grow = disks.write_mb_s[v] > 0.0 and disks.written_mb[v] < disks.configured_mb[v]
        disks.is_growing[v] = 1 if vms.state[v] == VmState.RUNNING and can_grow and not is_stopped else 0
    _foresee(volumes, disks, vms, end_s)


@kernel
def catch_up(volumes: Volumes, disks: Disks, vms: Vms, now_s: float) -> None:
    """Book what thin disks have grown up to that second, so that who copies them copies all of it."""
    for v in range(disks.written_mb.size):
        if disks.is_growing[v] == 1:
            d = vms.datastore[v]
            _grow(volumes, disks, v, d, min(now_s, volumes.fills_at_s[d]) - volumes.used_until_s[d])
    for d in range(volumes.used_until_s.size):
        volumes.used_until_s[d] = max(now_s, volumes.used_until_s[d])


@kernel
def withhold(vms: Vms, hosts: Hosts, disks: Disks, clock: Clock) -> None:
    """Cut vms.up_s of guests that wait for space to their seconds before; hosts that are still hold what was cut."""
    for v in range(disks.stopped_at_s.size):
        if disks.stopped_at_s[v] < NEVER and vms.state[v] == VmState.RUNNING and not is_still(hosts, vms.host[v]):
            vms.up_s[v] = min(vms.up_s[v], max(0.0, disks.stopped_at_s[v] - clock.now_s[0]))


@kernel
def next_event_s(volumes: Volumes, disks: Disks, vms: Vms) -> float:
    """When a datastore is full, or a disk as large as configured; NEVER if none grows."""
    event_s = NEVER
    for v in range(disks.written_mb.size):
        if disks.is_growing[v] == 1:
            d = vms.datastore[v]
            left_s = (disks.configured_mb[v] - disks.written_mb[v]) / disks.write_mb_s[v]
            event_s = min(event_s, volumes.fills_at_s[d], volumes.used_until_s[d] + left_s)
    return event_s


@kernel
def free_share(volumes: Volumes, d: int, now_s: float) -> float:
    """Of datastore d's capacity, what is free at that second; 1 without limit."""
    if volumes.capacity_mb[d] == NEVER:
        return 1.0
    used_mb = volumes.used_mb[d] + volumes.growth_mb_s[d] * max(0.0, now_s - volumes.used_until_s[d])
    return max(0.0, 1.0 - used_mb / volumes.capacity_mb[d])


@kernel
def _grow(volumes: Volumes, disks: Disks, v: int, d: int, elapsed_s: float) -> None:
    grown_mb = min(disks.configured_mb[v] - disks.written_mb[v], disks.write_mb_s[v] * max(0.0, elapsed_s))
    disks.written_mb[v] += grown_mb
    volumes.used_mb[d] += grown_mb


@kernel
def _foresee(volumes: Volumes, disks: Disks, vms: Vms, end_s: float) -> None:
    """Work out when each datastore is full at its present growth."""
    for d in range(volumes.used_mb.size):
        volumes.used_until_s[d] = end_s
        volumes.growth_mb_s[d] = 0.0
    for v in range(disks.written_mb.size):
        if disks.is_growing[v] == 1:
            volumes.growth_mb_s[vms.datastore[v]] += disks.write_mb_s[v]
    for d in range(volumes.used_mb.size):
        volumes.fills_at_s[d] = NEVER
        if volumes.growth_mb_s[d] > 0.0:
            free_mb = max(0.0, volumes.capacity_mb[d] - volumes.used_mb[d])
            volumes.fills_at_s[d] = end_s + free_mb / volumes.growth_mb_s[d]
