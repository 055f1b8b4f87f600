"""Paths from hosts to datastores that go down and come back: failover to another, and all paths down.

While another path is left, a host's copies stand for the time of a failover and go on over it (VMware, "Fibre Channel
SAN Configuration Guide", "Path Failover"; its seconds are UNSOURCED). Without any, its VMs on that datastore run on
without their disks and serve nobody, from that second to the one at which a path is back; vMotions to it and from it
are refused, its copies break off. Left out: what a guest's own I/O waits during a failover, permanent device loss,
and a VM whose host dies as well, which is then down from the host's death.
"""

from vienv.core.enums import IncidentKind, VmState
from vienv.core.jit import kernel
from vienv.core.state import NEVER, Adapters, Clock, Fabric, Hosts, Incidents, Paths, Vms
from vienv.core.stillness import is_still, stir


@kernel
def change(
    fabric: Fabric, adapters: Adapters, paths: Paths, hosts: Hosts, vms: Vms, incidents: Incidents, clock: Clock
) -> None:
    """Begin and end, in order of time, what the scenario schedules for this tick; use again what has come back."""
    end_s = clock.now_s[0] + clock.tick_s[0]
    for p in range(fabric.lost_at_s.size):
        if fabric.returned_at_s[p] <= clock.now_s[0]:
            fabric.lost_at_s[p] = fabric.returned_at_s[p] = NEVER
            paths.is_reachable[p] = 1
            clock.is_shown[0] = 0
            stir(hosts, clock, p // (fabric.lost_at_s.size // hosts.power_state.size))
    at_s = _next_incident_s(incidents)
    while at_s <= end_s:
        for n in range(incidents.at_s.size):
            if incidents.kind[n] != IncidentKind.PATH_FAILURE:
                continue
            if incidents.is_done[n] == 1 and incidents.ends_at_s[n] == at_s:
                incidents.ends_at_s[n] = NEVER
                _add_paths(fabric, adapters, hosts, vms, incidents, clock, n, incidents.number[n], at_s)
            if incidents.is_done[n] == 0 and incidents.at_s[n] == at_s:
                incidents.is_done[n] = 1
                incidents.ends_at_s[n] = at_s + incidents.duration_s[n]
                _add_paths(fabric, adapters, hosts, vms, incidents, clock, n, -incidents.number[n], at_s)
        at_s = _next_incident_s(incidents)


@kernel
def settle(fabric: Fabric, paths: Paths, clock: Clock) -> None:
    """Take out of reach, once the tick's vMotions and copies are advanced, what has no path left."""
    for p in range(fabric.lost_at_s.size):
        if fabric.paths_left[p] <= 0 and paths.is_reachable[p] == 1:
            paths.is_reachable[p] = 0
            clock.is_shown[0] = 0  # who reaches what stands in sums and rows that are else worked out once


@kernel
def withhold(vms: Vms, hosts: Hosts, fabric: Fabric, clock: Clock) -> None:
    """Cut vms.up_s by the seconds without a disk; hosts that are still hold what was cut."""
    if fabric.lost_at_s.size == 0:
        return
    now_s, num_datastores = clock.now_s[0], fabric.lost_at_s.size // hosts.power_state.size
    for v in range(vms.state.size):
        if vms.state[v] != VmState.RUNNING or is_still(hosts, vms.host[v]):
            continue
        p = vms.host[v] * num_datastores + vms.datastore[v]
        from_s = max(now_s, fabric.lost_at_s[p])
        until_s = min(now_s + clock.tick_s[0], fabric.returned_at_s[p])
        if until_s > from_s:
            vms.up_s[v] = max(0.0, vms.up_s[v] - (until_s - from_s))


@kernel
def next_event_s(fabric: Fabric, incidents: Incidents) -> float:
    """When a path next goes down or is used again; NEVER if none does."""
    event_s = _next_incident_s(incidents)
    for p in range(fabric.returned_at_s.size):
        event_s = min(event_s, fabric.returned_at_s[p])
    return event_s


@kernel
def _next_incident_s(incidents: Incidents) -> float:
    event_s = NEVER
    for n in range(incidents.at_s.size):
        if incidents.kind[n] == IncidentKind.PATH_FAILURE:
            event_s = min(event_s, incidents.ends_at_s[n] if incidents.is_done[n] == 1 else incidents.at_s[n])
    return event_s


@kernel
def _add_paths(
    fabric: Fabric,
    adapters: Adapters,
    hosts: Hosts,
    vms: Vms,
    incidents: Incidents,
    clock: Clock,
    n: int,
    number: int,
    at_s: float,
) -> None:
    """Let that many paths of incident n come back, or go down if negative; failures that overlap add up."""
    h = incidents.host[n]
    p = h * (fabric.lost_at_s.size // hosts.power_state.size) + incidents.datastore[n]
    had_any = fabric.paths_left[p] > 0
    fabric.paths_left[p] += number
    if fabric.paths_left[p] > 0 and number < 0:
        if adapters.paused_until_s[h] < at_s:
            adapters.paused_from_s[h] = at_s
        adapters.paused_until_s[h] = max(adapters.paused_until_s[h], at_s + adapters.failover_s[h])
    elif had_any and fabric.paths_left[p] <= 0:
        fabric.lost_at_s[p] = min(fabric.lost_at_s[p], at_s)
        fabric.returned_at_s[p] = NEVER
    elif not had_any and fabric.paths_left[p] > 0:
        fabric.returned_at_s[p] = at_s
        _begin_again(vms, clock, h)
    stir(hosts, clock, h)


@kernel
def _begin_again(vms: Vms, clock: Clock, h: int) -> None:
    """Give the running guests of host h, which was still and held what was cut, their whole tick."""
    for v in range(vms.state.size):
        if vms.host[v] == h and vms.state[v] == VmState.RUNNING:
            vms.up_s[v] = clock.tick_s[0]
