"""HA restarts the VMs of dead hosts elsewhere in their cluster, by priority, with retries.

From when its host is declared dead, each VM is powered on where most capacity is unreserved (VMware, vSphere
Availability Guide 4.0), on a failover host first. A VM that finds no host is tried again after 2, 4, 8 and 16 minutes
(Epping, vSphere HA Deepdive, "Restarting Virtual Machines"); where HA may ask DPM for capacity, waiting for a host that
is woken spends no retry. A host powers on 32 VMs at a time. Admission control never stops a restart, rules between VMs
are ignored (as before vSphere 5.5, and by default after), VirtualCenter is needed for nothing but waking hosts. A host
that comes back from repair starts what is still registered on it and has room, which is how VMs on a local disk return.
"""

from vienv.core import inventory
from vienv.core.compatibility import has_room, keeps_apart, reaches
from vienv.core.copying import reserve
from vienv.core.counters import add
from vienv.core.enums import ISOLATED, NO_HOST, NO_VM, Happening, Metric, PowerState, VmState
from vienv.core.ha import capacity, roles
from vienv.core.ha.choice import roomiest_host
from vienv.core.ha.downs import gap_after
from vienv.core.jit import kernel
from vienv.core.params import HaParams, PowerParams, Randomness
from vienv.core.state import NEVER, Clock, Counters, Hosts, Metrics, Migrations, Paths, Protection, Vms, Volumes
from vienv.core.stillness import stir

_HIGH_PRIORITY = 3


@kernel
def restart(
    hosts: Hosts,
    vms: Vms,
    clock: Clock,
    metrics: Metrics,
    counters: Counters,
    migrations: Migrations,
    paths: Paths,
    protection: Protection,
    volumes: Volumes,
    ha: HaParams,
    power: PowerParams,
    randomness: Randomness,
) -> None:
    """Make the restart attempts that fall in this tick, by time, then priority, then index, each at its exact second.

    Writes vms.host, state, up_at_s and the next attempt of those that found no host, and wakes hosts for those.
    """
    end_s = clock.now_s[0] + clock.tick_s[0]
    inventory.group(hosts, vms, migrations, clock)
    v = _next_attempt(hosts, vms, protection, paths, end_s)
    while v != NO_VM:
        at_s = max(clock.now_s[0], _attempt_at_s(hosts, vms, protection, paths, v))
        if _is_home(hosts, vms, protection, paths, v, at_s):
            _start(hosts, vms, clock, volumes, ha, v, vms.host[v], at_s)
        elif not _fail_over(hosts, vms, clock, metrics, counters, migrations, paths, protection, volumes, ha, v, at_s):
            is_asked = ha.wakes_for_capacity == 1 and capacity.ask(
                hosts, vms, clock, metrics, paths, protection, counters, power, randomness, v, at_s
            )
            _postpone(hosts, vms, ha, v, at_s, is_asked or ha.has_pending_retry == 1)
        inventory.group(hosts, vms, migrations, clock)  # what is promised where, after every start
        v = _next_attempt(hosts, vms, protection, paths, end_s)
    if ha.has_pending_retry == 1:
        _retry_waiting(hosts, vms, clock, metrics, counters, migrations, paths, protection, volumes, ha)


@kernel
def _next_attempt(hosts: Hosts, vms: Vms, protection: Protection, paths: Paths, end_s: float) -> int:
    """The VM whose attempt comes first in this tick; NO_VM if none does."""
    best, best_at_s = NO_VM, NEVER
    for v in range(vms.state.size):
        if vms.state[v] != VmState.DOWN:
            continue
        at_s = _attempt_at_s(hosts, vms, protection, paths, v)
        is_first = best == NO_VM or at_s < best_at_s
        is_before = at_s == best_at_s and (
            _rank(hosts, vms, protection, paths, v, at_s) > _rank(hosts, vms, protection, paths, best, at_s)
        )
        if at_s <= end_s and (is_first or is_before):
            best, best_at_s = v, at_s
    return best


@kernel
def _attempt_at_s(hosts: Hosts, vms: Vms, protection: Protection, paths: Paths, v: int) -> float:
    """When VM v, which is down, is next tried: by HA, or by its own host once that is on again and not isolated."""
    return min(_back_at_s(hosts, vms, protection, paths, v), vms.restart_at_s[v])


@kernel
def _back_at_s(hosts: Hosts, vms: Vms, protection: Protection, paths: Paths, v: int) -> float:
    """Since when VM v's host is on and hears the others; NEVER if not, or without a way to its disks or room for it."""
    h = vms.host[v]
    if hosts.power_state[h] != PowerState.ON or not reaches(hosts, vms, paths, v, h) or not has_room(hosts, vms, v, h):
        return NEVER
    if protection.segment.size == 0:
        return float(hosts.state_since_s[h])
    if protection.segment[h] == ISOLATED:
        return NEVER
    return max(hosts.state_since_s[h], protection.segment_since_s[h])


@kernel
def _rank(hosts: Hosts, vms: Vms, protection: Protection, paths: Paths, v: int, at_s: float) -> int:
    """Order among attempts of one second: those that a host is back for, whose room it still has, then by priority."""
    return vms.restart_priority[v] + (_HIGH_PRIORITY + 1 if _is_home(hosts, vms, protection, paths, v, at_s) else 0)


@kernel
def _is_home(hosts: Hosts, vms: Vms, protection: Protection, paths: Paths, v: int, at_s: float) -> bool:
    """Whether the host that VM v is registered on is back at that second of the tick."""
    return _back_at_s(hosts, vms, protection, paths, v) <= at_s


@kernel
def _start(hosts: Hosts, vms: Vms, clock: Clock, volumes: Volumes, ha: HaParams, v: int, h: int, at_s: float) -> None:
    stir(hosts, clock, vms.host[v])
    stir(hosts, clock, h)
    start_s = reserve(volumes, vms.datastore[v], _power_on_at_s(hosts, vms, ha, h, at_s))
    vms.host[v] = h
    vms.state[v] = VmState.STARTING
    vms.up_at_s[v] = start_s + ha.power_on_s + ha.guest_boot_s
    vms.scanned_since_s[v] = at_s
    vms.restart_at_s[v] = NEVER
    clock.placement_changed[0] = 1


@kernel
def _power_on_at_s(hosts: Hosts, vms: Vms, ha: HaParams, h: int, at_s: float) -> float:
    """When host h, from that second on, powers on fewer VMs than it may at a time. `inventory.group` is up to date."""
    if ha.power_on_s == 0.0:
        return at_s
    while True:
        powering_on, next_s = 0, NEVER
        for r in range(hosts.first_vm[h], hosts.first_vm[h] + hosts.num_vms[h]):
            v = vms.by_host[r]
            done_s = vms.up_at_s[v] - ha.guest_boot_s
            if vms.state[v] == VmState.STARTING and done_s > at_s:
                powering_on += 1
                next_s = min(next_s, done_s)
        if powering_on < ha.starts_at_a_time:
            return at_s
        at_s = next_s


@kernel
def _fail_over(
    hosts: Hosts,
    vms: Vms,
    clock: Clock,
    metrics: Metrics,
    counters: Counters,
    migrations: Migrations,
    paths: Paths,
    protection: Protection,
    volumes: Volumes,
    ha: HaParams,
    v: int,
    at_s: float,
) -> bool:
    """Restart VM v elsewhere at that second, or put it off until somebody orders it; False if no host has room."""
    segment = 0
    if protection.segment.size > 0:
        segment = roles.segment_of(protection, hosts, vms.host[v], at_s)
        ordered_s = roles.ordered_at_s(protection, hosts, ha, segment, at_s)
        if ordered_s > at_s:
            vms.restart_at_s[v] = ordered_s
            return True
    h = roomiest_host(hosts, vms, migrations, paths, protection, ha, v, segment, at_s)
    if h == NO_HOST:
        return False
    _move(hosts, vms, clock, metrics, counters, migrations, volumes, ha, v, h, at_s)
    return True


@kernel
def _move(
    hosts: Hosts,
    vms: Vms,
    clock: Clock,
    metrics: Metrics,
    counters: Counters,
    migrations: Migrations,
    volumes: Volumes,
    ha: HaParams,
    v: int,
    h: int,
    at_s: float,
) -> None:
    """Start VM v on another host than it died on, and count it, with the rule that this breaks."""
    if counters.number.size > 0 and not keeps_apart(vms, migrations, v, h):
        add(counters, Happening.RULES_BROKEN_BY_HA, 1.0)
    _start(hosts, vms, clock, volumes, ha, v, h, at_s)
    metrics.value[Metric.RESTARTS] += 1.0


@kernel
def _postpone(hosts: Hosts, vms: Vms, ha: HaParams, v: int, at_s: float, may_wait: bool) -> None:
    """Plan VM v's next attempt. Waiting for a host that is coming spends no retry."""
    coming_at_s = capacity.next_host_at_s(hosts, hosts.cluster[vms.host[v]])
    if may_wait and coming_at_s < NEVER:
        vms.restart_attempts[v] = max(1, vms.restart_attempts[v])
        vms.restart_at_s[v] = coming_at_s
        return
    vms.restart_attempts[v] += 1
    vms.restart_at_s[v] = NEVER
    if ha.restart_attempts == 0 or vms.restart_attempts[v] < ha.restart_attempts:
        vms.restart_at_s[v] = at_s + gap_after(ha, vms.restart_attempts[v])


@kernel
def _retry_waiting(
    hosts: Hosts,
    vms: Vms,
    clock: Clock,
    metrics: Metrics,
    counters: Counters,
    migrations: Migrations,
    paths: Paths,
    protection: Protection,
    volumes: Volumes,
    ha: HaParams,
) -> None:
    """Start VMs whose attempts have failed as soon as there is room: when a host has joined, else at the tick's end."""
    end_s, segment = clock.now_s[0] + clock.tick_s[0], 0
    for priority in range(_HIGH_PRIORITY, 0, -1):
        for v in range(vms.state.size):
            is_waiting = vms.state[v] == VmState.DOWN and vms.restart_attempts[v] > 0
            if not is_waiting or vms.restart_priority[v] != priority:
                continue
            if protection.segment.size > 0:
                segment = roles.segment_of(protection, hosts, vms.host[v], end_s)
                if roles.ordered_at_s(protection, hosts, ha, segment, end_s) > end_s:
                    continue
            inventory.group(hosts, vms, migrations, clock)
            h = roomiest_host(hosts, vms, migrations, paths, protection, ha, v, segment, end_s)
            if h != NO_HOST:
                joined_at_s = hosts.state_since_s[h]
                at_s = joined_at_s if joined_at_s > clock.now_s[0] else end_s
                _move(hosts, vms, clock, metrics, counters, migrations, volumes, ha, v, h, at_s)
