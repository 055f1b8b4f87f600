"""HA restarts the VMs of dead hosts elsewhere, by priority, with retries.

From when its host is declared dead, each VM is powered on where most capacity is unreserved (VMware, vSphere
Availability Guide 4.0): on the host whose scarcer resource has the larger unreserved share. A VM that finds no host
is tried again after 2, 4, 8 and 16 minutes (Epping, vSphere HA Deepdive, "Restarting Virtual Machines"). Admission
control never stops a restart, rules between VMs are ignored (as before vSphere 5.5), VirtualCenter is not needed. A
host that comes back from repair starts what is still registered on it, which is how VMs on a local disk return.
Left out: VM monitoring, the limit of 32 concurrent power-ons a host.
"""

from vienv.core import compatibility, inventory
from vienv.core.enums import NO_HOST, NO_VM, Metric, PowerState, Refusal, VmState
from vienv.core.jit import kernel
from vienv.core.params import HaParams
from vienv.core.state import NEVER, Clock, Hosts, Metrics, Migrations, Paths, Vms
from vienv.core.stillness import stir

_HIGH_PRIORITY = 3


@kernel
def restart(
    hosts: Hosts, vms: Vms, clock: Clock, metrics: Metrics, migrations: Migrations, paths: Paths, ha: HaParams
) -> None:
    """Make the restart attempts that fall in this tick, by time, then priority, then index, each at its exact second.

    Writes vms.host, state, up_at_s and the next attempt of those that found no host.
    """
    end_s = clock.now_s[0] + clock.tick_s[0]
    v = _next_attempt(hosts, vms, end_s)
    while v != NO_VM:
        at_s = max(clock.now_s[0], _attempt_at_s(hosts, vms, v))
        inventory.group(hosts, vms, migrations, clock)  # what is promised where, after every start
        if _is_back(hosts, vms.host[v], at_s):
            _start(hosts, vms, clock, ha, v, vms.host[v], at_s)
        else:
            _fail_over(hosts, vms, clock, metrics, paths, ha, v, at_s)
        v = _next_attempt(hosts, vms, end_s)
    if ha.has_pending_retry == 1:
        _retry_waiting(hosts, vms, clock, metrics, migrations, paths, ha)


@kernel
def _next_attempt(hosts: Hosts, vms: Vms, end_s: float) -> int:
    """The VM whose attempt comes first in this tick; NO_VM if none does."""
    best, best_at_s = NO_VM, NEVER
    for v in range(vms.state.size):
        if vms.state[v] != VmState.DOWN:
            continue
        at_s = _attempt_at_s(hosts, vms, v)
        is_first = best == NO_VM or at_s < best_at_s
        is_before = at_s == best_at_s and _rank(hosts, vms, v, at_s) > _rank(hosts, vms, best, at_s)
        if at_s <= end_s and (is_first or is_before):
            best, best_at_s = v, at_s
    return best


@kernel
def _attempt_at_s(hosts: Hosts, vms: Vms, v: int) -> float:
    """When VM v, which is down, is next tried: by HA, or by its own host once that is on again."""
    h = vms.host[v]
    returns_at_s = hosts.state_since_s[h] if hosts.power_state[h] == PowerState.ON else NEVER
    return min(returns_at_s, vms.restart_at_s[v])


@kernel
def _rank(hosts: Hosts, vms: Vms, v: int, at_s: float) -> int:
    """Order among attempts of one second: those that a host is back for, whose room it still has, then by priority."""
    is_home = _is_back(hosts, vms.host[v], at_s)
    return vms.restart_priority[v] + (_HIGH_PRIORITY + 1 if is_home else 0)


@kernel
def _is_back(hosts: Hosts, h: int, at_s: float) -> bool:
    """Whether host h is on at that second of the tick."""
    return hosts.power_state[h] == PowerState.ON and hosts.state_since_s[h] <= at_s


@kernel
def _start(hosts: Hosts, vms: Vms, clock: Clock, ha: HaParams, v: int, h: int, at_s: float) -> None:
    stir(hosts, clock, vms.host[v])
    stir(hosts, clock, h)
    vms.host[v] = h
    vms.state[v] = VmState.STARTING
    vms.up_at_s[v] = at_s + ha.guest_boot_s
    vms.scanned_since_s[v] = at_s
    vms.restart_at_s[v] = NEVER
    clock.placement_changed[0] = 1


@kernel
def _fail_over(
    hosts: Hosts, vms: Vms, clock: Clock, metrics: Metrics, paths: Paths, ha: HaParams, v: int, at_s: float
) -> None:
    """Restart VM v on the host with most unreserved capacity at that second, or plan the next attempt."""
    h = _roomiest_host(hosts, vms, paths, v, at_s)
    if h == NO_HOST:
        _postpone(hosts, vms, ha, v, at_s)
        return
    _start(hosts, vms, clock, ha, v, h, at_s)
    metrics.value[Metric.RESTARTS] += 1.0


@kernel
def _roomiest_host(hosts: Hosts, vms: Vms, paths: Paths, v: int, at_s: float) -> int:
    """The host that can run VM v and has most unreserved capacity; NO_HOST if none can."""
    num_hosts = hosts.power_state.size
    num_datastores = paths.is_reachable.size // num_hosts
    best, best_share = NO_HOST, -1.0
    for h in range(num_hosts):
        if not _is_back(hosts, h, at_s):
            continue
        if compatibility.refusal_to_live_on(hosts, vms, paths, v, h, num_datastores) != Refusal.ACCEPTED:
            continue
        share = _unreserved_share(hosts, h)
        if share > best_share:
            best, best_share = h, share
    return best


@kernel
def _unreserved_share(hosts: Hosts, h: int) -> float:
    """Unreserved share of host h's scarcer resource."""
    cpu = 1.0 - hosts.reserved_mhz[h] / hosts.cpu_capacity_mhz[h]
    return min(cpu, 1.0 - hosts.reserved_mb[h] / hosts.memory_capacity_mb[h])


@kernel
def _postpone(hosts: Hosts, vms: Vms, ha: HaParams, v: int, at_s: float) -> None:
    """Plan VM v's next attempt: gaps double up to a limit. Waiting for a host that is coming spends no retry."""
    coming_at_s = _next_host_at_s(hosts)
    if ha.has_pending_retry == 1 and coming_at_s < NEVER:
        vms.restart_attempts[v] = max(1, vms.restart_attempts[v])
        vms.restart_at_s[v] = coming_at_s
        return
    vms.restart_attempts[v] += 1
    vms.restart_at_s[v] = NEVER
    if ha.restart_attempts > 0 and vms.restart_attempts[v] >= ha.restart_attempts:
        return
    gap_s = ha.restart_gap_s
    for _ in range(vms.restart_attempts[v] - 1):
        if gap_s >= ha.restart_gap_maximum_s:
            break
        gap_s *= 2.0
    vms.restart_at_s[v] = at_s + min(gap_s, ha.restart_gap_maximum_s)


@kernel
def _next_host_at_s(hosts: Hosts) -> float:
    """When the next host joins if its boot succeeds; NEVER if none is waking or booting."""
    soonest_s = NEVER
    for h in range(hosts.power_state.size):
        if hosts.power_state[h] == PowerState.WAKING:
            soonest_s = min(soonest_s, hosts.ready_at_s[h] + hosts.boot_s[h])
        elif hosts.power_state[h] == PowerState.BOOTING:
            soonest_s = min(soonest_s, hosts.ready_at_s[h])
    return soonest_s


@kernel
def _retry_waiting(
    hosts: Hosts, vms: Vms, clock: Clock, metrics: Metrics, migrations: Migrations, paths: Paths, ha: HaParams
) -> None:
    """Start VMs whose attempts have failed as soon as there is room: when a host has joined, else at the tick's end."""
    end_s = clock.now_s[0] + clock.tick_s[0]
    for priority in range(_HIGH_PRIORITY, 0, -1):
        for v in range(vms.state.size):
            is_waiting = vms.state[v] == VmState.DOWN and vms.restart_attempts[v] > 0
            if not is_waiting or vms.restart_priority[v] != priority:
                continue
            inventory.group(hosts, vms, migrations, clock)
            h = _roomiest_host(hosts, vms, paths, v, end_s)
            if h != NO_HOST:
                joined_at_s = hosts.state_since_s[h]
                _start(hosts, vms, clock, ha, v, h, joined_at_s if joined_at_s > clock.now_s[0] else end_s)
                metrics.value[Metric.RESTARTS] += 1.0
