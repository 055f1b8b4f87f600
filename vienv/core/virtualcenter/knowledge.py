"""What VirtualCenter hears of its hosts: a heartbeat every 10 s, and "not responding" after a minute without one.

A host whose management network is down, or that a partition cuts off, stays in the inventory in grey; nothing can be
asked of it, its VMs run on, and nobody restarts them (VMware KB 1005757: UDP 902, every 10 s; "not responding" after
60 s). It is connected again with its first heartbeat, in the state in which it was left. An outage of VirtualCenter's
own stops the hearing; after it everything is known at once. Dead hosts show as failed without delay, and the up to
10 s until the next heartbeat are left out.
"""

from vienv.core.enums import ConnectionState
from vienv.core.jit import kernel
from vienv.core.state import NEVER, Clock, HostKnowledge, HostNetworks, Hosts

NOT_RESPONDING_AFTER_S = 60.0


@kernel
def refresh(hosts: Hosts, host_knowledge: HostKnowledge, host_networks: HostNetworks, clock: Clock) -> None:
    """Note which hosts have fallen silent and which are heard again, in hosts.connection."""
    end_s = clock.now_s[0] + clock.tick_s[0]
    is_down = clock.vc_returns_at_s[0] > end_s
    for h in range(host_knowledge.silent_since_s.size):
        if host_networks.segment[h] == 0 and host_networks.management_up[h] > 0:
            host_knowledge.silent_since_s[h] = NEVER
        elif host_knowledge.silent_since_s[h] == NEVER:
            host_knowledge.silent_since_s[h] = min(host_networks.management_lost_at_s[h], host_networks.parted_at_s[h])
        if is_down:
            continue
        is_grey = hosts.connection[h] == ConnectionState.NOT_RESPONDING
        if host_knowledge.silent_since_s[h] + NOT_RESPONDING_AFTER_S <= end_s and not is_grey:
            host_knowledge.last_connection[h] = hosts.connection[h]
            hosts.connection[h] = ConnectionState.NOT_RESPONDING
        elif is_grey and host_knowledge.silent_since_s[h] == NEVER:
            hosts.connection[h] = host_knowledge.last_connection[h]


@kernel
def next_event_s(hosts: Hosts, host_knowledge: HostKnowledge, clock: Clock) -> float:
    """When VirtualCenter next misses a host for a minute, or learns what an outage hid; NEVER if it does not."""
    event_s = NEVER
    for h in range(host_knowledge.silent_since_s.size):
        is_grey = hosts.connection[h] == ConnectionState.NOT_RESPONDING
        if is_grey == (host_knowledge.silent_since_s[h] < NEVER):
            continue
        missed_s = 0.0 if is_grey else host_knowledge.silent_since_s[h] + NOT_RESPONDING_AFTER_S
        event_s = min(event_s, max(missed_s, clock.vc_returns_at_s[0]))
    return event_s
