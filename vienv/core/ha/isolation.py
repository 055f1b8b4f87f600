"""A host that hears nobody, while its VMs run on: it declares itself isolated and responds; others try its VMs in vain.

Before vSphere 5 a host misses heartbeats for 12 s and then pings its isolation address; 13 s after its last heartbeat
(a second for the ping is UNSOURCED) it responds, and the others try to start its VMs from 15 s. From vSphere 5 on a
slave declares itself isolated after 30 s, a master after 5 s, and responds after a further delay: none in 5.0, 30 s in
6; a master that sees the host's heartbeats on a datastore leaves its VMs alone until they are off (Epping, vSphere HA
Deepdive, "Isolated versus Partitioned"). A VM that is on holds a lock on its files, so that every second start fails,
and it is not down for a second. Response: leave on, power off, or shut the guest down, forced off after 300 s. A VM in
a vMotion is powered off when that has ended.

A host whose own network works and that hears nobody, because it is parted from all others or they are dead, pings the
isolation address. While that answers it is no isolated host but a segment of one, whose master it becomes; when it does
not, the time runs from the later of the two: 13 s, 30 s for who was a slave, 5 s for who is master. While a host hears
another it asks nobody, so the address may go without any consequence. Left out: a network that comes back while guests
shut down, and several addresses (das.isolationaddressX).
"""

from vienv.core.counters import add
from vienv.core.enums import ISOLATED, Happening, IsolationResponse, MigrationPhase, PowerState, VmState
from vienv.core.ha.downs import gap_after, take_down
from vienv.core.ha.roles import is_master, ordered_at_s, segment_in_cluster, segment_of
from vienv.core.jit import kernel
from vienv.core.params import HaParams
from vienv.core.state import NEVER, Clock, Counters, Guests, HostNetworks, Hosts, Migrations, Protection, Vms
from vienv.core.stillness import stir


@kernel
def listen(
    protection: Protection, guests: Guests, hosts: Hosts, vms: Vms, host_networks: HostNetworks, ha: HaParams
) -> None:
    """Note whom every host hears, at the second at which that changed."""
    for h in range(min(protection.segment.size, host_networks.segment.size)):
        segment = segment_in_cluster(hosts.cluster[h], host_networks.segment[h])
        since_s, pings_s = host_networks.management_since_s[h], 0.0
        if host_networks.management_up[h] <= 0:
            segment = ISOLATED
        elif (host_networks.pings_lost[h] > 0 or host_networks.pings_since_s[h] > 0.0) and _is_awake(hosts, h):
            heard_s, pings_s = _heard_since_s(hosts, host_networks, h), host_networks.pings_since_s[h]
            if heard_s == NEVER and host_networks.pings_lost[h] > 0:
                segment, since_s = ISOLATED, max(since_s, _alone_since_s(hosts, host_networks, h))
            elif protection.segment[h] == ISOLATED:
                since_s = max(since_s, heard_s if host_networks.pings_lost[h] > 0 else min(heard_s, pings_s))
        if segment != protection.segment[h]:
            protection.segment_since_s[h] = since_s
            hear(protection, guests, hosts, vms, ha, h, segment, max(since_s, pings_s))


@kernel
def _heard_since_s(hosts: Hosts, host_networks: HostNetworks, h: int) -> float:
    """Since when host h, whose management network is up, hears another of its cluster; NEVER if it hears nobody."""
    since_s = NEVER
    for u in range(host_networks.segment.size):
        is_linked = host_networks.management_up[u] > 0 and host_networks.segment[u] == host_networks.segment[h]
        if u != h and is_linked and hosts.cluster[u] == hosts.cluster[h] and _is_awake(hosts, u):
            since_s = min(since_s, max(hosts.state_since_s[u], host_networks.management_since_s[u]))
    return since_s


@kernel
def _alone_since_s(hosts: Hosts, host_networks: HostNetworks, h: int) -> float:
    """Since when host h, which hears nobody, has been on and the last of the others has been parted, dead or asleep."""
    since_s = hosts.state_since_s[h]
    for u in range(host_networks.segment.size):
        lost_s = host_networks.management_since_s[u] if _is_awake(hosts, u) else hosts.state_since_s[u]
        since_s = max(since_s, lost_s) if u != h and hosts.cluster[u] == hosts.cluster[h] else since_s
    return since_s


@kernel
def _is_awake(hosts: Hosts, h: int) -> bool:
    return hosts.power_state[h] == PowerState.ON or hosts.power_state[h] == PowerState.ENTERING_STANDBY


@kernel
def hear(
    protection: Protection,
    guests: Guests,
    hosts: Hosts,
    vms: Vms,
    ha: HaParams,
    h: int,
    segment: int,
    unanswered_s: float,
) -> None:
    """Let host h hear another segment, or nobody, from the second of protection.segment_since_s[h] on.

    Where it hears nobody, nor does the isolation address answer it from that second on.
    """
    if segment != ISOLATED:
        is_late = protection.responds_at_s[h] < protection.segment_since_s[h]  # it responds in this tick all the same
        protection.responds_at_s[h] = protection.responds_at_s[h] if is_late else NEVER
    elif _is_awake(hosts, h):
        declared_s = ha.master_isolated_after_s if is_master(protection, h) else ha.isolated_after_s
        protection.responds_at_s[h] = unanswered_s + declared_s + ha.isolation_delay_s
    protection.segment[h] = segment
    for v in range(guests.off_at_s.size):
        if vms.host[v] == h:
            guests.contests[v] = 0
            guests.contested_at_s[v] = NEVER
            if segment == ISOLATED and protection.has_datastores[h] == 0 and vms.restart_priority[v] > 0:
                guests.contested_at_s[v] = protection.segment_since_s[h] + protection.declared_after_s[h]


@kernel
def respond(
    protection: Protection,
    guests: Guests,
    hosts: Hosts,
    vms: Vms,
    migrations: Migrations,
    clock: Clock,
    counters: Counters,
    ha: HaParams,
) -> None:
    """Carry out the responses that fall due in this tick, and count the starts that fail on a lock."""
    end_s = clock.now_s[0] + clock.tick_s[0]
    for h in range(protection.segment.size):
        if protection.responds_at_s[h] <= end_s:
            _order_off(protection, guests, hosts, vms, counters, ha, h)
    for v in range(guests.off_at_s.size):
        while guests.contested_at_s[v] <= end_s and guests.contested_at_s[v] < guests.off_at_s[v]:
            _contest(protection, guests, hosts, vms, counters, ha, v)
        if guests.off_at_s[v] <= end_s and migrations.phase[v] == MigrationPhase.NONE:
            _power_off(protection, guests, hosts, vms, migrations, clock, ha, v)


@kernel
def _order_off(
    protection: Protection, guests: Guests, hosts: Hosts, vms: Vms, counters: Counters, ha: HaParams, h: int
) -> None:
    """Have host h respond, if it lives to, at the second that is due."""
    at_s = protection.responds_at_s[h]
    protection.responds_at_s[h] = NEVER
    if hosts.power_state[h] == PowerState.FAILED and hosts.state_since_s[h] < at_s:
        return
    add(counters, Happening.ISOLATIONS, 1.0)
    for v in range(guests.off_at_s.size):
        if vms.host[v] != h or guests.response[v] == IsolationResponse.LEAVE_ON or not _is_on(vms, v):
            continue
        takes_s = ha.guest_shutdown_s if guests.response[v] == IsolationResponse.SHUT_DOWN else 0.0
        guests.off_at_s[v] = at_s + takes_s


@kernel
def _contest(
    protection: Protection, guests: Guests, hosts: Hosts, vms: Vms, counters: Counters, ha: HaParams, v: int
) -> None:
    """Let the others try to start VM v, whose isolated host holds its lock, and plan their next attempt."""
    at_s = guests.contested_at_s[v]
    guests.contested_at_s[v] = NEVER
    if not _is_on(vms, v) or protection.segment[vms.host[v]] != ISOLATED:
        return
    ordered_s = ordered_at_s(protection, hosts, ha, segment_of(protection, hosts, vms.host[v], at_s), at_s)
    if ordered_s > at_s:
        guests.contested_at_s[v] = ordered_s
        return
    add(counters, Happening.RESTARTS_LOCKED, 1.0)
    guests.contests[v] += 1
    if ha.restart_attempts == 0 or guests.contests[v] < ha.restart_attempts:
        guests.contested_at_s[v] = at_s + gap_after(ha, guests.contests[v])


@kernel
def _power_off(
    protection: Protection,
    guests: Guests,
    hosts: Hosts,
    vms: Vms,
    migrations: Migrations,
    clock: Clock,
    ha: HaParams,
    v: int,
) -> None:
    """Power VM v off, which frees its lock: from then on the others may restart it."""
    off_s = max(guests.off_at_s[v], migrations.failed_at_s[v])
    has_left = migrations.ended_at_s[v] >= guests.off_at_s[v]
    guests.off_at_s[v] = NEVER
    if has_left or not _is_on(vms, v):
        return
    h = vms.host[v]
    missed_s = off_s
    if protection.segment[h] == ISOLATED:
        missed_s = max(off_s, protection.segment_since_s[h] + protection.declared_after_s[h])
    take_down(vms, guests, clock, ha, v, off_s, missed_s)
    clock.placement_changed[0] = 1
    stir(hosts, clock, h)


@kernel
def _is_on(vms: Vms, v: int) -> bool:
    return vms.state[v] == VmState.RUNNING or vms.state[v] == VmState.STARTING
