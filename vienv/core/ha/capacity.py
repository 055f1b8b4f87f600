"""Capacity that is not there yet: hosts on their way, and those that HA asks DPM to wake when a restart finds none.

One host is woken for each VM that the hosts already on their way have no room for, reservations added up; VirtualCenter
must be up, for DPM is its part (VMware, vSphere Resource Management, "DPM and vSphere HA"; Epping, HA Deepdive).
Left out: which host DPM would choose (the first by index that holds the VM), and vMotions that make room.
"""

from vienv.core.clusters import are_together, is_in
from vienv.core.compatibility import is_hosted, suits
from vienv.core.counters import add
from vienv.core.enums import ISOLATED, NO_HOST, Happening, PowerState, VmState
from vienv.core.jit import kernel
from vienv.core.params import PowerParams, Randomness
from vienv.core.power_orders import has_peer, wake_in_tick
from vienv.core.state import NEVER, Clock, Counters, Hosts, Metrics, Paths, Protection, Vms


@kernel
def next_host_at_s(hosts: Hosts, cluster: int) -> float:
    """When the next host joins the cluster if its boot succeeds; NEVER if none is waking or booting."""
    soonest_s = NEVER
    for h in range(hosts.power_state.size):
        if is_hosted(hosts, h) or not is_in(hosts, h, cluster):
            continue
        if hosts.power_state[h] == PowerState.WAKING:
            soonest_s = min(soonest_s, hosts.ready_at_s[h] + hosts.boot_s[h])
        elif hosts.power_state[h] == PowerState.BOOTING:
            soonest_s = min(soonest_s, hosts.ready_at_s[h])
    return soonest_s


@kernel
def ask(
    hosts: Hosts,
    vms: Vms,
    clock: Clock,
    metrics: Metrics,
    paths: Paths,
    protection: Protection,
    counters: Counters,
    power: PowerParams,
    randomness: Randomness,
    v: int,
    at_s: float,
) -> bool:
    """Have a host woken for VM v at that second, unless enough are coming; whether one comes that VM v may wait for."""
    if _is_enough_coming(hosts, vms, paths, v, hosts.cluster[vms.host[v]]):
        return True
    h = _sleeper_for(hosts, vms, paths, protection, v, at_s)
    if h == NO_HOST or at_s < clock.vc_returns_at_s[0]:
        return False
    wake_in_tick(hosts, metrics, clock, power, randomness, h, at_s)
    add(counters, Happening.WAKES_ASKED, 1.0)
    return hosts.power_state[h] == PowerState.WAKING or hosts.power_state[h] == PowerState.BOOTING


@kernel
def _is_enough_coming(hosts: Hosts, vms: Vms, paths: Paths, v: int, cluster: int) -> bool:
    """Whether the cluster's hosts on their way that may run VM v have room for what it and those that wait reserve."""
    room_mhz = room_mb = 0.0
    for h in range(hosts.power_state.size):
        is_coming = hosts.power_state[h] == PowerState.WAKING or hosts.power_state[h] == PowerState.BOOTING
        if is_coming and is_in(hosts, h, cluster) and not is_hosted(hosts, h) and suits(hosts, vms, paths, v, h):
            room_mhz += hosts.cpu_capacity_mhz[h]
            room_mb += hosts.memory_capacity_mb[h]
    for u in range(vms.state.size):
        is_waiting = vms.state[u] == VmState.DOWN and vms.restart_attempts[u] > 0
        if u == v or (is_waiting and is_in(hosts, vms.host[u], cluster)):
            room_mhz -= vms.cpu_reservation_mhz[u]
            room_mb -= vms.memory_reservation_mb[u] + vms.overhead_mb[u]
    return room_mhz >= 0.0 and room_mb >= 0.0


@kernel
def _sleeper_for(hosts: Hosts, vms: Vms, paths: Paths, protection: Protection, v: int, at_s: float) -> int:
    """The first host of its cluster in standby that can be woken and could hold VM v alone; NO_HOST if none can."""
    for h in range(hosts.power_state.size):
        if hosts.power_state[h] != PowerState.STANDBY or hosts.state_since_s[h] > at_s or not has_peer(hosts, h):
            continue
        if protection.segment.size > 0 and protection.segment[h] == ISOLATED:
            continue
        reserved_mb = vms.memory_reservation_mb[v] + vms.overhead_mb[v]
        fits = reserved_mb <= hosts.memory_capacity_mb[h] and vms.cpu_reservation_mhz[v] <= hosts.cpu_capacity_mhz[h]
        if fits and are_together(hosts, vms.host[v], h) and suits(hosts, vms, paths, v, h):
            return h
    return NO_HOST
