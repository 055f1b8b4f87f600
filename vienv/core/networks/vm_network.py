"""The network over which clients reach guests: while a host's is down, its guests run on and serve nobody.

A VM network is a team of uplinks. When one of them goes down, another takes over after a moment in which none of the
host's guests can be reached; when all are down, none can until one comes up again. HA does not react: it watches hosts
and guests, not the network of the guests (Epping, vSphere HA Deepdive, "VM and Application Monitoring"), and their
VMkernel network may well work, so that a vMotion brings a guest back to its clients. What cannot be reached counts as
down for those seconds. The uplink that goes down is the one in use. Left out: teams that balance load, bandwidth of
the VM network, a stop when an uplink returns; stops of one host that begin within one tick count as one.
"""

from vienv.core.enums import NO_HOST, VmState
from vienv.core.jit import kernel
from vienv.core.state import NEVER, Clock, HostNetworks, Hosts, Migrations, Reach, Vms
from vienv.core.stillness import is_still, stir


@kernel
def add_uplinks(host_networks: HostNetworks, hosts: Hosts, clock: Clock, h: int, uplinks: int, at_s: float) -> None:
    """Let that many uplinks of host h's VM network come up, or go down if negative; failures that overlap add up."""
    was_up = host_networks.vm_up[h] > 0
    host_networks.vm_up[h] += uplinks
    is_up = host_networks.vm_up[h] > 0
    stir(hosts, clock, h)
    if not was_up:
        host_networks.vm_back_at_s[h] = at_s if is_up else NEVER
        return
    if uplinks > 0:
        return
    if host_networks.vm_back_at_s[h] <= clock.now_s[0]:
        host_networks.vm_lost_at_s[h] = at_s
    back_at_s = at_s + host_networks.vm_failover_s[h] if is_up else NEVER
    host_networks.vm_back_at_s[h] = max(host_networks.vm_back_at_s[h], back_at_s)


@kernel
def keep(
    reach: Reach, host_networks: HostNetworks, hosts: Hosts, vms: Vms, migrations: Migrations, clock: Clock
) -> None:
    """Work out for how much of this tick each guest that was up could not be reached, wherever it was."""
    now_s = clock.now_s[0]
    end_s = now_s + clock.tick_s[0]
    if reach.host.size == 0:
        return
    for h in range(host_networks.vm_up.size):
        if host_networks.vm_lost_at_s[h] < end_s and host_networks.vm_back_at_s[h] > now_s:
            stir(hosts, clock, h)
    for v in range(reach.host.size):
        home, h = reach.host[v], vms.host[v]
        reach.host[v] = h
        reach.cut_s[v] = reach.stop_s[v] = 0.0
        if h == NO_HOST or is_still(hosts, h):
            continue
        is_up = vms.state[v] == VmState.RUNNING
        from_s = end_s - vms.up_s[v] if is_up else now_s
        until_s = end_s if is_up else now_s + vms.up_s[v]
        moved_at_s = migrations.ended_at_s[v]
        if home != h and home != NO_HOST and from_s < moved_at_s <= until_s:
            _miss(reach, host_networks, v, home, from_s, moved_at_s)
            from_s = moved_at_s
        _miss(reach, host_networks, v, h, from_s, until_s)
        reach.total_s[v] += reach.cut_s[v]


@kernel
def withhold(reach: Reach, vms: Vms, hosts: Hosts) -> None:
    """Take the seconds for which a guest could not be reached from vms.up_s; hosts that are still miss none."""
    for v in range(reach.cut_s.size):
        if reach.cut_s[v] > 0.0 and not is_still(hosts, vms.host[v]):
            vms.up_s[v] = max(0.0, vms.up_s[v] - reach.cut_s[v])


@kernel
def _miss(reach: Reach, host_networks: HostNetworks, v: int, h: int, from_s: float, until_s: float) -> None:
    """Add what VM v, on host h between two seconds of this tick, could not be reached."""
    lost_s = max(from_s, host_networks.vm_lost_at_s[h])
    back_s = min(until_s, host_networks.vm_back_at_s[h])
    if back_s <= lost_s:
        reach.since_s[v] = NEVER
        return
    if reach.since_s[v] == NEVER or lost_s > from_s:
        reach.since_s[v] = lost_s
    reach.cut_s[v] += back_s - lost_s
    reach.stop_s[v] = max(reach.stop_s[v], back_s - reach.since_s[v])
    if back_s < until_s:
        reach.since_s[v] = NEVER
