"""Who may order restarts, and from when: five primaries before vSphere 5, one elected master since.

VI3 and vSphere 4: the first five hosts to join are primaries and know all VMs; another is promoted when one leaves for
standby or maintenance, not when it fails (VMware, vSphere Availability Guide 4.0). A host is declared dead 15 s after
its last heartbeat by any primary that lives; when all five are lost nobody restarts anything. vSphere 5: one master; a
slave is declared dead after 15 s, or after 18 s where it also beats through datastores. A master that is lost is missed
after 10 s, another elected by 25 s and ready to order restarts at 35 s; most datastores win, then the higher index.
Hosts that a partition divides form segments with a master or primaries each, and restart their own VMs (Epping, vSphere
HA Deepdive, "Fundamental Concepts" and "Restarting Virtual Machines"). So do the hosts of several clusters: whom a host
does not hear and whom it does not know are the same to it. Left out: that a master leaves in order (it is
replaced as if it had failed), and that a new VM is protected only once VirtualCenter has said so.
"""

from vienv.core.clusters import are_together, is_in, span_of
from vienv.core.enums import ISOLATED, NO_HOST, ConnectionState, PowerState, VmState
from vienv.core.jit import kernel
from vienv.core.params import HaParams
from vienv.core.state import NEVER, Clock, Guests, Hosts, Protection, Vms

NUM_PRIMARIES = 5
_MOST_SEGMENTS = 1 << 20
"""Of one cluster: numbers of segments do not repeat between clusters."""


@kernel
def keep(protection: Protection, vms: Vms, hosts: Hosts, clock: Clock, ha: HaParams) -> None:
    """Replace masters that are lost and primaries that have left. Call once the tick's dead are known.

    Writes protection.is_primary, leads_from_s and leads_until_s, and vms.restart_at_s of VMs that waited for a master.
    """
    if ha.has_master == 0:
        _keep_primaries(protection, hosts)
        return
    for h in range(protection.segment.size):
        if is_master(protection, h) and (not _can_lead(protection, hosts, h) or _has_better(protection, hosts, h)):
            protection.leads_until_s[h] = _lost_at_s(protection, hosts, clock, h)
    for h in range(protection.segment.size):
        if _can_lead(protection, hosts, h) and _master_of(protection, protection.segment[h]) == NO_HOST:
            _elect(protection, vms, hosts, ha, protection.segment[h], hosts.cluster[h])


@kernel
def segment_in_cluster(cluster: int, segment: int) -> int:
    """The number that a cluster's hosts in that segment of the network share."""
    return segment + max(0, cluster) * _MOST_SEGMENTS


@kernel
def is_master(protection: Protection, h: int) -> bool:
    """Whether host h is the master of its segment, or elected and about to be."""
    return protection.leads_from_s[h] < NEVER and protection.leads_until_s[h] == NEVER


@kernel
def segment_of(protection: Protection, hosts: Hosts, h: int, at_s: float) -> int:
    """Whose hosts restart host h's VMs: its own segment's while one lives, else the first of its cluster that does."""
    first = ISOLATED
    for u in range(protection.segment.size):
        if protection.segment[u] == ISOLATED or not are_together(hosts, u, h) or not _lives(hosts, u, at_s):
            continue
        if protection.segment[u] == protection.segment[h]:
            return protection.segment[h]
        if first == ISOLATED:
            first = protection.segment[u]
    return first


@kernel
def ordered_at_s(protection: Protection, hosts: Hosts, ha: HaParams, segment: int, at_s: float) -> float:
    """From when, at that second or later, a host of the segment orders a restart that is due; NEVER if none will."""
    soonest_s = NEVER
    for h in range(protection.segment.size):
        if protection.segment[h] != segment or segment == ISOLATED:
            continue
        if ha.has_master == 0:
            if protection.is_primary[h] == 1 and _lives(hosts, h, at_s):
                return at_s
        elif at_s < protection.leads_until_s[h]:
            from_s = max(at_s, protection.leads_from_s[h])
            soonest_s = min(soonest_s, from_s if from_s < protection.leads_until_s[h] else NEVER)
    return soonest_s


@kernel
def next_event_s(protection: Protection, guests: Guests, end_s: float) -> float:
    """When an isolation response falls due, a start that is contested is tried, or a hung guest is reset."""
    soonest_s = NEVER
    for h in range(protection.responds_at_s.size):
        soonest_s = min(soonest_s, protection.responds_at_s[h])
    for v in range(guests.off_at_s.size):
        soonest_s = min(soonest_s, guests.off_at_s[v], guests.contested_at_s[v], guests.reset_at_s[v])
    return max(soonest_s, end_s)  # what waits for a vMotion to end is asked in every tick


@kernel
def _keep_primaries(protection: Protection, hosts: Hosts) -> None:
    """Strike out primaries that have left; promote others, by index, until a cluster has five. The dead still count."""
    first, end = span_of(hosts)
    for cluster in range(first, end):
        num = 0
        for h in range(protection.segment.size):
            is_off = hosts.power_state[h] == PowerState.STANDBY or hosts.power_state[h] == PowerState.ABSENT
            if is_off or hosts.connection[h] == ConnectionState.IN_MAINTENANCE:
                protection.is_primary[h] = 0
            num += protection.is_primary[h] if is_in(hosts, h, cluster) else 0
        for h in range(protection.segment.size):
            is_other = protection.is_primary[h] == 0 and is_in(hosts, h, cluster)
            if num < NUM_PRIMARIES and is_other and _can_lead(protection, hosts, h):
                protection.is_primary[h] = 1
                num += 1


@kernel
def _can_lead(protection: Protection, hosts: Hosts, h: int) -> bool:
    """Whether host h takes part in elections: on, not in maintenance, and heard."""
    is_on = hosts.power_state[h] == PowerState.ON or hosts.power_state[h] == PowerState.ENTERING_STANDBY
    is_in_maintenance = hosts.connection[h] == ConnectionState.IN_MAINTENANCE
    return is_on and not is_in_maintenance and protection.segment[h] != ISOLATED


@kernel
def _lives(hosts: Hosts, h: int, at_s: float) -> bool:
    """Whether host h is on at that second of the tick, though it may die later in it."""
    if hosts.power_state[h] == PowerState.FAILED:
        return at_s < hosts.fails_at_s[h] < NEVER
    is_on = hosts.power_state[h] == PowerState.ON or hosts.power_state[h] == PowerState.ENTERING_STANDBY
    return is_on and hosts.state_since_s[h] <= at_s


@kernel
def _lost_at_s(protection: Protection, hosts: Hosts, clock: Clock, h: int) -> float:
    """When the others ceased to hear master h."""
    if protection.segment[h] == ISOLATED:
        return protection.segment_since_s[h]
    if _can_lead(protection, hosts, h):  # a better one is back
        return _regrouped_at_s(protection, protection.segment[h])
    if hosts.connection[h] == ConnectionState.IN_MAINTENANCE:
        return clock.now_s[0]
    return hosts.state_since_s[h]


@kernel
def _regrouped_at_s(protection: Protection, segment: int) -> float:
    """When a host last came to the segment."""
    latest_s = 0.0
    for h in range(protection.segment.size):
        if protection.segment[h] == segment:
            latest_s = max(latest_s, protection.segment_since_s[h])
    return latest_s


@kernel
def _master_of(protection: Protection, segment: int) -> int:
    """The master of a segment; NO_HOST if it has none."""
    for h in range(protection.segment.size):
        if protection.segment[h] == segment and is_master(protection, h):
            return h
    return NO_HOST


@kernel
def _has_better(protection: Protection, hosts: Hosts, h: int) -> bool:
    """Whether host h's segment has another master, who would win an election against it: a partition has healed."""
    for u in range(protection.segment.size):
        is_rival = u != h and protection.segment[u] == protection.segment[h] and is_master(protection, u)
        if is_rival and _can_lead(protection, hosts, u) and _wins(protection, u, h):
            return True
    return False


@kernel
def _wins(protection: Protection, u: int, h: int) -> bool:
    """Whether host u wins an election against host h: more datastores within reach, then the higher index."""
    if protection.most_datastores[u] != protection.most_datastores[h]:
        return protection.most_datastores[u] > protection.most_datastores[h]
    return u > h


@kernel
def _elect(protection: Protection, vms: Vms, hosts: Hosts, ha: HaParams, segment: int, cluster: int) -> None:
    """Elect a segment's master, who takes up the VMs that nobody would restart."""
    winner, since_s = NO_HOST, _regrouped_at_s(protection, segment)
    for h in range(protection.segment.size):
        is_heard = protection.segment[h] == segment or protection.segment[h] == ISOLATED
        if not is_heard or not is_in(hosts, h, cluster):
            continue
        if protection.leads_until_s[h] < NEVER:
            since_s = max(since_s, protection.leads_until_s[h])
        if _can_lead(protection, hosts, h) and (winner == NO_HOST or _wins(protection, h, winner)):
            winner = h
    protection.leads_from_s[winner] = max(since_s, hosts.state_since_s[winner]) + ha.leads_after_s
    protection.leads_until_s[winner] = NEVER
    for v in range(vms.state.size):
        is_left = vms.state[v] == VmState.DOWN and vms.restart_at_s[v] == NEVER and vms.restart_priority[v] > 0
        is_left = is_left and is_in(hosts, vms.host[v], cluster)
        has_tries = ha.restart_attempts == 0 or vms.restart_attempts[v] < ha.restart_attempts
        if is_left and has_tries and ha.is_enabled == 1:
            vms.restart_at_s[v] = protection.leads_from_s[winner]
