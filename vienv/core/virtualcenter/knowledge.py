"""What VirtualCenter hears of its hosts: a heartbeat every 10 s, and "not responding" after a minute without one.

A host whose management network is down, or that a partition cuts off, stays in the inventory in grey; nothing can be
asked of it, its VMs run on, and nobody restarts them (VMware KB 1005757: UDP 902, every 10 s; "not responding" after
60 s). It is connected again with its first heartbeat, in the state in which it was left. While VirtualCenter itself is
down nobody asks it, whoever works at a host finds out by himself, and after the outage all is known at once: so the
count goes on. Dead hosts show as failed without delay, and the up to 10 s until the next heartbeat are left out.

What is powered on at its host during an outage runs, but HA protects it only when VirtualCenter is back and has told
it (Epping, vSphere HA Deepdive): if its host dies before, it waits for that host.
"""

from vienv.core.enums import ConnectionState, VmState
from vienv.core.jit import kernel
from vienv.core.state import NEVER, Clock, DirectPowerOns, HostKnowledge, HostNetworks, Hosts, Vms

NOT_RESPONDING_AFTER_S = 60.0


@kernel
def refresh(hosts: Hosts, host_knowledge: HostKnowledge, host_networks: HostNetworks, clock: Clock) -> None:
    """Note which hosts have fallen silent and which are heard again, in hosts.connection."""
    end_s = clock.now_s[0] + clock.tick_s[0]
    for h in range(host_knowledge.silent_since_s.size):
        if host_networks.segment[h] == 0 and host_networks.management_up[h] > 0:
            host_knowledge.silent_since_s[h] = NEVER
        elif host_knowledge.silent_since_s[h] == NEVER:
            host_knowledge.silent_since_s[h] = min(host_networks.management_lost_at_s[h], host_networks.parted_at_s[h])
        is_grey = hosts.connection[h] == ConnectionState.NOT_RESPONDING
        if host_knowledge.silent_since_s[h] + NOT_RESPONDING_AFTER_S <= end_s and not is_grey:
            host_knowledge.last_connection[h] = hosts.connection[h]
            hosts.connection[h] = ConnectionState.NOT_RESPONDING
        elif is_grey and host_knowledge.silent_since_s[h] == NEVER:
            hosts.connection[h] = host_knowledge.last_connection[h]


@kernel
def protect(direct: DirectPowerOns, vms: Vms, hosts: Hosts, clock: Clock) -> None:
    """Tell HA of what was powered on without VirtualCenter, once that is back; until then HA restarts none of it."""
    is_back = clock.vc_returns_at_s[0] <= clock.now_s[0]
    for v in range(direct.is_unprotected.size):
        if direct.is_unprotected[v] == 0:
            continue
        if is_back:
            direct.is_unprotected[v] = 0
        elif vms.state[v] == VmState.DOWN and hosts.state_since_s[vms.host[v]] < clock.vc_returns_at_s[0]:
            vms.restart_at_s[v] = NEVER


@kernel
def next_event_s(hosts: Hosts, host_knowledge: HostKnowledge) -> float:
    """When VirtualCenter next misses a host for a minute; NEVER if it hears all that it does not show in grey."""
    event_s = NEVER
    for h in range(host_knowledge.silent_since_s.size):
        if hosts.connection[h] != ConnectionState.NOT_RESPONDING:
            event_s = min(event_s, host_knowledge.silent_since_s[h] + NOT_RESPONDING_AFTER_S)
    return event_s


@kernel
def next_protection_s(direct: DirectPowerOns, clock: Clock) -> float:
    """When HA is told of what was powered on without VirtualCenter; NEVER if there is nothing to tell."""
    for v in range(direct.is_unprotected.size):
        if direct.is_unprotected[v] == 1:
            return clock.vc_returns_at_s[0]
    return NEVER
