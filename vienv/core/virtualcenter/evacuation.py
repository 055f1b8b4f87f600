"""How VirtualCenter empties a host for standby or maintenance: largest demand first, least-loaded host with room.

A plan exists if every VM that is planned on the host finds another of its cluster, on, connected, in reach of its disk,
has its CPU class and a Gigabit VMkernel network, room for its reservation and memory demand, no VM-host rule against
it, none that it must be apart from, and is not above `receiver_limit` of its measured CPU afterwards. Least-loaded is
by load after receiving; ties go to the lower index. An evacuation may part VMs that belong together: else no host of
theirs could be emptied. It is VirtualCenter's own and does not count against the cap of commands. A VM that a task
holds leaves when that is over.
"""

from vienv.core.clusters import are_together
from vienv.core.compatibility import has_vmotion_network, is_open, keeps_apart, suits
from vienv.core.enums import BUSY, NO_GROUP, NO_HOST, ConnectionState, MigrationPhase, PowerState, VmState
from vienv.core.jit import kernel
from vienv.core.params import VirtualCenterParams, VmotionParams
from vienv.core.queue import enqueue
from vienv.core.state import NEVER, Clock, Hosts, HostStatistics, Migrations, Paths, Vms, VmStatistics
from vienv.core.virtualcenter.statistics import plan_loads


@kernel
def evacuate(
    hosts: Hosts,
    vms: Vms,
    migrations: Migrations,
    paths: Paths,
    vm_statistics: VmStatistics,
    host_statistics: HostStatistics,
    clock: Clock,
    vmotion: VmotionParams,
    virtualcenter: VirtualCenterParams,
) -> None:
    """Hand the VMs of hosts that enter standby or maintenance to the vMotion queue.

    A standby order is cancelled when a VM finds no host or a migration off the host failed since; maintenance waits.
    """
    if clock.now_s[0] < clock.vc_returns_at_s[0]:
        return
    for h in range(hosts.power_state.size):
        is_standby = hosts.power_state[h] == PowerState.ENTERING_STANDBY
        if not is_standby and hosts.connection[h] != ConnectionState.ENTERING_MAINTENANCE:
            continue
        remaining, has_failed = _stay_behind(hosts, vms, migrations, h)
        if remaining == 0:
            continue
        if is_standby and has_failed:
            _cancel_standby(hosts, clock, h)
            continue
        plan_loads(host_statistics, vm_statistics, vms, migrations)
        if not plan(hosts, vms, migrations, paths, vm_statistics, host_statistics, clock, vmotion, virtualcenter, h):
            if is_standby:
                _cancel_standby(hosts, clock, h)
            continue
        for r in range(hosts.first_vm[h], hosts.first_vm[h] + hosts.num_vms[h]):
            v = vms.by_host[r]
            if migrations.phase[v] == MigrationPhase.NONE and vms.commanded[v] != BUSY:
                enqueue(migrations, hosts, vms, clock, v, vms.plan_host[v], 1)


@kernel
def _stay_behind(hosts: Hosts, vms: Vms, migrations: Migrations, h: int) -> tuple[int, bool]:
    """How many VMs of host h have no migration, and whether one of theirs has failed since its state began."""
    remaining, has_failed = 0, False
    for r in range(hosts.first_vm[h], hosts.first_vm[h] + hosts.num_vms[h]):
        v = vms.by_host[r]
        if migrations.phase[v] == MigrationPhase.NONE:
            remaining += 1
            has_failed = has_failed or migrations.failed_at_s[v] >= hosts.state_since_s[h]
    return remaining, has_failed


@kernel
def _cancel_standby(hosts: Hosts, clock: Clock, h: int) -> None:
    hosts.power_state[h] = PowerState.ON
    hosts.state_since_s[h] = clock.now_s[0]
    hosts.ready_at_s[h] = NEVER


@kernel
def plan(
    hosts: Hosts,
    vms: Vms,
    migrations: Migrations,
    paths: Paths,
    vm_statistics: VmStatistics,
    host_statistics: HostStatistics,
    clock: Clock,
    vmotion: VmotionParams,
    virtualcenter: VirtualCenterParams,
    h: int,
) -> bool:
    """Find a host for every VM planned on host h, into vms.plan_host; False if one finds none. Needs `plan_loads`."""
    for t in range(hosts.power_state.size):
        hosts.is_receiver[t] = 1 if t != h and is_open(hosts, t) and are_together(hosts, t, h) else 0
        hosts.plan_mhz[t] = host_statistics.planned_5min_mhz[t]
        hosts.plan_memory_mb[t] = host_statistics.planned_memory_mb[t]
        hosts.plan_reserved_mhz[t] = hosts.reserved_mhz[t]
        hosts.plan_reserved_mb[t] = hosts.reserved_mb[t]
    first, end = hosts.first_vm[h], hosts.first_vm[h] + hosts.num_vms[h]
    for r in range(first, end):
        vms.plan_host[vms.by_host[r]] = NO_HOST
    for _ in range(first, end):
        v = _largest_unplanned(vms, migrations, vm_statistics, first, end)
        if v < 0:
            break
        if vms.state[v] != VmState.RUNNING:
            return False
        if not _assign(hosts, vms, migrations, paths, vm_statistics, vmotion, virtualcenter, v, h):
            return False
    if clock.copying[0] == 0:
        return True
    for v in range(vms.state.size):
        is_inbound = migrations.phase[v] != MigrationPhase.NONE and migrations.destination[v] == h
        if is_inbound and not _assign(hosts, vms, migrations, paths, vm_statistics, vmotion, virtualcenter, v, h):
            return False
    return True


@kernel
def _largest_unplanned(vms: Vms, migrations: Migrations, vm_statistics: VmStatistics, first: int, end: int) -> int:
    """The VM of largest demand that stays and has no host in the plan yet; -1 if none is left."""
    best, best_mhz = -1, -1.0
    for r in range(first, end):
        v = vms.by_host[r]
        if vms.plan_host[v] != NO_HOST or migrations.phase[v] != MigrationPhase.NONE:
            continue
        if vm_statistics.demand_5min_mhz[v] > best_mhz:
            best, best_mhz = v, vm_statistics.demand_5min_mhz[v]
    return best


@kernel
def _assign(
    hosts: Hosts,
    vms: Vms,
    migrations: Migrations,
    paths: Paths,
    vm_statistics: VmStatistics,
    vmotion: VmotionParams,
    virtualcenter: VirtualCenterParams,
    v: int,
    source: int,
) -> bool:
    """Give VM v the receiver that is least loaded afterwards; False if none can take it."""
    best, best_load = NO_HOST, virtualcenter.receiver_limit
    for t in range(hosts.power_state.size):
        if hosts.is_receiver[t] == 0 or t == vms.host[v]:
            continue
        load = (hosts.plan_mhz[t] + vm_statistics.demand_5min_mhz[v]) / hosts.cpu_capacity_mhz[t]
        if load > best_load or (load == best_load and best != NO_HOST):
            continue
        if hosts.plan_memory_mb[t] + vm_statistics.memory_demand_mb[v] > hosts.memory_capacity_mb[t]:
            continue
        if hosts.plan_reserved_mhz[t] + vms.cpu_reservation_mhz[v] > hosts.cpu_capacity_mhz[t]:
            continue
        reserved_mb = vms.memory_reservation_mb[v] + vms.overhead_mb[v]
        if hosts.plan_reserved_mb[t] + reserved_mb > hosts.memory_capacity_mb[t]:
            continue
        if not suits(hosts, vms, paths, v, t) or hosts.cpu_class[t] != hosts.cpu_class[source]:
            continue
        if not has_vmotion_network(hosts, vmotion, source) or not has_vmotion_network(hosts, vmotion, t):
            continue
        if not keeps_apart(vms, migrations, v, t) or _meets_rival(hosts, vms, v, t, source):
            continue
        best, best_load = t, load
    if best == NO_HOST:
        return False
    vms.plan_host[v] = best
    hosts.plan_mhz[best] += vm_statistics.demand_5min_mhz[v]
    hosts.plan_memory_mb[best] += vm_statistics.memory_demand_mb[v]
    hosts.plan_reserved_mhz[best] += vms.cpu_reservation_mhz[v]
    hosts.plan_reserved_mb[best] += vms.memory_reservation_mb[v] + vms.overhead_mb[v]
    return True


@kernel
def _meets_rival(hosts: Hosts, vms: Vms, v: int, t: int, source: int) -> bool:
    """Whether the plan already sends to host t a VM that v must be apart from: HA may have put both on the source."""
    if vms.apart_group[v] == NO_GROUP:
        return False
    for r in range(hosts.first_vm[source], hosts.first_vm[source] + hosts.num_vms[source]):
        u = vms.by_host[r]
        if u != v and vms.apart_group[u] == vms.apart_group[v] and vms.plan_host[u] == t:
            return True
    return False
